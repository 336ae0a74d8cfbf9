// SPDX-License-Identifier: BSD-3-Clause
// The whole network for Graphviz: least paths as full lines, other links dashed. Pure.
import { nameOf } from "../model/tree.js";

const quoted = (text) => `"${String(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/[\r\n]+/g, " ")}"`;

export function dot(tree, links) {
	const lines = ["graph romon {", "\trankdir=LR;", "\tnode [shape=box, style=rounded];"];
	const told = new Set();
	for (const item of tree.order()) {
		const status = item.row?.status ?? "unknown";
		const color = { ok: "black", late: "orange", down: "red" }[status] ?? "gray";
		lines.push(`\t${quoted(item.id)} [label=${quoted(nameOf(item))}, color=${color}];`);
		if (item.parent === null) continue;
		const link = links.get(`${item.parent.id} ${item.id}`)?.[0];
		const label = link === undefined ? "" : ` [label=${quoted(link.cost)}]`;
		lines.push(`\t${quoted(item.parent.id)} -- ${quoted(item.id)}${label};`);
		told.add([item.parent.id, item.id].sort().join(" "));
	}
	for (const [key, rows] of links) {
		const ends = key.split(" ");
		const pair = [...ends].sort().join(" ");
		if (told.has(pair)) continue;
		told.add(pair);
		lines.push(`\t${quoted(ends[0])} -- ${quoted(ends[1])} [label=${quoted(rows[0].cost)}, style=dashed];`);
	}
	lines.push("}");
	return `${lines.join("\n")}\n`;
}
