// SPDX-License-Identifier: BSD-3-Clause
// A word for a shell: names come from the network, and are pasted into terminals. Pure.
export function quoted(word) {
	return /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
