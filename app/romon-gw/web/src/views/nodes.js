// SPDX-License-Identifier: BSD-3-Clause
import { useState } from "preact/hooks";
import { clock, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { textOf } from "../model/search.js";
import { go, to } from "../route.js";
import { inventory, nodes, tree } from "../store.js";
import { nodesCsv, save } from "../ui/export.js";
import { Icon, Mark } from "../ui/icons.js";
import { Table } from "../ui/table.js";

const rank = { down: 0, late: 1, ok: 2 };

function pathText(row) {
	return row.path.map((id) => nodes.rows.get(id)?.identity || id).join(" › ");
}

const columns = [
	{ name: "status", title: "Status", width: "5.5rem", value: (r) => rank[r.status], cell: (r) => html`<${Mark} status=${r.status} />` },
	{ name: "identity", title: "Identity", width: "minmax(9rem, 1.4fr)", cell: (r) => html`<a href=${to("node", r.id)}>${r.identity || "–"}</a>` },
	{ name: "id", title: "RoMON id", width: "10.5rem", cell: (r) => html`<code>${r.id}</code>` },
	{ name: "cost", title: "Cost", width: "5rem", isNumber: true },
	{ name: "hops", title: "Hops", width: "4.5rem", isNumber: true },
	{ name: "interface", title: "Our port", width: "7rem" },
	{ name: "path", title: "Path", width: "minmax(12rem, 2fr)", value: pathText, cell: pathText },
	{ name: "l2mtu", title: "MTU", width: "5rem", isNumber: true },
	{ name: "board", title: "Board", width: "minmax(7rem, 1fr)" },
	{ name: "version", title: "Version", width: "minmax(7rem, 1fr)" },
	{ name: "first-seen", title: "First seen", width: "8.5rem", cell: (r) => clock(r["first-seen"]) },
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
