// SPDX-License-Identifier: BSD-3-Clause
// The view that is shown stands in the address behind the #: it can be sent to a colleague, and "back" works.
import { signal } from "./lib/signal.js";

function parse() {
	const [view, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
	return { view: view || "map", arg: rest.length === 0 ? null : decodeURIComponent(rest.join("/")) };
}

export const route = signal(parse());
addEventListener("hashchange", () => route.set(parse()));

export function to(view, arg = null) {
	return arg === null ? `#/${view}` : `#/${view}/${encodeURIComponent(arg)}`;
}

export function go(view, arg = null) {
	location.hash = to(view, arg);
}
