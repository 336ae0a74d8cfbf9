// SPDX-License-Identifier: BSD-3-Clause
// Signs, drawn here: nothing is fetched for them.
import { html } from "../lib/html.js";

const shapes = {
	map: "M3 5h4v4H3zM13 2h4v4h-4zM13 8h4v4h-4zM13 14h4v4h-4zM7 7h3v-3h3M10 7v9h3M10 10h3",
	nodes: "M3 5h14M3 10h14M3 15h14",
	ports: "M3 16V9M8 16V4M13 16v-6M17 16V7",
	events: "M10 4v6l4 2M10 2a8 8 0 1 0 .01 0",
	why: "M7 7a3 3 0 1 1 4 3c-1 .4-1 1-1 2M10 15.5v.5M10 2a8 8 0 1 0 .01 0",
	streams: "M3 7h11l-3-3M17 13H6l3 3",
	secrets: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
	config: "M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4",
	search: "M8.5 3a5.5 5.5 0 1 0 .01 0M13 13l4 4",
	copy: "M7 7h9v10H7zM13 7V3H4v10h3",
	plus: "M10 4v12M4 10h12",
	minus: "M4 10h12",
	home: "M3 10l7-6 7 6M5 9v8h10V9",
	tidy: "M3 5h4M3 10h4M3 15h4M10 5h7M10 10h7M10 15h7",
	close: "M5 5l10 10M15 5L5 15",
	save: "M10 3v9M6 9l4 4 4-4M4 16h12",
	bolt: "M11 2L4 12h5l-1 6 7-10h-5z",
	pause: "M7 4v12M13 4v12",
	play: "M6 4l10 6-10 6z",
	user: "M10 3a3.5 3.5 0 1 0 .01 0M3 17c1-4 4-5 7-5s6 1 7 5",
};

export function Icon({ name }) {
	return html`<svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
		<path d=${shapes[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" />
	</svg>`;
}

// The sign of a status, as on the map, with its word for who does not see it.
export function Mark({ status, word = true }) {
	const shape =
		status === "ok" || status === "up" || status === "open"
			? html`<circle cx="6" cy="6" r="4.2" />`
			: status === "late" || status === "warning" || status === "opening" || status === "stalled"
				? html`<path d="M6 1.2l5 9H1z" />`
				: status === "down" || status === "error" || status === "absent"
					? html`<rect x="2" y="2" width="8" height="8" />`
					: html`<circle cx="6" cy="6" r="3.6" class="hollow" />`;
	return html`<span class=${`mark ${status}`}
		><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${shape}</svg>${word === true ? html` <span>${status}</span>` : ""}</span
	>`;
}
