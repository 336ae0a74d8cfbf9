// SPDX-License-Identifier: BSD-3-Clause
// The colours of style.css for canvases, which cannot read them by themselves.
const names = ["bg", "surface", "raised", "line", "line-strong", "text", "muted", "accent", "ok", "late", "down", "path", "on-bad"];

let colors = null;

export function theme() {
	if (colors === null) {
		const style = getComputedStyle(document.documentElement);
		colors = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
		colors.font = style.getPropertyValue("--font").trim();
		colors.mono = style.getPropertyValue("--mono").trim();
	}
	return colors;
}

// Tell when the user changes between dark and light. -> how to end it.
export function onTheme(listener) {
	const query = matchMedia("(prefers-color-scheme: dark)");
	const changed = () => {
		colors = null;
		listener();
	};
	query.addEventListener("change", changed);
	return () => query.removeEventListener("change", changed);
}
