// SPDX-License-Identifier: BSD-3-Clause
// Debian's Chromium by playwright-core from build/web, as the page is looked at in tests: no network but the page's origin.
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const modules = join(root, "build/web/node_modules");
export const require = createRequire(join(modules, "x.js"));
export const executablePath = "/usr/bin/chromium";
export const hasChromium = existsSync(executablePath);

// --disable-gpu: a GPU in software makes the canvas slower, and everything else.
export async function launch() {
	const { chromium } = require("playwright-core");
	return chromium.launch({ executablePath, chromiumSandbox: false, args: ["--disable-gpu", "--force-color-profile=srgb"] });
}

// A page with what must not happen on it: {page, wrong: [text]}. wrong: messages of the console, violations of the policy,
// and requests that leave the origin.
export async function open(browser, url, { width = 1280, height = 800, dark = true, ...more } = {}) {
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: dark ? "dark" : "light",
		reducedMotion: "reduce",
		ignoreHTTPSErrors: true,
		...more,
	});
	const page = await context.newPage();
	const wrong = [];
	const { origin } = new URL(url);
	page.on("console", (m) => ["error", "warning"].includes(m.type()) && !isExpected(m.text()) && wrong.push(`console: ${m.text()}`));
	page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
	page.on("request", (r) => !/^(data|blob):/.test(r.url()) && new URL(r.url()).origin !== origin && wrong.push(`left the origin: ${r.url()}`));
	await page.goto(url);
	return { context, page, wrong };
}

// A status that is not 2xx is told by Chromium on the console; tests look at statuses themselves.
// And tests look at pixels.
const isExpected = (text) => text.startsWith("Failed to load resource") || text.startsWith("Canvas2D: Multiple readback");

export async function login(page, name, password) {
	await page.fill("input[name=name]", name);
	await page.fill("input[name=password]", password);
	await page.press("input[name=password]", "Enter");
	await page.waitForSelector(".rail");
}
