// SPDX-License-Identifier: BSD-3-Clause
// Handing frames up to control, policed by class. Worker thread; the mbuf is control's afterwards.
#include <rte_memcpy.h>

#include "dp_worker.h"

static bool hand_up(
	struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum xchg_punt_class class, uint8_t reason)
{
	xchg_mark(m, slot, (uint8_t) class, reason);
	xchg_stamp(m, w->burst.now_tsc);
	if (rte_ring_sp_enqueue(w->channel->punts, m) != 0)
		return false;
	dp_count(&w->counters.punts, 1);
	return true;
}

void dp_punt_original(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum xchg_punt_class class)
{
	uint8_t slot = b->slot[i];

	if (base_bucket_take(&w->punt[class], &b->snap->punt, b->now_tsc, 1) == 0) {
		dp_drop(w, b, i, DP_DROP_RATE_PUNT);
		return;
	}
	if (!hand_up(w, b->m[i], slot, class, 0)) {
		dp_drop(w, b, i, DP_DROP_PUNT_FULL);
		return;
	}
	b->alive &= ~(1ull << i);
	dp_count(&w->ports[slot].delivered, 1);
}

static bool discover_is_allowed(struct dp_worker *w, uint8_t slot)
{
	return base_bucket_take(&w->punt_discover[slot], &w->snap->punt, w->burst.now_tsc, 1) == 1;
}

bool dp_punt_discover(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason)
{
	if (!discover_is_allowed(w, slot))
		return false;
	if (hand_up(w, m, slot, XCHG_PUNT_DISCOVER, (uint8_t)reason))
		return true;
	dp_count(&w->counters.punts_lost, 1);
	return false;
}

void dp_punt_discover_copy(struct dp_worker *w, const struct dp_burst *b, uint32_t i)
{
	uint8_t slot = b->slot[i];
	uint32_t len = b->m[i]->data_len;

	if (!discover_is_allowed(w, slot))
		return;
	struct rte_mbuf *copy = rte_pktmbuf_alloc(w->pool);
	if (copy == NULL) {
		dp_count(&w->counters.no_mbuf, 1);
		return;
	}
	if (rte_pktmbuf_tailroom(copy) < len) {
		dp_drop_unused(w, copy);
		return;
	}
	copy->data_len = (uint16_t)len;
	copy->pkt_len = len;
	rte_memcpy(dp_eth(copy), dp_eth(b->m[i]), len);
	if (hand_up(w, copy, slot, XCHG_PUNT_DISCOVER, 0))
		return;
	dp_count(&w->counters.punts_lost, 1);
	dp_drop_unused(w, copy);
}

bool dp_punt_sample(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason)
{
	if (base_bucket_take(&w->bad_sample[slot], &w->snap->bad_sample, w->burst.now_tsc, 1) == 0)
		return false;
	if (hand_up(w, m, slot, XCHG_PUNT_BAD, (uint8_t)reason))
		return true;
	dp_count(&w->counters.punts_lost, 1);
	return false;
}
