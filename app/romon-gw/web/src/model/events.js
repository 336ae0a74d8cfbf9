// SPDX-License-Identifier: BSD-3-Clause
// Events, newest first. Pure.
const KEPT = 5000;

export class Events {
	rows = [];
	lost = 0; // that came faster than they could be told

	#newest = 0;

	// -> whether there is something new
	take(messages) {
		let any = false;
		for (const { event, data } of messages) {
			if (event === "event") any = this.#add(JSON.parse(data)) || any;
			else if (event === "lost") {
				this.lost++;
				any = true;
			}
		}
		return any;
	}

	// A page of the command `events`: what is not there yet takes its place by time. Numbers of another romond begin anew.
	fill(rows) {
		const known = new Set(this.rows.map((r) => `${r.seq} ${r.time}`));
		const fresh = rows.filter((r) => !known.has(`${r.seq} ${r.time}`));
		if (fresh.length === 0) return;
		this.rows.push(...fresh);
		this.rows.sort((a, b) => (a.time === b.time ? b.seq - a.seq : a.time < b.time ? 1 : -1));
		if (this.rows.length > KEPT) this.rows.length = KEPT;
		this.#newest = this.rows[0].seq;
	}

	// romond began anew: its numbers do too.
	#add(row) {
		if (row.seq === this.#newest && row.time === this.rows[0]?.time) return false;
		if (row.seq <= this.#newest && this.rows.some((r) => r.seq === row.seq && r.time === row.time)) return false;
		this.#newest = row.seq;
		this.rows.unshift(row);
		if (this.rows.length > KEPT) this.rows.length = KEPT;
		return true;
	}
}

const LEVELS = { error: 3, warning: 2, notice: 1, info: 0 };

// words: each must stand somewhere in the event, in any case. level: the least. types: Set, empty = all.
export function eventFilter({ words = "", level = "info", port = "" }) {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	return (row) =>
		(LEVELS[row.severity] ?? 0) >= LEVELS[level] &&
		(port === "" || row.port === port) &&
		wanted.every((word) =>
			[row.type, row.text, row.port, row.identity, row.id, row["mac-address"]].some((v) => v?.toLowerCase().includes(word)),
		);
}
