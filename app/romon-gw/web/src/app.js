// SPDX-License-Identifier: BSD-3-Clause
// The frame around the views: who we are, how the network is, where to go, and what is wrong with the data itself.
import { useEffect, useRef, useState } from "preact/hooks";
import { clock, duration, number } from "./lib/format.js";
import { html } from "./lib/html.js";
import { useSignal } from "./lib/signal.js";
import { gateway, logout, session } from "./net.js";
import { go, route, to } from "./route.js";
import { inventory, staleSince, status, tree } from "./store.js";
import { Help } from "./ui/help.js";
import { Icon, Mark } from "./ui/icons.js";
import { Search } from "./ui/search.js";
import { TrialBar } from "./ui/trial.js";
import { ConfigView } from "./views/config.js";
import { EventsView } from "./views/events.js";
import { LoginView } from "./views/login.js";
import { MapView } from "./views/map.js";
import { NodeView } from "./views/node.js";
import { NodesView } from "./views/nodes.js";
import { PortsView } from "./views/ports.js";
import { SecretsView } from "./views/secrets.js";
import { StreamsView } from "./views/streams.js";
import { WhyView } from "./views/why.js";

const views = {
	map: { title: "Map", icon: "map", View: MapView },
	nodes: { title: "Nodes", icon: "nodes", View: NodesView },
	ports: { title: "Ports", icon: "ports", View: PortsView },
	events: { title: "Events", icon: "events", View: EventsView },
	why: { title: "Why", icon: "why", View: WhyView },
	streams: { title: "Streams", icon: "streams", View: StreamsView },
	secrets: { title: "Secrets", icon: "secrets", View: SecretsView },
	config: { title: "Configuration", icon: "config", View: ConfigView },
};
const order = Object.keys(views);
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

// g and a letter, or Alt and a number: as in many consoles. ? tells all keys.
function useKeys(openHelp) {
	useEffect(() => {
		let isGo = false;
		const pressed = (event) => {
			if (event.ctrlKey || event.metaKey) return;
			if (event.altKey && event.key >= "1" && event.key <= String(order.length)) {
				event.preventDefault();
				go(order[Number(event.key) - 1]);
				return;
			}
			if (event.altKey || isTyping(event.target)) return;
			if (event.key === "/") {
				event.preventDefault();
				document.getElementById("search")?.focus();
			} else if (event.key === "?") openHelp(true);
			else if (isGo) {
				const view = order.find((name) => (name === "secrets" ? "k" : name[0]) === event.key);
				if (view !== undefined) go(view);
			}
			isGo = event.key === "g";
		};
		addEventListener("keydown", pressed);
		return () => removeEventListener("keydown", pressed);
	}, [openHelp]);
}

function Counts() {
	useSignal(inventory);
	const counts = tree.root?.counts;
	if (counts === undefined) return null;
	return html`<ul class="counts" aria-label="Nodes by status">
		${["ok", "late", "down"].map(
			(s) =>
				html`<li class=${counts[s] === 0 ? "none" : ""}>
					<a href=${to("nodes", s)}><${Mark} status=${s} word=${false} /> <b>${number(counts[s])}</b><span class="word"> ${s}</span></a>
				</li>`,
		)}
	</ul>`;
}

function Banner() {
	const since = useSignal(staleSince);
	const isGateway = useSignal(gateway);
	const [, tick] = useState(0);
	useEffect(() => {
		if (since === null) return undefined;
		const timer = setInterval(() => tick((n) => n + 1), 1000);
		return () => clearInterval(timer);
	}, [since]);
	if (since === null) return html`<div role="status"></div>`;
	return html`<div role="status" class="banner">
		<${Mark} status="warning" word=${false} />
		<span>
			<b>${isGateway ? "romond is away" : "romon-gw does not answer"}, waiting.</b>
			${` What you see is as of ${clock(since)}, ${duration((Date.now() - since) / 1000)} ago. It goes on by itself.`}
		</span>
	</div>`;
}

function Top({ openHelp }) {
	const s = useSignal(status);
	const who = useSignal(session);
	return html`<header class="top">
		<a class="brand" href=${to("map")} title="To the map">
			<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
				<path d="M6 12h6M12 12V6h6M12 12v6h6M12 12h6" fill="none" stroke="currentColor" stroke-width="1.6" />
				<circle cx="5" cy="12" r="2.6" /><circle cx="19" cy="6" r="2.2" /><circle cx="19" cy="12" r="2.2" /><circle cx="19" cy="18" r="2.2" />
			</svg>
			<span class="who"><b>${s?.identity || "romond"}</b> <code>${s?.id ?? ""}</code></span>
		</a>
		<${Counts} />
		<${Search} />
		<div class="account">
			<button class="quiet" onClick=${() => openHelp(true)} aria-label="Keys and signs" title="Keys and signs (?)">?</button>
			<span class="name" title=${`group ${who.group}`}><${Icon} name="user" /> ${who.name}</span>
			<button class="quiet" onClick=${logout}>Log out</button>
		</div>
	</header>`;
}

function Rail({ view }) {
	return html`<nav class="rail" aria-label="Views">
		${order.map(
			(name, i) =>
				html`<a href=${to(name)} aria-current=${name === view ? "page" : undefined} title=${`${views[name].title} (Alt+${i + 1})`}>
					<${Icon} name=${views[name].icon} /><span>${views[name].title}</span>
				</a>`,
		)}
	</nav>`;
}

function Page() {
	const { view, arg } = useSignal(route);
	const [isHelp, openHelp] = useState(false);
	const main = useRef(null);
	useKeys(openHelp);
	const isNode = view === "node";
	const { title, View } = isNode ? { title: "Node", View: NodeView } : (views[view] ?? views.map);
	const counts = tree.root?.counts;
	useSignal(inventory);
	useEffect(() => {
		document.title = `${counts?.down > 0 ? `(${counts.down} down) ` : ""}${title} · ${status.value?.identity ?? "romond"}`;
	});
	return html`
		<a class="skip" href="#main" onClick=${(e) => (e.preventDefault(), main.current.focus())}>To the content</a>
		<${Top} openHelp=${openHelp} />
		<${Rail} view=${isNode ? "nodes" : view} />
		<main id="main" tabindex="-1" ref=${main} class=${`view-${view}`}>
			<${Banner} />
			<${TrialBar} />
			<${View} arg=${arg} key=${isNode ? arg : view} />
		</main>
		${isHelp && html`<${Help} close=${() => openHelp(false)} />`}
	`;
}

export function App() {
	const who = useSignal(session);
	if (who === undefined) return html`<p class="wait" role="status">Asking romon-gw …</p>`;
	return who === null ? html`<${LoginView} />` : html`<${Page} />`;
}
