// SPDX-License-Identifier: BSD-3-Clause
// What scripts/test-count reads: a line for each test, "ok", "FAIL" or "skip" first.
export default async function* report(source) {
	for await (const { type, data } of source) {
		if (type === "test:diagnostic" && /ms|KiB|MiB/.test(data.message)) yield `     ${data.message}\n`;
		if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") continue;
		if (data.skip !== undefined) yield `skip ${data.name}: ${data.skip}\n`;
		else if (type === "test:pass") yield `ok   ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
		else {
			const { error } = data.details;
			yield `FAIL ${data.name}\n${String(error.cause?.stack ?? error.stack ?? error).replace(/^/gm, "     ")}\n`;
		}
	}
}
