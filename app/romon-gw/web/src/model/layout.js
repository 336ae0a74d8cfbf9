// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of the map stand. Pure. x is the depth, y a row: drawing knows pixels.
//
// tidy() places all anew: when somebody opens or closes a subtree, or asks for it. keep() is for what the network does:
// who was there stays where it is, and who is new takes the free place nearest to its brothers. So a map that was
// learnt by heart stays true.
import { hierarchy, tree as tidyTree } from "d3-hierarchy";

const layout = tidyTree().nodeSize([1, 1]).separation(() => 1);

// -> Map of id -> {x, y, parent}
export function tidy(tree, open) {
	const root = layout(hierarchy(tree.root, (item) => (open.has(item.id) ? item.children : null)));
	const places = new Map();
	root.each((n) => places.set(n.data.id, { x: n.depth, y: n.x - root.x, parent: n.parent?.data.id ?? null }));
	return places;
}

export function keep(tree, open, before) {
	const places = new Map();
	const columns = new Map(); // depth -> Map of whole row -> y of who touches it
	const fresh = [];
	const shown = tree.order((item) => open.has(item.id));
	const depths = new Map();

	for (const item of shown) {
		const depth = item.parent === null ? 0 : depths.get(item.parent) + 1;
		depths.set(item, depth);
		const was = before.get(item.id);
		if (was !== undefined && was.x === depth && was.parent === (item.parent?.id ?? null)) {
			places.set(item.id, was);
			take(columns, depth, was.y);
		} else fresh.push(item);
	}
	for (const item of fresh) {
		const depth = depths.get(item);
		const y = nearestFree(columns, depth, wanted(item, places));
		take(columns, depth, y);
		places.set(item.id, { x: depth, y, parent: item.parent?.id ?? null });
	}
	return places;
}

// Behind the last brother that has a place, else beside the parent.
function wanted(item, places) {
	if (item.parent === null) return 0;
	let last = -Infinity;
	for (const brother of item.parent.children) {
		const place = places.get(brother.id);
		if (place !== undefined && place.y > last) last = place.y;
	}
	return last === -Infinity ? places.get(item.parent.id).y : last + 1;
}

function take(columns, depth, y) {
	let column = columns.get(depth);
	if (column === undefined) columns.set(depth, (column = new Map()));
	const row = Math.floor(y);
	if (!column.has(row)) column.set(row, []);
	column.get(row).push(y);
}

function nearestFree(columns, depth, y) {
	const column = columns.get(depth);
	if (column === undefined) return y;
	const isFree = (at) => {
		for (let row = Math.floor(at) - 1; row <= Math.floor(at) + 1; row++)
			for (const other of column.get(row) ?? []) if (Math.abs(other - at) < 1) return false;
		return true;
	};
	for (let far = 0; ; far += 0.5) {
		if (isFree(y + far)) return y + far;
		if (isFree(y - far)) return y - far;
	}
}
