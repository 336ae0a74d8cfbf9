// SPDX-License-Identifier: BSD-3-Clause
// Creating and destroying the rings of a worker. Control thread.
#include <stdio.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "xchg_channel.h"

#define EVENTS_LEN 4096
#define PUNTS_LEN  1024
#define DOWN_LEN   1024
#define ACROSS_LEN 1024

struct xchg_channel *xchg_channel_create(const char *name, int socket_id)
{
	struct xchg_channel *c = rte_zmalloc_socket("xchg", sizeof(*c), RTE_CACHE_LINE_SIZE, socket_id);
	unsigned single = RING_F_SP_ENQ | RING_F_SC_DEQ;
	char ring_name[RTE_RING_NAMESIZE];

	if (c == NULL)
		return base_errno_null(ENOMEM);
	snprintf(ring_name, sizeof(ring_name), "%s_ev", name);
	c->events = rte_ring_create_elem(
		ring_name, sizeof(struct xchg_event), EVENTS_LEN, socket_id, single | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_up", name);
	c->punts = rte_ring_create(ring_name, PUNTS_LEN, socket_id, single | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_dn", name);
	c->down = rte_ring_create(ring_name, DOWN_LEN, socket_id, single | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_ax", name);
	// relaxed tail: a worker that loses its CPU while it enqueues does not make the others spin
	c->across = rte_ring_create(
		ring_name, ACROSS_LEN, socket_id, RING_F_MP_RTS_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_dp", name);
	c->dispatched = rte_ring_create(ring_name, XCHG_DISPATCHED_LEN, socket_id,
		RING_F_MP_RTS_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_tp", name);
	c->tap = rte_ring_create(ring_name, XCHG_TAP_LEN, socket_id, single | RING_F_EXACT_SZ);
	snprintf(ring_name, sizeof(ring_name), "%s_fl", name);
	c->flows = rte_ring_create_elem(
		ring_name, sizeof(struct xchg_flow), XCHG_FLOWS_LEN, socket_id, single | RING_F_EXACT_SZ);
	if (c->events == NULL || c->punts == NULL || c->down == NULL || c->across == NULL ||
		c->dispatched == NULL || c->tap == NULL || c->flows == NULL) {
		int err = rte_errno;

		xchg_channel_destroy(c);
		return base_errno_null(err);
	}
	return c;
}

static void ring_drain(struct rte_ring *ring)
{
	void *m;

	while (ring != NULL && rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

void xchg_channel_destroy(struct xchg_channel *c)
{
	if (c == NULL)
		return;
	rte_ring_free(c->events);
	ring_drain(c->punts);
	ring_drain(c->down);
	ring_drain(c->across);
	ring_drain(c->dispatched);
	ring_drain(c->tap);
	rte_ring_free(c->flows);
	rte_free(c);
}
