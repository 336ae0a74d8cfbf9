// SPDX-License-Identifier: BSD-3-Clause
import { useState } from "preact/hooks";
import { duration, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { nameOf } from "../model/tree.js";
import { go, to } from "../route.js";
import { inventory, nodes, ports, tree } from "../store.js";
import { Findings } from "../ui/findings.js";
import { Mark } from "../ui/icons.js";
import { usePoll } from "../ui/poll.js";

const WHY_MS = 3000;
const SUGGESTED = 500;

function PortWhy({ w }) {
	return html`<section class="card" aria-label=${`Port ${w.port}`}>
		<h2><${Mark} status=${w.state} word=${false} /> <a href=${to("ports", w.port)}>${w.port}</a> <span class="muted">${w.state}, ${w.mode}</span></h2>
		<p class="muted">
			${number(w["rx-frames"])} frames received${w["rx-age-ms"] === null ? "" : `, the last ${duration(w["rx-age-ms"] / 1000)} ago`}${w.types.length > 0 ? `: ${w.types.map((t) => `${t.type} ${number(t.count)}`).join(", ")}` : ""}
		</p>
		<${Findings} findings=${w.findings} />
		<${Findings} findings=${w.earlier} title="Earlier, not now" />
		${w["last-bad"] !== null &&
		html`<details><summary>The last bad frame: ${w["last-bad"].reason}, ${duration(w["last-bad"]["age-ms"] / 1000)} ago, ${w["last-bad"].length} bytes</summary>
			<pre tabindex="0">${w["last-bad"].hex}</pre>
			<ul>${w["last-bad"].decoded.map((line) => html`<li>${line}</li>`)}</ul></details>`}
	</section>`;
}

function NodeWhy({ w }) {
	const item = tree.items.get(w.id);
	return html`<section class="card" aria-label=${`Node ${w.id}`}>
		<h2>${w.node !== null && html`<${Mark} status=${w.node.status} word=${false} />`} <a href=${to("node", w.id)}>${item === undefined ? w.id : nameOf(item)}</a> ${w["is-self"] ? "(this node)" : ""}</h2>
		<ol class="stations" aria-label="The way to it">
			${w.path.map((s) => html`<li class=${w["stops-at"] === s.id ? "stops" : ""}><${Mark} status=${s.status} word=${false} /> ${s.identity || s.id}${w["stops-at"] === s.id ? " – the way ends here" : ""}</li>`)}
		</ol>
		${w["size-max-bytes"] !== null && html`<p class="muted">A ping of up to ${w["size-max-bytes"]} bytes fits its path.</p>`}
		<${Findings} findings=${w.findings} />
	</section>`;
}

export function WhyView({ arg }) {
	useSignal(inventory);
	const names = useSignal(ports).map((p) => p.name);
	const [text, setText] = useState(arg ?? "");
	const { data, why } = usePoll("why", arg === null ? {} : { what: arg }, WHY_MS);
	const submit = (event) => {
		event.preventDefault();
		location.hash = text.trim() === "" ? "#/why" : to("why", text.trim());
	};
	return html`<h1>Why</h1>
		<form class="tools" onSubmit=${submit} aria-label="What to explain">
			<label>Port or node <input list="why-names" value=${text} onInput=${(e) => setText(e.target.value)} placeholder="all ports" spellcheck=${false} /></label>
			<datalist id="why-names">
				${names.map((n) => html`<option value=${n} />`)}${[...nodes.rows.values()].slice(0, SUGGESTED).map((r) => html`<option value=${r.identity || r.id} />`)}
			</datalist>
			<button class="primary">Explain</button>
			${arg !== null && html`<button type="button" onClick=${() => (setText(""), go("why"))}>All ports</button>`}
		</form>
		${why !== "" && html`<p class="alert" role="alert">${why}</p>`}
		${data === null && why === "" && html`<p class="muted" role="status">Looking …</p>`}
		<div class="cards">${(data ?? []).map((w) => (w.port !== undefined ? html`<${PortWhy} w=${w} />` : html`<${NodeWhy} w=${w} />`))}</div>`;
}
