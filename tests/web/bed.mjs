// SPDX-License-Identifier: BSD-3-Clause
// What tests of the page in Chromium share: a browser, a romon-gw that fake.mjs plays, and somebody who is logged in.
// Nothing may be told on the console, violate the policy, or leave the origin, in any test.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hasChromium, launch, login, modules, open } from "./chromium.mjs";
import { startFake } from "./fake.mjs";

export const skip = !hasChromium
	? "needs Debian's chromium (scripts/install-deps test)"
	: !existsSync(join(modules, "playwright-core")) && "needs playwright-core, which app/romon-gw/web/install fetches";
export const PASSWORD = "password of ann";

export let browser;
before(async () => {
	if (!skip) browser = await launch();
});
after(() => browser?.close());

export async function until(is, what, ms = 15000) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await is();
		if (value) return value;
		assert.ok(Date.now() < end, `did not come: ${what}`);
		await sleep(20);
	}
}

// Run with a page that is logged in; -> what it says must not have happened.
export async function on(n, options, run) {
	const { hash, fakeOptions, ...view } = options;
	const { fake, url, stop } = await startFake(n, fakeOptions);
	const { context, page, wrong } = await open(browser, url, view);
	try {
		await login(page, "ann", PASSWORD);
		await until(() => page.evaluate(() => document.querySelector(".canvas") !== null), "the map");
		if (hash !== undefined) await page.evaluate((h) => (location.hash = h), hash);
		await run({ fake, page, url, wrong, context });
		assert.deepEqual(wrong, []);
	} finally {
		await context.close();
		stop();
	}
}
