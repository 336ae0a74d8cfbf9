// SPDX-License-Identifier: BSD-3-Clause
import { useState } from "preact/hooks";
import { duration, rtt, short } from "../lib/format.js";
import { html } from "../lib/html.js";
import { nameOf } from "../model/tree.js";
import { ask } from "../net.js";
import { to } from "../route.js";
import { tree } from "../store.js";
import { Mark } from "../ui/icons.js";
import { usePoll } from "../ui/poll.js";
import { Table } from "../ui/table.js";
import { mayWrite } from "../ui/trial.js";

const services = { 3: "SSH", 4: "WinBox" };

export function StreamsView() {
	const { data, why, again } = usePoll("streams", {}, 1000);
	const [said, say] = useState("");
	const close = async (stream) => {
		try {
			await ask("stream-close", { stream });
			say(`stream ${stream} was ended`);
		} catch (error) {
			say(error.message);
		}
		again();
	};
	const columns = [
		{ name: "stream", title: "Stream", em: 5, isNumber: true },
		{ name: "state", title: "State", em: 6.5, cell: (r) => html`<${Mark} status=${r.state} />` },
		{ name: "direction", title: "Direction", em: 6 },
		{
			name: "address",
			title: "Node",
			em: 10, grow: 1,
			cell: (r) => {
				const item = tree.items.get(r.address);
				return r.address === null ? "–" : html`<a href=${to("node", r.address)}>${item === undefined ? r.address : nameOf(item)}</a>`;
			},
		},
		{ name: "service", title: "Service", em: 6, cell: (r) => services[r.service] ?? r.service },
		{ name: "age-s", title: "Age", em: 7, isNumber: true, cell: (r) => duration(r["age-s"]) },
		{ name: "bytes-in", title: "In", em: 6.5, isNumber: true, cell: (r) => short(r["bytes-in"], "B") },
		{ name: "bytes-out", title: "Out", em: 6.5, isNumber: true, cell: (r) => short(r["bytes-out"], "B") },
		{ name: "rtt-us", title: "RTT", em: 6, isNumber: true, cell: (r) => rtt(r["rtt-us"]) },
		{ name: "resent", title: "Resent", em: 5.5, isNumber: true },
		...(mayWrite()
			? [{ name: "end", title: "End it", em: 5.5, value: () => 0, cell: (r) => html`<button class="small" onClick=${() => close(r.stream)} aria-label=${`End stream ${r.stream}`}>End</button>` }]
			: []),
	];
	return html`<h1>Streams</h1>
		<p class="hint">Sessions of SSH and WinBox through the overlay, from here and to here.</p>
		<p role="status">${said || why}</p>
		<${Table} label="Streams" columns=${columns} rows=${data ?? []} keyOf=${(r) => String(r.stream)} empty=${data === null ? "Looking …" : "no stream is open"} />`;
}
