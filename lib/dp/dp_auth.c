// SPDX-License-Identifier: BSD-3-Clause
// Stage 3: signatures. Nothing after this stage sees a frame that the port's secrets do not allow, nor the
// auth bytes of one that they do (docs/protocol.md section 7). Worker thread.
#include "dp_worker.h"

void dp_auth(struct dp_worker *w, struct dp_burst *b)
{
	uint64_t left = b->alive;
	uint64_t to_verify = 0;

	// plain frames are unsigned and of one port: one question for all of them
	if (b->plain != 0) {
		const struct snap_port *port = &b->snap->ports[b->slot[__builtin_ctzll(b->plain)]];

		if (likely((port->auth & (SNAP_ACCEPT_UNSIGNED | SNAP_VERIFIES)) == SNAP_ACCEPT_UNSIGNED))
			left &= ~b->plain;
	}
	DP_FOREACH_BIT (i, left) {
		uint8_t auth = b->snap->ports[b->slot[i]].auth;

		if (unlikely((auth & SNAP_VERIFIES) != 0))
			to_verify |= 1ull << i;
		else if (unlikely(!wire_is_unsigned(b->romon[i])))
			dp_drop(w, b, i, DP_DROP_AUTH_UNKNOWN);
		else if (unlikely((auth & SNAP_ACCEPT_UNSIGNED) == 0))
			dp_drop(w, b, i, DP_DROP_AUTH_MISSING);
	}
	if (unlikely(to_verify != 0))
		dp_verify(w, b, to_verify);
}
