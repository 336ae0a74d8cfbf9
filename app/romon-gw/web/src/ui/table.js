// SPDX-License-Identifier: BSD-3-Clause
// A table of any length: sorted by its heads, gone through by arrows.
//
// columns: [{name, title, value(row) for sorting, cell(row) = what is shown, em: its least width, grow: its share of what is
// left, isNumber}]. Rows have a key; Enter or a click is open(row).
import { useEffect, useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { sorted } from "../model/sort.js";
import { useWindow } from "./windowed.js";

const ROW_PX = 30;
const GAP_EM = 0.9; // as in style.css

export function Table({ label, columns, rows, keyOf, open, sort: first, empty, rowClass, order = true }) {
	const [sort, setSort] = useState(first ?? { by: columns[0].name, isDown: false });
	const [active, setActive] = useState(null);
	const column = columns.find((c) => c.name === sort.by);
	const shown = order ? sorted(rows, column.value ?? ((row) => row[column.name]), sort.isDown) : rows;
	const w = useWindow(shown.length, ROW_PX);
	const at = active === null ? -1 : shown.findIndex((row) => keyOf(row) === active);
	useEffect(() => {
		if (at >= 0 && w.ref.current.contains(document.activeElement))
			w.ref.current.querySelector("[data-active]")?.focus({ preventScroll: true });
	}, [active, at, w.first]);
	const by = (name) => setSort({ by: name, isDown: sort.by === name ? !sort.isDown : false });
	const step = (to) => {
		const i = Math.max(0, Math.min(shown.length - 1, to));
		if (shown.length === 0) return;
		w.show(i, ROW_PX + 4);
		setActive(keyOf(shown[i]));
	};
	const pressed = (event) => {
		if (event.target.closest("a, button, input") !== null && event.key === "Enter") return;
		const page = 20;
		const keys = {
			ArrowDown: () => step(at + 1),
			ArrowUp: () => step(at - 1),
			PageDown: () => step(at + page),
			PageUp: () => step(at - page),
			Home: () => step(0),
			End: () => step(shown.length - 1),
			Enter: () => at >= 0 && open?.(shown[at]),
		};
		if (keys[event.key] === undefined || event.ctrlKey || event.altKey) return;
		event.preventDefault();
		keys[event.key]();
	};
	// the same for head and rows: none of them looks at what is in it
	const grid = {
		gridTemplateColumns: columns.map((c) => (c.grow === undefined ? `${c.em}em` : `minmax(${c.em}em, ${c.grow}fr)`)).join(" "),
		minWidth: `${columns.reduce((sum, c) => sum + c.em + GAP_EM, GAP_EM)}em`,
	};
	const seen = shown.slice(w.first, w.last);
	const focusable = at >= w.first && at < w.last ? at : w.first;
	return html`<div class="table" role="grid" aria-label=${label} aria-rowcount=${shown.length + 1} ref=${w.ref} onKeyDown=${pressed}>
		<div role="rowgroup" class="head">
			<div role="row" aria-rowindex="1" class="row" style=${grid}>
				${columns.map(
					(c) => html`<div
						role="columnheader"
						class=${c.isNumber ? "n" : ""}
						aria-sort=${order && sort.by === c.name ? (sort.isDown ? "descending" : "ascending") : undefined}
					>
						${order
							? html`<button onClick=${() => by(c.name)}>${c.title}${sort.by === c.name ? (sort.isDown ? " ▾" : " ▴") : ""}</button>`
							: c.title}
					</div>`,
				)}
			</div>
		</div>
		<div role="rowgroup" class="body" style=${{ paddingTop: `${w.above}px`, paddingBottom: `${w.below}px` }}>
			${seen.map((row, i) => {
				const key = keyOf(row);
				const index = w.first + i;
				return html`<div
					role="row"
					key=${key}
					class=${`row ${rowClass?.(row) ?? ""}`}
					aria-rowindex=${index + 2}
					tabindex=${index === focusable ? 0 : -1}
					data-active=${key === active ? "" : undefined}
					style=${grid}
					onFocus=${() => active !== key && setActive(key)}
					onClick=${(e) => e.target.closest("a, button") === null && String(getSelection()) === "" && open?.(row)}
				>
					${columns.map((c) => html`<div role="gridcell" class=${c.isNumber ? "n" : ""}>${c.cell === undefined ? (row[c.name] ?? "–") : c.cell(row)}</div>`)}
				</div>`;
			})}
		</div>
		${shown.length === 0 && html`<div role="rowgroup"><div role="row" class="row none"><div role="gridcell">${empty ?? "nothing"}</div></div></div>`}
	</div>`;
}
