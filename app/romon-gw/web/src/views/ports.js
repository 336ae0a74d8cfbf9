// SPDX-License-Identifier: BSD-3-Clause
import { duration, number, plural, short } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { go, to } from "../route.js";
import { ports, series, status } from "../store.js";
import { Chart } from "../ui/chart.js";
import { Findings } from "../ui/findings.js";
import { Mark } from "../ui/icons.js";
import { usePoll } from "../ui/poll.js";
import { Table } from "../ui/table.js";
import { Torch } from "../ui/torch.js";

const rank = { absent: 0, down: 1, up: 2, disabled: 3, forbidden: 4 };
const rate = (name, counter) => series.now(name, counter);

const columns = [
	{ name: "state", title: "State", em: 5.5, value: (r) => rank[r.state], cell: (r) => html`<${Mark} status=${r.state} />` },
	{ name: "name", title: "Port", em: 7, grow: 1, cell: (r) => html`<a href=${to("ports", r.name)}>${r.name}</a>` },
	{ name: "mode", title: "Mode", em: 4.5 },
	{ name: "device", title: "Device", em: 8, grow: 1 },
	{ name: "cost", title: "Cost", em: 4, isNumber: true },
	{ name: "rx", title: "RX fps", em: 5, isNumber: true, value: (r) => rate(r.name, "rx-frames"), cell: (r) => short(rate(r.name, "rx-frames")) },
	{ name: "tx", title: "TX fps", em: 5, isNumber: true, value: (r) => rate(r.name, "tx-frames"), cell: (r) => short(rate(r.name, "tx-frames")) },
	{ name: "rx-frames", title: "RX frames", em: 7, isNumber: true, cell: (r) => number(r["rx-frames"]) },
	{ name: "tx-frames", title: "TX frames", em: 7, isNumber: true, cell: (r) => number(r["tx-frames"]) },
	{ name: "rx-drops", title: "RX drops", em: 6, isNumber: true, cell: (r) => number(r["rx-drops"]) },
	{ name: "tx-drops", title: "TX drops", em: 6, isNumber: true, cell: (r) => number(r["tx-drops"]) },
	{ name: "speed-mbps", title: "Link", em: 5.5, isNumber: true, cell: (r) => (r["speed-mbps"] === 0 ? "–" : short(r["speed-mbps"] * 1e6, "b/s")) },
	{ name: "comment", title: "Comment", em: 6, grow: 1.2 },
];

function Drops({ rows, name }) {
	const shown = rows.filter((d) => name === null || d.port === name).sort((a, b) => b.count - a.count);
	return html`<section aria-label="Drops">
		<h2>Drops by reason</h2>
		${shown.length === 0
			? html`<p class="muted">No frame was dropped.</p>`
			: html`<table class="drops">
					<thead><tr>${name === null && html`<th scope="col">Port</th>`}<th scope="col">Reason</th><th scope="col" class="n">Frames</th><th scope="col">What it means</th></tr></thead>
					<tbody>
						${shown.map(
							(d) => html`<tr>${name === null && html`<td>${d.port}</td>`}<td><code>${d.reason}</code></td><td class="n">${number(d.count)}</td><td>${d.help}</td></tr>`,
						)}
					</tbody>
				</table>`}
	</section>`;
}

function Charts({ name }) {
	const p = series.ports.get(name);
	if (p === undefined || p.times.length < 2) return html`<p class="muted">Counters are read every 2 s; lines begin with the second one …</p>`;
	const line = (label, counter, color, dash) => ({ label, values: p.rates[counter], color, dash });
	const bits = (label, counter, color, dash) => ({ label, values: p.rates[counter].map((v) => (v === null ? null : v * 8)), color, dash });
	const unit = (u) => (v) => short(v, u);
	return html`<div class="charts">
		<${Chart} title="Frames per second" times=${p.times} format=${unit("")} lines=${[line("received", "rx-frames", "ok"), line("sent", "tx-frames", "accent", [6, 3])]} />
		<${Chart} title="Bits per second" times=${p.times} format=${unit("b/s")} lines=${[bits("received", "rx-bytes", "ok"), bits("sent", "tx-bytes", "accent", [6, 3])]} />
		<${Chart} title="Drops per second" times=${p.times} format=${unit("")} lines=${[line("received", "rx-drops", "late"), line("sent", "tx-drops", "down", [6, 3]), line("missed", "rx-missed", "muted", [2, 3])]} />
	</div>`;
}

function Port({ name }) {
	const { data, why } = usePoll("port", { name }, 2000);
	useSignal(status);
	if (data === null) return html`<h1>Port ${name}</h1><p class="muted" role="status">${why || "Looking …"}</p>`;
	const facts = [
		["State", html`<${Mark} status=${data.state} />`],
		["Mode", data.group === null ? data.mode : `${data.mode}, group ${data.group}`],
		["Device", html`<code>${data.device}</code>`],
		["Driver", data.driver || data["driver-why"]],
		["VLAN", data.vlan === 0 ? "untagged" : data.vlan],
		["MAC", html`<code>${data.mac ?? "–"}</code>`],
		["Cost", data.cost],
		["Link id", data["link-id"]],
		["L2 MTU", data.l2mtu === 0 ? "–" : `${data.l2mtu} bytes`],
		["Signing", data.signing === null ? "–" : `${data.signing.sends}; ${data.signing["accepts-unsigned"] ? "takes unsigned frames" : "takes signed frames only"}`],
	];
	return html`<div class="title"><h1><${Mark} status=${data.state} word=${false} /> Port ${name}</h1>
			<a class="button" href=${to("ports")}>All ports</a> <a class="button" href=${to("why", name)}>Why?</a></div>
		${data.error !== null && html`<p class="alert"><${Mark} status="error" /> ${data.error}</p>`}
		${data.warning !== null && html`<p class="alert"><${Mark} status="warning" /> ${data.warning}</p>`}
		<${Charts} name=${name} />
		<div class="columns">
			<dl class="facts">${facts.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl>
			<div>${data.why !== null && html`<h2>Findings</h2><${Findings} findings=${data.why.findings} />`}<${Drops} rows=${data.why?.drops ?? []} name=${name} /></div>
			<${Torch} port=${name} />
			<section aria-label="Neighbors">
				<h2>${data.heard.next === null ? plural(data.heard.rows.length, "neighbor") : `The first ${data.heard.rows.length} neighbors`}</h2>
				<table>
					<thead><tr><th scope="col">State</th><th scope="col">MAC</th><th scope="col">RoMON id</th><th scope="col" class="n">Frames</th><th scope="col" class="n">Last</th></tr></thead>
					<tbody>${data.heard.rows.map(
						(r) => html`<tr><td><${Mark} status=${r.status} /></td><td><code>${r["mac-address"]}</code></td><td>${r.id === null ? "–" : html`<a href=${to("node", r.id)}>${r.id}</a>`}</td><td class="n">${number(r["rx-frames"])}</td><td class="n">${duration(r["age-ms"] / 1000)}</td></tr>`,
					)}</tbody>
				</table>
			</section>
		</div>`;
}

function All() {
	const rows = useSignal(ports);
	const { data } = usePoll("drops", {}, 2000);
	return html`<h1>Ports</h1>
		<${Table} label="Ports" columns=${columns} rows=${rows} keyOf=${(r) => r.name} open=${(r) => go("ports", r.name)} sort=${{ by: "name", isDown: false }} empty="no port is configured" />
		<${Drops} rows=${data ?? []} name=${null} />`;
}

export function PortsView({ arg }) {
	return arg === null ? html`<${All} />` : html`<${Port} name=${arg} key=${arg} />`;
}
