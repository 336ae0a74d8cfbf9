// SPDX-License-Identifier: BSD-3-Clause
// One connection for all windows: a browser has six to one origin, and a stream keeps one. Of the windows that follow a
// path the one that holds its lock leads: it follows, and passes on to the others what comes. When it is closed, or lets
// go, the next one has the lock, and goes on where the stream was. Locks and channels are the browser's, of our origin;
// it has them with HTTPS and on loopback, which is all that romon-gw serves.
import { SILENCE_MS, follow } from "./net.js";

const ALIVE_MS = 5000; // how often the one that leads says that it is there
const LOOK_MS = 250;

// As follow() of net.js; besides, whole() -> messages that tell a window that has just come all that is known, null: not
// yet. Without it there is nothing to be told from before.
export function share(path, { begin, take, whole }) {
	if (navigator.locks === undefined || globalThis.BroadcastChannel === undefined) return follow(path, { begin, take });
	const channel = new BroadcastChannel(path);
	const me = crypto.randomUUID();
	const end = new AbortController();
	let waiting = new AbortController(); // for the lock
	let leave = null; // not null: we lead
	let isToSteal = false;
	let isTold = whole === undefined; // all that was known when we came
	let heard = performance.now(); // of the window that leads
	let last = null; // number of the last message

	function taken(messages) {
		for (const m of messages) last = m.id ?? last;
		take(messages);
	}

	channel.onmessage = ({ data }) => {
		if (end.signal.aborted) return;
		if (leave !== null) {
			const messages = data.hello === undefined ? null : whole();
			if (messages !== null) channel.postMessage({ to: data.hello, messages, last });
			return;
		}
		if (data.hello !== undefined || (data.to ?? me) !== me) return;
		heard = performance.now();
		if (data.to === me) {
			isTold = true;
			last = data.last;
			begin?.(false);
		} else if (data.begun !== undefined) begin?.(data.begun);
		if (isTold && data.messages !== undefined) taken(data.messages);
	};

	const lead = () =>
		new Promise((resolve) => {
			let told = 0;
			const stop = follow(path, {
				last: isTold ? last : null,
				begin(isResumed) {
					isTold = true;
					begin?.(isResumed);
					channel.postMessage({ begun: isResumed });
				},
				take(messages) {
					taken(messages);
					channel.postMessage({ messages });
				},
				alive() {
					if (performance.now() - told < ALIVE_MS) return;
					told = performance.now();
					channel.postMessage({ alive: true });
				},
			});
			leave = () => {
				stop();
				leave = null;
				resolve();
			};
		});

	(async () => {
		while (!end.signal.aborted) {
			waiting = new AbortController();
			const how = isToSteal ? { steal: true } : { signal: waiting.signal };
			isToSteal = false;
			try {
				await navigator.locks.request(path, how, () => (end.signal.aborted ? undefined : lead()));
			} catch {
				leave?.(); // another window took it from us, since we were silent
				heard = performance.now();
			}
		}
	})();

	// one that leads and was frozen, by the browser or a debugger, keeps the lock and says nothing
	const timer = setInterval(() => {
		if (leave !== null) return;
		if (!isTold) channel.postMessage({ hello: me });
		if (performance.now() - heard < SILENCE_MS) return;
		heard = performance.now();
		isToSteal = true;
		waiting.abort();
	}, LOOK_MS);
	if (isTold) begin?.(false);
	else channel.postMessage({ hello: me });
	return () => {
		clearInterval(timer);
		end.abort();
		waiting.abort();
		leave?.();
		channel.close();
	};
}
