// SPDX-License-Identifier: BSD-3-Clause
// The map as a file of its own: what is open, with every name escaped. Pure.
import { countsText, linkWidth, nameOf, total } from "../model/tree.js";

const COLUMN = 264;
const ROW = 26;
const WIDTH = 164;
const HEIGHT = 20;
const MARGIN = 20;
const MOST = 24; // characters of a name

const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// XML knows no control characters, not even escaped.
export function escaped(text) {
	// eslint-disable-next-line no-control-regex
	return String(text)
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
		.replace(/[&<>"']/g, (c) => signs[c]);
}

const cut = (text) => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);

function sign(status, x, y) {
	if (status === "late") return `<path d="M${x} ${y - 5}l5 9h-10z" class="late"/>`;
	if (status === "down") return `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" class="down"/>`;
	return `<circle cx="${x}" cy="${y}" r="4.5" class="${status === "ok" ? "ok" : "self"}"/>`;
}

export function svg(tree, open, places, colors) {
	const shown = tree.order((item) => open.has(item.id)).filter((item) => places.has(item.id));
	const ys = shown.map((item) => places.get(item.id).y);
	const top = Math.min(...minmax(ys)) * ROW - HEIGHT / 2;
	const bottom = Math.max(...minmax(ys)) * ROW + HEIGHT / 2;
	const right = shown.reduce((most, item) => Math.max(most, places.get(item.id).x), 0) * COLUMN + WIDTH + 120;
	const usual = tree.usualCost();
	const lines = [];
	const boxes = [];
	for (const item of shown) {
		const at = places.get(item.id);
		const [x, y] = [at.x * COLUMN, at.y * ROW];
		const above = item.parent === null ? undefined : places.get(item.parent.id);
		if (above !== undefined) {
			const x0 = above.x * COLUMN + WIDTH;
			const mid = (x0 + x) / 2;
			lines.push(`<path class="link w${linkWidth(item, usual)}" d="M${x0} ${above.y * ROW}C${mid} ${above.y * ROW} ${mid} ${y} ${x} ${y}"/>`);
		}
		const status = item.row?.status ?? "self";
		const hides = !open.has(item.id) && total(item.counts) > 0;
		boxes.push(
			`<g><title>${escaped(`${nameOf(item)} ${item.id} ${item.row?.status ?? ""}`)}</title>` +
				`<rect class="box" x="${x}" y="${y - HEIGHT / 2}" width="${WIDTH}" height="${HEIGHT}" rx="4"/>${sign(status, x + 12, y)}` +
				`<text x="${x + 23}" y="${y + 4}">${escaped(cut(nameOf(item)))}</text>` +
				(hides ? `<text class="sub" x="${x + WIDTH + 6}" y="${y + 4}">${countsText(item.counts)}</text>` : "") +
				"</g>",
		);
	}
	const [w, h] = [right + 2 * MARGIN, bottom - top + 2 * MARGIN];
	return (
		`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="${-MARGIN} ${top - MARGIN} ${w} ${h}">` +
		`<style>text{font:12px system-ui,"DejaVu Sans",sans-serif;fill:${colors.text}}.sub{fill:${colors.muted};font-size:11px}` +
		`.link{fill:none;stroke:${colors["line-strong"]}}.w0{stroke-width:.7}.w2{stroke-width:2.6}.box{fill:${colors.surface};stroke:${colors.line}}` +
		`.ok{fill:${colors.ok}}.late{fill:${colors.late}}.down{fill:${colors.down}}.self{fill:${colors.accent}}</style>` +
		`<rect x="${-MARGIN}" y="${top - MARGIN}" width="${w}" height="${h}" fill="${colors.bg}"/>${lines.join("")}${boxes.join("")}</svg>\n`
	);
}

// Math.min takes no lists of ten thousand.
function minmax(values) {
	let [least, most] = [0, 0];
	for (const v of values) {
		if (v < least) least = v;
		if (v > most) most = v;
	}
	return [least, most];
}
