// SPDX-License-Identifier: BSD-3-Clause
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { render } from "preact";
import { App } from "./app.js";
import { html } from "./lib/html.js";
import { whoami } from "./net.js";
import { live } from "./store.js";

live();
whoami();
render(html`<${App} />`, document.getElementById("page"));
