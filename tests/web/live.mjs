// SPDX-License-Identifier: BSD-3-Clause
// Looks at the page of a real romon-gw, for tests/netns/gateway_page.py: live.mjs URL NAME PASSWORD NODE. Writes a line of
// JSON whenever what is on screen changes: {at: ms, sign: of that node on the map: "ok" or "down" by its pixel, banner,
// places: of all nodes, wrong: what must not have happened}. Ends with its standard input.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { launch, login, open } from "./chromium.mjs";

const [url, name, password, node] = process.argv.slice(2);
const browser = await launch();
const { page, wrong } = await open(browser, url);
let isOver = false;
process.stdin.on("end", () => (isOver = true)).resume();
await login(page, name, password);

const look = () =>
	page.evaluate((id) => {
		const canvas = document.querySelector(".canvas canvas");
		const banner = document.querySelector(".banner b")?.innerText ?? "";
		const at = canvas?.painter?.places.get(id);
		if (at === undefined) return { sign: "none", banner, places: "" };
		const { places, stage } = canvas.painter;
		const ratio = canvas.width / stage.width;
		const x = (at.x * 264 + 12) * stage.view.k + stage.view.x;
		const y = at.y * 26 * stage.view.k + stage.view.y;
		const [red, green] = canvas.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
		const sign = red > 200 && green < 140 ? "down" : red > 200 ? "late" : "ok";
		return { sign, banner, places: JSON.stringify([...places].sort()) };
	}, node);

let last = "";
while (!isOver) {
	const seen = await look();
	seen.places = createHash("sha256").update(seen.places).digest("hex").slice(0, 8);
	seen.wrong = wrong;
	const text = JSON.stringify(seen);
	if (text !== last) console.log(JSON.stringify({ at: Date.now(), ...seen }));
	last = text;
	await sleep(20);
}
await browser.close();
