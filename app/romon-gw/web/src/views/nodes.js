// SPDX-License-Identifier: BSD-3-Clause
import { useState } from "preact/hooks";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { textOf } from "../model/search.js";
import { go, to } from "../route.js";
import { inventory, nodes, tree } from "../store.js";
import { Discover } from "../ui/discover.js";
import { nodesCsv, save } from "../ui/export.js";
import { Icon, Mark } from "../ui/icons.js";
import { Table } from "../ui/table.js";

const rank = { down: 0, late: 1, ok: 2 };

function pathText(row) {
	return row.path.map((id) => nodes.rows.get(id)?.identity || id).join(" › ");
}

const columns = [
	{ name: "status", title: "Status", em: 4.5, value: (r) => rank[r.status], cell: (r) => html`<${Mark} status=${r.status} />` },
	{ name: "identity", title: "Identity", em: 7.5, grow: 1, cell: (r) => html`<a href=${to("node", r.id)}>${r.identity || "–"}</a>` },
	{ name: "id", title: "RoMON id", em: 10.5, cell: (r) => html`<code>${r.id}</code>` },
	{ name: "cost", title: "Cost", em: 4, isNumber: true },
	{ name: "hops", title: "Hops", em: 3.5, isNumber: true },
	{ name: "interface", title: "Our port", em: 5.5 },
	{ name: "path", title: "Path", em: 13, grow: 2, value: pathText, cell: pathText },
	{ name: "l2mtu", title: "MTU", em: 3.5, isNumber: true },
	{ name: "board", title: "Board", em: 6, grow: 1 },
	{ name: "version", title: "Version", em: 8, grow: 1 },
	{ name: "first-seen", title: "First seen", em: 6.5, cell: (r) => html`<time datetime=${r["first-seen"]} title=${r["first-seen"]}>${r["first-seen"].slice(0, 10)}</time>` },
];

export function NodesView({ arg }) {
	useSignal(inventory);
	const [words, setWords] = useState("");
	const status = arg ?? "";
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	const rows = [...nodes.rows.values()].filter(
		(row) => (status === "" || row.status === status) && wanted.every((w) => textOf(row).includes(w)),
	);
	const counts = tree.root?.counts ?? { ok: 0, late: 0, down: 0 };
	return html`<h1>Nodes</h1>
		<div class="tools" role="toolbar" aria-label="Filter of nodes">
			<input type="search" aria-label="Filter by words" placeholder="identity, id, board, version, port" value=${words} onInput=${(e) => setWords(e.target.value)} />
			<div class="segments" role="group" aria-label="Status">
				<a role="button" href="#/nodes" aria-pressed=${status === ""}>all</a>
				${["ok", "late", "down"].map(
					(s) => html`<a role="button" href=${`#/nodes/${s}`} aria-pressed=${status === s}><${Mark} status=${s} word=${false} /> ${counts[s]} ${s}</a>`,
				)}
			</div>
			<span class="muted" role="status">${plural(rows.length, "node")}</span>
			<button onClick=${() => save("romon-nodes.csv", "text/csv", nodesCsv(rows))}><${Icon} name="save" /> CSV</button>
			<${Discover} />
		</div>
		<${Table}
			label="Nodes"
			columns=${columns}
			rows=${rows}
			keyOf=${(row) => row.id}
			open=${(row) => go("node", row.id)}
			sort=${{ by: "status", isDown: false }}
			empty=${nodes.rows.size === 0 ? "no node has answered yet" : "no node fits"}
		/>`;
}
