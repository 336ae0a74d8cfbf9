// SPDX-License-Identifier: BSD-3-Clause
// A configuration on trial is to be seen from every view: how long is left, and the two ways to end it.
import { useEffect, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { ask, session } from "../net.js";
import { refresh, status } from "../store.js";

export const mayWrite = () => session.value?.group === "write" || session.value?.group === "full";

export function leftMs(s, now = performance.now()) {
	return s === null || s["confirm-left-ms"] === null ? null : Math.max(0, s["confirm-left-ms"] - (now - s.read));
}

export function TrialBar() {
	const s = useSignal(status);
	const [said, say] = useState("");
	const [, tick] = useState(0);
	const left = leftMs(s);
	const isTrial = left !== null;
	useEffect(() => {
		if (!isTrial) return undefined;
		const timer = setInterval(() => tick((n) => n + 1), 200);
		return () => clearInterval(timer);
	}, [isTrial]);
	const end = async (command, word) => {
		try {
			await ask(command);
			say(word);
		} catch (error) {
			say(error.message);
		}
		await refresh();
		setTimeout(() => say(""), 8000);
	};
	const seconds = isTrial ? Math.ceil(left / 1000) : 0;
	return html`<div class="trial" hidden=${!isTrial && said === ""}>
		${isTrial &&
		html`<b class="left" role="timer" aria-label="time left">${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</b>
			<span>A configuration is on trial. Without a confirmation the one before comes back.</span>
			${mayWrite() &&
			html`<button class="primary" onClick=${() => end("config-confirm", "Configuration confirmed")}>Confirm</button>
				<button onClick=${() => end("config-rollback", "Rolled back: the configuration before is in force")}>Roll back</button>`}`}
		<span role="status">${said}</span>
	</div>`;
}
