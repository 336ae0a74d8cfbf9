// SPDX-License-Identifier: BSD-3-Clause
// The map as rows: for the keyboard, for screen readers, and for narrow screens.
import { useEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { nextTrouble, open, selected, toggle } from "../mapstate.js";
import { countsText, nameOf } from "../model/tree.js";
import { go } from "../route.js";
import { tree } from "../store.js";
import { Mark } from "./icons.js";
import { found } from "./search.js";
import { useWindow } from "./windowed.js";

const ROW_PX = 28;

export function TreeRows() {
	const opened = useSignal(open);
	const id = useSignal(selected);
	const { ids } = useSignal(found);
	const rows = tree.order((item) => opened.has(item.id));
	const depths = new Map();
	for (const item of rows) depths.set(item, item.parent === null ? 1 : depths.get(item.parent) + 1);
	const w = useWindow(rows.length, ROW_PX);
	const at = Math.max(0, rows.findIndex((item) => item.id === id));
	useEffect(() => {
		w.show(at);
		if (w.ref.current.contains(document.activeElement)) w.ref.current.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
	}, [id]);
	const select = (i) => selected.set(rows[Math.max(0, Math.min(rows.length - 1, i))].id);
	const pressed = (event) => {
		const item = rows[at];
		const isOpen = opened.has(item.id);
		const keys = {
			ArrowDown: () => select(id === null ? 0 : at + 1),
			ArrowUp: () => select(at - 1),
			ArrowRight: () => (item.children.length > 0 && !isOpen ? toggle(item.id) : select(at + 1)),
			ArrowLeft: () => (isOpen && item.children.length > 0 ? toggle(item.id) : item.parent !== null && selected.set(item.parent.id)),
			Home: () => select(0),
			End: () => select(rows.length - 1),
			" ": () => item.children.length > 0 && toggle(item.id),
			Enter: () => item.row !== null && go("node", item.id),
			n: () => nextTrouble(1),
			p: () => nextTrouble(-1),
			Escape: () => selected.set(null),
		};
		if (keys[event.key] === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
		event.preventDefault();
		keys[event.key]();
	};
	const focusable = at >= w.first && at < w.last ? at : w.first;
	return html`<div class="treerows" ref=${w.ref}>
		<ul role="tree" aria-label="Nodes, by least paths" onKeyDown=${pressed} style=${{ paddingTop: `${w.above}px`, paddingBottom: `${w.below}px` }}>
			${rows.slice(w.first, w.last).map((item, i) => {
				const depth = depths.get(item);
				const brothers = item.parent?.children ?? [item];
				const hasMore = item.children.length > 0;
				const state = item.row === null ? (item.self === undefined ? "unknown" : "self") : item.row.status;
				return html`<li
					role="treeitem"
					key=${item.id}
					aria-level=${depth}
					aria-expanded=${hasMore ? opened.has(item.id) : undefined}
					aria-selected=${item.id === id}
					aria-setsize=${brothers.length}
					aria-posinset=${brothers.indexOf(item) + 1}
					tabindex=${w.first + i === focusable ? 0 : -1}
					class=${ids.has(item.id) ? "found" : ""}
					style=${{ paddingLeft: `${8 + (depth - 1) * 18}px` }}
					onClick=${() => selected.set(item.id)}
				>
					<span class="arrow" aria-hidden="true" onClick=${(e) => hasMore && (e.stopPropagation(), toggle(item.id))}
						>${hasMore ? (opened.has(item.id) ? "▾" : "▸") : ""}</span
					>
					<${Mark} status=${state} word=${false} />
					<span class="name">${nameOf(item)}</span>
					${state !== "ok" && html`<span class=${`word ${state}`}>${state === "self" ? "this node" : state}</span>`}
					<span class="muted cost">${item.row !== null && `cost ${item.row.cost}`}</span>
					<span class="muted sub">${hasMore && countsText(item.counts)}</span>
				</li>`;
			})}
		</ul>
	</div>`;
}
