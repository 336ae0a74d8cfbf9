// SPDX-License-Identifier: BSD-3-Clause
// The inventory as /api/v1/nodes/stream tells it. Pure: messages in, changes out.

// A snapshot is rows without a number up to snapshot-end; what it did not name is gone. Changes have numbers.
export class Nodes {
	rows = new Map(); // RoMON id -> row
	isWhole = false; // a first snapshot was complete
	isWaiting = false; // romond is away

	#seen = null; // ids that the snapshot under way has named

	// A connection began: a snapshot that was cut off does not go on.
	begin() {
		this.#seen = null;
	}

	// What would tell another one all that is known here, as messages; null: it is not whole.
	messages() {
		if (!this.isWhole) return null;
		const rows = [...this.rows.values()].map((row) => ({ event: "row", data: JSON.stringify(row), id: undefined }));
		const end = [{ event: "snapshot-end", data: "{}", id: undefined }];
		return this.isWaiting ? [...rows, ...end, { event: "waiting", data: "{}", id: undefined }] : [...rows, ...end];
	}

	// -> [{id, row, was}], row null = gone, was null = new. A row that is as it was is no change.
	take(messages) {
		const changes = [];
		for (const { event, data, id } of messages) {
			if (event === "row") this.#row(JSON.parse(data), id === undefined, changes);
			else if (event === "dead") this.#dead(JSON.parse(data).id, changes);
			else if (event === "snapshot-end") this.#end(changes);
			else if (event === "waiting") this.isWaiting = true;
			else if (event === "back") this.isWaiting = false;
			else if (event === "lost") this.#seen = null;
		}
		return changes;
	}

	#row(row, isSnapshot, changes) {
		if (isSnapshot) (this.#seen ??= new Set()).add(row.id);
		this.isWaiting = false;
		const was = this.rows.get(row.id) ?? null;
		this.rows.set(row.id, row);
		if (was === null || !isSame(was, row)) changes.push({ id: row.id, row, was });
	}

	#dead(id, changes) {
		const was = this.rows.get(id);
		if (was === undefined) return;
		this.rows.delete(id);
		changes.push({ id, row: null, was });
	}

	#end(changes) {
		const seen = this.#seen ?? new Set();
		for (const id of [...this.rows.keys()]) if (!seen.has(id)) this.#dead(id, changes);
		this.#seen = null;
		this.isWhole = true;
		this.isWaiting = false;
	}
}

function isSame(a, b) {
	return (
		a.status === b.status &&
		a.cost === b.cost &&
		a.identity === b.identity &&
		a.interface === b.interface &&
		a.version === b.version &&
		a.board === b.board &&
		a.l2mtu === b.l2mtu &&
		a.path.length === b.path.length &&
		a.path.every((hop, i) => hop === b.path[i])
	);
}
