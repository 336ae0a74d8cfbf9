// SPDX-License-Identifier: BSD-3-Clause
// Server-Sent Events from pieces of text. Not by EventSource: that has neither POST nor headers nor a status.

// feed(piece) -> the messages that are whole now: {event, data, id}; id: undefined where the message has none.
export class SseParser {
	#rest = "";

	feed(piece) {
		const messages = [];
		const lines = (this.#rest + piece).split("\n");
		this.#rest = lines.pop();
		for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line, messages);
		return messages;
	}

	#message = { event: "message", data: null, id: undefined };

	#line(line, messages) {
		if (line === "") {
			if (this.#message.data !== null) messages.push(this.#message);
			this.#message = { event: "message", data: null, id: undefined };
			return;
		}
		const colon = line.indexOf(":");
		if (colon === 0) return; // a comment
		const field = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
		if (field === "data") this.#message.data = this.#message.data === null ? value : `${this.#message.data}\n${value}`;
		else if (field === "event") this.#message.event = value;
		else if (field === "id") this.#message.id = value;
	}
}
