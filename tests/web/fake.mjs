// SPDX-License-Identifier: BSD-3-Clause
// Plays romon-gw for the page, with as many nodes as a test wants: fake.mjs [NODES [PORT]], or startFake() in a test, which
// then changes the network, sends romond away, and reads what was asked. Answers have the fields of docs/control-socket.md.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { network } from "./network.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const gw = join(here, "../../app/romon-gw");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
// the policy that gw_page.c sends
export const POLICY = [...readFileSync(join(gw, "gw_page.c"), "utf8").match(/#define POLICY[^;]*?\n((?:\s*".*\n?)+)/)[1].matchAll(/"([^"]*)"/g)]
	.map((m) => m[1])
	.join("");
const CSRF = "c".repeat(64);
const SNAPSHOT_PIECE = 500;

export class Fake {
	user = { name: "ann", group: "full" };
	asked = []; // [{command, args}]
	isAway = false;
	isLoggedIn = false;
	streams = new Set(); // responses of nodes/stream
	eventStreams = new Set();
	torches = 0; // that go on
	fileIssues = []; // what is wrong with the file
	seq = 0;
	events = [];
	number = 0;
	generation = 3;
	trial = null; // {until, before}
	started = Date.now();
	config = {
		romon: { identity: "noc-gw", enabled: true, id: "auto", secrets: ["*****"] },
		ports: { ether1: { device: "eth1", cost: 100 }, ether2: { device: "eth2", cost: 100 }, sfp1: { device: "eth3", cost: 10 } },
		discovery: { interval: "10s" },
	};

	constructor(n, options = {}) {
		Object.assign(this, network(n, options));
		for (let i = 0; i < 40; i++) this.event({ severity: ["info", "notice", "warning"][i % 3], type: "neighbor-up", port: "ether1", text: `neighbor ${i} was heard on ether1` });
	}

	event(fields) {
		const row = { seq: ++this.seq, time: new Date().toISOString(), severity: "notice", type: null, port: null, "mac-address": null, id: null, identity: null, text: null, ...fields };
		this.events.push(row);
		for (const r of this.eventStreams) r.write(`id: f-${row.seq}\nevent: event\ndata: ${JSON.stringify(row)}\n\n`);
	}

	#tell(event, data) {
		this.number++;
		for (const r of this.streams) r.write(`id: f-${this.number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	set(id, values) {
		const row = { ...this.rows.get(id), ...values };
		this.rows.set(id, row);
		this.#tell("row", row);
	}

	add(row) {
		this.rows.set(row.id, row);
		this.#tell("row", row);
	}

	remove(id) {
		const row = this.rows.get(id);
		this.rows.delete(id);
		this.#tell("dead", row);
	}

	away() {
		this.isAway = true;
		this.#tell("waiting", { for: "romond" });
	}

	back() {
		this.isAway = false;
		this.#tell("back", {});
		for (const r of this.streams) this.#snapshot(r);
	}

	#snapshot(response) {
		let text = "";
		let n = 0;
		for (const row of this.rows.values()) {
			text += `event: row\ndata: ${JSON.stringify(row)}\n\n`;
			if (++n % SNAPSHOT_PIECE === 0) {
				response.write(text);
				text = "";
			}
		}
		response.write(`${text}event: snapshot-end\ndata: {}\n\n`);
	}

	// ---- commands

	counts() {
		const counts = { ok: 0, late: 0, down: 0 };
		for (const { status } of this.rows.values()) counts[status]++;
		return counts;
	}

	port(name, i) {
		const s = (Date.now() - this.started) / 1000 + 600;
		const wave = (k) => Math.floor(s * 40 * k + 60 * Math.sin(s / (3 + i)) + 60);
		return {
			name, state: i === 2 && this.rows.size > 50 ? "down" : "up", mode: "node", group: null, device: `eth${i + 1}`, driver: "net_af_xdp", vlan: 0,
			mac: `02:00:00:00:00:0${i + 1}`, "link-id": 11 + i, l2mtu: 1500, cost: this.config.ports[name].cost, worker: 0,
			"rx-frames": wave(1 + i), "tx-frames": wave(1.2 + i), "rx-drops": Math.floor(s / 7) * i, "tx-drops": 0, "speed-mbps": 10000,
			"rx-bytes": wave(1 + i) * 92, "tx-bytes": wave(1.2 + i) * 92, "rx-missed": 0, forwarded: 100, delivered: 100, "driver-why": "",
			comment: ["to the core", "to the <b>roof</b>", ""][i], error: null, "error-name": null, tries: 0, warning: null, "at-us": Math.floor(s * 1e6),
		};
	}

	ports() {
		return Object.keys(this.config.ports).map((name, i) => this.port(name, i));
	}

	drops(name) {
		return [
			{ reason: "hop-limit", port: "ether2", count: 12, help: "a Data frame had no hops left: a loop, or a path longer than the sender thought" },
			{ reason: "auth-digest", port: "sfp1", count: 431, help: "the digest does not fit: the neighbor signs with another secret" },
		].filter((d) => name === undefined || d.port === name);
	}

	whyPort(name) {
		const p = this.ports().find((x) => x.name === name);
		return {
			port: name, mode: "node", state: p.state, "rx-frames": p["rx-frames"], "rx-age-ms": 40, types: [{ type: "Discover", count: 120, "age-ms": 800 }, { type: "Data", count: 900, "age-ms": 40 }],
			drops: this.drops(name).map((d) => ({ ...d, "age-ms": 900 })), "last-bad": null, "foreign-channel": null,
			findings: name === "sfp1"
				? [{ level: "error", "cause-id": "secret", cause: "a neighbor signs with another secret", mend: "compare the secrets of both sides: romonctl secrets", reason: "auth-digest", count: 431, "age-ms": 900 }]
				: [{ level: "ok", "cause-id": "fine", cause: "frames arrive, and none is dropped for a cause that needs care", mend: "", reason: null, count: 0, "age-ms": null }],
			earlier: [],
		};
	}

	node(id) {
		const row = this.rows.get(id);
		return { ...row, reachable: row.status !== "down", master: null, "via-master": null, "heard-on": row.interface, "path-state": "works", "paths-avoided": 0, "duplicate-id": null, "last-seen": row.status === "ok" ? new Date().toISOString() : row["last-seen"] };
	}

	status() {
		const counts = this.counts();
		return {
			version: "0.1.0", "schema-version": 3, "uptime-s": 86400, enabled: true, id: this.self.id, identity: this.self.identity, role: "master", channel: "default",
			"config-file": "/etc/romond/romond.yaml", "config-source": { path: "/etc/romond/romond.yaml", "secrets-file": null, by: null, at: "2026-11-30T08:00:00Z" },
			"differs-from-file": false, "differing-keys": 0, overlay: { path: null, edits: 0, "left-out": 0 }, generation: this.generation, loaded: "2026-11-30T08:00:00Z",
			"confirm-left-ms": this.trial === null ? null : Math.max(0, this.trial.until - Date.now()), ports: 3, "ports-up": 2, workers: 1, neighbors: 3, nodes: this.rows.size,
			"nodes-ok": counts.ok, "nodes-late": counts.late, "nodes-down": counts.down, links: this.links.length, warnings: [],
		};
	}

	why(args) {
		if (args.what === undefined && args.id === undefined) return Object.keys(this.config.ports).map((name) => this.whyPort(name));
		const what = args.id ?? args.what;
		if (this.config.ports[what] !== undefined) return [this.whyPort(what)];
		const row = this.rows.get(what) ?? [...this.rows.values()].find((r) => r.identity === what);
		if (row === undefined) throw { status: 404, detail: `no node and no port is known as ${what}` };
		const path = row.path.map((id) => ({ id, identity: this.rows.get(id)?.identity ?? "", status: this.rows.get(id)?.status ?? "unknown" }));
		const stops = path.find((s) => s.status === "down");
		return [{
			id: row.id, asked: what, "is-self": false, node: this.node(row.id), heard: [], path, "stops-at": stops?.id ?? null, "last-good": null, "size-max-bytes": 1400,
			findings: [stops === undefined
				? { level: "ok", "cause-id": "fine", cause: "it answers", mend: "", reason: null, count: 0, "age-ms": null }
				: { level: "error", "cause-id": "path-ends", cause: `the way ends at ${stops.identity}, which does not answer`, mend: "look at its power, and at the link to it", reason: null, count: 0, "age-ms": null }],
		}];
	}

	#commit(values, args) {
		const before = structuredClone(this.config);
		const changes = [];
		for (const [key, after] of Object.entries(values)) {
			const names = key.split(".");
			const last = names.pop();
			const at = names.reduce((o, name) => o?.[name], this.config);
			if (at === undefined || (last === "cost" && !(after >= 1 && after <= 65535))) throw { status: 400, detail: `${key}: expected 1..65535, got ${after}` };
			changes.push({ key, before: String(at[last]), after: String(after), reload: "live" });
			at[last] = after;
		}
		this.generation++;
		if (args["confirm-within-ms"] !== undefined) {
			const until = Date.now() + args["confirm-within-ms"];
			this.trial = { until, before };
			setTimeout(() => this.trial?.until === until && this.rollback(), args["confirm-within-ms"]).unref();
		}
		return { reload: "live", changes, overlay: { path: null, edits: 1, "left-out": 0 }, issues: [], applied: true, generation: this.generation, "confirm-within-ms": args["confirm-within-ms"] ?? null, "is-kept": false };
	}

	#diff() {
		return { reload: "live", changes: [{ key: "ports.ether2.cost", before: "100", after: "20", reload: "live" }], overlay: { path: null, edits: 0, "left-out": 0 }, issues: [] };
	}

	rollback() {
		if (this.trial !== null) this.config = this.trial.before;
		this.trial = null;
		this.generation++;
		this.event({ severity: "warning", type: "config-rolled-back", text: "the configuration before is in force" });
		return { generation: this.generation };
	}

	commands = {
		status: () => this.status(),
		ports: () => this.ports(),
		port: ({ name }) => ({ ...this.ports().find((p) => p.name === name), "rx-frames-per-s": 40, "tx-frames-per-s": 44, why: this.whyPort(name), signing: this.commands.secrets()[0],
			heard: { total: 1, next: null, rows: [{ port: name, "mac-address": "02:00:00:00:00:99", id: [...this.rows.keys()][0] ?? null, status: "ok", "age-ms": 120, "rx-frames": 4711, interface: "eth1", secret: 1, worker: 0 }] } }),
		drops: ({ port }) => this.drops(port),
		links: ({ offset = 0, count = 1000 }) => ({ total: this.links.length, next: offset + count < this.links.length ? offset + count : null, rows: this.links.slice(offset, offset + count) }),
		node: ({ id }) => this.node(id),
		why: (args) => this.why(args),
		events: () => ({ next: this.seq, lost: 0, rows: this.events.slice(-1024) }),
		streams: () => [
			{ stream: 4, address: [...this.rows.keys()][0], service: 3, direction: "out", state: "open", "age-s": 340, "bytes-in": 48210, "bytes-out": 1290, "rtt-us": 2100, resent: 0, "window-bytes": 65536, "segment-bytes": 1200, "waiting-bytes": 0, uid: 0 },
			{ stream: 7, address: [...this.rows.keys()][1], service: 4, direction: "out", state: "stalled", "age-s": 61, "bytes-in": 1200, "bytes-out": 90, "rtt-us": 90100, resent: 12, "window-bytes": 65536, "segment-bytes": 1200, "waiting-bytes": 900, uid: 0 },
		],
		secrets: () => Object.keys(this.config.ports).map((port, i) => ({ port, own: i, list: i === 0 ? "global" : "port", effective: i === 2 ? 2 : 1, signs: true, sends: i === 1 ? "unsigned" : "signed", "accepts-unsigned": i === 1, neighbors: 8, "neighbors-unsigned": i === 1 ? 8 : 0, "neighbors-entry-1": i === 1 ? 0 : i === 2 ? 5 : 8, "neighbors-entry-2": i === 2 ? 2 : 0, "neighbors-entry-3": 0, "neighbors-entry-4": 0, "neighbors-unknown": i === 2 ? 1 : 0 })),
		"config-show": () => ({ overlay: { path: null, edits: 0, "left-out": 0 }, edits: [], text: `romon:\n  identity: ${this.config.romon.identity}\n  secrets: ["*****"]\nports:\n${Object.entries(this.config.ports).map(([n, p]) => `  ${n}: { device: ${p.device}, cost: ${p.cost} }`).join("\n")}\n`, config: this.config, "config-file": "/etc/romond/romond.yaml", "config-source": this.status()["config-source"], "differs-from-file": false }),
		"config-diff": () => {
			if (this.fileIssues.length > 0) throw { status: 400, detail: `/etc/romond/romond.yaml: ${this.fileIssues.length} errors; the running configuration stays`, issues: this.fileIssues };
			return this.#diff();
		},
		"config-set": (args) => this.#commit(args.values, args),
		"config-apply": (args) => this.#commit({ "ports.ether2.cost": 20 }, args),
		"config-confirm": () => ((this.trial = null), this.event({ type: "config-confirmed", text: "the configuration on trial was confirmed" }), { generation: this.generation }),
		"config-rollback": () => this.rollback(),
		"stream-close": ({ stream }) => ({ stream, end: "aborted" }),
	};

	async #ping({ id, count, "interval-ms": interval }, response) {
		const isUp = this.rows.get(id)?.status !== "down";
		const rtt = [2010, 1880, 2400, 2100, 1990, 3100, 2050, 2020, 1970, 2200];
		response.writeHead(200, { "Content-Type": "text/event-stream" });
		for (let seq = 0; seq < count; seq++) {
			response.write(`event: row\ndata: ${JSON.stringify({ seq, address: id, size: 32, "rtt-us": isUp ? rtt[seq % 10] : null, status: isUp ? "ok" : "timeout", "size-max": null, detail: null })}\n\n`);
			await new Promise((r) => setTimeout(r, interval));
		}
		response.end(`event: end\ndata: ${JSON.stringify({ address: id, sent: count, received: isUp ? count : 0, "packet-loss": isUp ? 0 : 100, "min-rtt-us": isUp ? 1880 : null, "avg-rtt-us": isUp ? 2172 : null, "max-rtt-us": 3100, "stddev-rtt-us": 10, refused: [] })}\n\n`);
	}

	async #torch({ port, "interval-ms": interval }, response) {
		response.writeHead(200, { "Content-Type": "text/event-stream" });
		const [a, b] = this.rows.keys();
		this.torches++;
		response.on("close", () => this.torches--);
		for (let i = 0; !response.destroyed; i++) {
			const flow = (id, type, service, n) => ({ direction: id === null ? "out" : "in", id, type, service, "frames-per-s": n, "bytes-per-s": n * 300, frames: n, bytes: n * 300 });
			const rows = [flow(a, "Data", "ssh", 4200 + 40 * (i % 5)), flow(b, "Data", "winbox", 310), flow(null, "Discover", null, 2), flow(a, "DiscoverResp", null, 1)];
			response.write(`event: row\ndata: ${JSON.stringify({ time: new Date().toISOString(), "interval-ms": interval, lost: 0, rest: { frames: 0, bytes: 0 }, rows, port })}\n\n`);
			await new Promise((r) => setTimeout(r, Math.min(interval, 200)));
		}
	}

	#discover(response) {
		response.writeHead(200, { "Content-Type": "text/event-stream" });
		for (const id of this.rows.keys()) response.write(`event: row\ndata: ${JSON.stringify(this.node(id))}\n\n`);
		response.end(`event: end\ndata: ${JSON.stringify({ answered: this.rows.size, known: this.rows.size })}\n\n`);
	}

	// ---- HTTP

	#json(response, status, data, headers = {}) {
		response.writeHead(status, { "Content-Type": "application/json", ...headers });
		response.end(JSON.stringify(data));
	}

	#error(response, status, detail, issues) {
		this.#json(response, status, { error: status, message: "no", detail, issues });
	}

	#command(command, body, response) {
		this.asked.push({ command, args: body });
		if (this.isAway) return this.#error(response, 503, "romond does not answer");
		if (command === "ping") return this.#ping(body, response);
		if (command === "torch") return this.#torch(body, response);
		if (command === "discover") return this.#discover(response);
		if (this.commands[command] === undefined) return this.#error(response, 404, `unknown command ${command}`);
		try {
			return this.#json(response, 200, this.commands[command](body));
		} catch (error) {
			if (error.status === undefined) throw error;
			return this.#error(response, error.status, error.detail, error.issues);
		}
	}

	#stream(set, response, begin) {
		response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
		response.write("retry: 2000\n\n");
		set.add(response);
		response.on("close", () => set.delete(response));
		begin?.();
	}

	#static(path, response) {
		const file = join(gw, "web/dist", path === "/" ? "index.html" : path);
		response.writeHead(200, { "Content-Type": TYPES[extname(file)], "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff" });
		response.end(readFileSync(file));
	}

	handle(request, response, text) {
		const path = request.url.split("?")[0];
		if (["/", "/app.js", "/app.css", "/icon.svg"].includes(path)) return this.#static(path, response);
		if (path === "/login") {
			const { name, password } = JSON.parse(text);
			if (name !== this.user.name || password !== "password of ann") return this.#error(response, 401, "");
			this.isLoggedIn = true;
			return this.#json(response, 200, { ...this.user, csrf: CSRF }, { "Set-Cookie": "romon=1; HttpOnly; SameSite=Strict" });
		}
		const has = this.isLoggedIn && /romon=1/.test(request.headers.cookie ?? "");
		if (!has) return this.#error(response, 401, "");
		if (path === "/session") return this.#json(response, 200, { ...this.user, csrf: CSRF });
		if (request.method !== "GET" && request.headers["x-romon-csrf"] !== CSRF) return this.#error(response, 403, "forged");
		if (path === "/logout") {
			this.isLoggedIn = false;
			return this.#json(response, 200, {});
		}
		if (path === "/api/v1/events") return this.#stream(this.eventStreams, response);
		if (path === "/api/v1/nodes/stream")
			return this.#stream(this.streams, response, () => (this.isAway ? response.write('event: waiting\ndata: {"for":"romond"}\n\n') : this.#snapshot(response)));
		if (path.startsWith("/api/v1/romond/")) return this.#command(path.slice("/api/v1/romond/".length), text === "" ? {} : JSON.parse(text), response);
		return this.#error(response, 404, "no such path");
	}
}

// -> {fake, url, stop()}
export async function startFake(n, options = {}, port = 0) {
	const fake = new Fake(n, options);
	const server = createServer((request, response) => {
		let text = "";
		request.on("data", (piece) => (text += piece));
		request.on("end", () => fake.handle(request, response, text));
	});
	await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
	return { fake, url: `http://127.0.0.1:${server.address().port}/`, stop: () => (server.closeAllConnections(), server.close()) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { url } = await startFake(Number(process.argv[2] ?? 400), {}, Number(process.argv[3] ?? 8090));
	console.log(`${url} user ann, password "password of ann"`);
}
