// SPDX-License-Identifier: BSD-3-Clause
// The canvases of the map inside the page: what they show, keys, and what a screen reader hears of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { BOX_HEIGHT, BOX_WIDTH, ROW, describe, draw, hit, placeX, placeY, prepare } from "../draw/map.js";
import { Stage } from "../draw/stage.js";
import { onTheme } from "../draw/theme.js";
import { arrange, drawAll, hitAll } from "../draw/treemap.js";
import { html } from "../lib/html.js";
import { nextTrouble, open, selected, setOpen, toggle } from "../mapstate.js";
import { extraLinks, linkFacts, linkText } from "../model/evidence.js";
import { keep, tidy } from "../model/layout.js";
import { nameOf } from "../model/tree.js";
import { go } from "../route.js";
import { links, onChanges, tree } from "../store.js";
import { found } from "./search.js";

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class MapPainter {
	places = new Map();
	prepared = { shown: [], bundles: [[], [], []] };

	#pulses = new Map();
	#anchor = null; // who stays where it is on the screen when the next layout is made
	#ends = [];
	#isPlaced = false;

	// say: to who does not see; tell: what is under the pointer
	constructor(canvas, say, tell) {
		this.say = say;
		this.stage = new Stage(canvas, (ctx, stage, now) => this.#paint(ctx, stage, now), {
			click: (x, y) => this.#click(x, y),
			hover: (x, y) => {
				const at = hit(this.prepared, x, y);
				canvas.style.cursor = at === null ? "grab" : "pointer";
				tell(at === null ? "" : `${describe(at.item)}${linkFacts(links.value, at.item)}`);
			},
			// the panel of a node takes room: the node stays in sight
			resize: () => (this.#isPlaced ? this.#select() : this.home()),
		});
		this.#ends = [
			onChanges((changes, isShape) => this.#changed(changes, isShape)),
			open.subscribe(() => this.tidy()),
			selected.subscribe(() => this.#select()),
			found.subscribe(() => this.stage.draw()),
			links.subscribe(() => this.stage.draw()),
			onTheme(() => this.stage.draw()),
		];
		this.tidy();
		this.home();
	}

	end() {
		for (const end of this.#ends) end();
		this.stage.end();
	}

	// Place all anew; the selected node, or this one, stays where it is on the screen.
	tidy() {
		const still = this.#anchor ?? selected.value ?? tree.root.id;
		const was = this.places.get(still);
		this.places = tidy(tree, open.value);
		const is = this.places.get(still);
		if (was !== undefined && is !== undefined)
			this.stage.move((placeX(was) - placeX(is)) * this.stage.view.k, (placeY(was) - placeY(is)) * this.stage.view.k);
		this.#anchor = null;
		this.#prepare();
		this.#select();
	}

	home() {
		if (this.stage.width === 0) return;
		this.#isPlaced = true;
		this.stage.view.k = 1;
		// a small network stands in the middle, a large one begins at its root
		let bottom = 0;
		let top = 0;
		for (const place of this.places.values()) {
			bottom = Math.max(bottom, placeY(place));
			top = Math.min(top, placeY(place));
		}
		this.stage.put(0, bottom - top < this.stage.height - 2 * ROW ? (top + bottom) / 2 : 0, 28, this.stage.height / 2);
	}

	#prepare() {
		this.prepared = prepare(tree, open.value, this.places);
		this.stage.draw();
	}

	#changed(changes, isShape) {
		const now = performance.now();
		for (const { id, row, was } of changes) {
			if (row === null || was === null) continue;
			// who changed inside a closed subtree: the subtree tells it
			let item = tree.items.get(id) ?? null;
			while (item !== null && !this.places.has(item.id)) item = item.parent;
			if (item !== null) this.#pulses.set(item.id, { at: now, status: row.status });
		}
		if (isShape) {
			this.places = keep(tree, open.value, this.places);
			this.#prepare();
		}
		this.stage.draw();
	}

	#select() {
		const place = this.places.get(selected.value);
		if (place !== undefined) {
			const [x, y] = [placeX(place), placeY(place)];
			this.stage.show(x, y - BOX_HEIGHT / 2, x + BOX_WIDTH + 60, y + BOX_HEIGHT / 2);
		}
		this.stage.draw();
	}

	#paint(ctx, stage, now) {
		const id = selected.value;
		const way = id === null ? [] : tree.path(id);
		const scene = {
			prepared: this.prepared,
			places: this.places,
			selected: id,
			way,
			path: new Set(way.map((item) => item.id)),
			found: found.value.ids,
			extra: id === null ? [] : extraLinks(links.value, tree, id),
			pulses: this.#pulses,
			isCalm: isCalm(),
			evidence: (item) => linkText(links.value, item),
		};
		return draw(ctx, scene, stage.view, stage.width, stage.height, now);
	}

	#click(x, y) {
		const at = hit(this.prepared, x, y);
		if (at === null) selected.set(null);
		else if (at.isArrow) this.toggle(at.item);
		else this.go(at.item);
	}

	toggle(item) {
		if (item.children.length === 0) return;
		this.#anchor = item.id;
		toggle(item.id);
		this.say(`${nameOf(item)} ${open.value.has(item.id) ? "opened" : "closed"}`);
	}

	go(item) {
		selected.set(item.id);
		this.say(describe(item));
	}

	key(event) {
		const item = tree.items.get(selected.value) ?? tree.root;
		const brothers = item.parent === null ? [item] : item.parent.children;
		const step = (by) => this.go(this.#beside(item, brothers, by));
		const keys = {
			ArrowLeft: () => this.go(item.parent ?? item),
			ArrowRight: () => {
				if (item.children.length === 0) return;
				if (!open.value.has(item.id)) this.toggle(item);
				this.go(item.children[0]);
			},
			ArrowDown: () => step(1),
			ArrowUp: () => step(-1),
			Enter: () => item.row !== null && go("node", item.id),
			" ": () => this.toggle(item),
			n: () => this.#trouble(1),
			p: () => this.#trouble(-1),
			"+": () => this.stage.zoom(1.25),
			"-": () => this.stage.zoom(0.8),
			0: () => this.home(),
			t: () => this.tidy(),
			Escape: () => selected.set(null),
		};
		if (keys[event.key] === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
		event.preventDefault();
		keys[event.key]();
	}

	// The node above or below in the same column, whosever child it is.
	#beside(item, brothers, by) {
		const at = brothers[brothers.indexOf(item) + by];
		if (at !== undefined) return at;
		const place = this.places.get(item.id);
		let best = item;
		let least = Infinity;
		for (const n of this.prepared.shown) {
			const other = this.places.get(n.item.id);
			const far = (other.y - place.y) * by;
			if (other.x === place.x && far > 0 && far < least) {
				best = n.item;
				least = far;
			}
		}
		return best;
	}

	#trouble(step) {
		const item = nextTrouble(step);
		this.say(item === null ? "no node is late or down" : describe(item));
	}
}

function useCanvas(make, handle) {
	const ref = useRef(null);
	const [said, say] = useState("");
	const [told, tell] = useState("");
	useEffect(() => {
		const painter = make(ref.current, say, tell);
		handle.current = painter;
		ref.current.painter = painter; // for tests/web
		return () => {
			handle.current = null;
			painter.end();
		};
	}, []);
	return [ref, said, (event) => handle.current.key(event), told];
}

function Painted({ painter: Painter, handle, label }) {
	const [ref, said, key, told] = useCanvas((canvas, say, tell) => new Painter(canvas, say, tell), handle);
	return html`<canvas ref=${ref} tabindex="0" role="application" aria-label=${label} onKeyDown=${key}></canvas>
		<p class="told" aria-hidden="true">${told}</p>
		<p class="sr" role="status">${said}</p>`;
}

export function MapCanvas({ handle }) {
	return html`<${Painted}
		painter=${MapPainter}
		handle=${handle}
		label="Map of least paths. Arrows move along the tree, Enter opens a node, Space a subtree. The form Rows has the same as a list."
	/>`;
}

class AllPainter {
	#arranged = { tiles: [], groups: [] };
	#ends;
	#timer = 0;

	constructor(canvas, say, tell) {
		this.say = say;
		this.stage = new Stage(
			canvas,
			(ctx, stage) =>
				drawAll(ctx, this.#arranged, { selected: selected.value, found: found.value.ids }, stage.view, stage.width, stage.height),
			{
				click: (x, y) => this.go(hitAll(this.#arranged, x, y)),
				hover: (x, y) => {
					const item = hitAll(this.#arranged, x, y);
					tell(item === null ? "" : describe(item));
				},
				resize: () => this.#arrange(),
			},
		);
		this.#ends = [
			onChanges((changes, isShape) => (isShape ? this.#arrangeSoon() : this.stage.draw())),
			selected.subscribe(() => this.stage.draw()),
			found.subscribe(() => this.stage.draw()),
			onTheme(() => this.stage.draw()),
		];
		this.#arrange();
	}

	end() {
		clearTimeout(this.#timer);
		for (const end of this.#ends) end();
		this.stage.end();
	}

	#arrangeSoon() {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#arrange(), 200);
	}

	#arrange() {
		this.#arranged = arrange(tree, this.stage.width, this.stage.height);
		this.stage.draw();
	}

	go(item) {
		selected.set(item?.id ?? null);
		if (item !== null) {
			setOpen((ids) => tree.path(item.id).slice(0, -1).forEach((i) => ids.add(i.id)));
			this.say(describe(item));
		}
	}

	key(event) {
		const tiles = this.#arranged.tiles;
		const at = tiles.findIndex((t) => t.item.id === selected.value);
		const keys = {
			ArrowRight: () => this.go(tiles[(at + 1) % tiles.length].item),
			ArrowLeft: () => this.go(tiles[(Math.max(at, 0) + tiles.length - 1) % tiles.length].item),
			Enter: () => selected.value !== null && go("node", selected.value),
			n: () => nextTrouble(1),
			p: () => nextTrouble(-1),
			Escape: () => selected.set(null),
		};
		if (keys[event.key] === undefined || tiles.length === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
		event.preventDefault();
		keys[event.key]();
	}
}

export function AllCanvas({ handle }) {
	return html`<${Painted}
		painter=${AllPainter}
		handle=${handle}
		label="All nodes as tiles, coloured by status. Arrows go from tile to tile, n to the next that is late or down."
	/>`;
}
