// SPDX-License-Identifier: BSD-3-Clause
// The sign of a status: a shape of its own each, since not everybody sees the colours. Adds to the path of a canvas.
export function mark(path, status, x, y, r) {
	if (status === "ok") {
		path.moveTo(x + r, y);
		path.arc(x, y, r, 0, 2 * Math.PI);
	} else if (status === "late") {
		path.moveTo(x, y - r * 1.15);
		path.lineTo(x + r * 1.15, y + r * 0.85);
		path.lineTo(x - r * 1.15, y + r * 0.85);
		path.closePath();
	} else {
		path.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
	}
}
