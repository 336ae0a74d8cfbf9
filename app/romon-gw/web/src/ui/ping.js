// SPDX-License-Identifier: BSD-3-Clause
// Ping now: each answer as it comes, as a bar and a number.
import { useEffect, useRef, useState } from "preact/hooks";
import { rtt } from "../lib/format.js";
import { html } from "../lib/html.js";
import { feed } from "../net.js";
import { mayWrite } from "./trial.js";

const COUNT = 10;
const INTERVAL_MS = 200;

export function Ping({ id }) {
	const [rows, setRows] = useState([]);
	const [sum, setSum] = useState(null);
	const [why, setWhy] = useState("");
	const run = useRef(null);
	useEffect(() => () => run.current?.abort(), []);
	const start = async () => {
		const abort = new AbortController();
		run.current = abort;
		setRows([]);
		setSum(null);
		setWhy("");
		try {
			const args = { id, count: COUNT, "interval-ms": INTERVAL_MS };
			setSum(await feed("ping", args, (row) => setRows((all) => [...all, row]), abort.signal));
		} catch (error) {
			if (!abort.signal.aborted) setWhy(error.message);
		}
		run.current = null;
	};
	const most = Math.max(1, ...rows.map((r) => r["rtt-us"] ?? 0));
	const last = rows.at(-1);
	if (!mayWrite()) return html`<p class="hint">To ping from here, a user of the group write is needed.</p>`;
	return html`<section class="ping" aria-label="Ping">
		<button onClick=${start}>Ping now</button>
		<span class="bars" aria-hidden="true">
			${rows.map(
				(r) =>
					html`<i class=${r.status} style=${{ height: r.status === "ok" ? `${Math.max(12, (100 * r["rtt-us"]) / most)}%` : "100%" }} title=${r["rtt-us"] === null ? r.status : rtt(r["rtt-us"])} />`,
			)}
		</span>
		<span role="status">
			${why !== ""
				? why
				: sum !== null
					? `${sum.received} of ${sum.sent} answered${sum["avg-rtt-us"] === null ? "" : `, ${rtt(sum["avg-rtt-us"])} on average`}`
					: last === undefined
						? ""
						: last.status === "ok"
							? rtt(last["rtt-us"])
							: (last.detail ?? last.status)}
		</span>
	</section>`;
}
