// SPDX-License-Identifier: BSD-3-Clause
// The map in its three forms: tree of least paths (map), all nodes at once (all), rows (tree).
import { useEffect, useRef, useState } from "preact/hooks";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { nextTrouble, open, reveal, selected } from "../mapstate.js";
import { openAtFirst, total } from "../model/tree.js";
import { inventory, isReady, links, tree } from "../store.js";
import { Icon } from "../ui/icons.js";
import { Inspector } from "../ui/inspector.js";
import { chosen, found } from "../ui/search.js";
import { ExportMenu } from "../ui/export.js";
import { TreeRows } from "../ui/treerows.js";
import { AllCanvas, MapCanvas } from "../ui/mapcanvas.js";

const NARROW_PX = 700;

function Forms({ form }) {
	const forms = { map: "Tree", all: "All", tree: "Rows" };
	return html`<div class="segments" role="group" aria-label="Form of the map">
		${Object.entries(forms).map(
			([name, title]) => html`<a href=${`#/map/${name}`} role="button" aria-pressed=${name === form}>${title}</a>`,
		)}
	</div>`;
}

function Tools({ form, canvas }) {
	const counts = tree.root?.counts;
	const bad = counts === undefined ? 0 : counts.late + counts.down;
	return html`<div class="tools" role="toolbar" aria-label="Map">
		<${Forms} form=${form} />
		<button onClick=${() => nextTrouble(1)} disabled=${bad === 0} title="The next node that is late or down (n)">
			<${Icon} name="bolt" /> Next trouble
		</button>
		<button onClick=${() => open.set(new Set(tree.order().filter((i) => i.children.length > 0).map((i) => i.id)))}>Expand all</button>
		<button onClick=${() => open.set(openAtFirst(tree))}>Collapse</button>
		${form === "map" &&
		html`<button onClick=${() => canvas.current?.tidy()} title="Place all nodes anew (t)"><${Icon} name="tidy" /> Tidy up</button>
			<span class="zoom">
				<button aria-label="Smaller" title="Smaller (−)" onClick=${() => canvas.current?.stage.zoom(0.8)}><${Icon} name="minus" /></button>
				<button aria-label="Larger" title="Larger (+)" onClick=${() => canvas.current?.stage.zoom(1.25)}><${Icon} name="plus" /></button>
				<button aria-label="To this node" title="To this node (0)" onClick=${() => canvas.current?.home()}><${Icon} name="home" /></button>
			</span>`}
		<${ExportMenu} canvas=${canvas} form=${form} />
		<span class="sum muted">${plural(counts === undefined ? 0 : total(counts), "node")}</span>
	</div>`;
}

export function MapView({ arg }) {
	useSignal(inventory);
	useSignal(open);
	useSignal(found);
	useSignal(links);
	const ready = useSignal(isReady);
	const canvas = useRef(null);
	const id = useSignal(selected);
	const goal = useSignal(chosen);
	const [isNarrow, setNarrow] = useState(innerWidth < NARROW_PX);
	useEffect(() => {
		const resized = () => setNarrow(innerWidth < NARROW_PX);
		addEventListener("resize", resized);
		return () => removeEventListener("resize", resized);
	}, []);
	useEffect(() => {
		if (goal !== null) {
			reveal(goal.id);
			chosen.set(null);
		}
	}, [goal]);
	const form = arg ?? (isNarrow ? "tree" : "map");
	if (!ready) return html`<p class="wait" role="status">Waiting for the inventory …</p>`;
	if (open.value === null) open.set(openAtFirst(tree));
	const item = id === null ? null : (tree.items.get(id) ?? null);
	const n = total(tree.root.counts);
	return html`<h1 class="sr">Map</h1>
		<${Tools} form=${form} canvas=${canvas} />
		<div class=${`stage ${item === null ? "" : "with-side"}`}>
			<div class="canvas">
				${form === "map" && html`<${MapCanvas} handle=${canvas} />`}
				${form === "all" && html`<${AllCanvas} handle=${canvas} />`}
				${form === "tree" && html`<${TreeRows} />`}
				${n === 0 &&
				html`<p class="empty">No node has answered yet. <a href="#/why">Why?</a></p>`}
			</div>
			${item !== null && html`<${Inspector} item=${item} close=${() => selected.set(null)} />`}
		</div>`;
}
