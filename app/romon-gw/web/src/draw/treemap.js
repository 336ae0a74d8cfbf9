// SPDX-License-Identifier: BSD-3-Clause
// All nodes at once, as tiles: each subtree is a rectangle, each node a tile in it with the colour of its status. The
// only picture of ten thousand nodes that can be read.
import { hierarchy, treemap } from "d3-hierarchy";
import { nameOf } from "../model/tree.js";
import { theme } from "./theme.js";

const TITLE = 16;

// -> {tiles: [{item, x, y, w, h}], groups: [{item, x, y, w, h}]}. A node with others below it has a tile of its own.
export function arrange(tree, width, height) {
	if (tree.root === null || width < 10 || height < 10) return { tiles: [], groups: [] };
	const root = hierarchy({ item: tree.root, isGroup: true }, ({ item, isGroup }) => {
		if (!isGroup || item.children.length === 0) return null;
		const below = item.children.map((child) => ({ item: child, isGroup: child.children.length > 0 }));
		return item === tree.root ? below : [{ item, isGroup: false }, ...below];
	})
		.sum((d) => (d.isGroup ? 0 : 1))
		.sort((a, b) => b.value - a.value || (a.data.item.id < b.data.item.id ? -1 : 1));
	treemap()
		.size([width, height])
		.paddingInner(1)
		.paddingOuter(2)
		.paddingTop((n) => (n.depth > 0 && n.depth <= 2 && n.x1 - n.x0 > 60 && n.y1 - n.y0 > 40 ? TITLE : 2))
		.round(false)(root);
	const tiles = [];
	const groups = [];
	root.each((n) => {
		const box = { item: n.data.item, x: n.x0, y: n.y0, w: n.x1 - n.x0, h: n.y1 - n.y0, depth: n.depth };
		if (n.children === undefined) tiles.push(box);
		else if (n.depth > 0) groups.push(box);
	});
	return { tiles, groups };
}

export function drawAll(ctx, { tiles, groups }, { selected, found }, view, width, height) {
	const c = theme();
	ctx.save();
	ctx.fillStyle = c.bg;
	ctx.fillRect(0, 0, width, height);
	ctx.translate(view.x, view.y);
	ctx.scale(view.k, view.k);
	const frames = new Path2D();
	for (const g of groups) frames.rect(g.x, g.y, g.w, g.h);
	ctx.fillStyle = c.surface;
	ctx.fill(frames);
	ctx.lineWidth = 1 / view.k;
	ctx.strokeStyle = c.line;
	ctx.stroke(frames);
	const seen = { left: -view.x / view.k, top: -view.y / view.k, right: (width - view.x) / view.k, bottom: (height - view.y) / view.k };
	const inside = tiles.filter((t) => t.x < seen.right && t.x + t.w > seen.left && t.y < seen.bottom && t.y + t.h > seen.top);
	for (const status of ["ok", "late", "down"]) {
		const path = new Path2D();
		for (const t of inside) if (t.item.row?.status === status) path.rect(t.x, t.y, t.w, t.h);
		ctx.globalAlpha = status === "ok" ? 0.55 : 1;
		ctx.fillStyle = c[status];
		ctx.fill(path);
	}
	ctx.globalAlpha = 1;
	crosses(ctx, inside, view.k, c);
	lit(ctx, inside, (t) => found.has(t.item.id), c.accent, 2 / view.k);
	lit(ctx, inside, (t) => t.item.id === selected, c.text, 2.5 / view.k);
	words(ctx, inside, groups, view.k, c);
	ctx.restore();
	return false;
}

// Who is down is crossed out, too: not everybody tells the two colours apart.
function crosses(ctx, tiles, k, c) {
	const path = new Path2D();
	for (const t of tiles) {
		if (t.item.row?.status !== "down" || t.w * k < 5 || t.h * k < 5) continue;
		path.moveTo(t.x, t.y + t.h);
		path.lineTo(t.x + t.w, t.y);
	}
	ctx.lineWidth = 1.25 / k;
	ctx.strokeStyle = c["on-bad"];
	ctx.stroke(path);
}

function lit(ctx, tiles, is, color, width) {
	const path = new Path2D();
	for (const t of tiles) if (is(t)) path.rect(t.x, t.y, t.w, t.h);
	ctx.lineWidth = width;
	ctx.strokeStyle = color;
	ctx.stroke(path);
}

function words(ctx, tiles, groups, k, c) {
	ctx.textBaseline = "middle";
	ctx.textAlign = "left";
	ctx.fillStyle = c.muted;
	ctx.font = `${11 / k}px ${c.font}`;
	for (const g of groups) {
		if (g.depth > 2 || g.w * k < 60 || g.h * k < 40) continue;
		written(ctx, nameOf(g.item), g.x + 5 / k, g.y + TITLE / 2, g.w - 10 / k, k);
	}
	for (const t of tiles) {
		if (t.w * k < 52 || t.h * k < 16) continue;
		ctx.fillStyle = t.item.row?.status === "ok" ? c.text : c["on-bad"];
		written(ctx, nameOf(t.item), t.x + 5 / k, t.y + t.h / 2, t.w - 8 / k, k);
	}
}

function written(ctx, text, x, y, width, k) {
	const most = Math.floor((width * k) / 6);
	ctx.fillText(text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text, x, y);
}

export function hitAll({ tiles }, x, y) {
	return tiles.find((t) => x >= t.x && x <= t.x + t.w && y >= t.y && y <= t.y + t.h)?.item ?? null;
}
