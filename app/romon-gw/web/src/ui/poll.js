// SPDX-License-Identifier: BSD-3-Clause
// A command that is asked again as long as its view is shown: {data, why, issues, again()}.
// data: the last answer, null = none yet; issues: what is wrong with a configuration, where that is why.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../net.js";

export function usePoll(command, args, ms) {
	const [state, set] = useState({ data: null, why: "", issues: [] });
	const key = `${command} ${JSON.stringify(args ?? {})}`;
	const again = useRef(() => {});
	useEffect(() => {
		const abort = new AbortController();
		let timer = 0;
		const look = async () => {
			clearTimeout(timer);
			try {
				const data = await ask(command, args ?? {}, abort.signal);
				set({ data, why: "", issues: [] });
			} catch (error) {
				if (abort.signal.aborted) return;
				set(({ data }) => ({ data, why: error.message, issues: error.body?.issues ?? [] }));
			}
			if (!abort.signal.aborted && ms > 0) timer = setTimeout(look, ms);
		};
		again.current = look;
		set({ data: null, why: "", issues: [] });
		look();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [key, ms]);
	return { ...state, again: useCallback(() => again.current(), []) };
}
