// SPDX-License-Identifier: BSD-3-Clause
// Numbers and times as people read them. Pure.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function number(n) {
	return n === null || n === undefined ? "–" : grouped.format(n).replaceAll(",", "\u2009");
}

// 1234567 -> "1.23 M": three digits that matter.
export function short(n, unit = "") {
	if (n === null || n === undefined || Number.isNaN(n)) return "–";
	const prefixes = ["", "k", "M", "G", "T"];
	let i = 0;
	while (Math.abs(n) >= 999.5 && i < prefixes.length - 1) {
		n /= 1000;
		i++;
	}
	const digits = i === 0 && Number.isInteger(n) ? 0 : Math.abs(n) >= 99.95 ? 0 : Math.abs(n) >= 9.995 ? 1 : 2;
	const tail = `${prefixes[i]}${unit}`;
	return tail === "" ? n.toFixed(digits) : `${n.toFixed(digits)}\u202f${tail}`;
}

// The two largest units: "3 d 4 h", "12 s".
export function duration(seconds) {
	if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
	if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
	const units = [
		[86400, "d"],
		[3600, "h"],
		[60, "min"],
		[1, "s"],
	];
	const whole = Math.floor(seconds);
	const at = units.findIndex(([size]) => whole >= size);
	const [size, unit] = units[at];
	const first = `${Math.floor(whole / size)} ${unit}`;
	const next = units[at + 1];
	const rest = next === undefined ? 0 : Math.floor((whole % size) / next[0]);
	return rest === 0 ? first : `${first} ${rest} ${next[1]}`;
}

export function rtt(us) {
	if (us === null || us === undefined) return "–";
	return us < 1000 ? `${us} µs` : us < 1e6 ? `${(us / 1000).toFixed(us < 10000 ? 2 : 1)} ms` : `${(us / 1e6).toFixed(2)} s`;
}

export function age(iso, now = Date.now()) {
	const at = Date.parse(iso);
	return Number.isNaN(at) ? "–" : duration(Math.max(0, Math.round((now - at) / 1000)));
}

const two = (n) => String(n).padStart(2, "0");

// Local time of day; with the day where it is not today.
export function clock(iso, now = new Date()) {
	const at = new Date(iso);
	if (Number.isNaN(at.getTime())) return "–";
	const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
	return at.toDateString() === now.toDateString() ? time : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

export function plural(n, one, many = `${one}s`) {
	return `${number(n)} ${n === 1 ? one : many}`;
}
