// SPDX-License-Identifier: BSD-3-Clause
// What happened, newest first. Paused, the list stands still and says how much came meanwhile.
import { useState } from "preact/hooks";
import { clock, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { eventFilter } from "../model/events.js";
import { go, to } from "../route.js";
import { eventList, events } from "../store.js";
import { csv } from "../lib/csv.js";
import { save } from "../ui/export.js";
import { Icon, Mark } from "../ui/icons.js";
import { Table } from "../ui/table.js";

const severity = { error: "error", warning: "warning", notice: "notice", info: "info" };

const columns = [
	{ name: "time", title: "Time", em: 9, cell: (r) => html`<time datetime=${r.time} title=${r.time}>${clock(r.time)}</time>` },
	{ name: "severity", title: "Severity", em: 6.5, cell: (r) => html`<${Mark} status=${severity[r.severity] ?? "info"} />` },
	{ name: "type", title: "Event", em: 10, cell: (r) => r.type ?? "–" },
	{
		name: "what",
		title: "Of",
		em: 8, grow: 0.8,
		cell: (r) =>
			r.id !== null
				? html`<a href=${to("node", r.id)}>${r.identity || r.id}</a>`
				: r.port !== null
					? html`<a href=${to("ports", r.port)}>${r.port}</a>`
					: (r["mac-address"] ?? "–"),
	},
	{ name: "text", title: "What happened", em: 16, grow: 4 },
];

const COLUMNS = ["seq", "time", "severity", "type", "port", "mac-address", "id", "identity", "text"];

// Where there is little room, what happened comes before of what kind it is.
const narrow = ["time", "text", "severity", "what", "type"].map((name) => ({
	...columns.find((c) => c.name === name),
	...(name === "time" ? { em: 6 } : {}),
}));

export function EventsView() {
	useSignal(eventList);
	const [words, setWords] = useState("");
	const [level, setLevel] = useState("info");
	const [still, setStill] = useState(null); // the rows as they were when it was paused
	const all = still ?? events.rows;
	const rows = all.filter(eventFilter({ words, level }));
	const waiting = still === null ? 0 : events.rows.findIndex((r) => r === still[0]);
	return html`<h1>Events</h1>
		<div class="tools" role="toolbar" aria-label="Filter of events">
			<input type="search" aria-label="Filter by words" placeholder="type, text, port, node" value=${words} onInput=${(e) => setWords(e.target.value)} />
			<label>at least <select value=${level} onChange=${(e) => setLevel(e.target.value)}>
				${["info", "notice", "warning", "error"].map((l) => html`<option value=${l}>${l}</option>`)}
			</select></label>
			<button aria-pressed=${still !== null} onClick=${() => setStill(still === null ? [...events.rows] : null)}>
				<${Icon} name=${still === null ? "pause" : "play"} /> ${still === null ? "Pause" : "Go on"}
			</button>
			<span class="muted" role="status">${still === null ? plural(rows.length, "event") : `paused; ${waiting < 0 ? "many" : waiting} new`}</span>
			<button onClick=${() => save("romon-events.csv", "text/csv", csv(COLUMNS, rows))}><${Icon} name="save" /> CSV</button>
		</div>
		${events.lost > 0 && html`<p class="alert"><${Mark} status="warning" word=${false} /> Some came faster than they could be told: the log has them.</p>`}
		<${Table}
			label="Events"
			columns=${innerWidth < 700 ? narrow : columns}
			rows=${rows}
			keyOf=${(r) => `${r.seq} ${r.time}`}
			open=${(r) => (r.id !== null ? go("node", r.id) : r.port !== null && go("ports", r.port))}
			order=${false}
			rowClass=${(r) => r.severity}
			empty="nothing happened yet, or nothing fits"
		/>`;
}
