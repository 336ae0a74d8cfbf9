// SPDX-License-Identifier: BSD-3-Clause
// Creating and destroying the rings of a worker. Control thread.
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "xchg_channel.h"

#define EVENTS_LEN 4096
#define DOWN_LEN   1024
#define ACROSS_LEN 1024

// One ring of a worker, NAME_SUFFIX. False, with errno, when it cannot be made; DPDK's own error is lost with
// its next call that succeeds.
static bool ring_make(struct rte_ring **ring, const char *name, const char *suffix, unsigned elem_size,
	unsigned len, int socket_id, unsigned flags)
{
	char ring_name[RTE_RING_NAMESIZE];

	snprintf(ring_name, sizeof(ring_name), "%s_%s", name, suffix);
	*ring = rte_ring_create_elem(ring_name, elem_size, len, socket_id, flags | RING_F_EXACT_SZ);
	if (*ring == NULL)
		errno = rte_errno;
	return *ring != NULL;
}

static bool rings_make(struct xchg_channel *c, const char *name, int socket_id)
{
	const unsigned single = RING_F_SP_ENQ | RING_F_SC_DEQ;
	// relaxed tail: a worker that loses its CPU while it enqueues does not make the others spin
	const unsigned many = RING_F_MP_RTS_ENQ | RING_F_SC_DEQ;
	const unsigned pointer = sizeof(void *);

	return ring_make(&c->events, name, "ev", sizeof(struct xchg_event), EVENTS_LEN, socket_id, single) &&
	       ring_make(&c->punts, name, "up", pointer, XCHG_PUNTS_LEN, socket_id, single) &&
	       ring_make(&c->down, name, "dn", pointer, DOWN_LEN, socket_id, single) &&
	       ring_make(&c->across, name, "ax", pointer, ACROSS_LEN, socket_id, many) &&
	       ring_make(&c->dispatched, name, "dp", pointer, XCHG_DISPATCHED_LEN, socket_id, many) &&
	       ring_make(&c->tap, name, "tp", pointer, XCHG_TAP_LEN, socket_id, single) &&
	       ring_make(&c->flows, name, "fl", sizeof(struct xchg_flow), XCHG_FLOWS_LEN, socket_id, single);
}

struct xchg_channel *xchg_channel_create(const char *name, int socket_id)
{
	struct xchg_channel *c = rte_zmalloc_socket("xchg", sizeof(*c), RTE_CACHE_LINE_SIZE, socket_id);

	if (c == NULL)
		return base_errno_null(ENOMEM);
	c->wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (c->wake.fd < 0 || !rings_make(c, name, socket_id)) {
		int err = errno;

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
	if (c->wake.fd >= 0)
		close(c->wake.fd);
	rte_free(c);
}
