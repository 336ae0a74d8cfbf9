// SPDX-License-Identifier: BSD-3-Clause
// A canvas that can be moved and scaled: pointers, wheel, device pixels, and frames only when something is to be drawn.
const SCALE_LEAST = 0.02;
const SCALE_MOST = 2.5;
const CLICK_PX = 4;

export class Stage {
	view = { x: 0, y: 0, k: 1 };
	width = 0;
	height = 0;
	frames = 0; // drawn
	scriptMs = 0; // spent in drawing them: what tests/web holds

	#canvas;
	#ctx;
	#paint;
	#frame = 0;
	#ends = [];

	// paint(ctx, stage, now) -> whether another frame is needed. on: {click(x, y), hover(x, y), resize()}, in the
	// units of the map.
	constructor(canvas, paint, on) {
		this.#canvas = canvas;
		this.#ctx = canvas.getContext("2d", { alpha: false });
		this.#paint = paint;
		const observer = new ResizeObserver(() => {
			this.#resize();
			on.resize?.();
		});
		observer.observe(canvas);
		this.#ends.push(() => observer.disconnect());
		this.#pointers(on);
		this.#resize();
	}

	end() {
		cancelAnimationFrame(this.#frame);
		for (const end of this.#ends) end();
	}

	draw() {
		if (this.#frame !== 0) return;
		this.#frame = requestAnimationFrame((now) => {
			this.#frame = 0;
			this.drawNow(now);
		});
	}

	drawNow(now) {
		if (this.width === 0) return;
		const start = performance.now();
		const more = this.#paint(this.#ctx, this, now);
		this.scriptMs += performance.now() - start;
		this.frames++;
		if (more) this.draw();
	}

	move(dx, dy) {
		this.view.x += dx;
		this.view.y += dy;
		this.draw();
	}

	// Around a point of the canvas, the middle if none is given.
	zoom(factor, px = this.width / 2, py = this.height / 2) {
		const v = this.view;
		const k = Math.min(SCALE_MOST, Math.max(SCALE_LEAST, v.k * factor));
		v.x = px - ((px - v.x) * k) / v.k;
		v.y = py - ((py - v.y) * k) / v.k;
		v.k = k;
		this.draw();
	}

	// Point (x, y) of the map to (px, py) of the canvas.
	put(x, y, px, py) {
		this.view.x = px - x * this.view.k;
		this.view.y = py - y * this.view.k;
		this.draw();
	}

	// Move as little as is needed for that box of the map to be seen.
	show(left, top, right, bottom, margin = 24) {
		const v = this.view;
		const [l, t, r, b] = [left * v.k + v.x, top * v.k + v.y, right * v.k + v.x, bottom * v.k + v.y];
		const dx = l < margin ? margin - l : r > this.width - margin ? Math.max(margin - l, this.width - margin - r) : 0;
		const dy = t < margin ? margin - t : b > this.height - margin ? Math.max(margin - t, this.height - margin - b) : 0;
		if (dx !== 0 || dy !== 0) this.move(dx, dy);
	}

	#resize() {
		const { clientWidth, clientHeight } = this.#canvas;
		const dense = devicePixelRatio || 1;
		this.width = clientWidth;
		this.height = clientHeight;
		this.#canvas.width = Math.round(clientWidth * dense);
		this.#canvas.height = Math.round(clientHeight * dense);
		this.#ctx.setTransform(dense, 0, 0, dense, 0, 0);
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		this.drawNow(performance.now()); // a canvas is empty when its size changes
	}

	#at(event) {
		const box = this.#canvas.getBoundingClientRect();
		return [event.clientX - box.left, event.clientY - box.top];
	}

	#toMap(px, py) {
		return [(px - this.view.x) / this.view.k, (py - this.view.y) / this.view.k];
	}

	#listen(name, listener, options) {
		this.#canvas.addEventListener(name, listener, options);
		this.#ends.push(() => this.#canvas.removeEventListener(name, listener, options));
	}

	#pointers(on) {
		const down = new Map(); // of each finger: where it is
		let far = 0;
		this.#listen("pointerdown", (event) => {
			this.#canvas.setPointerCapture(event.pointerId);
			down.set(event.pointerId, this.#at(event));
			if (down.size === 1) far = 0;
		});
		this.#listen("pointermove", (event) => {
			const at = this.#at(event);
			const was = down.get(event.pointerId);
			if (was === undefined) {
				on.hover?.(...this.#toMap(...at), ...at);
				return;
			}
			if (down.size === 2) {
				const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
				const spread = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
				if (spread(was) > 0) this.zoom(spread(at) / spread(was), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
				far = CLICK_PX + 1;
			} else {
				far += Math.abs(at[0] - was[0]) + Math.abs(at[1] - was[1]);
				if (far > CLICK_PX) this.move(at[0] - was[0], at[1] - was[1]);
			}
			down.set(event.pointerId, at);
		});
		const up = (event) => {
			const at = down.get(event.pointerId);
			down.delete(event.pointerId);
			if (at !== undefined && event.type === "pointerup" && far <= CLICK_PX) on.click?.(...this.#toMap(...at));
		};
		this.#listen("pointerup", up);
		this.#listen("pointercancel", up);
		this.#listen("pointerleave", () => on.hover?.(NaN, NaN));
		this.#listen(
			"wheel",
			(event) => {
				event.preventDefault();
				const unit = event.deltaMode === 1 ? 16 : 1;
				if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY * unit * 0.006), ...this.#at(event));
				else if (event.shiftKey && event.deltaX === 0) this.move(-event.deltaY * unit, 0);
				else this.move(-event.deltaX * unit, -event.deltaY * unit);
			},
			{ passive: false },
		);
	}
}
