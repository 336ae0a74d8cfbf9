// SPDX-License-Identifier: BSD-3-Clause
// What is shown, as a file. Made here, sent nowhere.
import { useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { csv } from "../lib/csv.js";
import { dot } from "../lib/dot.js";
import { svg } from "../lib/svg.js";
import { open } from "../mapstate.js";
import { tidy } from "../model/layout.js";
import { theme } from "../draw/theme.js";
import { links, nodes, status, tree } from "../store.js";
import { Icon } from "./icons.js";

export function save(name, type, content) {
	const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const COLUMNS = ["id", "identity", "status", "cost", "hops", "interface", "l2mtu", "version", "board", "first-seen", "last-seen", "path"];

export const nodesCsv = (rows) => csv(COLUMNS, rows, (row, name) => (name === "path" ? row.path.join(" ") : row[name]));

function name(extension) {
	const day = new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-");
	return `romon-${(status.value?.identity || "node").replace(/[^A-Za-z0-9.-]/g, "_")}-${day}.${extension}`;
}

export function ExportMenu({ canvas, form }) {
	const details = useRef(null);
	const rows = () => [...nodes.rows.values()];
	const kinds = {
		...(form === "tree" ? {} : { PNG: () => canvasPng(canvas) }),
		SVG: () => save(name("svg"), "image/svg+xml", svg(tree, open.value, canvas.current?.places ?? tidy(tree, open.value), theme())),
		CSV: () => save(name("csv"), "text/csv", nodesCsv(rows())),
		JSON: () => save(name("json"), "application/json", JSON.stringify({ self: status.value?.id, nodes: rows(), links: [...links.value.values()].flat() }, null, 1)),
		dot: () => save(name("dot"), "text/vnd.graphviz", dot(tree, links.value)),
	};
	const pressed = (event) => {
		if (event.key !== "Escape") return;
		details.current.open = false;
		details.current.querySelector("summary").focus();
	};
	return html`<details class="menu" ref=${details} onKeyDown=${pressed}>
		<summary><${Icon} name="save" /> Save</summary>
		<ul>
			${Object.entries(kinds).map(
				([kind, make]) => html`<li><button onClick=${() => ((details.current.open = false), make())}>${kind}</button></li>`,
			)}
		</ul>
	</details>`;
}

function canvasPng(canvas) {
	document.querySelector(".canvas canvas").toBlob((blob) => save(name("png"), "image/png", blob));
	return canvas;
}
