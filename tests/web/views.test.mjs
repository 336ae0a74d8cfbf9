// SPDX-License-Identifier: BSD-3-Clause
// Every view, as axe and as eyes see it. ROMON_PICTURES=1 writes the pictures of docs/img.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { on, skip, until } from "./bed.mjs";
import { require, root } from "./chromium.mjs";
import { mac } from "./network.mjs";

const VIEWS = ["map", "map/all", "map/tree", "nodes", "node", "ports", "ports/sfp1", "events", "why", "streams", "secrets", "config"];

test("axe finds no violation in any view, dark or light", { skip }, async () => {
	const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
	for (const dark of [true, false]) {
		await on(40, { dark }, async ({ page }) => {
			await page.evaluate(`${axe};0`);
			for (const view of VIEWS) {
				await page.evaluate((h) => (location.hash = h), view === "node" ? `#/node/${mac(3)}` : `#/${view}`);
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
const KEPT = new Set(["1280-dark", "1280-light map", "1280-light ports/sfp1", "360-dark map", "360-dark node", "360-light config", "2560-light map"]);

test("every view fits 360, 1280 and 2560 pixels, dark and light", { skip }, async () => {
	const folder = process.env.ROMON_PICTURES ? join(root, "docs/img") : join(root, "build/web/pictures");
	mkdirSync(folder, { recursive: true });
	for (const [width, height] of Object.entries(SIZES)) {
		for (const dark of process.env.ROMON_PICTURES ? [true, false] : [true]) {
			await on(width === "2560" && process.env.ROMON_PICTURES ? 10000 : 400, { width: Number(width), height, dark }, async ({ page, fake }) => {
				const bad = [...fake.rows.values()].find((r) => r.status === "down");
				for (const view of VIEWS) {
					const name = `${width}-${dark ? "dark" : "light"}`;
					const isKept = KEPT.has(name) || KEPT.has(`${name} ${view}`);
					if (process.env.ROMON_PICTURES && !isKept) continue;
					await page.evaluate((h) => (location.hash = h), view === "node" ? `#/node/${bad.id}` : `#/${view}`);
					await until(() => page.evaluate(() => document.querySelector("main h1, main .wait, .canvas") !== null), view);
					if (view === "map" && width === "1280") {
						await page.fill("#search", bad.identity);
						await page.keyboard.press("Enter");
						await page.fill("#search", "");
						await page.waitForSelector(".side .way");
					}
					await sleep(process.env.ROMON_PICTURES ? (view === "ports/sfp1" ? 30000 : 1200) : 100);
					const wide = await page.evaluate(() => document.documentElement.scrollWidth);
					assert.ok(wide <= Number(width), `${view} is ${wide} pixels wide on ${width}`);
					if (process.env.ROMON_PICTURES) await page.screenshot({ path: join(folder, `page-${view.replace("/", "-")}-${name}.png`) });
				}
			});
		}
	}
});
