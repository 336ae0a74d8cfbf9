// SPDX-License-Identifier: BSD-3-Clause
import { clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { reveal } from "../mapstate.js";
import { nameOf } from "../model/tree.js";
import { to } from "../route.js";
import { eventList, inventory, links, nodes, tree } from "../store.js";
import { Findings } from "../ui/findings.js";
import { Mark } from "../ui/icons.js";
import { Commands, Facts, Way, useNode } from "../ui/inspector.js";
import { Ping } from "../ui/ping.js";
import { usePoll } from "../ui/poll.js";

const HISTORY = 1024;

// Kept over restarts, and what came since.
function History({ id }) {
	const kept = usePoll("events", { history: true, count: HISTORY }, 0);
	const live = useSignal(eventList);
	const isOf = (row) => row.id === id;
	const seen = new Set();
	const rows = [...live.rows.filter(isOf), ...(kept.data?.rows ?? []).filter(isOf).reverse()].filter((row) => {
		const key = `${row.time} ${row.type}`;
		return seen.has(key) ? false : seen.add(key);
	});
	rows.sort((a, b) => (a.time < b.time ? 1 : -1));
	return html`<section aria-label="History">
		<h2>History</h2>
		${rows.length === 0
			? html`<p class="muted">Nothing is told of it.</p>`
			: html`<ol class="history">
					${rows.slice(0, 50).map(
						(r) => html`<li class=${r.severity}><time datetime=${r.time}>${clock(r.time)}</time> <b>${r.type}</b> <span>${r.text}</span></li>`,
					)}
				</ol>`}
	</section>`;
}

function Links({ id }) {
	const known = useSignal(links);
	const rows = [];
	for (const [key, list] of known) if (key.startsWith(`${id} `)) rows.push(...list);
	if (rows.length === 0) return null;
	return html`<section aria-label="Links">
		<h2>Links of it</h2>
		<table>
			<thead><tr><th scope="col">to</th><th scope="col">link ids</th><th scope="col" class="n">cost</th><th scope="col" class="n">MTU</th><th scope="col">state</th></tr></thead>
			<tbody>
				${rows.map((r) => {
					const item = tree.items.get(r.to);
					const isUsed = r.used || (known.get(`${r.to} ${id}`) ?? []).some((back) => back.used && back["from-link"] === r["to-link"]);
					return html`<tr>
						<td><a href=${to("node", r.to)}>${item === undefined ? r.to : nameOf(item)}</a></td>
						<td>${r["from-link"]} → ${r["to-link"]}</td>
						<td class="n">${r.cost}</td>
						<td class="n">${r.l2mtu}</td>
						<td>${isUsed ? "on a least path" : "spare"}${r.stale ? ", not described lately" : ""}</td>
					</tr>`;
				})}
			</tbody>
		</table>
	</section>`;
}

function Why({ id }) {
	const { data } = usePoll("why", { id }, 5000);
	const findings = (data ?? []).flatMap((w) => w.findings);
	return html`<section aria-label="Why">
		<h2>Why</h2>
		${data === null ? html`<p class="muted">Looking …</p>` : html`<${Findings} findings=${findings} />`}
	</section>`;
}

export function NodeView({ arg: id }) {
	useSignal(inventory);
	const row = nodes.rows.get(id) ?? null;
	const node = useNode(id, row !== null);
	if (row === null) {
		const item = tree.items.get(id);
		return html`<h1>${item === undefined ? id : nameOf(item)}</h1>
			<p>${!nodes.isWhole ? "Waiting for the inventory …" : item?.self !== undefined ? "This node itself." : "No node of this id is in the inventory."}</p>
			<${Links} id=${id} />`;
	}
	return html`<div class="title"><h1><${Mark} status=${row.status} word=${false} /> ${row.identity || row.id}</h1>
			<a class="button" href="#/map" onClick=${() => reveal(id)}>On the map</a></div>
		<div class="columns">
			<div>
				<${Facts} row=${row} node=${node} />
				<${Ping} id=${id} />
				<${Commands} row=${row} />
			</div>
			<div>
				<${Way} id=${id} />
				<${Why} id=${id} />
			</div>
			<div>
				<${Links} id=${id} />
				<${History} id=${id} />
			</div>
		</div>`;
}
