// SPDX-License-Identifier: BSD-3-Clause
// Makes dist/ out of src/: node build.mjs NODE_MODULES [OUT]. NODE_MODULES is where `npm ci` of package-lock.json put
// the packages (app/romon-gw/web/install puts them into build/web). The same input gives the same bytes.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = resolve(process.argv[2] ?? join(here, "../../../build/web/node_modules"));
const out = resolve(process.argv[3] ?? join(here, "dist"));
const esbuild = createRequire(join(modules, "x.js"))("esbuild");

const bundled = ["d3-hierarchy", "htm", "preact", "uplot"];

esbuild.buildSync({
	absWorkingDir: here,
	entryPoints: { app: "src/main.js" },
	outdir: out,
	bundle: true,
	minify: true,
	format: "esm",
	target: ["chrome109", "firefox115", "safari16.4"],
	nodePaths: [modules],
	legalComments: "none",
	banner: { js: "// SPDX-License-Identifier: BSD-3-Clause\n// Made by build.mjs out of src; LICENSES.txt is of what it holds besides" },
	charset: "utf8",
	logLevel: "warning",
});
mkdirSync(out, { recursive: true });
for (const name of ["index.html", "icon.svg"]) copyFileSync(join(here, "src", name), join(out, name));

const licenses = bundled.map((name) => {
	const { version, license } = JSON.parse(readFileSync(join(modules, name, "package.json")));
	const text = readFileSync(join(modules, name, "LICENSE"), "utf8").trim();
	return `${name} ${version} (${license})\n\n${text}\n`;
});
const rule = `\n${"-".repeat(78)}\n\n`;
writeFileSync(join(dirname(out), "LICENSES.txt"), `What dist/app.js and dist/app.css hold besides our own sources.\n${rule}${licenses.join(rule)}`);
