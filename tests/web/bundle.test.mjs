// SPDX-License-Identifier: BSD-3-Clause
// The bundle that is checked in is what its sources and the locked packages give, and small.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { modules, root } from "./chromium.mjs";

const web = join(root, "app/romon-gw/web");
const MOST = 80 * 1024; // bytes, packed
const skip = !existsSync(join(modules, "esbuild")) && "needs esbuild, which app/romon-gw/web/install fetches";

test("the bundle is what its sources give, byte for byte", { skip }, () => {
	const folder = mkdtempSync("/tmp/romon-web-");
	try {
		execFileSync("node", [join(web, "build.mjs"), modules, join(folder, "dist")], { stdio: "pipe" });
		const names = readdirSync(join(web, "dist"));
		assert.deepEqual(readdirSync(join(folder, "dist")).sort(), names.sort());
		for (const name of names.map((n) => `dist/${n}`).concat("LICENSES.txt"))
			assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(web, name))), `${name}: run node app/romon-gw/web/build.mjs`);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("the bundle is at most 80 KiB packed, and has nothing inline", (t) => {
	const files = ["app.js", "app.css", "index.html"].map((name) => readFileSync(join(web, "dist", name)));
	const packed = files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
	t.diagnostic(`bundle ${(packed / 1024).toFixed(1)} KiB packed`);
	assert.ok(packed <= MOST, `${packed} bytes`);
	const html = files[2].toString();
	assert.doesNotMatch(html, /<style|style=|onload|<script>|https?:/);
});

test("nothing of the sources makes markup of text", () => {
	const bad = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySetInnerHTML/;
	for (const name of readdirSync(join(web, "src"), { recursive: true })) {
		if (name.endsWith(".js")) assert.doesNotMatch(readFileSync(join(web, "src", name), "utf8"), bad, name);
	}
});
