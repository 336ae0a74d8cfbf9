// SPDX-License-Identifier: BSD-3-Clause
// Where frames end: the only file of this library that frees an mbuf, and it needs a reason. Worker thread.
#include "dp_worker.h"

static void dead_add(struct dp_worker *w, struct rte_mbuf *m)
{
	if (w->n_dead == RTE_DIM(w->dead))
		dp_drop_flush(w);
	w->dead[w->n_dead++] = m;
}

void dp_drop_mbuf(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason)
{
	dp_count(&w->ports[slot].drops[reason], 1);
	if (dp_reason_sample(reason) != DP_SAMPLE_NONE && dp_punt_sample(w, m, slot, reason))
		return;
	dead_add(w, m);
}

void dp_drop(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum dp_reason reason)
{
	b->alive &= ~(1ull << i);
	dp_drop_mbuf(w, b->m[i], b->slot[i], reason);
}

void dp_drop_unseen(
	struct dp_worker *w, const struct snap_dev *dev, struct rte_mbuf *m, enum dp_reason reason)
{
	struct dp_port_counters *c = &w->ports[dev->slot_any];

	dp_count(&c->rx_frames, 1);
	dp_count(&c->rx_bytes, m->pkt_len);
	dp_drop_mbuf(w, m, dev->slot_any, reason);
}

void dp_drop_answered(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum dp_reason reason)
{
	b->alive &= ~(1ull << i);
	dp_count(&w->ports[b->slot[i]].drops[reason], 1);
	if (!dp_punt_discover(w, b->m[i], b->slot[i], reason))
		dead_add(w, b->m[i]);
}

void dp_drop_copy(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot)
{
	dp_count(&w->ports[slot].tx_lost, 1);
	dead_add(w, m);
}

void dp_drop_unused(struct dp_worker *w, struct rte_mbuf *m)
{
	dead_add(w, m);
}

void dp_drop_flush(struct dp_worker *w)
{
	if (w->n_dead == 0)
		return;
	rte_pktmbuf_free_bulk(w->dead, w->n_dead);
	w->n_dead = 0;
}

void dp_drop_tapped(struct rte_mbuf **m, uint32_t n)
{
	rte_pktmbuf_free_bulk(m, n);
}
