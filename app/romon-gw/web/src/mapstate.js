// SPDX-License-Identifier: BSD-3-Clause
// What is open and what is selected on the map: the same in all its forms, and it stays while one looks at other views.
import { signal } from "./lib/signal.js";
import { tree } from "./store.js";

export const open = signal(null); // Set of ids; null: not chosen yet
export const selected = signal(null); // id

export function setOpen(change) {
	const next = new Set(open.value);
	change(next);
	open.set(next);
}

export function toggle(id) {
	setOpen((ids) => (ids.has(id) ? ids.delete(id) : ids.add(id)));
}

// Open all that leads to it.
export function reveal(id) {
	const way = tree.path(id);
	setOpen((ids) => way.slice(0, -1).forEach((item) => ids.add(item.id)));
	selected.set(id);
}

const troubled = (item) => item.row !== null && item.row.status !== "ok";

// The next node, in the order of the map, that is late or down.
export function nextTrouble(step) {
	const order = tree.order();
	const at = order.findIndex((item) => item.id === selected.value);
	for (let i = 1; i <= order.length; i++) {
		const item = order[(((at < 0 ? 0 : at) + step * i) % order.length + order.length) % order.length];
		if (troubled(item)) {
			reveal(item.id);
			return item;
		}
	}
	return null;
}
