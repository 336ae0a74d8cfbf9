// SPDX-License-Identifier: BSD-3-Clause
// Last stage: collect frames per port, send them in bursts, and decide the fate of originals. A device
// with fewer queues than workers is sent to by the worker that polls it; others hand their frames across.
// Worker thread.
#include <rte_ethdev.h>

#include "dp_worker.h"

#define TAKE_MAX 64

// A mark for frames that go across: what the owner needs to account for them.
#define ACROSS_COPY     0
#define ACROSS_ORIGINAL 1

static inline bool is_ours_to_send(const struct dp_worker *w, const struct snap_port *port)
{
	return port->n_txq >= w->n_workers || port->worker == w->id;
}

static inline uint16_t queue_of(const struct dp_worker *w, const struct snap_port *port)
{
	return port->n_txq >= w->n_workers ? (uint16_t)w->id : 0;
}

// Frames [from, t->n) did not leave.
static void unsent_drop(
	struct dp_worker *w, struct dp_txbuf *t, uint8_t slot, uint32_t from, enum dp_reason reason)
{
	for (uint32_t i = from; i < t->n; i++) {
		if ((t->copies >> i & 1) != 0)
			dp_drop_copy(w, t->m[i], slot);
		else
			dp_drop_mbuf(w, t->m[i], slot, reason);
	}
}

static uint32_t port_send(struct dp_worker *w, struct dp_txbuf *t, uint8_t slot, const struct snap_port *port)
{
	struct dp_port_counters *c = &w->ports[slot];
	uint16_t queue = queue_of(w, port);
	uint64_t n_bytes = 0;

#pragma GCC unroll 4
	for (uint32_t i = 0; i < t->n; i++)
		n_bytes += t->m[i]->pkt_len;
	if (unlikely(w->snap->has_tap))
		dp_tap_tx_begin(w, slot, t); // the device may free a frame as soon as it has it
	uint32_t n_sent = rte_eth_tx_burst(port->ethdev_id, queue, t->m, (uint16_t)t->n);
	if (unlikely(n_sent < t->n)) // one more try: a kernel ring may have been emptied just now
		n_sent += rte_eth_tx_burst(port->ethdev_id, queue, t->m + n_sent, (uint16_t)(t->n - n_sent));
	if (unlikely(w->snap->has_tap))
		dp_tap_tx_end(w, n_sent);
	for (uint32_t i = n_sent; i < t->n; i++)
		n_bytes -= t->m[i]->pkt_len;
	dp_count(&c->tx_frames, n_sent);
	dp_count(&c->tx_bytes, n_bytes);
	if (n_sent > 0)
		dp_count(&c->tx_originals,
			(uint64_t)__builtin_popcountll(~t->copies & ~0ull >> (DP_BURST_MAX - n_sent)));
	return n_sent;
}

static uint32_t hand_across(
	struct dp_worker *w, struct dp_txbuf *t, uint8_t slot, const struct snap_port *port)
{
	for (uint32_t i = 0; i < t->n; i++) {
		bool is_copy = (t->copies >> i & 1) != 0;

		xchg_mark(t->m[i], slot, is_copy ? ACROSS_COPY : ACROSS_ORIGINAL, 0);
	}
	return rte_ring_mp_rts_enqueue_burst(w->peers[port->worker]->across, (void **)t->m, t->n, NULL);
}

static void port_flush(struct dp_worker *w, uint8_t slot)
{
	const struct snap_port *port = &w->snap->ports[slot];
	struct dp_txbuf *t = &w->txbufs[slot];

	if (is_ours_to_send(w, port)) {
		if (unlikely((w->snap->signing_ports >> slot & 1) != 0 && t->n_signed < t->n))
			dp_sign(w, 1ull << slot);
		uint32_t n_sent = port_send(w, t, slot, port);

		if (unlikely(n_sent < t->n))
			unsent_drop(w, t, slot, n_sent, DP_DROP_TX_FULL);
	} else {
		uint32_t n_handed = hand_across(w, t, slot, port);

		dp_wake_peer(w, port->worker);
		if (unlikely(n_handed < t->n))
			unsent_drop(w, t, slot, n_handed, DP_DROP_ACROSS_FULL);
	}
	t->n = 0;
	t->n_signed = 0;
	t->copies = 0;
}

uint32_t dp_tx_room(struct dp_worker *w, uint8_t slot)
{
	if (w->txbufs[slot].n == DP_BURST_MAX)
		port_flush(w, slot);
	w->tx_dirty |= 1ull << slot;
	return 0;
}

void dp_tx_queue_run(
	struct dp_worker *w, uint8_t slot, struct rte_mbuf *const *m, uint32_t n, bool is_original)
{
	if (n == 0)
		return; // slot may be none
	struct dp_txbuf *t = &w->txbufs[slot];
	if (t->n + n > DP_BURST_MAX)
		port_flush(w, slot);
	memcpy(&t->m[t->n], m, n * sizeof(*m));
	if (!is_original)
		t->copies |= (~0ull >> (DP_BURST_MAX - n)) << t->n;
	t->n += n;
	w->tx_dirty |= 1ull << slot;
}

// All ports at once: the copies of a flood share lanes.
static void ours_sign(struct dp_worker *w)
{
	uint64_t ours = 0;

	DP_FOREACH_BIT (slot, w->tx_dirty & w->snap->signing_ports) {
		if (is_ours_to_send(w, &w->snap->ports[slot]))
			ours |= 1ull << slot;
	}
	dp_sign(w, ours);
}

void dp_tx_flush(struct dp_worker *w)
{
	if (unlikely((w->tx_dirty & w->snap->signing_ports) != 0))
		ours_sign(w);
	DP_FOREACH_BIT (slot, w->tx_dirty) {
		if (w->txbufs[slot].n > 0)
			port_flush(w, (uint8_t)slot);
	}
	w->tx_dirty = 0;
	dp_drop_flush(w);
}

// The port may have gone since the frame was sent here.
static void take_one(struct dp_worker *w, struct rte_mbuf *m, bool is_original)
{
	uint8_t slot = (uint8_t)m->port;

	if (w->snap->ports[slot].state == SNAP_STATE_ACTIVE)
		dp_tx_queue(w, slot, m, is_original);
	else if (is_original)
		dp_drop_mbuf(w, m, slot, DP_DROP_EGRESS_DOWN);
	else
		dp_drop_copy(w, m, slot);
}

uint32_t dp_tx_take(struct dp_worker *w)
{
	struct rte_mbuf *m[TAKE_MAX];
	uint32_t n_across = rte_ring_sc_dequeue_burst(w->channel->across, (void **)m, TAKE_MAX, NULL);

	for (uint32_t i = 0; i < n_across; i++)
		take_one(w, m[i], xchg_mark_class(m[i]) == ACROSS_ORIGINAL);
	uint32_t n_down = rte_ring_sc_dequeue_burst(w->channel->down, (void **)m, TAKE_MAX, NULL);
	for (uint32_t i = 0; i < n_down; i++)
		take_one(w, m[i], false);
	dp_count(&w->counters.injected, n_down);
	return n_across + n_down;
}
