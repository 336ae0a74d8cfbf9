// SPDX-License-Identifier: BSD-3-Clause
// Templates: html`<b>${text}</b>` makes elements. Text is put in as text nodes, never parsed.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
