// SPDX-License-Identifier: BSD-3-Clause
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { Mark } from "./icons.js";

const keys = [
	["Alt+1 … Alt+8", "a view; or g and its first letter (g k: Secrets)"],
	["/", "search"],
	["Arrows", "map and trees: along the tree; tables: row by row"],
	["Enter", "open the node"],
	["Space", "open or close a subtree"],
	["n, p", "map: the next or previous node that is late or down"],
	["+, −, 0", "map: larger, smaller, back to this node"],
	["t", "map: tidy up"],
	["Escape", "close, or leave the search"],
];

export function Dialog({ title, close, children }) {
	const dialog = useRef(null);
	useEffect(() => dialog.current.showModal(), []);
	return html`<dialog ref=${dialog} onClose=${close} aria-label=${title}>
		<header><h2>${title}</h2><button class="quiet" onClick=${() => dialog.current.close()}>Close</button></header>
		${children}
	</dialog>`;
}

export function Help({ close }) {
	return html`<${Dialog} title="Keys and signs" close=${close}>
		<dl class="keys">${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
		<h3>Signs</h3>
		<ul class="signs">
			<li><${Mark} status="ok" /> answers</li>
			<li><${Mark} status="late" /> did not answer lately</li>
			<li><${Mark} status="down" /> does not answer any more</li>
			<li><${Mark} status="unknown" /> only paths name it</li>
		</ul>
		<p>A wide line of the map is a link that costs half of what is usual there, or less; a thin one costs twice that, or more.</p>
		<p>A ring around a node of the map: it changed just now. Dashed arcs: links of the selected node that are on no least path.</p>
	<//>`;
}
