// SPDX-License-Identifier: BSD-3-Clause
// A command that can be copied as it stands.
import { useRef, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

export function Copy({ label, text }) {
	const [said, say] = useState("");
	const code = useRef(null);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			say("copied");
		} catch {
			// no clipboard without HTTPS: mark it, for Ctrl+C
			getSelection().selectAllChildren(code.current);
			say("marked: Ctrl+C");
		}
		setTimeout(() => say(""), 2000);
	};
	return html`<div class="copy">
		<span class="label">${label}</span>
		<code ref=${code} tabindex="0">${text}</code>
		<button onClick=${copy} aria-label=${`Copy: ${label}`}><${Icon} name="copy" /></button>
		<span role="status">${said}</span>
	</div>`;
}
