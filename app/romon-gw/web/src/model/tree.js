// SPDX-License-Identifier: BSD-3-Clause
// The tree of least paths from this node, out of the path of each row. Pure.
//
// An item: {id, row, parent, children, counts: {ok, late, down}}. counts are of everything below it, itself left out.
// row null: it is this node, or one that paths name and the inventory does not know.

const STATUSES = ["ok", "late", "down"];

export class Tree {
	items = new Map();
	root = null;

	// rows: Map of id -> row. self: {id, identity}, or null as long as it is not known.
	build(rows, self) {
		const before = this.items;
		this.items = new Map();
		this.root = this.#item(self?.id ?? "self", null);
		this.root.self = self;
		// in the order of before, so that brothers stay where they are
		for (const id of before.keys()) if (id !== this.root.id && rows.has(id)) this.#item(id, rows.get(id));
		for (const [id, row] of rows) if (id !== this.root.id) this.#item(id, row);
		for (const [id, row] of rows) if (id !== this.root.id) this.#hang(this.items.get(id), row);
		this.#cut();
		for (const item of this.items.values()) if (item.parent !== null) item.parent.children.push(item);
		this.#count();
	}

	// A row changed. False: the tree has another shape now, build it anew.
	update(row, was) {
		const item = this.items.get(row.id);
		if (item === undefined || was === null || item === this.root) return false;
		if (this.#parentId(row) !== item.parent?.id) return false;
		item.row = row;
		if (row.status !== was.status)
			for (let up = item.parent; up !== null; up = up.parent) {
				up.counts[was.status]--;
				up.counts[row.status]++;
			}
		return true;
	}

	// What a link costs here, in the middle: half of them cost no less.
	usualCost() {
		const costs = [];
		for (const item of this.items.values()) {
			const cost = linkCost(item);
			if (cost !== null) costs.push(cost);
		}
		return costs.length === 0 ? 0 : Float64Array.from(costs).sort()[costs.length >> 1];
	}

	// From this node to that one.
	path(id) {
		const way = [];
		for (let item = this.items.get(id) ?? null; item !== null; item = item.parent) way.unshift(item);
		return way;
	}

	#item(id, row) {
		let item = this.items.get(id);
		if (item === undefined) {
			item = { id, row, parent: null, children: [], counts: { ok: 0, late: 0, down: 0 } };
			this.items.set(id, item);
		}
		return item;
	}

	#parentId(row) {
		const above = row.path.length < 2 ? this.root.id : row.path[row.path.length - 2];
		return above === row.id ? this.root.id : above;
	}

	#hang(item, row) {
		item.parent = this.#item(this.#parentId(row), null);
		// a node that only paths name hangs where this path has it
		for (let i = row.path.length - 2, below = item; i >= 0 && below.parent.row === null; i--) {
			below = below.parent;
			if (below === this.root || below.parent !== null) break;
			below.parent = i === 0 ? this.root : this.#item(row.path[i - 1], null);
		}
	}

	// Paths are of different times: where they go round, the ring is hung to this node.
	#cut() {
		const state = new Map([[this.root, 2]]);
		for (const start of this.items.values()) {
			const way = [];
			let item = start;
			while (item !== null && !state.has(item)) {
				state.set(item, 1);
				way.push(item);
				if (item.parent === null) item.parent = this.root;
				item = item.parent;
			}
			if (state.get(item) === 1) item.parent = this.root;
			for (const done of way) state.set(done, 2);
		}
		this.root.parent = null;
	}

	#count() {
		const order = this.order();
		for (let i = order.length - 1; i > 0; i--) {
			const { parent, counts, row } = order[i];
			for (const s of STATUSES) parent.counts[s] += counts[s];
			if (row !== null) parent.counts[row.status]++;
		}
	}

	// All items, each before its children; below: only what hangs there.
	order(isOpen = () => true) {
		const order = [];
		const stack = this.root === null ? [] : [this.root];
		while (stack.length > 0) {
			const item = stack.pop();
			order.push(item);
			if (isOpen(item)) for (let i = item.children.length - 1; i >= 0; i--) stack.push(item.children[i]);
		}
		return order;
	}
}

// Of the link to it, as the costs of the two paths have it; null: not known.
export function linkCost({ row, parent }) {
	if (row === null || parent === null || (parent.row === null && parent.self === undefined)) return null;
	return row.cost - (parent.row?.cost ?? 0);
}

// How wide it is drawn, 0 to 2: thin when it costs twice the usual or more, wide at half of it or less.
export function linkWidth(item, usual) {
	const cost = linkCost(item);
	if (cost === null || cost <= 0) return 1;
	return cost * 2 <= usual ? 2 : cost >= usual * 2 ? 0 : 1;
}

export function nameOf(item) {
	return (item.row === null ? item.self?.identity : item.row.identity) || item.id;
}

export function total(counts) {
	return counts.ok + counts.late + counts.down;
}

// "62 ok 10 late 3 down", without what is none.
export function countsText(counts) {
	const said = STATUSES.filter((s) => counts[s] > 0).map((s) => `${counts[s]} ${s}`);
	return said.length === 0 ? "none" : said.join(" ");
}

// Who is open at first: level by level, as long as about a screen of rows is shown.
export function openAtFirst(tree, most = 60) {
	const open = new Set();
	let level = [tree.root];
	let shown = 1;
	while (level.length > 0) {
		const next = level.flatMap((item) => item.children);
		if (next.length === 0 || (shown + next.length > most && level[0] !== tree.root)) break;
		shown += next.length;
		for (const item of level) if (item.children.length > 0) open.add(item.id);
		level = next;
	}
	return open;
}
