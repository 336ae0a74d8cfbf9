// SPDX-License-Identifier: BSD-3-Clause
// What `why` found: how bad, what it is, what to do.
import { duration, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Mark } from "./icons.js";

export function Findings({ findings, title }) {
	if (findings.length === 0) return null;
	return html`<section class="findings">
		${title && html`<h3>${title}</h3>`}
		<ul>
			${findings.map(
				(f) => html`<li class=${f.level}>
					<${Mark} status=${f.level} />
					<div>
						<p class="cause">${f.cause}${f.count > 0 ? html` <span class="muted">${number(f.count)} frames${f["age-ms"] === null ? "" : `, the last ${duration(f["age-ms"] / 1000)} ago`}</span>` : ""}</p>
						${f.mend && f.level !== "ok" && html`<p class="mend">${f.mend}</p>`}
					</div>
				</li>`,
			)}
		</ul>
	</section>`;
}
