// SPDX-License-Identifier: BSD-3-Clause
// What is known of a link: the rows of `links` between two nodes, and what to say of them. Pure.

// The row that a least path uses, else the first, and how many there are side by side; null: none is known.
export function linkBetween(links, from, to) {
	const rows = links.get(`${from} ${to}`);
	if (rows === undefined || rows.length === 0) return null;
	return { row: rows.find((r) => r.used) ?? rows[0], n: rows.length };
}

// On the map, above the link to item: its cost and labels, or what the node itself says of its way.
export function linkText(links, item) {
	if (item.parent === null) return "";
	const link = linkBetween(links, item.parent.id, item.id);
	const port = item.parent.parent === null && item.row?.interface ? `${item.row.interface} ` : "";
	if (link === null) return port.trim();
	const many = link.n > 1 ? ` ×${link.n}` : "";
	return `${port}${link.row.cost}${many}${link.row.stale ? " old" : ""}`;
}

// Of the link to item, in words: what it is known by. Begins with a semicolon; empty: nothing is known.
export function linkFacts(links, item) {
	const link = item.parent === null ? null : linkBetween(links, item.parent.id, item.id);
	if (link === null) return "";
	const { row, n } = link;
	const port = item.parent.parent === null && item.row?.interface ? ` by ${item.row.interface}` : "";
	const many = n > 1 ? `, one of ${n}` : "";
	return `; link${port} ${row["from-link"]} → ${row["to-link"]}${many}, cost ${row.cost}, MTU ${row.l2mtu}${row.stale ? ", not described lately" : ""}`;
}

// Links of a node that no least path uses, parallels as one: [{from, to, text}].
export function extraLinks(links, tree, id) {
	const extra = new Map();
	for (const [key, rows] of links) {
		const [from, to] = key.split(" ");
		if (from !== id && to !== id) continue;
		const other = from === id ? to : from;
		const item = tree.items.get(id);
		if (item === undefined || tree.items.get(other) === undefined) continue;
		if (item.parent?.id === other || tree.items.get(other).parent?.id === id) continue;
		extra.set(other, { from: id, to: other, text: `${rows[0].cost}` });
	}
	return [...extra.values()];
}

// The way to a node, link by link: [{item, from, link}], link null = not described.
export function hops(tree, links, id) {
	const way = tree.path(id);
	return way.slice(1).map((item, i) => ({ item, from: way[i], link: linkBetween(links, way[i].id, item.id) }));
}
