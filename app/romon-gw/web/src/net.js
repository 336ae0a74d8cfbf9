// SPDX-License-Identifier: BSD-3-Clause
// Talking to romon-gw, which is our origin and the only one. Each request has the header X-Romon-CSRF: where it is,
// romon-gw asks for no password by a window of the browser, and believes a change by cookie only with the right value.
import { SseParser } from "./lib/sse.js";
import { signal } from "./lib/signal.js";

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 5000;
export const SILENCE_MS = 40000; // romon-gw says something every 15 s

export class ApiError extends Error {
	constructor(status, detail, body) {
		super(detail);
		this.status = status; // 0 = romon-gw was not reached
		this.body = body;
	}
}

export const session = signal(undefined); // undefined = not known yet, null = nobody, {name, group, csrf}
export const gateway = signal(true); // it answers
export const romond = signal(true); // it answers romon-gw

async function fail(response) {
	let body = null;
	try {
		body = await response.json();
	} catch {
		// a proxy in between speaks HTML
	}
	if (response.status === 401) session.set(null);
	if (response.status === 503) romond.set(false);
	throw new ApiError(response.status, body?.detail ?? body?.message ?? `HTTP ${response.status}`, body);
}

async function open(method, path, { body, headers, abort } = {}) {
	let response;
	try {
		response = await fetch(path, {
			method,
			signal: abort,
			credentials: "same-origin",
			cache: "no-store",
			headers: {
				"X-Romon-CSRF": session.value?.csrf ?? "none",
				...(body === undefined ? {} : { "Content-Type": "application/json" }),
				...headers,
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
	} catch (error) {
		if (abort?.aborted) throw error;
		gateway.set(false);
		throw new ApiError(0, "romon-gw does not answer", null);
	}
	gateway.set(true);
	return response.ok ? response : fail(response);
}

export async function request(method, path, body, abort) {
	const response = await open(method, path, { body, abort });
	return response.status === 204 ? null : response.json();
}

// A command of romond's control socket: docs/control-socket.md.
export async function ask(command, args = {}, abort) {
	const data = await request("POST", `/api/v1/romond/${command}`, args, abort);
	romond.set(true);
	return data;
}

async function read(response, take, alive) {
	const parser = new SseParser();
	const decoder = new TextDecoder();
	const reader = response.body.getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		alive?.();
		const messages = parser.feed(decoder.decode(value, { stream: true }));
		if (messages.length > 0) take(messages);
	}
}

// A command that answers with many objects: take(object) for each, the summary at the end is what it comes to.
export async function feed(command, args, take, abort) {
	const response = await open("POST", `/api/v1/romond/${command}`, {
		body: args,
		abort,
		headers: { Accept: "text/event-stream" },
	});
	let end = null;
	await read(response, (messages) => {
		for (const { event, data } of messages) {
			const object = JSON.parse(data);
			if (event === "row") take(object);
			else if (event === "end") end = object;
			else if (event === "error") throw new ApiError(200, object?.detail ?? object?.message ?? "it failed", object);
		}
	});
	return end;
}

const sleep = (ms, abort) =>
	new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		abort.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
	});

// Follow a stream for as long as the page lives: begin(isResumed) at each connection, take(messages) for what came.
// Goes on where it was, or behind the message `last`; alive(): something came. A connection that says nothing at all is dead,
// whatever TCP believes. -> how to end it.
export function follow(path, { begin, take, alive: told, last = null }) {
	const end = new AbortController();
	let wait = RETRY_FIRST_MS;

	async function once() {
		const abort = new AbortController();
		const stop = () => abort.abort();
		end.signal.addEventListener("abort", stop, { once: true });
		let timer = setTimeout(stop, SILENCE_MS);
		const alive = () => {
			clearTimeout(timer);
			timer = setTimeout(stop, SILENCE_MS);
			told?.();
		};
		try {
			const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
			const response = await open("GET", path, { headers, abort: abort.signal });
			wait = RETRY_FIRST_MS;
			begin?.(last !== null);
			await read(
				response,
				(messages) => {
					for (const m of messages) last = m.id ?? last;
					take(messages);
				},
				alive,
			);
		} finally {
			clearTimeout(timer);
			end.signal.removeEventListener("abort", stop);
		}
	}

	(async () => {
		while (!end.signal.aborted) {
			try {
				await once();
			} catch (error) {
				if (error instanceof ApiError && error.status === 401) return;
			}
			if (end.signal.aborted) return;
			await sleep(wait, end.signal);
			wait = Math.min(wait * 2, RETRY_MOST_MS);
		}
	})();
	return () => end.abort();
}

// ---- who we are

export async function whoami() {
	try {
		session.set(await request("GET", "/session"));
	} catch (error) {
		if (error.status === 401) session.set(null);
		else setTimeout(whoami, 2000);
	}
}

export async function login(name, password) {
	session.set(await request("POST", "/login", { name, password }));
}

export async function logout() {
	try {
		await request("POST", "/logout", {});
	} finally {
		session.set(null);
	}
}
