// SPDX-License-Identifier: BSD-3-Clause
// Search over all nodes, from every view. What is found lights up on the map while it is typed; Enter goes there.
import { useState } from "preact/hooks";
import { html } from "../lib/html.js";
import { signal, useSignal } from "../lib/signal.js";
import { search } from "../model/search.js";
import { go, route } from "../route.js";
import { inventory, nodes } from "../store.js";
import { Icon, Mark } from "./icons.js";

const SHOWN = 12;

export const found = signal({ words: "", ids: new Set(), rows: [] });
export const chosen = signal(null); // {id}: the map goes there

function look(words) {
	const rows = search(nodes.rows, words);
	found.set({ words, rows, ids: new Set(rows.map((r) => r.id)) });
}

export function Search() {
	useSignal(inventory);
	const { words, rows } = useSignal(found);
	const [at, setAt] = useState(0);
	const [isOpen, setOpen] = useState(false);
	const shown = rows.slice(0, SHOWN);
	const choose = (row) => {
		setOpen(false);
		if (route.value.view !== "map") {
			go("node", row.id);
			return;
		}
		chosen.set({ id: row.id });
		// the keyboard goes on from there
		document.querySelector(".canvas canvas, .treerows li[tabindex='0']")?.focus();
	};
	const pressed = (event) => {
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			setAt((at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(1, shown.length));
		} else if (event.key === "Enter" && shown.length > 0) choose(shown[Math.min(at, shown.length - 1)]);
		else if (event.key === "Escape") {
			look("");
			event.target.blur();
		}
	};
	const isList = isOpen && words !== "";
	return html`<div class="search" role="search">
		<${Icon} name="search" />
		<input
			id="search"
			type="text"
			role="combobox"
			placeholder="Search nodes  /"
			aria-label="Search nodes"
			aria-expanded=${isList}
			aria-controls="search-list"
			aria-autocomplete="list"
			aria-activedescendant=${isList && shown.length > 0 ? `found-${at}` : undefined}
			autocomplete="off"
			spellcheck=${false}
			value=${words}
			onInput=${(e) => (look(e.target.value), setAt(0), setOpen(true))}
			onFocus=${() => (look(words), setOpen(true))}
			onBlur=${() => setTimeout(() => setOpen(false), 150)}
			onKeyDown=${pressed}
		/>
		<ul id="search-list" role="listbox" aria-label="Nodes found" hidden=${!isList || shown.length === 0}>
			${isList &&
			shown.map(
				(row, i) =>
					html`<li role="option" id=${`found-${i}`} aria-selected=${i === at} onMouseDown=${() => choose(row)}>
						<${Mark} status=${row.status} word=${false} /> <b>${row.identity || row.id}</b> <code>${row.id}</code>
					</li>`,
			)}
		</ul>
		${isList && html`<p class="found" role="status">${rows.length === 0 ? "none found" : `${rows.length} found`}</p>`}
	</div>`;
}
