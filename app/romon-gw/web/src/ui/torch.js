// SPDX-License-Identifier: BSD-3-Clause
// Who sends through a port, as it passes: romond looks only as long as this is open.
import { useEffect, useRef, useState } from "preact/hooks";
import { number, plural, short } from "../lib/format.js";
import { html } from "../lib/html.js";
import { feed } from "../net.js";
import { nodes } from "../store.js";
import { to } from "../route.js";
import { mayWrite } from "./trial.js";

const INTERVAL_MS = 1000;
const SHOWN = 20;

function Flow({ flow }) {
	const name = nodes.rows.get(flow.id)?.identity;
	return html`<tr>
		<td>${flow.direction}</td>
		<td>${flow.id === null ? "–" : html`<a href=${to("node", flow.id)}>${name || flow.id}</a>`}</td>
		<td>${flow.type}${flow.service === null ? "" : ` ${flow.service}`}</td>
		<td class="n">${short(flow["frames-per-s"])}</td>
		<td class="n">${short(flow["bytes-per-s"] * 8, "b/s")}</td>
	</tr>`;
}

function sumOf({ rows, rest, lost }) {
	const more = rows.length > SHOWN ? `; the largest ${SHOWN} are shown` : "";
	const others = rest.frames > 0 ? `; ${number(rest.frames)} frames of further flows` : "";
	return `${plural(rows.length, "flow")} in the last second${more}${others}${lost > 0 ? `; ${number(lost)} frames were not counted` : ""}`;
}

export function Torch({ port }) {
	const [interval, show] = useState(null);
	const [said, say] = useState("");
	const [isOn, setOn] = useState(false);
	const run = useRef(null);
	const stop = () => run.current?.abort();
	useEffect(() => stop, []);
	const start = async () => {
		const abort = new AbortController();
		run.current = abort;
		setOn(true);
		say("");
		try {
			await feed("torch", { port, "interval-ms": INTERVAL_MS }, show, abort.signal);
			say("romond ended it");
		} catch (error) {
			if (!abort.signal.aborted) say(error.message);
		}
		setOn(false);
	};
	if (!mayWrite()) return null;
	return html`<section class="torch" aria-label="Torch">
		<h2>Who sends through it <button onClick=${isOn ? stop : start} aria-pressed=${isOn}>${isOn ? "Stop" : "Torch"}</button></h2>
		<p class="muted" role="status">${said || (interval === null ? (isOn ? "Looking …" : "Counted by node and kind of frame while you look.") : sumOf(interval))}</p>
		${interval !== null &&
		interval.rows.length > 0 &&
		html`<table>
			<thead><tr><th scope="col">Way</th><th scope="col">From</th><th scope="col">Frame</th><th scope="col" class="n">Frames/s</th><th scope="col" class="n">Rate</th></tr></thead>
			<tbody>${interval.rows.slice(0, SHOWN).map((flow) => html`<${Flow} flow=${flow} key=${`${flow.direction} ${flow.id} ${flow.type} ${flow.service}`} />`)}</tbody>
		</table>`}
	</section>`;
}
