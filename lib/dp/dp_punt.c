// SPDX-License-Identifier: BSD-3-Clause
// Handing frames up to control, policed by ingress port and class: whoever floods one port takes nothing from
// the others, and what can be asked for again goes before what cannot. Worker thread; the mbuf is control's
// afterwards.
#include <rte_memcpy.h>

#include "dp_worker.h"

// Places of the ring that a class leaves to those that matter more, in eighths; a port may hold half of them.
static const uint8_t leaves[XCHG_N_PUNTS] = {
	[XCHG_PUNT_BAD] = 5,
	[XCHG_PUNT_DISCOVER] = 4,
	[XCHG_PUNT_RESP] = 2,
	[XCHG_PUNT_DATA] = 1,
	[XCHG_PUNT_HELLO] = 0,
};

// A worker that had a turn without frames so lately has time to spare.
#define SPARE_MS 1

// What a port may always hold there, while the ring is not full.
#define ALWAYS 16

static inline bool has_room(const struct dp_worker *w, uint8_t slot, enum xchg_punt_class class)
{
	const struct rte_ring *ring = w->channel->punts;
	uint32_t n_waiting = xchg_punts_waiting(w->channel, slot);

	if (likely(n_waiting < ALWAYS))
		return true;
	uint32_t capacity = rte_ring_get_capacity(ring);
	return n_waiting * 2 < capacity && rte_ring_free_count(ring) * 8 > capacity * leaves[class];
}

static bool hand_up(
	struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum xchg_punt_class class, uint8_t reason)
{
	if (!has_room(w, slot, class))
		return false;
	xchg_mark(m, slot, (uint8_t) class, reason);
	xchg_stamp(m, w->burst.now_tsc);
	if (!xchg_punt_post(w->channel, m))
		return false;
	dp_count(&w->counters.punts, 1);
	return true;
}

// Data for this node is most often a stream, which takes what it gets: as much as forwarding leaves over. One
// bucket, whose tokens cost more while the worker has no time to spare (docs/decisions/0108).
static const struct base_bucket_rate *rate_of(
	const struct dp_worker *w, const struct dp_burst *b, enum xchg_punt_class class)
{
	bool has_spare = b->now_tsc - w->idle_at_tsc < w->tsc_per_ms * SPARE_MS;

	return class == XCHG_PUNT_DATA && has_spare ? &b->snap->punt_spare : &b->snap->punt;
}

void dp_punt_original(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum xchg_punt_class class)
{
	uint8_t slot = b->slot[i];

	if (base_bucket_take(&w->punt[slot][class], rate_of(w, b, class), b->now_tsc, 1) == 0) {
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
	return base_bucket_take(&w->punt[slot][XCHG_PUNT_DISCOVER], &w->snap->punt, w->burst.now_tsc, 1) == 1;
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
	struct rte_mbuf *copy = dp_may_copy(w) ? rte_pktmbuf_alloc(w->pool) : NULL;
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
	struct base_bucket *bucket = &w->sample[slot][dp_reason_sample(reason)];

	if (base_bucket_take(bucket, &w->snap->bad_sample, w->burst.now_tsc, 1) == 0)
		return false;
	if (hand_up(w, m, slot, XCHG_PUNT_BAD, (uint8_t)reason))
		return true;
	dp_count(&w->counters.punts_lost, 1);
	return false;
}
