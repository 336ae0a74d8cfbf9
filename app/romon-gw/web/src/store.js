// SPDX-License-Identifier: BSD-3-Clause
// What the page knows, and where it comes from: the two streams of romon-gw, and commands that are asked again while
// somebody looks. Views read the signals; nothing else writes them.
import { signal } from "./lib/signal.js";
import { Events } from "./model/events.js";
import { Nodes } from "./model/nodes.js";
import { Series } from "./model/rates.js";
import { Tree } from "./model/tree.js";
import { ask, gateway, romond, session } from "./net.js";
import { route } from "./route.js";
import { share } from "./share.js";

const STATUS_MS = 2000;
const LINKS_MS = 60000;
const LINKS_SETTLE_MS = 1500;
// A window that is not seen lets go of the streams, which are shared by all windows (share.js); events are followed by
// those who show them only.
const HIDDEN_MS = 10000;
const SHOW_EVENTS = new Set(["events", "node"]);

export const nodes = new Nodes();
export const tree = new Tree();
export const events = new Events();
export const series = new Series(); // of ports

export const inventory = signal(nodes); // touched when a row changed
export const isReady = signal(false); // a first snapshot is in the tree, and who its root is is known
export const eventList = signal(events);
export const status = signal(null);
export const ports = signal([]);
export const links = signal(new Map()); // "from to" -> rows of `links`
export const staleSince = signal(null); // ms: what is shown is as of then; null: it is live

// What changed last, for those who draw: listeners get [{id, row, was}], and whether the tree has another shape.
const changeListeners = new Set();
export function onChanges(listener) {
	changeListeners.add(listener);
	return () => changeListeners.delete(listener);
}

let pending = [];
let frame = 0;
let self = null;

function readyLook() {
	isReady.set(isReady.value || (nodes.isWhole && self !== null));
}

function rebuild() {
	tree.build(nodes.rows, self);
}

// All that came since the last frame is shown by one.
function flush() {
	frame = 0;
	const changes = pending;
	pending = [];
	let isShape = tree.root === null;
	for (const { row, was } of changes) if (isShape || row === null || !tree.update(row, was)) isShape = true;
	if (isShape) rebuild();
	for (const listener of changeListeners) listener(changes, isShape);
	readyLook();
	inventory.touch();
}

function schedule(changes) {
	pending.push(...changes);
	// a hidden window draws no frames
	if (frame === 0) frame = document.hidden ? setTimeout(flush, 200) : requestAnimationFrame(flush);
}

function health() {
	const isLive = gateway.value && romond.value;
	if (isLive) staleSince.set(null);
	else if (staleSince.value === null) staleSince.set(Date.now());
}
gateway.subscribe(health);
romond.subscribe(health);

function followNodes() {
	return share("/api/v1/nodes/stream", {
		begin: () => nodes.begin(),
		whole: () => nodes.messages(),
		take(messages) {
			const wasWhole = nodes.isWhole;
			const changes = nodes.take(messages);
			romond.set(!nodes.isWaiting);
			if (changes.length > 0 || wasWhole !== nodes.isWhole) schedule(changes);
			if (changes.some(({ row, was }) => row === null || was === null || row.path.join() !== was.path.join())) linksSoon();
		},
	});
}

function followEvents() {
	return share("/api/v1/events", {
		begin() {
			ask("events", { count: 1024 }).then(
				({ rows }) => (events.fill(rows), eventList.touch()),
				() => {}, // the banner says so
			);
		},
		take(messages) {
			if (events.take(messages)) eventList.touch();
		},
	});
}

function whileEventsAreShown() {
	let end = null;
	const look = () => {
		const wants = SHOW_EVENTS.has(route.value.view);
		if (wants && end === null) end = followEvents();
		else if (!wants && end !== null) {
			end();
			end = null;
		}
	};
	const leave = route.subscribe(look);
	look();
	return () => {
		leave();
		end?.();
	};
}

// ---- what is asked again and again

let refreshing = null;

// Counters and state, now. Whoever asks while one is under way waits for that.
export function refresh() {
	refreshing ??= (async () => {
		try {
			const [s, p] = await Promise.all([ask("status"), ask("ports")]);
			if (self?.id !== s.id || self?.identity !== s.identity) {
				self = { id: s.id ?? "self", identity: s.identity };
				rebuild();
				for (const listener of changeListeners) listener([], true);
				readyLook();
			}
			s.read = performance.now();
			series.add(p);
			ports.set(p);
			status.set(s);
			inventory.touch();
		} catch {
			// the banner says so
		} finally {
			refreshing = null;
		}
	})();
	return refreshing;
}

let linksTimer = 0;
function linksSoon(ms = LINKS_SETTLE_MS) {
	if (linksTimer !== 0) return;
	linksTimer = setTimeout(async () => {
		linksTimer = 0;
		try {
			links.set(await allLinks());
		} catch {
			// asked again with the next change, at the latest in a minute
		}
	}, ms);
}

async function allLinks() {
	const found = new Map();
	for (let offset = 0; offset !== null; ) {
		const page = await ask("links", { offset, count: 1000 });
		for (const row of page.rows) {
			const key = `${row.from} ${row.to}`;
			if (!found.has(key)) found.set(key, []);
			found.get(key).push(row);
		}
		offset = page.next;
	}
	return found;
}

// ---- life

let stop = null;

function start() {
	const ends = [followNodes(), whileEventsAreShown()];
	const timers = [setInterval(refresh, STATUS_MS), setInterval(() => linksSoon(0), LINKS_MS)];
	refresh();
	linksSoon(0);
	stop = () => {
		for (const end of ends) end();
		timers.forEach(clearInterval);
		stop = null;
	};
}

function look() {
	const wants = session.value != null;
	if (wants && stop === null) start();
	else if (!wants && stop !== null) stop();
}

let hiding = 0;
export function live() {
	session.subscribe(look);
	look();
	document.addEventListener("visibilitychange", () => {
		clearTimeout(hiding);
		if (document.hidden) hiding = setTimeout(() => stop?.(), HIDDEN_MS);
		else look();
	});
}
