// SPDX-License-Identifier: BSD-3-Clause
// Lines over time, by uPlot.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { onTheme, theme } from "../draw/theme.js";
import { html } from "../lib/html.js";

const WINDOW_S = 300;
const LEAST_S = 60; // of what there is, as long as that is little

// lines: [{label, values, color of the theme, format}], with times in seconds.
export function Chart({ title, times, lines, format, height = 150 }) {
	const box = useRef(null);
	const plot = useRef(null);
	const data = [times, ...lines.map((l) => l.values)];
	useEffect(() => {
		const make = () => {
			plot.current?.destroy();
			plot.current = new uPlot(options(title, lines, format, box.current.clientWidth, height), data, box.current);
		};
		make();
		const observer = new ResizeObserver(() => box.current !== null && plot.current?.setSize({ width: box.current.clientWidth, height }));
		observer.observe(box.current);
		const end = onTheme(make);
		return () => {
			observer.disconnect();
			end();
			plot.current.destroy();
			plot.current = null;
		};
	}, [title]);
	useEffect(() => plot.current?.setData(data));
	const last = lines.map((l) => `${l.label} ${format(l.values.at(-1) ?? null)}`).join(", ");
	return html`<figure class="chart">
		<figcaption>${title}
			<span class="legend">${lines.map((l) => html`<span class=${`key ${l.color}`}><i class=${l.dash ? "dash" : ""} /> ${l.label} <b>${format(l.values.at(-1) ?? null)}</b></span>`)}</span>
		</figcaption>
		<div ref=${box} role="img" aria-label=${`${title}: ${last}`}></div>
	</figure>`;
}

function timeOf(seconds) {
	const at = new Date(seconds * 1000).toTimeString();
	return at.slice(6, 8) === "00" ? at.slice(0, 5) : at.slice(0, 8);
}

function options(title, lines, format, width, height) {
	const c = theme();
	const axis = { stroke: c.muted, font: `11px ${c.font}`, grid: { stroke: c.line, width: 1 }, ticks: { show: false } };
	return {
		width,
		height,
		legend: { show: false },
		cursor: { y: false, points: { size: 5 } },
		padding: [8, 24, 0, 0],
		scales: { x: { range: (_, first, last) => [last - Math.min(Math.max(last - first, LEAST_S), WINDOW_S), last] }, y: { range: (_, least, most) => [0, Math.max(most ?? 0, 1) * 1.1] } },
		axes: [
			{ ...axis, size: 24, values: (_, ticks) => ticks.map(timeOf) },
			{ ...axis, size: 64, values: (_, ticks) => ticks.map((t) => format(t)) },
		],
		series: [{}, ...lines.map((l) => ({ label: l.label, stroke: c[l.color], width: 1.5, dash: l.dash, points: { show: false } }))],
	};
}
