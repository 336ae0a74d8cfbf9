// SPDX-License-Identifier: BSD-3-Clause
// The picture of README.md, from a `romond --demo` with a `romon-gw --demo`: picture.mjs PASSWORD [URL]
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { launch, login, open, root } from "./chromium.mjs";

const [password, url = "http://127.0.0.1:8080/"] = process.argv.slice(2);
const browser = await launch();
const { page, wrong } = await open(browser, url, { width: 1380, height: 640 });
await login(page, "demo", password);
await page.waitForSelector(".canvas canvas");
await page.fill("#search", "cap-1");
await page.keyboard.press("Enter");
await page.fill("#search", "");
await page.click("text=Ping now");
await page.waitForSelector(".bars i:nth-child(10)");
await sleep(1000);
await page.screenshot({ path: join(root, "docs/img/demo-map.png") });
await browser.close();
if (wrong.length > 0) throw new Error(wrong.join("\n"));
