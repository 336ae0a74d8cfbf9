// SPDX-License-Identifier: BSD-3-Clause
// The map on a canvas: boxes of nodes, left to right, and the links between them. Draws what a scene says:
//
//   {tree, open, places, selected, found: Set, path: Set of ids, extra: [{from, to, text}], pulses: Map of id -> time,
//    evidence(item) -> text of the link above it}
//
// The work of a frame grows with what is to be seen, not with the network: what is outside is left out by its box, text
// is measured once, and far out there is no text at all. tests/web holds the milliseconds of a frame.
import { countsText, linkWidth, nameOf } from "../model/tree.js";
import { mark } from "./mark.js";
import { theme } from "./theme.js";

export const COLUMN = 264;
export const ROW = 26;
export const BOX_WIDTH = 164;
export const BOX_HEIGHT = 20;
const TEXT_SCALE = 0.5; // below it a label cannot be read
const BOX_SCALE = 0.28;
const WIDTHS = [0.7, 1.2, 2.6]; // of linkWidth()
export const PULSE_MS = 1600;

const MOST_CLIPPED = 50000;
const names = new Map(); // text -> as much of it as fits; each list is of one font and width
const evidence = new Map();

function clip(ctx, fitting, text, width) {
	let fits = fitting.get(text);
	if (fits !== undefined) return fits;
	fits = text;
	if (ctx.measureText(text).width > width) {
		let low = 0;
		let high = text.length;
		while (low < high) {
			const mid = (low + high + 1) >> 1;
			if (ctx.measureText(`${text.slice(0, mid)}…`).width <= width) low = mid;
			else high = mid - 1;
		}
		fits = `${text.slice(0, low)}…`;
	}
	if (fitting.size > MOST_CLIPPED) fitting.clear();
	fitting.set(text, fits);
	return fits;
}

export const placeX = (place) => place.x * COLUMN;
export const placeY = (place) => place.y * ROW;

function curve(path, from, to) {
	const x0 = placeX(from) + BOX_WIDTH;
	const x1 = placeX(to);
	const y0 = placeY(from);
	const y1 = placeY(to);
	const mid = x0 + (x1 - x0) * 0.5;
	path.moveTo(x0, y0);
	path.bezierCurveTo(mid, y0, mid, y1, x1, y1);
}

// What does not change from frame to frame, by parent: its links, by width, and the box around them.
export function prepare(tree, open, places) {
	const shown = [];
	const bundles = WIDTHS.map(() => []);
	const usual = tree.usualCost();
	for (const item of tree.order((i) => open.has(i.id))) {
		const place = places.get(item.id);
		if (place === undefined) continue;
		shown.push({ item, x: placeX(place), y: placeY(place), isOpen: open.has(item.id) });
		if (!open.has(item.id) || item.children.length === 0) continue;
		const own = [null, null, null];
		for (const child of item.children) {
			const at = places.get(child.id);
			if (at === undefined) continue;
			const y = placeY(place);
			const b = (own[linkWidth(child, usual)] ??= { path: new Path2D(), left: placeX(place), right: placeX(place) + COLUMN + 1, top: y, bottom: y });
			curve(b.path, place, at);
			b.top = Math.min(b.top, placeY(at));
			b.bottom = Math.max(b.bottom, placeY(at));
		}
		own.forEach((b, width) => b !== null && bundles[width].push(b));
	}
	return { shown, bundles };
}

// view: {x, y, k}: a point (a, b) of the map is at (a * k + x, b * k + y) of a canvas of width x height CSS pixels.
export function draw(ctx, scene, view, width, height, now) {
	const c = theme();
	const seen = {
		left: -view.x / view.k,
		right: (width - view.x) / view.k,
		top: -view.y / view.k - ROW,
		bottom: (height - view.y) / view.k + ROW,
	};
	ctx.save();
	ctx.fillStyle = c.bg;
	ctx.fillRect(0, 0, width, height);
	ctx.translate(view.x, view.y);
	ctx.scale(view.k, view.k);
	links(ctx, scene, seen, view.k, c);
	nodes(ctx, scene, seen, view.k, c);
	const more = pulses(ctx, scene, now, c);
	ctx.restore();
	return more; // another frame is needed
}

function links(ctx, scene, seen, k, c) {
	ctx.strokeStyle = c["line-strong"];
	for (let width = 0; width < WIDTHS.length; width++) {
		ctx.lineWidth = Math.max(WIDTHS[width], 0.7 / k);
		for (const b of scene.prepared.bundles[width])
			if (b.right > seen.left && b.left < seen.right && b.bottom > seen.top && b.top < seen.bottom) ctx.stroke(b.path);
	}
	way(ctx, scene, k, c);
	extras(ctx, scene, k, c);
}

// The path to the selected node, and what each of its links is known by.
function way(ctx, scene, k, c) {
	const items = scene.way;
	if (items.length < 2) return;
	ctx.lineWidth = Math.max(2.25, 1.5 / k);
	ctx.strokeStyle = c.path;
	const path = new Path2D();
	for (let i = 1; i < items.length; i++) {
		const from = scene.places.get(items[i - 1].id);
		const to = scene.places.get(items[i].id);
		if (from !== undefined && to !== undefined) curve(path, from, to);
	}
	ctx.stroke(path);
	if (k < TEXT_SCALE) return;
	ctx.font = `11px ${c.font}`;
	ctx.textAlign = "right";
	ctx.textBaseline = "bottom";
	for (let i = 1; i < items.length; i++) {
		const to = scene.places.get(items[i].id);
		const text = to === undefined ? "" : scene.evidence(items[i]);
		if (text === "") continue;
		const shown = clip(ctx, evidence, text, COLUMN - BOX_WIDTH - 8);
		const x = placeX(to) - 5;
		const y = placeY(to) - 2;
		ctx.fillStyle = c.bg;
		ctx.fillRect(x - ctx.measureText(shown).width - 2, y - 12, ctx.measureText(shown).width + 4, 12);
		ctx.fillStyle = c.path;
		ctx.fillText(shown, x, y);
	}
}

// Links of the selected node that are on no least path: arcs, so that they are not taken for the tree.
function extras(ctx, scene, k, c) {
	if (scene.extra.length === 0) return;
	ctx.save();
	ctx.setLineDash([5, 4]);
	ctx.lineWidth = Math.max(1.25, 1 / k);
	ctx.strokeStyle = c.muted;
	for (const { from, to } of scene.extra) {
		const a = scene.places.get(from);
		const b = scene.places.get(to);
		if (a === undefined || b === undefined) continue;
		const x0 = placeX(a) + BOX_WIDTH / 2;
		const x1 = placeX(b) + BOX_WIDTH / 2;
		const out = Math.max(x0, x1) + BOX_WIDTH / 2 + 30 + Math.min(60, Math.abs(placeY(a) - placeY(b)) * 0.15);
		ctx.beginPath();
		ctx.moveTo(placeX(a) + BOX_WIDTH, placeY(a) + 4);
		ctx.bezierCurveTo(out, placeY(a) + 4, out, placeY(b) + 4, placeX(b) + BOX_WIDTH, placeY(b) + 4);
		ctx.stroke();
	}
	ctx.restore();
}

function statusOf(item) {
	return item.row === null ? (item.self === undefined ? "unknown" : "self") : item.row.status;
}

function nodes(ctx, scene, seen, k, c) {
	const inside = [];
	for (const n of scene.prepared.shown)
		if (n.x + COLUMN > seen.left && n.x < seen.right && n.y > seen.top && n.y < seen.bottom) inside.push(n);
	if (k >= BOX_SCALE) boxes(ctx, inside, scene, k, c);
	marks(ctx, inside, k, c);
	if (k >= TEXT_SCALE) labels(ctx, inside, scene, c);
}

function boxes(ctx, inside, scene, k, c) {
	const plain = new Path2D();
	for (const n of inside) plain.roundRect(n.x, n.y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT, 4);
	ctx.fillStyle = c.surface;
	ctx.fill(plain);
	ctx.lineWidth = 1 / Math.max(k, 0.6);
	ctx.strokeStyle = c.line;
	ctx.stroke(plain);
	if (scene.path.size > 0) framed(ctx, inside, (n) => scene.path.has(n.item.id), c.path, 1.5);
	if (scene.found.size > 0) framed(ctx, inside, (n) => scene.found.has(n.item.id), c.accent, 2);
	if (scene.selected !== null) framed(ctx, inside, (n) => n.item.id === scene.selected, c.text, 2);
}

function framed(ctx, inside, is, color, width) {
	const path = new Path2D();
	let any = false;
	for (const n of inside)
		if (is(n)) {
			path.roundRect(n.x, n.y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT, 4);
			any = true;
		}
	if (!any) return;
	ctx.lineWidth = width;
	ctx.strokeStyle = color;
	ctx.stroke(path);
}

// One fill for each status, however many nodes.
function marks(ctx, inside, k, c) {
	const paths = { ok: new Path2D(), late: new Path2D(), down: new Path2D(), self: new Path2D(), unknown: new Path2D() };
	const isFar = k < BOX_SCALE;
	for (const n of inside) {
		const status = statusOf(n.item);
		if (isFar) paths[status].rect(n.x, n.y - ROW * 0.36, BOX_WIDTH * 0.55, ROW * 0.72);
		else mark(paths[status], status === "self" ? "ok" : status, n.x + 12, n.y, 4.5);
	}
	ctx.fillStyle = c.ok;
	ctx.fill(paths.ok);
	ctx.fillStyle = c.late;
	ctx.fill(paths.late);
	ctx.fillStyle = c.down;
	ctx.fill(paths.down);
	ctx.fillStyle = c.accent;
	ctx.fill(paths.self);
	ctx.lineWidth = 1.5;
	ctx.strokeStyle = c.muted;
	ctx.stroke(paths.unknown);
}

function labels(ctx, inside, scene, c) {
	ctx.textAlign = "left";
	ctx.textBaseline = "middle";
	ctx.font = `12px ${c.font}`;
	let last = "";
	for (const n of inside) {
		const status = statusOf(n.item);
		const color = status === "down" ? c.down : status === "unknown" ? c.muted : c.text;
		if (color !== last) ctx.fillStyle = last = color; // to set it costs as much as to draw
		ctx.fillText(clip(ctx, names, nameOf(n.item), BOX_WIDTH - 38), n.x + 23, n.y + 0.5);
	}
	arrows(ctx, inside, c);
	ctx.font = `11px ${c.font}`;
	for (const status of ["ok", "late", "down"]) badges(ctx, inside, status, c);
}

function arrows(ctx, inside, c) {
	const path = new Path2D();
	for (const { item, x, y, isOpen } of inside) {
		if (item.children.length === 0) continue;
		const right = x + BOX_WIDTH;
		if (isOpen) {
			path.moveTo(right - 12, y - 2);
			path.lineTo(right - 4, y - 2);
			path.lineTo(right - 8, y + 3);
		} else {
			path.moveTo(right - 10, y - 4);
			path.lineTo(right - 5, y);
			path.lineTo(right - 10, y + 4);
		}
		path.closePath();
	}
	ctx.fillStyle = c.muted;
	ctx.fill(path);
}

const BADGE = { ok: 0, late: 1, down: 2 };
const badgeWidth = (count) => (count === 0 ? 0 : 15 + 7 * String(count).length);

// Beside a closed subtree: how many it hides, by status.
function badges(ctx, inside, status, c) {
	const path = new Path2D();
	ctx.fillStyle = c[status];
	for (const { item, x, y, isOpen } of inside) {
		const { counts } = item;
		if (isOpen || counts[status] === 0) continue;
		let at = x + BOX_WIDTH + 5;
		if (BADGE[status] > 0) at += badgeWidth(counts.ok);
		if (BADGE[status] > 1) at += badgeWidth(counts.late);
		mark(path, status, at + 3, y, 3);
		ctx.fillText(counts[status], at + 9, y + 0.5);
	}
	ctx.fill(path);
}

// A ring that grows and fades, once, around what changed.
function pulses(ctx, scene, now, c) {
	let more = false;
	for (const [id, { at, status }] of scene.pulses) {
		const t = (now - at) / PULSE_MS;
		const place = scene.places.get(id);
		if (t >= 1) scene.pulses.delete(id);
		else if (place !== undefined) {
			more = true;
			const grown = scene.isCalm ? 3 : 2 + 8 * t;
			ctx.globalAlpha = scene.isCalm ? 1 : 1 - t;
			ctx.lineWidth = 2.5;
			ctx.strokeStyle = c[status] ?? c.accent;
			ctx.beginPath();
			ctx.roundRect(
				placeX(place) - grown,
				placeY(place) - BOX_HEIGHT / 2 - grown,
				BOX_WIDTH + 2 * grown,
				BOX_HEIGHT + 2 * grown,
				4 + grown,
			);
			ctx.stroke();
			ctx.globalAlpha = 1;
		}
	}
	return more;
}

// The node at that point of the map, and whether it is the arrow that opens and closes; null: none.
export function hit(prepared, x, y) {
	for (const n of prepared.shown) {
		const reach = n.item.children.length > 0 && !n.isOpen ? BOX_WIDTH + 90 : BOX_WIDTH;
		if (x >= n.x && x <= n.x + reach && Math.abs(y - n.y) <= BOX_HEIGHT / 2 + 1)
			return { item: n.item, isArrow: n.item.children.length > 0 && x > n.x + BOX_WIDTH - 18 };
	}
	return null;
}

export function describe(item) {
	const below = item.children.length === 0 ? "" : `; below it ${countsText(item.counts)}`;
	if (item.row === null) return `${nameOf(item)}, ${item.self === undefined ? "known from paths only" : "this node"}${below}`;
	return `${nameOf(item)}, ${item.row.status}, cost ${item.row.cost}, ${item.row.hops} hops${below}`;
}
