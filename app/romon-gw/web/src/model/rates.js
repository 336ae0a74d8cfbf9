// SPDX-License-Identifier: BSD-3-Clause
// Counters of ports over time, as rates. Pure. romond's own clock (at-us) says how much time passed.
const KEPT = 900; // 30 minutes, a reading every 2 s
export const COUNTERS = ["rx-frames", "tx-frames", "rx-bytes", "tx-bytes", "rx-drops", "tx-drops", "rx-missed"];

export class Series {
	ports = new Map(); // name -> {times: [s], rates: {counter: [per s or null]}, last: row}

	add(rows, now = Date.now() / 1000) {
		for (const row of rows) this.#add(row, now);
		const names = new Set(rows.map((r) => r.name));
		for (const name of [...this.ports.keys()]) if (!names.has(name)) this.ports.delete(name);
	}

	#add(row, now) {
		let p = this.ports.get(row.name);
		if (p === undefined) {
			p = { times: [], rates: Object.fromEntries(COUNTERS.map((c) => [c, []])), last: null };
			this.ports.set(row.name, p);
		}
		const seconds = p.last === null ? 0 : (row["at-us"] - p.last["at-us"]) / 1e6;
		if (p.last !== null && seconds === 0) return; // the same reading
		p.times.push(now);
		// a counter that went back began anew: no rate, a gap
		for (const c of COUNTERS) p.rates[c].push(seconds > 0 && row[c] >= p.last[c] ? (row[c] - p.last[c]) / seconds : null);
		if (p.times.length > KEPT) {
			p.times.shift();
			for (const c of COUNTERS) p.rates[c].shift();
		}
		p.last = row;
	}

	now(name, counter) {
		const p = this.ports.get(name);
		return p === undefined ? null : (p.rates[counter].at(-1) ?? null);
	}
}
