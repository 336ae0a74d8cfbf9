// SPDX-License-Identifier: BSD-3-Clause
// What the page does, in Chromium, and how fast.
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PASSWORD, browser, on, skip, until } from "./bed.mjs";
import { open } from "./chromium.mjs";
import { startFake } from "./fake.mjs";
import { HOSTILE, mac } from "./network.mjs";

const text = (page) => page.evaluate(() => document.body.innerText);
const has = (page, words) => until(async () => (await text(page)).includes(words), words);
// Milliseconds of script for a frame, while the map moves: [all of it on screen, at scale 1], and frames a second of the first. Of twelve times five frames the
// quickest five: those that nobody else had the CPU in between. The clock of the page has steps of 0.1 ms.
const frames = (page) =>
	page.evaluate(async () => {
		const { stage } = document.querySelector(".canvas canvas").painter;
		const times = async (k) => {
			stage.view.k = k;
			let least = Infinity;
			for (let i = 0; i < 12; i++) {
				const start = performance.now();
				for (let j = 0; j < 5; j++) {
					stage.view.x = 20 - ((5 * i + j) % 10) * 8;
					stage.drawNow(start);
				}
				least = Math.min(least, (performance.now() - start) / 5);
				await new Promise(requestAnimationFrame);
			}
			return least;
		};
		await times(1); // compiled
		const [whole, near] = [await times(0.03), await times(1)];
		stage.view.k = 0.03;
		const begin = performance.now();
		for (let i = 0; i < 30; i++) {
			stage.view.x = 20 - (i % 10) * 8;
			stage.drawNow(performance.now());
			await new Promise(requestAnimationFrame);
		}
		return [whole, near, 30000 / (performance.now() - begin)];
	});

// Milliseconds of CPU that the page's thread has had: other loads of the machine do not stretch them.
const threadMs = async (cdp) => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "ThreadTime").value * 1000;

for (const [n, firstMs, frameMs] of [
	[1000, 500, 0.8],
	[10000, 1500, 5],
]) {
	test(`${n} nodes: first view, frames, search, changes, expand all`, { skip }, async (t) => {
		await on(n, {}, async ({ fake, page, context }) => {
			const cdp = await context.newCDPSession(page);
			await cdp.send("Performance.enable");
			const before = await threadMs(cdp);
			await page.reload();
			const first = await until(
				() => page.evaluate((all) => (document.querySelector(".sum")?.innerText.replace(/\D/g, "") === String(all) ? performance.now() : 0), n),
				"the first view",
			);
			const firstCpu = (await threadMs(cdp)) - before;
			t.diagnostic(`${n} nodes: first view ${first.toFixed(0)} ms, of them ${firstCpu.toFixed(0)} ms of CPU`);
			const clicked = await page.evaluate(async () => {
				const button = [...document.querySelectorAll("button")].find((b) => b.innerText === "Expand all");
				const start = performance.now();
				button.click();
				await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
				return performance.now() - start;
			});
			const [whole, near, perSecond] = await frames(page);
			t.diagnostic(`${n} nodes: expand all ${clicked.toFixed(0)} ms; a frame ${whole.toFixed(2)} ms whole, ${near.toFixed(2)} ms near; ${perSecond.toFixed(0)} frames/s whole`);
			const searched = await page.evaluate(async () => {
				const input = document.getElementById("search");
				input.focus();
				const start = performance.now();
				input.value = "ap-00";
				input.dispatchEvent(new Event("input", { bubbles: true }));
				await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
				return performance.now() - start;
			});
			const at = Date.now();
			for (let i = 1; i <= 100; i++) fake.set(mac(i), { status: "down" });
			const down = fake.counts().down;
			await until(() => page.evaluate((d) => Number(document.querySelectorAll(".counts b")[2].innerText) === d, down), "100 changes");
			t.diagnostic(`${n} nodes: search ${searched.toFixed(0)} ms, 100 changes shown after ${Date.now() - at} ms`);
			assert.ok(whole <= frameMs, `a frame of the whole map takes ${whole} ms of script`);
			assert.ok(near <= frameMs, `a frame at scale 1 takes ${near} ms of script`);
			assert.ok(firstCpu > 0 && firstCpu <= firstMs, `the first view took ${firstCpu} ms of CPU`);
		});
	});
}

test("a node that goes down is red within a second, and nothing else moves; one that comes moves nobody", { skip }, async () => {
	await on(60, {}, async ({ fake, page }) => {
		const places = () => page.evaluate(() => JSON.stringify([...document.querySelector(".canvas canvas").painter.places].sort()));
		// how much of the box's sign is red
		const isRed = (id) =>
			page.evaluate((which) => {
				const canvas = document.querySelector(".canvas canvas");
				const { places: all, stage } = canvas.painter;
				const at = all.get(which);
				const ratio = canvas.width / stage.width;
				const x = (at.x * 264 + 12) * stage.view.k + stage.view.x;
				const y = at.y * 26 * stage.view.k + stage.view.y;
				const [r, g, b] = canvas.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
				return r > 180 && g < 140 && b < 150;
			}, id);
		const [id] = [...fake.rows.values()].filter((r) => r.status === "ok" && r.hops === 2).map((r) => r.id);
		await page.click("text=Expand all");
		await until(() => page.evaluate((all) => document.querySelector(".canvas canvas").painter.places.size === all, 61), "all are open");
		const was = await places();
		assert.equal(await isRed(id), false);
		const at = Date.now();
		fake.set(id, { status: "down" });
		await until(() => isRed(id), "red", 1000);
		assert.ok(Date.now() - at < 1000);
		assert.equal(await places(), was);
		const parent = fake.rows.get(id);
		fake.add({ ...parent, id: mac(9999), identity: "fresh", path: [...parent.path.slice(0, -1), mac(9999)], status: "ok" });
		await until(async () => (await places()).includes(mac(9999)), "the new node");
		const now = new Map(JSON.parse(await places()));
		for (const [key, place] of JSON.parse(was)) assert.deepEqual(now.get(key), place);
	});
});

test("romond goes away and comes back: the page says so, and goes on by itself", { skip }, async () => {
	await on(30, {}, async ({ fake, page }) => {
		const was = await page.evaluate(() => JSON.stringify([...document.querySelector(".canvas canvas").painter.places].sort()));
		fake.away();
		await has(page, "romond is away, waiting.");
		fake.back();
		await until(async () => !(await text(page)).includes("waiting."), "the banner goes");
		assert.equal(await page.evaluate(() => JSON.stringify([...document.querySelector(".canvas canvas").painter.places].sort())), was);
		for (const response of fake.streams) response.destroy(); // and a connection that breaks
		await until(() => fake.streams.size === 1, "the stream is followed again");
	});
});

// A browser has six connections to one origin: with a stream for each window the seventh would wait for ever.
test("seven windows share one stream, and when the one that follows it is closed another goes on", { skip }, async () => {
	await on(40, {}, async ({ fake, page, url, context, wrong }) => {
		const pages = [page];
		for (let i = 1; i < 7; i++) {
			const more = await context.newPage();
			more.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
			await more.goto(url);
			pages.push(more);
		}
		const down = (p) => p.evaluate(() => Number(document.querySelectorAll(".counts b")[2]?.innerText ?? -1));
		const allTell = (n) => until(async () => (await Promise.all(pages.map(down))).every((d) => d === n), `${n} down in all windows`);
		const ids = [...fake.rows.values()].filter((r) => r.status === "ok").map((r) => r.id);
		const before = fake.counts().down;
		await allTell(before);
		assert.equal(fake.streams.size, 1);
		fake.set(ids[0], { status: "down" });
		await allTell(before + 1);
		await pages.shift().close();
		await until(() => fake.streams.size === 1, "another window follows");
		fake.set(ids[1], { status: "down" });
		await allTell(before + 2);
		fake.away();
		for (const p of pages) await has(p, "romond is away, waiting.");
		fake.back();
		for (const p of pages) await until(async () => !(await text(p)).includes("waiting."), "the banner goes");
		await pages[3].evaluate(() => (location.hash = "#/events"));
		await pages[4].evaluate(() => (location.hash = "#/events"));
		await until(() => fake.eventStreams.size === 1, "one stream of events");
		fake.event({ text: "told to two windows" });
		for (const p of [pages[3], pages[4]]) await has(p, "told to two windows");
		await Promise.all(pages.map((p) => p.close()));
		await until(() => fake.streams.size === 0, "nobody follows any more");
	});
});

test("names from the network are text everywhere, whatever they hold", { skip }, async () => {
	await on(30, { fakeOptions: { hostile: true } }, async ({ page, fake }) => {
		fake.event({ type: "node-up", id: mac(1), identity: HOSTILE[0], text: `${HOSTILE[0]} answers` });
		for (const hash of ["#/nodes", "#/events", "#/map/tree", `#/node/${mac(1)}`, `#/why/${mac(1)}`]) {
			await page.evaluate((h) => (location.hash = h), hash);
			await until(async () => (await text(page)).includes(HOSTILE[0]), `the name in ${hash}`);
			assert.equal(await page.evaluate(() => document.querySelectorAll("main img, main script, main iframe").length), 0);
		}
	});
});

test("the keyboard alone: from the login to a configuration that is confirmed", { skip }, async () => {
	const { fake, url, stop } = await startFake(20);
	const { context, page, wrong } = await open(browser, url);
	const press = async (...keys) => {
		for (const key of keys) await page.keyboard.press(key);
	};
	const focused = () => page.evaluate(() => document.activeElement.innerText || document.activeElement.getAttribute("aria-label") || document.activeElement.id);
	const tabTo = async (words) => {
		for (let i = 0; i < 80; i++) {
			if ((await focused()).trim() === words) return;
			await press("Tab");
		}
		assert.fail(`the keyboard does not reach ${words}`);
	};
	await until(() => page.evaluate(() => document.activeElement.name === "name"), "the name has the focus");
	await page.keyboard.type("ann");
	await press("Tab");
	await page.keyboard.type(PASSWORD);
	await press("Enter");
	await page.waitForSelector(".canvas canvas");
	await press("Alt+8");
	await has(page, "Change keys");
	await tabTo("config-key");
	await page.keyboard.type("ports.ether1.cost");
	await press("Tab", "Control+a");
	await page.keyboard.type("33");
	await press("Enter");
	await has(page, "To be changed");
	await tabTo("Apply on trial");
	await press("Enter");
	await has(page, "A configuration is on trial");
	assert.match(await page.evaluate(() => document.querySelector(".left").innerText), /^[01]:\d\d$/);
	assert.equal(fake.config.ports.ether1.cost, 33);
	await tabTo("Confirm");
	await press("Enter");
	await has(page, "Configuration confirmed");
	assert.equal(fake.trial, null);
	assert.equal(fake.config.ports.ether1.cost, 33);
	assert.deepEqual(wrong, []);
	await context.close();
	stop();
});

test("a trial is rolled back by hand, what romond refuses is said, and a reader has no buttons", { skip }, async () => {
	await on(10, { hash: "#/config" }, async ({ fake, page }) => {
		const apply = async (value) => {
			await page.fill("#config-key", "ports.ether2.cost");
			await page.fill('[aria-label="Change keys"] form label:nth-of-type(2) input', value);
			await page.click("text=Add to the changes");
			await page.click('[aria-label="Change keys"] .primary');
		};
		await page.waitForSelector("#config-key");
		await apply("70000");
		await has(page, "expected 1..65535, got 70000");
		await page.click("text=Drop");
		await apply("44");
		await has(page, "is on trial");
		await page.click("text=Roll back");
		await has(page, "Rolled back");
		fake.fileIssues = [{ line: 3, column: 35, level: "error", text: "ports.a.cost: expected 1..65535, got 70000" }, { line: 0, column: 0, level: "error", text: "of <b>all</b>" }];
		await page.click("text=Compare again");
		await has(page, "2 errors; the running configuration stays");
		await has(page, "line 3, column 35: ports.a.cost: expected 1..65535, got 70000");
		await has(page, "of <b>all</b>");
		assert.equal(await page.evaluate(() => document.body.innerText.includes("Apply the file on trial")), false);
		assert.equal(fake.config.ports.ether2.cost, 100);
		fake.user.group = "read";
		await page.reload();
		await has(page, "a user of the group write is needed");
		assert.equal(await page.evaluate(() => document.querySelectorAll(".primary").length), 0);
	});
});

test("the map by keys: along the tree, into a subtree, to the next trouble, to a node and a ping", { skip }, async () => {
	await on(300, {}, async ({ fake, page }) => {
		const side = () => page.evaluate(() => document.querySelector(".side h2")?.innerText ?? "");
		await page.focus(".canvas canvas");
		await page.keyboard.press("ArrowRight");
		await until(async () => (await side()) !== "", "a node is selected");
		const first = await side();
		await page.keyboard.press("ArrowDown");
		await until(async () => (await side()) !== first, "the next one");
		await page.keyboard.press("n");
		await until(async () => /late|down/.test(await page.evaluate(() => document.querySelector(".side .facts").innerText)), "one in trouble");
		await page.fill("#search", "core-001");
		await page.keyboard.press("Enter");
		await until(async () => (await side()).startsWith("core-") || (await side()) !== "", "the search goes there");
		await page.click("text=Ping now");
		await until(async () => /answered/.test(await page.evaluate(() => document.querySelector(".ping").innerText)), "the ping");
		assert.ok(fake.asked.some(({ command, args }) => command === "ping" && args.count === 10));
		await page.evaluate(() => (location.hash = "#/nodes"));
		await page.click("text=Discover now");
		await has(page, "300 nodes answered");
	});
});

test("what is copied is what is shown, by the clipboard and without one", { skip }, async () => {
	await on(20, { hash: `#/node/${mac(3)}` }, async ({ page, context }) => {
		await context.grantPermissions(["clipboard-read", "clipboard-write"]);
		await page.waitForSelector(".copy button");
		const shown = await page.evaluate(() => [...document.querySelectorAll(".copy code")].map((c) => c.innerText));
		assert.ok(shown.length >= 2 && shown.some((s) => s.startsWith("romonctl ssh ")), shown.join("; "));
		const buttons = await page.$$(".copy button");
		for (const [i, command] of shown.entries()) {
			await buttons[i].click();
			await until(() => page.evaluate((n) => document.querySelectorAll(".copy [role=status]")[n].innerText === "copied", i), "copied");
			assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
		}
		await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("not here"))));
		await buttons[0].click();
		await has(page, "marked: Ctrl+C");
		assert.equal(await page.evaluate(() => getSelection().toString()), shown[0]);
	});
});

test("who sends through a port is counted as long as somebody looks", { skip }, async () => {
	await on(20, { hash: "#/ports/ether1" }, async ({ fake, page }) => {
		const flows = () => page.evaluate(() => [...document.querySelectorAll(".torch tbody tr")].map((r) => r.innerText.replace(/\s+/g, " ")));
		await page.waitForSelector(".torch button");
		assert.equal(fake.torches, 0);
		await page.click(".torch button");
		const name = [...fake.rows.values()][0].identity;
		await until(async () => (await flows()).some((f) => f.startsWith(`in ${name} Data ssh 4.20 k`)), "the largest flow");
		assert.equal((await flows()).length, 4);
		await has(page, "4 flows in the last second");
		await page.click(".torch button");
		await until(() => fake.torches === 0, "it ends");
		await page.click(".torch button");
		await until(() => fake.torches === 1, "it begins anew");
		await page.evaluate(() => (location.hash = "#/map"));
		await until(() => fake.torches === 0, "it ends with the view");
		fake.user.group = "read";
		await page.reload();
		await page.evaluate(() => (location.hash = "#/ports/ether1"));
		await has(page, "1 neighbor");
		assert.equal(await page.evaluate(() => document.querySelectorAll(".torch").length), 0);
	});
});

test("36,000 changes leave the memory of the tab as it was", { skip }, async (t) => {
	await on(1000, {}, async ({ fake, page, context }) => {
		const cdp = await context.newCDPSession(page);
		const used = async () => {
			await cdp.send("HeapProfiler.collectGarbage");
			return (await cdp.send("Runtime.getHeapUsage")).usedSize / 2 ** 20;
		};
		const ids = [...fake.rows.keys()];
		const burst = async (n) => {
			for (let i = 0; i < n; i++) {
				fake.set(ids[i % ids.length], { status: i % 3 === 0 ? "down" : "ok" });
				if (i % 600 === 0) {
					fake.event({ text: `change ${i}` });
					await sleep(10);
				}
			}
			const { down } = fake.counts();
			await until(() => page.evaluate((d) => Number(document.querySelectorAll(".counts b")[2].innerText.replace(/\D/g, "")) === d, down), "all are shown");
		};
		await burst(3000);
		const before = await used();
		await burst(36000);
		const after36 = await used();
		t.diagnostic(`heap ${before.toFixed(1)} MiB, after 36,000 changes ${after36.toFixed(1)} MiB`);
		assert.ok(after36 < before + 3, `${before} MiB before, ${after36} MiB after`);
	});
});
