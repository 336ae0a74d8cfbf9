// SPDX-License-Identifier: BSD-3-Clause
// Nodes by words. Pure. Each word must stand in identity, id, board, version or our port, in any case.
export function search(rows, words) {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	if (wanted.length === 0) return [];
	const found = [];
	for (const row of rows.values()) {
		const text = textOf(row);
		if (wanted.every((w) => text.includes(w))) found.push(row);
	}
	// who is named so comes before who only has it somewhere
	const first = wanted[0];
	const rank = (row) => (row.identity.toLowerCase().startsWith(first) ? 0 : 1);
	return found.sort((a, b) => rank(a) - rank(b) || (a.identity < b.identity ? -1 : a.identity > b.identity ? 1 : 0));
}

const texts = new WeakMap();
export function textOf(row) {
	let text = texts.get(row);
	if (text === undefined) {
		text = `${row.identity}\n${row.id}\n${row.board}\n${row.version}\n${row.interface ?? ""}`.toLowerCase();
		texts.set(row, text);
	}
	return text;
}
