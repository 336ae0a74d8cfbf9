// SPDX-License-Identifier: BSD-3-Clause
// Between stages 1 and 2, on devices with the key dispatch: which worker knows the sender? All frames of a
// neighbor are one worker's, so that its order, row and signatures are that worker's alone. Nothing is parsed
// or counted here: whoever gets a frame does both. Worker thread.
#include <rte_prefetch.h>

#include "dp_worker.h"

// A frame that is too short for addresses stays: dp_classify says why.
static uint32_t worker_of(const struct dp_worker *w, struct rte_mbuf *m)
{
	if (unlikely(m->data_len < WIRE_ETH_LEN))
		return w->id;
	// by a random odd number: whoever does not know it cannot choose addresses that meet in one worker
	uint64_t hash = base_mac_u64_inner(dp_eth(m) + BASE_MAC_LEN) * (w->seed | 1);

	return (uint32_t)((hash >> 32) * w->n_workers >> 32);
}

// The mark of a frame on its way is its ethdev: a slot or the place of a device changes with the snapshot.
static void hand(struct dp_worker *w, const struct dp_burst *b, uint32_t id, uint64_t frames)
{
	struct rte_mbuf *m[DP_BURST_MAX];
	uint32_t n = 0;

	DP_FOREACH_BIT (i, frames) {
		m[n++] = b->m[i];
		b->m[i]->port = b->dev->ethdev_id;
	}
	uint32_t n_handed = rte_ring_mp_rts_enqueue_burst(w->peers[id]->dispatched, (void **)m, n, NULL);
	dp_wake_peer(w, id);
	for (uint32_t i = n_handed; i < n; i++)
		dp_drop_unseen(w, b->dev, m[i], DP_DROP_DISPATCH_FULL);
}

void dp_dispatch(struct dp_worker *w, struct dp_burst *b)
{
	uint64_t frames_of[SNAP_WORKERS_MAX] = {0};
	uint32_t n_kept = 0;

	DP_FOREACH_BIT (i, b->alive) {
		frames_of[worker_of(w, b->m[i])] |= 1ull << i;
	}
	for (uint32_t id = 0; id < w->n_workers; id++) {
		if (id != w->id && frames_of[id] != 0)
			hand(w, b, id, frames_of[id]);
	}
	DP_FOREACH_BIT (i, frames_of[w->id]) {
		b->m[n_kept++] = b->m[i];
	}
	dp_burst_begin(b, b->dev, n_kept);
}

// Another CPU wrote these mbufs and their frames: all of their lines are asked for before the first is read.
uint32_t dp_dispatched_take(struct dp_worker *w, struct rte_mbuf *m[DP_BURST_MAX])
{
	uint32_t n = rte_ring_sc_dequeue_burst(w->channel->dispatched, (void **)m, w->burst_len, NULL);

	for (uint32_t i = 0; i < n; i++)
		rte_prefetch0(m[i]);
	for (uint32_t i = 0; i < n; i++) {
		rte_prefetch0(dp_eth(m[i]));
		rte_prefetch0(dp_eth(m[i]) + RTE_CACHE_LINE_SIZE);
	}
	return n;
}

uint32_t dp_dispatched_begin(struct dp_worker *w, struct dp_burst *b, struct rte_mbuf *const *m, uint32_t n)
{
	uint32_t d = snap_dev_find(b->snap, m[0]->port);
	uint32_t n_run = 0;

	while (n_run < n && m[n_run]->port == m[0]->port) {
		b->m[n_run] = m[n_run];
		n_run++;
	}
	if (unlikely(d == b->snap->n_devs)) { // it was closed meanwhile, and what its queue held is lost too
		for (uint32_t i = 0; i < n_run; i++)
			dp_drop_unused(w, m[i]);
		dp_drop_flush(w);
		b->alive = 0;
		return n_run;
	}
	dp_burst_begin(b, &b->snap->devs[d], n_run);
	return n_run;
}
