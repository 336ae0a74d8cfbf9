// SPDX-License-Identifier: BSD-3-Clause
// Beside the map: what is known of the selected node, and of each link of the way to it.
import { useEffect, useState } from "preact/hooks";
import { age, clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { quoted } from "../lib/shell.js";
import { hops } from "../model/evidence.js";
import { countsText, nameOf, total } from "../model/tree.js";
import { ask } from "../net.js";
import { to } from "../route.js";
import { links, status, tree } from "../store.js";
import { Copy } from "./copy.js";
import { Icon, Mark } from "./icons.js";
import { Ping } from "./ping.js";

const NODE_MS = 2000;

// The answer of the command `node`, asked again while somebody looks; null: none yet.
export function useNode(id, isNode) {
	const [node, set] = useState(null);
	useEffect(() => {
		if (!isNode) return undefined;
		const abort = new AbortController();
		const look = () => ask("node", { id }, abort.signal).then(set, () => {});
		look();
		const timer = setInterval(look, NODE_MS);
		return () => {
			abort.abort();
			clearInterval(timer);
		};
	}, [id, isNode]);
	return node;
}

export function Way({ id }) {
	const known = useSignal(links);
	const way = hops(tree, known, id);
	if (way.length === 0) return null;
	return html`<table class="way">
		<caption>
			The way to it, link by link
		</caption>
		<thead>
			<tr><th scope="col">to</th><th scope="col" class="n">cost</th><th scope="col">link ids</th><th scope="col" class="n">MTU</th></tr>
		</thead>
		<tbody>
			${way.map(
				({ item, link }) => html`<tr class=${link?.row.stale ? "stale" : ""}>
					<td>
						${item.row === null ? html`<${Mark} status="unknown" word=${false} />` : html`<${Mark} status=${item.row.status} word=${false} />`}
						${" "}<a href=${to("node", item.id)}>${nameOf(item)}</a>
					</td>
					${link === null
						? html`<td colspan="3" class="muted">not described</td>`
						: html`<td class="n">${link.row.cost}</td>
								<td>${link.row["from-link"]} → ${link.row["to-link"]}${link.n > 1 ? ` (${link.n} links)` : ""}${link.row.stale ? " old" : ""}</td>
								<td class="n">${link.row.l2mtu}</td>`}
				</tr>`,
			)}
		</tbody>
	</table>`;
}

export function Facts({ row, node }) {
	const seen = node?.["last-seen"] ?? row["last-seen"];
	const facts = [
		["Status", html`<${Mark} status=${row.status} />`],
		["RoMON id", html`<code>${row.id}</code>`],
		["Cost", `${row.cost} over ${row.hops} ${row.hops === 1 ? "link" : "links"}`],
		["Our port", row.interface ?? "–"],
		["L2 MTU", `${row.l2mtu} bytes, least of the path`],
		["Last seen", `${age(seen)} ago (${clock(seen)})`],
		["First seen", `${age(row["first-seen"])} ago`],
		["Version", row.version || "–"],
		["Board", row.board || "–"],
	];
	if (node !== null && !node.reachable) facts.splice(2, 0, ["Path", "none now; the last one known is shown"]);
	if (node !== null && node["path-state"] === "fails")
		facts.splice(2, 0, ["Path", html`<${Mark} status="warning" word=${false} /> what was sent by it was not answered`]);
	if (node !== null && node["duplicate-id"] !== null)
		facts.push(["Duplicate", html`<${Mark} status="error" word=${false} /> another node answers with this id too`]);
	return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function Commands({ row }) {
	return html`<${Copy} label="SSH" text=${`romonctl ssh ${quoted(row.id)}`} />
		<${Copy} label="WinBox" text=${`romonctl forward 8291 ${quoted(row.id)} winbox`} />`;
}

function Self({ item }) {
	const s = useSignal(status);
	return html`<dl class="facts">
		<div><dt>RoMON id</dt><dd><code>${item.id}</code></dd></div>
		<div><dt>Below it</dt><dd>${countsText(item.counts)}</dd></div>
		${s !== null && html`<div><dt>Ports</dt><dd>${s["ports-up"]} of ${s.ports} up</dd></div><div><dt>romond</dt><dd>${s.version}</dd></div>`}
	</dl>`;
}

export function Inspector({ item, close }) {
	const { row } = item;
	const node = useNode(item.id, row !== null);
	return html`<aside class="side" aria-label="Selected node">
		<header>
			<h2>${nameOf(item)}</h2>
			<button class="quiet" onClick=${close} aria-label="Close the panel"><${Icon} name="close" /></button>
		</header>
		${row === null
			? item.self === undefined
				? html`<p>Paths of others name this node; it never answered itself.</p>`
				: html`<${Self} item=${item} />`
			: html`<${Facts} row=${row} node=${node} />
					${item.children.length > 0 && html`<p class="below">Below it: ${total(item.counts)} nodes, ${countsText(item.counts)}</p>`}
					<${Way} id=${item.id} />
					<${Ping} id=${item.id} />
					<${Commands} row=${row} />
					<p class="more"><a class="button" href=${to("node", item.id)}>All of this node</a> <a class="button" href=${to("why", item.id)}>Why?</a></p>`}
	</aside>`;
}
