// SPDX-License-Identifier: BSD-3-Clause
// Every view, as axe and as eyes see it. ROMON_PICTURES=1 writes the pictures of docs/img, with few colours where pngquant
// is there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { on, skip, until } from "./bed.mjs";
import { require, root } from "./chromium.mjs";
import { mac } from "./network.mjs";

const VIEWS = ["map", "map/all", "map/tree", "nodes", "node", "ports", "events", "why", "streams", "secrets", "config", "ports/sfp1"];

test("axe finds no violation in any view, dark or light", { skip }, async () => {
	const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
	for (const dark of [true, false]) {
		await on(40, { dark }, async ({ page }) => {
			await page.evaluate(`${axe};0`);
			for (const view of VIEWS) {
				await page.evaluate((h) => (location.hash = h), view === "node" ? `#/node/${mac(3)}` : `#/${view}`);
				await until(() => page.evaluate(() => document.querySelector("main h1") !== null), `the heading of ${view}`);
				await sleep(view === "ports/sfp1" ? 400 : 150);
				// what is not a colour is the same in both
				const rules = dark ? {} : { runOnly: ["color-contrast"] };
				const found = await page.evaluate(async (o) => (await window.axe.run(o)).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 150)).join(" | ")}`), rules);
				assert.deepEqual(found, [], `${view}, ${dark ? "dark" : "light"}`);
			}
			await page.evaluate(() => (location.hash = "#/map"));
			await page.waitForSelector(".canvas canvas");
			await page.focus(".canvas canvas");
			await page.keyboard.press("ArrowRight");
			await page.waitForSelector(".side .way");
			await page.keyboard.press("?");
			await page.waitForSelector("dialog[open]");
			assert.deepEqual(await page.evaluate(async () => (await window.axe.run()).violations.map((v) => v.id)), []);
		});
	}
});

const SIZES = { 360: 740, 1280: 800, 2560: 1300 };
const isKept = process.env.ROMON_PICTURES !== undefined;
const folder = join(root, isKept ? "docs/img" : "build/web/pictures");
const SERIES_MS = 30000; // lines of counters that say something

async function picture(page, path) {
	await page.screenshot({ path });
	const { error, status } = spawnSync("pngquant", ["--force", "--ext", ".png", "--skip-if-larger", "--speed", "1", "128", path]);
	assert.ok(error !== undefined || status === 0 || status === 98, `pngquant: ${status}`); // 98: it was smaller before
}

async function show(page, view, bad, width) {
	await page.evaluate((h) => (location.hash = h), view === "node" ? `#/node/${bad.id}` : view === "why" ? `#/why/${bad.id}` : `#/${view}`);
	await until(() => page.evaluate(() => document.querySelector("main h1, main .wait, .canvas") !== null), view);
	if (view === "map" && width >= 1280) {
		await page.fill("#search", bad.identity);
		await page.keyboard.press("Enter");
		await page.fill("#search", "");
		await page.waitForSelector(".side .way");
		await page.evaluate(() => document.activeElement.blur());
	}
	if (view === "ports/sfp1" && isKept) {
		await page.click(".torch button");
		await until(() => page.evaluate((ms) => performance.now() > ms, SERIES_MS), "a line", 2 * SERIES_MS);
	}
	await sleep(isKept ? 1200 : 100);
}

async function fits(width, height, dark) {
	const name = `${width}-${dark ? "dark" : "light"}`;
	await on(width === 2560 && isKept ? 10000 : 400, { width, height, dark }, async ({ page, fake }) => {
		const bad = [...fake.rows.values()].find((r) => r.status === "down");
		for (const view of VIEWS) {
			await show(page, view, bad, width);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(wide <= width, `${view} is ${wide} pixels wide on ${width}`);
			if (isKept) await picture(page, join(folder, `page-${view.replace("/", "-")}-${name}.png`));
		}
	});
}

test("every view fits 360, 1280 and 2560 pixels, dark and light", { skip }, async () => {
	mkdirSync(folder, { recursive: true });
	for (const [width, height] of Object.entries(SIZES))
		await Promise.all((isKept ? [true, false] : [true]).map((dark) => fits(Number(width), height, dark)));
});
