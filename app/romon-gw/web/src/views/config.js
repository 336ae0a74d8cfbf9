// SPDX-License-Identifier: BSD-3-Clause
// The configuration: what is in force, what the file would change, and changes of single keys. All are put in force on
// trial: without a confirmation in time the configuration before comes back, also when the change cut us off.
import { useEffect, useState } from "preact/hooks";
import { clock } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useSignal } from "../lib/signal.js";
import { flat, valueOf, valueText } from "../model/config.js";
import { ask } from "../net.js";
import { refresh, status } from "../store.js";
import { Mark } from "../ui/icons.js";
import { usePoll } from "../ui/poll.js";
import { leftMs, mayWrite } from "../ui/trial.js";

const TRIALS = { "30 s": 30000, "1 min": 60000, "5 min": 300000, "30 min": 1800000 };

function Changes({ changes, title }) {
	if (changes.length === 0) return null;
	return html`<table class="diff">
		<caption>${title}</caption>
		<thead><tr><th scope="col">Key</th><th scope="col">Before</th><th scope="col">After</th><th scope="col">Takes effect</th></tr></thead>
		<tbody>
			${changes.map(
				(c) => html`<tr><th scope="row"><code>${c.key}</code></th><td class="before">${c.before || "–"}</td><td class="after">${c.after || "–"}</td><td>${c.reload ?? ""}</td></tr>`,
			)}
		</tbody>
	</table>`;
}

function Issues({ issues }) {
	if (!issues?.length) return null;
	return html`<ul class="issues">${issues.map((i) => html`<li><${Mark} status=${i.level} /> ${i.line > 0 ? `line ${i.line}, column ${i.column}: ` : ""}${i.text}</li>`)}</ul>`;
}

// Changes of single keys, gathered, then put in force together.
function Edit({ known, apply, isBusy }) {
	const [staged, stage] = useState([]);
	const [key, setKey] = useState("");
	const [value, setValue] = useState("");
	const before = known.get(key);
	const add = (event) => {
		event.preventDefault();
		stage([...staged.filter((s) => s.key !== key), { key, before: valueText(before), after: value }]);
		setKey("");
		setValue("");
	};
	const put = async () => {
		const values = Object.fromEntries(staged.map((s) => [s.key, valueOf(s.after)]));
		if (await apply("config-set", { values })) stage([]);
	};
	return html`<section aria-label="Change keys">
		<h2>Change keys</h2>
		<form class="tools" onSubmit=${add}>
			<label>Key <input id="config-key" list="config-keys" required value=${key} onInput=${(e) => (setKey(e.target.value), known.has(e.target.value) && setValue(valueText(known.get(e.target.value))))} spellcheck=${false} autocomplete="off" /></label>
			<datalist id="config-keys">${[...known.keys()].map((k) => html`<option value=${k} />`)}</datalist>
			<label>Value <input value=${value} onInput=${(e) => setValue(e.target.value)} spellcheck=${false} autocomplete="off" /></label>
			<button>Add to the changes</button>
		</form>
		<${Changes} changes=${staged} title="To be changed" />
		${staged.length > 0 &&
		html`<div class="tools"><button class="primary" disabled=${isBusy} onClick=${put}>Apply on trial</button><button onClick=${() => stage([])}>Drop</button></div>`}
	</section>`;
}

function FileDiff({ apply, isBusy }) {
	const { data, why, issues, again } = usePoll("config-diff", {}, 0);
	const s = useSignal(status);
	useEffect(() => {
		again();
	}, [s?.generation, s?.["differing-keys"]]);
	return html`<section aria-label="The file">
		<h2>The file ${s === null ? "" : html`<code>${s["config-file"]}</code>`}</h2>
		${why !== "" && html`<p class="alert" role="alert">${why}</p><${Issues} issues=${issues} />`}
		${data !== null &&
		why === "" &&
		html`<${Issues} issues=${data.issues} />
			${data.changes.length === 0
				? html`<p class="muted">It holds what is in force. Edit it on the machine, and what it would change stands here.</p>`
				: html`<${Changes} changes=${data.changes} title="It would change" />
						<div class="tools"><button class="primary" disabled=${isBusy} onClick=${() => apply("config-apply", {})}>Apply the file on trial</button></div>`}`}
		<p><button onClick=${again}>Compare again</button></p>
	</section>`;
}

export function ConfigView() {
	const s = useSignal(status);
	const { data, again, why } = usePoll("config-show", {}, 0);
	const [trial, setTrial] = useState("1 min");
	const [said, say] = useState({ text: "", issues: [] });
	const [isBusy, setBusy] = useState(false);
	useEffect(() => {
		again();
	}, [s?.generation]);
	const known = new Map(data === null ? [] : flat(data.config));
	const isTrial = leftMs(s) !== null;
	useEffect(() => {
		if (!isTrial) say(({ text, issues }) => (text.startsWith("On trial") ? { text: "", issues: [] } : { text, issues }));
	}, [isTrial]);
	const apply = async (command, args) => {
		setBusy(true);
		try {
			const done = await ask(command, { ...args, "confirm-within-ms": TRIALS[trial] });
			say({ text: `On trial: ${done.changes.length} ${done.changes.length === 1 ? "key has" : "keys have"} another value. Confirm above, or it goes back by itself.`, issues: done.issues });
			await refresh();
			return true;
		} catch (error) {
			say({ text: error.message, issues: error.body?.issues ?? [] });
			return false;
		} finally {
			setBusy(false);
		}
	};
	return html`<h1>Configuration</h1>
		${s !== null &&
		html`<p class="hint">Generation ${s.generation}, in force since ${clock(s.loaded)}${s["config-source"].by === null ? "" : `, applied by ${s["config-source"].by}`}${s.overlay.edits > 0 ? `; ${s.overlay.edits === 1 ? "one edit stands" : `${s.overlay.edits} edits stand`} above the file` : ""}${s["differs-from-file"] ? "; a restart would bring other values" : ""}.</p>`}
		<p role="status">${said.text}</p>
		<${Issues} issues=${said.issues} />
		${mayWrite()
			? html`<label class="within">A trial lasts <select value=${trial} onChange=${(e) => setTrial(e.target.value)}>${Object.keys(TRIALS).map((t) => html`<option value=${t}>${t}</option>`)}</select></label>
					<div class="columns two"><${Edit} known=${known} apply=${apply} isBusy=${isBusy || isTrial} /><${FileDiff} apply=${apply} isBusy=${isBusy || isTrial} /></div>`
			: html`<p class="hint">To change it, a user of the group write is needed.</p>`}
		<section aria-label="In force">
			<h2>In force</h2>
			${why !== "" && html`<p class="alert">${why}</p>`}
			<pre class="yaml" tabindex="0">${data?.text ?? ""}</pre>
		</section>`;
}

