// SPDX-License-Identifier: BSD-3-Clause
// How ports sign and what their neighbors sign by: never a secret itself, which romond tells to nobody.
import { html } from "../lib/html.js";
import { to } from "../route.js";
import { Mark } from "../ui/icons.js";
import { usePoll } from "../ui/poll.js";

const ENTRIES = [1, 2, 3, 4];

// Of the neighbors of a port: by which entry of its list each signs.
function Progress({ r }) {
	const parts = [
		...ENTRIES.map((n) => [`entry ${n}`, r[`neighbors-entry-${n}`], `entry-${n}`]),
		["unsigned", r["neighbors-unsigned"], "unsigned"],
		["not heard yet", r["neighbors-unknown"], "unknown"],
	].filter(([, n]) => n > 0);
	const all = parts.reduce((sum, [, n]) => sum + n, 0);
	if (all === 0) return html`<span class="muted">no neighbors</span>`;
	return html`<div class="progress" role="img" aria-label=${parts.map(([name, n]) => `${n} ${name}`).join(", ")}>
			${parts.map(([name, n, kind]) => html`<i class=${kind} style=${{ flexGrow: n }} title=${`${n} ${name}`} />`)}
		</div>
		<span class="muted">${parts.map(([name, n]) => `${n} ${name}`).join(", ")}</span>`;
}

// How far a change of secrets is: who still signs by another entry than the first.
function rotation(r) {
	if (r.effective < 2) return "";
	const others = r["neighbors-entry-2"] + r["neighbors-entry-3"] + r["neighbors-entry-4"] + r["neighbors-unsigned"] + r["neighbors-unknown"];
	return others === 0 ? "all neighbors sign by the first: the others may go" : `${r["neighbors-entry-1"]} of ${r.neighbors} sign by the first`;
}

export function SecretsView() {
	const { data, why } = usePoll("secrets", {}, 2000);
	return html`<h1>Secrets</h1>
		<p class="hint">Which secrets there are is told to nobody, this page included. To change them without losing a frame: <code>romonctl secrets rotate</code></p>
		${why !== "" && html`<p class="alert" role="alert">${why}</p>`}
		<div class="scroll" tabindex="0" role="region" aria-label="Secrets of ports">
			<table class="secrets">
				<thead><tr><th scope="col">Port</th><th scope="col">Sends</th><th scope="col">Takes</th><th scope="col">Secrets</th><th scope="col">Neighbors sign by</th></tr></thead>
				<tbody>
					${(data ?? []).map(
						(r) => html`<tr>
							<th scope="row"><a href=${to("ports", r.port)}>${r.port}</a></th>
							<td><${Mark} status=${r.sends === "signed" ? "ok" : "warning"} word=${false} /> ${r.sends}</td>
							<td>${r["accepts-unsigned"] ? "unsigned too" : "signed only"}</td>
							<td>${r.effective === 0 ? "none" : `${r.effective} (${r.list === "port" ? "its own" : "of all ports"})`}</td>
							<td><${Progress} r=${r} /><br /><span>${rotation(r)}</span></td>
						</tr>`,
					)}
				</tbody>
			</table>
		</div>`;
}
