// SPDX-License-Identifier: BSD-3-Clause
// Ask who is there, now: each node that answers is counted as it does.
import { useEffect, useRef, useState } from "preact/hooks";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { feed } from "../net.js";
import { mayWrite } from "./trial.js";

const DURATION_MS = 3000;

export function Discover() {
	const [said, say] = useState("");
	const [isBusy, setBusy] = useState(false);
	const run = useRef(null);
	useEffect(() => () => run.current?.abort(), []);
	const start = async () => {
		const abort = new AbortController();
		const answered = new Set();
		run.current = abort;
		setBusy(true);
		say("asking …");
		try {
			const take = (row) => {
				answered.add(row.address);
				say(`${plural(answered.size, "node")} answered`);
			};
			const end = await feed("discover", { "duration-ms": DURATION_MS }, take, abort.signal);
			say(`${plural(end?.answered ?? answered.size, "node")} answered`);
		} catch (error) {
			if (abort.signal.aborted) return;
			say(error.message);
		}
		setBusy(false);
	};
	if (!mayWrite()) return null;
	return html`<button onClick=${start} disabled=${isBusy}>Discover now</button><span role="status" class="muted">${said}</span>`;
}
