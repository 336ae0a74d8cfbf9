// SPDX-License-Identifier: BSD-3-Clause
// Stage 1: poll one queue. Frames in several segments are made one, so that later stages see flat bytes.
// Worker thread.
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "dp_worker.h"

#define DP_TAG_BESIDE (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED)

// A tag that stands beside the frame (the device took it out, or the kernel kept it apart) goes back into it:
// a frame of a VLAN must never be taken for an untagged one. Returns the frames of which it cannot.
static __attribute__((noinline)) uint64_t tags_restore(struct dp_burst *b, uint32_t n)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t flags = b->m[i]->ol_flags;

		if ((flags & DP_TAG_BESIDE) == 0)
			continue;
		if ((flags & RTE_MBUF_F_RX_QINQ_STRIPPED) != 0 || rte_vlan_insert(&b->m[i]) != 0)
			lost |= 1ull << i;
	}
	return lost;
}

static void flatten(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	if (rte_pktmbuf_linearize(b->m[i]) == 0)
		return;
	b->alive &= ~(1ull << i);
	dp_drop_unseen(w, b->dev, b->m[i], DP_DROP_TOO_LONG);
}

uint32_t dp_rx(struct dp_worker *w, struct dp_burst *b, const struct snap_rxq *rxq)
{
	uint16_t n_max = unlikely(rxq->is_dispatched) ? w->dispatch_len : w->burst_len;
	uint32_t n = rte_eth_rx_burst(rxq->ethdev_id, rxq->queue, b->m, n_max);
	uint32_t n_segs = 0; // of all frames, or-ed: 1 = none has more
	uint64_t flags = 0;  // the same
	uint64_t lost = 0;

	if (n == 0)
		return 0;
	dp_burst_begin(b, &b->snap->devs[rxq->dev], n);
#pragma GCC unroll 4
	for (uint32_t i = 0; i < n; i++) {
		rte_prefetch0(dp_eth(b->m[i]));
		n_segs |= b->m[i]->nb_segs;
		flags |= b->m[i]->ol_flags;
	}
	if (unlikely((flags & DP_TAG_BESIDE) != 0))
		lost = tags_restore(b, n);
	if (unlikely(b->snap->has_tap))
		dp_tap_rx(w, b, n);
	DP_FOREACH_BIT (i, lost) {
		b->alive &= ~(1ull << i);
		dp_drop_unseen(w, b->dev, b->m[i], DP_DROP_VLAN_BESIDE);
	}
	if (unlikely(n_segs > 1)) {
		for (uint32_t i = 0; i < n; i++) {
			if (b->m[i]->nb_segs > 1 && (b->alive >> i & 1) != 0)
				flatten(w, b, i);
		}
	}
	return n;
}
