// SPDX-License-Identifier: BSD-3-Clause
// The configuration as keys and values. Pure.

// {"ports": {"e0": {"cost": 5}}} -> [["ports.e0.cost", 5]]. Lists and empty maps are values.
export function flat(config, above = "") {
	return Object.entries(config).flatMap(([name, value]) => {
		const key = above === "" ? name : `${above}.${name}`;
		const isMap = value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;
		return isMap ? flat(value, key) : [[key, value]];
	});
}

export function valueText(value) {
	if (value === null || value === undefined) return "";
	if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
	return typeof value === "object" ? "{}" : String(value);
}

// What was typed, as config-set takes it.
export function valueOf(text) {
	const t = text.trim();
	if (t === "true" || t === "false") return t === "true";
	return /^-?(0|[1-9]\d{0,14})$/.test(t) ? Number(t) : t;
}
