// SPDX-License-Identifier: BSD-3-Clause
// CSV that a spreadsheet opens without doing anything: RFC 4180, and a text that would be a formula gets an apostrophe.
// Names come from the network: "=HYPERLINK(…)" is one that somebody may give to his router. Pure.
export function cell(value) {
	if (value === null || value === undefined) return "";
	if (typeof value === "number" || typeof value === "boolean") return String(value);
	let text = String(value);
	if (/^[\s\u0000-\u001f]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) || /^[\t\r\n]/.test(text)) text = `'${text}`;
	return /[",;\r\n\t]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(columns, rows, at = (row, name) => row[name]) {
	const lines = [columns.map(cell).join(",")];
	for (const row of rows) lines.push(columns.map((name) => cell(at(row, name))).join(","));
	return `${lines.join("\r\n")}\r\n`;
}
