// SPDX-License-Identifier: BSD-3-Clause
// The modules of the page that are pure: no browser, no network.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { HOSTILE, mac, network } from "./network.mjs";

const src = new URL("../../app/romon-gw/web/src/", import.meta.url);
const { SseParser } = await import(new URL("lib/sse.js", src));
const { csv, cell } = await import(new URL("lib/csv.js", src));
const { dot } = await import(new URL("lib/dot.js", src));
const { escaped, svg } = await import(new URL("lib/svg.js", src));
const { quoted } = await import(new URL("lib/shell.js", src));
const format = await import(new URL("lib/format.js", src));
const { Nodes } = await import(new URL("model/nodes.js", src));
const { Tree, countsText, linkCost, linkWidth, openAtFirst, total } = await import(new URL("model/tree.js", src));
const { Events, eventFilter } = await import(new URL("model/events.js", src));
const { Series } = await import(new URL("model/rates.js", src));
const { sorted } = await import(new URL("model/sort.js", src));
const { search } = await import(new URL("model/search.js", src));
const { flat, valueOf, valueText } = await import(new URL("model/config.js", src));
const evidence = await import(new URL("model/evidence.js", src));
const hasModules = existsSync(new URL("../node_modules/d3-hierarchy", src));
const noLayout = !hasModules && "needs d3-hierarchy, which app/romon-gw/web/install fetches";
const layout = hasModules ? await import(new URL("model/layout.js", src)) : null;

const colors = { text: "#000", muted: "#000", surface: "#fff", line: "#000", "line-strong": "#000", ok: "#0f0", late: "#ff0", down: "#f00", self: "#00f", accent: "#00f", bg: "#fff" };
const row = (id, path = [id], more = {}) => ({ id, identity: id, status: "ok", cost: 10, hops: path.length, path, l2mtu: 1500, interface: "e0", version: "7", board: "b", ...more });
const rowsOf = (...rows) => new Map(rows.map((r) => [r.id, r]));
const treeOf = (...rows) => {
	const tree = new Tree();
	tree.build(rowsOf(...rows), { id: "me", identity: "me" });
	return tree;
};
const message = (event, data, id) => ({ event, data: JSON.stringify(data), id });

test("server-sent events are read from pieces cut anywhere", () => {
	const text = 'retry: 2000\n\nid: a-1\nevent: row\ndata: {"x":\ndata: 1}\n\n: still here\n\nevent: back\r\ndata: {}\r\n\r\ndata:bare\n\n';
	const whole = new SseParser().feed(text);
	assert.deepEqual(whole, [
		{ event: "row", data: '{"x":\n1}', id: "a-1" },
		{ event: "back", data: "{}", id: undefined },
		{ event: "message", data: "bare", id: undefined },
	]);
	for (let size = 1; size < 9; size++) {
		const parser = new SseParser();
		const got = [];
		for (let i = 0; i < text.length; i += size) got.push(...parser.feed(text.slice(i, i + size)));
		assert.deepEqual(got, whole);
	}
});

test("a snapshot is taken up, and what a second one does not name is gone", () => {
	const nodes = new Nodes();
	nodes.begin();
	assert.deepEqual(nodes.take([message("row", row("a")), message("row", row("b"))]).map((c) => [c.id, c.was]), [["a", null], ["b", null]]);
	assert.equal(nodes.isWhole, false);
	assert.deepEqual(nodes.take([message("snapshot-end", {})]), []);
	assert.equal(nodes.isWhole, true);
	nodes.begin();
	const changes = nodes.take([message("row", row("a")), message("snapshot-end", {})]);
	assert.deepEqual(changes.map((c) => [c.id, c.row]), [["b", null]]);
	assert.deepEqual([...nodes.rows.keys()], ["a"]);
});

test("a snapshot that was cut off takes nothing away", () => {
	const nodes = new Nodes();
	nodes.take([message("row", row("a")), message("row", row("b")), message("snapshot-end", {})]);
	nodes.begin();
	nodes.take([message("row", row("a"))]);
	nodes.begin(); // the connection broke, and went on where it was
	nodes.take([message("row", row("a", ["a"], { status: "down" }), "p-9")]);
	assert.deepEqual([...nodes.rows.keys()], ["a", "b"]);
	assert.equal(nodes.rows.get("a").status, "down");
});

test("an empty snapshot takes all away; a change is told with what was; a row as before is none", () => {
	const nodes = new Nodes();
	nodes.take([message("row", row("a")), message("snapshot-end", {})]);
	assert.equal(nodes.take([message("row", row("a"), "p-1")]).length, 0);
	const [change] = nodes.take([message("row", row("a", ["a"], { status: "late" }), "p-2")]);
	assert.equal(change.was.status, "ok");
	nodes.take([message("waiting", {}, "p-3")]);
	assert.equal(nodes.isWaiting, true);
	nodes.take([message("back", {}, "p-4"), message("snapshot-end", {})]);
	assert.equal(nodes.isWaiting, false);
	assert.equal(nodes.rows.size, 0);
});

test("the tree follows the paths, and counts below each node", () => {
	const tree = treeOf(row("a"), row("b", ["a", "b"], { status: "down" }), row("c", ["a", "b", "c"]), row("d", ["d"], { status: "late" }));
	assert.equal(tree.root.children.map((i) => i.id).join(), "a,d");
	assert.deepEqual(tree.root.counts, { ok: 2, late: 1, down: 1 });
	assert.deepEqual(tree.items.get("a").counts, { ok: 1, late: 0, down: 1 });
	assert.deepEqual(tree.path("c").map((i) => i.id), ["me", "a", "b", "c"]);
	assert.equal(countsText(tree.root.counts), "2 ok 1 late 1 down");
});

test("a status that changes is added up along the way, as building anew would", () => {
	const rows = [row("a"), row("b", ["a", "b"]), row("c", ["a", "b", "c"])];
	const tree = treeOf(...rows);
	const next = { ...rows[2], status: "down" };
	assert.equal(tree.update(next, rows[2]), true);
	assert.deepEqual(tree.root.counts, treeOf(rows[0], rows[1], next).root.counts);
	assert.equal(tree.update({ ...next, path: ["c"] }, next), false);
	assert.equal(tree.update(row("z"), null), false);
});

test("nodes that only paths name are shown, and paths that go round hang on this node", () => {
	const tree = treeOf(row("c", ["x", "y", "c"]));
	assert.deepEqual(tree.path("c").map((i) => i.id), ["me", "x", "y", "c"]);
	assert.equal(total(tree.root.counts), 1);
	const ring = treeOf(row("a", ["b", "a"]), row("b", ["a", "b"]));
	assert.equal(ring.order().length, 3);
	assert.equal(total(ring.root.counts), 2);
	const self = treeOf(row("a", ["a", "a"]), row("me", ["me"]));
	assert.equal(self.order().length, 2);
});

test("ten thousand nodes: every one is in the tree once", () => {
	const { rows, self } = network(10000);
	const tree = new Tree();
	tree.build(rows, self);
	assert.equal(tree.order().length, 10001);
	assert.equal(total(tree.root.counts), 10000);
	assert.ok(tree.order((i) => openAtFirst(tree).has(i.id)).length <= 61 + tree.root.children.length);
});

test("names of objects' own properties are names like others", () => {
	const tree = treeOf(row("__proto__"), row("constructor", ["__proto__", "constructor"]));
	assert.equal(tree.order().length, 3);
});

test("layout: nobody who stays is moved by who comes, goes, or changes", { skip: noLayout }, () => {
	const { rows, self } = network(300);
	const tree = new Tree();
	tree.build(rows, self);
	const open = new Set(tree.order().map((i) => i.id));
	const before = layout.tidy(tree, open);
	const [gone] = [...rows.values()].filter((r) => tree.items.get(r.id).children.length === 0);
	rows.delete(gone.id);
	const parent = [...rows.values()][5];
	for (let i = 0; i < 30; i++) rows.set(mac(5000 + i), row(mac(5000 + i), [...parent.path, mac(5000 + i)]));
	tree.build(rows, self);
	const after = layout.keep(tree, open, before);
	for (const id of rows.keys()) if (before.has(id)) assert.deepEqual(after.get(id), before.get(id));
	assert.equal(after.size, rows.size + 1);
	const taken = new Map();
	for (const [id, { x, y }] of after) {
		for (const other of taken.get(x) ?? []) assert.ok(Math.abs(other - y) >= 1, `${id} stands on another`);
		taken.set(x, [...(taken.get(x) ?? []), y]);
	}
});

test("layout: a tidy tree has no two nodes on one place, and its root at 0", { skip: noLayout }, () => {
	const { rows, self } = network(2000);
	const tree = new Tree();
	tree.build(rows, self);
	const places = layout.tidy(tree, new Set(tree.order().map((i) => i.id)));
	assert.deepEqual({ ...places.get(self.id) }, { x: 0, y: 0, parent: null });
	assert.equal(new Set([...places.values()].map((p) => `${p.x} ${p.y.toFixed(3)}`)).size, 2001);
});

test("CSV is no formula for a spreadsheet, and one line a row", () => {
	for (const name of [...HOSTILE, "=1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "\uff1d1", "\n=1"]) {
		const text = csv(["name"], [{ name }]);
		const value = cell(name).replace(/^"|"$/g, "");
		assert.doesNotMatch(value, /^[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/, name);
		assert.ok(text.endsWith("\r\n"));
	}
	assert.equal(csv(["a", "b"], [{ a: 'x "y", z', b: -5 }]), 'a,b\r\n"x ""y"", z",-5\r\n');
	assert.equal(cell(null), "");
});

test("a link is wide when it costs half of the usual, thin at twice", () => {
	const at = (cost, ...path) => row(path.at(-1), path, { cost });
	const tree = treeOf(at(100, "a"), at(100, "b"), at(50, "c"), at(300, "a", "d"), at(210, "a", "e"), at(60, "c", "f"), at(400, "x", "g"));
	const width = (id) => linkWidth(tree.items.get(id), tree.usualCost());
	assert.equal(tree.usualCost(), 100); // of 10, 50, 100, 100, 110, 200; the way to g is not known
	assert.deepEqual(["a", "b", "c", "d", "e", "f", "g"].map(width), [1, 1, 2, 0, 1, 2, 1]);
	assert.equal(linkCost(tree.root), null);
	const empty = new Tree();
	empty.build(new Map(), null);
	assert.equal(empty.usualCost(), 0);
});

test("a page that has all can tell another one all", () => {
	const one = new Nodes();
	const other = new Nodes();
	assert.equal(one.messages(), null);
	one.take([message("row", row("a")), message("row", row("b", ["b"], { status: "down" })), message("snapshot-end", {})]);
	other.take([message("row", row("z")), message("snapshot-end", {})]);
	other.begin();
	const changes = other.take(one.messages());
	assert.deepEqual(changes.map(({ id, row: r }) => [id, r?.status ?? null]), [["a", "ok"], ["b", "down"], ["z", null]]);
	one.take([message("waiting", {}, "7")]);
	other.take(one.messages());
	assert.equal(other.isWaiting, true);
	assert.deepEqual([...other.rows], [...one.rows]);
});

test("SVG and dot take hostile names as text", { skip: noLayout }, () => {
	const { rows, self, links } = network(40, { hostile: true });
	rows.get(mac(1)).identity = 'a\u0000\u0007<script>&"\n';
	const tree = new Tree();
	tree.build(rows, self);
	const open = new Set(tree.order().map((i) => i.id));
	const picture = svg(tree, open, layout.tidy(tree, open), colors);
	assert.doesNotMatch(picture, /<script|<img|onerror=alert\(1\)>|[\u0000-\u0008]/);
	assert.equal((picture.match(/<g>/g) ?? []).length, 41);
	const graph = dot(tree, new Map(links.map((l) => [`${l.from} ${l.to}`, [l]])));
	// what is within quotes is left out: nothing of a name is left over
	assert.doesNotMatch(graph.replace(/"(?:[^"\\]|\\.)*"/g, ""), /script|img|rm|SUM/);
	assert.equal(escaped("<a b='c'>&\u0000"), "&lt;a b=&#39;c&#39;&gt;&amp;\ufffd");
});

test("a name in a command for a shell is one word", () => {
	assert.equal(quoted("02:00:00:00:00:01"), "02:00:00:00:00:01");
	assert.equal(quoted("'; rm -rf / #"), "''\\''; rm -rf / #'");
	assert.equal(quoted("-o"), "'-o'");
	assert.equal(quoted("$(x)"), "'$(x)'");
});

test("events: newest first, none twice, bounded, filtered", () => {
	const events = new Events();
	const e = (seq, more = {}) => ({ seq, time: `2026-01-01T00:00:${String(seq % 60).padStart(2, "0")}Z`, severity: "info", type: "x", port: null, text: `n ${seq}`, ...more });
	events.fill([e(1), e(2)]);
	assert.equal(events.take([message("event", e(2)), message("event", e(3))]), true);
	assert.deepEqual(events.rows.map((r) => r.seq), [3, 2, 1]);
	events.take([message("event", e(6))]);
	events.fill([e(4), e(5), e(6)]); // what was told before the stream began comes behind what the stream told
	assert.deepEqual(events.rows.map((r) => r.seq), [6, 5, 4, 3, 2, 1]);
	for (let i = 7; i < 7000; i++) events.take([message("event", e(i))]);
	assert.equal(events.rows.length, 5000);
	events.take([message("event", { ...e(1), time: "2026-02-01T00:00:00Z" })]); // romond began anew
	assert.equal(events.rows[0].seq, 1);
	const is = eventFilter({ words: "ROOF down", level: "warning" });
	assert.equal(is(e(1, { severity: "warning", type: "port-down", text: "roof went" })), true);
	assert.equal(is(e(1, { severity: "notice", type: "port-down", text: "roof went" })), false);
	assert.equal(is(e(1, { severity: "error", text: null })), false);
});

test("rates of counters: romond's clock, a gap where a counter began anew, thirty minutes", () => {
	const series = new Series();
	const p = (frames, us, name = "e0") => Object.assign({ name, "at-us": us }, Object.fromEntries(["rx-frames", "tx-frames", "rx-bytes", "tx-bytes", "rx-drops", "tx-drops", "rx-missed"].map((c) => [c, frames])));
	series.add([p(0, 0)], 1);
	series.add([p(100, 2e6)], 3);
	assert.equal(series.now("e0", "rx-frames"), 50);
	series.add([p(100, 2e6)], 4); // the same reading again
	assert.equal(series.ports.get("e0").times.length, 2);
	series.add([p(5, 4e6)], 5);
	assert.equal(series.now("e0", "rx-frames"), null);
	for (let i = 0; i < 2000; i++) series.add([p(5 + i, 5e6 + i * 1e6)], 6 + i);
	assert.equal(series.ports.get("e0").times.length, 900);
	series.add([p(0, 0, "e1")], 1);
	assert.deepEqual([...series.ports.keys()], ["e1"]);
});

test("sorting: numbers by size, numbers in names too, nothing last either way", () => {
	assert.deepEqual(sorted(["n10", "n9", "", "N1"], (x) => x), ["N1", "n9", "n10", ""]);
	assert.deepEqual(sorted([3, null, 20, 1], (x) => x, true), [20, 3, 1, null]);
});

test("search: each word somewhere, names that begin so first", () => {
	const rows = rowsOf(row("1", ["1"], { identity: "roof-ap" }), row("2", ["2"], { identity: "AP-2" }), row("3", ["3"], { identity: "core", board: "xx ap" }));
	assert.deepEqual(search(rows, "ap").map((r) => r.id), ["2", "3", "1"]);
	assert.deepEqual(search(rows, "ap xx").map((r) => r.id), ["3"]);
	assert.deepEqual(search(rows, "  "), []);
});

test("evidence: what is told above a link, and which links are extra", () => {
	const tree = treeOf(row("a"), row("b", ["a", "b"]), row("c", ["c"]));
	const link = (from, to, more) => [`${from} ${to}`, [{ from, to, cost: 7, "from-link": 1, "to-link": 2, l2mtu: 1500, used: true, stale: false, ...more }]];
	const links = new Map([link("me", "a"), link("a", "b", { stale: true }), link("b", "c", { used: false, cost: 9 })]);
	assert.equal(evidence.linkText(links, tree.items.get("a")), "e0 7");
	assert.equal(evidence.linkText(links, tree.items.get("b")), "7 old");
	assert.equal(evidence.linkFacts(links, tree.items.get("a")), "; link by e0 1 → 2, cost 7, MTU 1500");
	assert.match(evidence.linkFacts(links, tree.items.get("b")), /not described lately$/);
	assert.deepEqual(evidence.extraLinks(links, tree, "c"), [{ from: "c", to: "b", text: "9" }]);
	assert.deepEqual(evidence.hops(tree, links, "b").map((h) => h.link.row.cost), [7, 7]);
});

test("configuration: keys and values there and back", () => {
	assert.deepEqual(flat({ a: { b: 1, c: [] }, d: {} }), [["a.b", 1], ["a.c", []], ["d", {}]]);
	assert.equal(valueText(["x", 1]), "[x, 1]");
	assert.deepEqual(["true", "12", "-3", "007", "1s", " x "].map(valueOf), [true, 12, -3, "007", "1s", "x"]);
});

test("numbers and times as people read them", () => {
	assert.equal(format.short(1234567), "1.23\u202fM");
	assert.equal(format.short(999.6), "1.00\u202fk");
	assert.equal(format.short(0), "0");
	assert.equal(format.short(null), "–");
	assert.equal(format.duration(93784), "1 d 2 h");
	assert.equal(format.duration(0.25), "250 ms");
	assert.equal(format.number(1234567), "1\u2009234\u2009567");
	assert.equal(format.age("nonsense"), "–");
});
