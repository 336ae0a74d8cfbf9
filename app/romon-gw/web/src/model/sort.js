// SPDX-License-Identifier: BSD-3-Clause
// Sorting as people mean it: numbers by size, "node 9" before "node 10", what is not there at the end. Pure.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export function compare(a, b) {
	if (a === b) return 0;
	if (a === null || a === undefined || a === "") return 1;
	if (b === null || b === undefined || b === "") return -1;
	return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
}

// Rows that are alike keep their order.
export function sorted(rows, value, isDown = false) {
	const keyed = rows.map((row) => [value(row), row]);
	const isNone = (v) => v === null || v === undefined || v === "";
	keyed.sort(([a], [b]) => (isDown && !isNone(a) && !isNone(b) ? compare(b, a) : compare(a, b)));
	return keyed.map(([, row]) => row);
}
