// SPDX-License-Identifier: BSD-3-Clause
// Stage 3: signatures. Nothing after this stage sees a frame that the port's secrets do not allow. In this
// build only the rules for unsigned frames exist: a signed frame cannot be verified and is dropped by name
// (docs/protocol.md section 7). Worker thread.
#include "dp_worker.h"

void dp_auth(struct dp_worker *w, struct dp_burst *b)
{
	uint64_t left = b->alive;

	// plain frames are unsigned and of one port: one question for all of them
	if (b->plain != 0) {
		const struct snap_port *port = &b->snap->ports[b->slot[__builtin_ctzll(b->plain)]];

		if (likely((port->auth & SNAP_ACCEPT_UNSIGNED) != 0))
			left &= ~b->plain;
	}
	DP_FOREACH_BIT (i, left) {
		if (unlikely(!wire_is_unsigned(b->romon[i])))
			dp_drop(w, b, i, DP_DROP_AUTH_UNKNOWN);
		else if (unlikely((b->snap->ports[b->slot[i]].auth & SNAP_ACCEPT_UNSIGNED) == 0))
			dp_drop(w, b, i, DP_DROP_AUTH_MISSING);
	}
}
