// SPDX-License-Identifier: BSD-3-Clause
// Of a long list only the rows that are seen are elements; a space above and below stands for the others.
import { useEffect, useRef, useState } from "preact/hooks";

const SPARE = 8;

// -> {ref of what scrolls, first, last, above, below, show(i)}
export function useWindow(n, height) {
	const ref = useRef(null);
	const [box, setBox] = useState({ top: 0, height: 800 });
	useEffect(() => {
		const element = ref.current;
		const look = () => setBox({ top: element.scrollTop, height: element.clientHeight });
		const observer = new ResizeObserver(look);
		observer.observe(element);
		element.addEventListener("scroll", look, { passive: true });
		look();
		return () => {
			observer.disconnect();
			element.removeEventListener("scroll", look);
		};
	}, []);
	const first = Math.max(0, Math.min(n, Math.floor(box.top / height) - SPARE));
	const last = Math.min(n, Math.ceil((box.top + box.height) / height) + SPARE);
	const show = (i, head = 0) => {
		const element = ref.current;
		const [top, bottom] = [i * height, (i + 1) * height];
		if (top < element.scrollTop) element.scrollTop = top;
		else if (bottom + head > element.scrollTop + element.clientHeight) element.scrollTop = bottom + head - element.clientHeight;
	};
	return { ref, first, last, above: first * height, below: Math.max(0, (n - last) * height), show };
}
