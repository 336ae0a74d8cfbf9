// SPDX-License-Identifier: BSD-3-Clause
// A value that tells when it changes: how data comes from the feeds into the views.
import { useEffect, useState } from "preact/hooks";

export function signal(value) {
	const listeners = new Set();
	return {
		get value() {
			return value;
		},
		set(next) {
			if (Object.is(value, next)) return;
			value = next;
			for (const listener of [...listeners]) listener(next);
		},
		// Tell although the value is the same object with other things in it.
		touch() {
			for (const listener of [...listeners]) listener(value);
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

// The value, and a new rendering of the caller whenever it changes.
export function useSignal(s) {
	const [, render] = useState(0);
	useEffect(() => s.subscribe(() => render((n) => n + 1)), [s]);
	return s.value;
}
