// SPDX-License-Identifier: BSD-3-Clause
// The rings between one worker and control, and from workers to a worker that owns a port.
//
//   events  worker -> control   fixed-size records; lossy with a counter, idempotent
//   punts   worker -> control   frames for us, copies of Discovers, samples of bad frames; mbuf ownership
//                               moves
//   tap     worker -> control   copies of frames for `capture`, in mbufs of the tap's own pool; lossy with
//                               a counter
//   flows   worker -> control   a record a frame for `torch`; lossy with a counter
//   down    control -> worker   frames that control built; mbuf ownership moves
//   across  workers -> worker   frames to a port that only that worker may transmit on
//   dispatched  workers -> worker  received frames of neighbors that are that worker's (key dispatch)
//
// All have one producer and one consumer, but across and dispatched, which have many producers. What does not
// fit stays with the producer, who counts it.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "base_err.h"
#include "xchg_wake.h"

enum xchg_event_type {
	XCHG_EVENT_INVALID,
	XCHG_EVENT_NEIGHBOR_NEW,
	XCHG_EVENT_NEIGHBOR_ID,      // its RoMON id became known or changed
	XCHG_EVENT_NEIGHBOR_AGED,    // silent for neighbor-age
	XCHG_EVENT_NEIGHBOR_EVICTED, // made room for a newer one
	XCHG_EVENT_NEIGHBOR_DENIED,  // a filter names it now
	XCHG_EVENT_RELAY_LOOP,       // a relayed frame came back by another port
	XCHG_EVENT_STORM,            // a relay port went over its storm-limit
};

struct xchg_event {
	uint8_t type;       // enum xchg_event_type
	uint8_t port;       // slot
	uint8_t other_port; // relay loop: where the source was first heard
	uint8_t pad[5];
	uint64_t mac;
	uint64_t id;
};

_Static_assert(sizeof(struct xchg_event) == 24, "ring elements are a multiple of 4 bytes");

// Why a frame went up. Each class has a token bucket of its own for each port, and the ring keeps places free
// for classes that cannot be asked for again (dp_punt.c).
enum xchg_punt_class {
	XCHG_PUNT_INVALID,
	XCHG_PUNT_DATA,     // Data for us
	XCHG_PUNT_RESP,     // DiscoverResp for us
	XCHG_PUNT_DISCOVER, // a Discover, or a copy of one, to be answered
	XCHG_PUNT_HELLO,    // Hello and SeqErr
	XCHG_PUNT_BAD,      // sample of a dropped frame, for `why`
	XCHG_N_PUNTS,
};

// What travels with an mbuf between threads: port = slot (in, or out when going down or across); class and
// reason in hash.usr. Both are in the mbuf's first cache line. A frame that goes up also has the TSC of the
// poll that brought it.
static inline void xchg_mark(struct rte_mbuf *m, uint16_t port, uint8_t class, uint8_t reason)
{
	m->port = port;
	m->hash.usr = (uint32_t) class | (uint32_t)reason << 8;
}

static inline uint8_t xchg_mark_class(const struct rte_mbuf *m)
{
	return (uint8_t)m->hash.usr;
}

static inline uint8_t xchg_mark_reason(const struct rte_mbuf *m)
{
	return (uint8_t)(m->hash.usr >> 8);
}

static inline void xchg_stamp(struct rte_mbuf *m, uint64_t tsc)
{
	m->tx_offload = tsc; // means nothing on a received frame
}

static inline uint64_t xchg_stamp_read(const struct rte_mbuf *m)
{
	return m->tx_offload;
}

enum xchg_dir {
	XCHG_DIR_INVALID,
	XCHG_DIR_IN,  // received
	XCHG_DIR_OUT, // sent
};

// What is known of a copied frame; stands at the front of its mbuf's headroom.
struct xchg_tap {
	uint64_t tsc;
	uint32_t len; // of the frame; the copy may be shorter
	uint8_t slot;
	uint8_t dir; // enum xchg_dir
};

_Static_assert(sizeof(struct xchg_tap) <= RTE_PKTMBUF_HEADROOM, "it stands in the headroom");

static inline struct xchg_tap *xchg_tap_of(const struct rte_mbuf *m)
{
	return m->buf_addr;
}

// One frame as `torch` counts it.
struct xchg_flow {
	uint64_t id;      // source RoMON id; 0 of a malformed frame
	uint16_t service; // Data: the service port with a name, else the destination port; 0 of other types
	uint16_t len;
	uint8_t slot;
	uint8_t dir;  // enum xchg_dir
	uint8_t type; // enum wire_type; 0 = malformed
	uint8_t pad;
};

_Static_assert(sizeof(struct xchg_flow) == 16, "ring elements are a multiple of 4 bytes");

#define XCHG_SLOTS_MAX      64
#define XCHG_PUNTS_LEN      1024 // frames that wait for control
#define XCHG_TAP_LEN        4096
#define XCHG_FLOWS_LEN      8192
#define XCHG_DISPATCHED_LEN 512 // half of what an AF_XDP queue may have on the move (port_pool.h)

struct xchg_channel {
	struct rte_ring *events;
	struct rte_ring *punts;
	struct rte_ring *down;
	struct rte_ring *across;
	struct rte_ring *dispatched;
	struct rte_ring *tap;
	struct rte_ring *flows;
	_Atomic uint64_t events_lost;              // worker: rw, control: ro
	_Atomic uint32_t n_up[XCHG_SLOTS_MAX];     // punts of a slot, ever. worker: rw
	_Atomic uint32_t n_taken[XCHG_SLOTS_MAX];  // of those, taken. control: rw, worker: ro
	_Atomic uint64_t tap_lost[XCHG_SLOTS_MAX]; // frames of a slot not copied: ring full, or no mbuf
	_Atomic uint64_t flows_lost;
	struct xchg_wake wake; // of the worker, for whoever gives it something: down, across, dispatched
};

// Control thread. NULL with errno. name at most 16 characters, unique in the process.
BASE_MUST_USE struct xchg_channel *xchg_channel_create(const char *name, int socket_id);

// Frees the frames that are still in the rings. Accepts NULL.
void xchg_channel_destroy(struct xchg_channel *c);

// worker: post one event; counted when the ring is full.
static inline void xchg_event_post(struct xchg_channel *c, const struct xchg_event *e)
{
	struct xchg_event copy = *e; // the ring's enqueue takes no const

	if (rte_ring_sp_enqueue_elem(c->events, &copy, sizeof(copy)) != 0)
		atomic_store_explicit(&c->events_lost,
			atomic_load_explicit(&c->events_lost, memory_order_relaxed) + 1,
			memory_order_relaxed);
}

// worker: hand up a frame that is marked and stamped. False when the ring is full.
static inline bool xchg_punt_post(struct xchg_channel *c, struct rte_mbuf *m)
{
	_Atomic uint32_t *n_up = &c->n_up[m->port];

	if (rte_ring_sp_enqueue(c->punts, m) != 0)
		return false;
	atomic_store_explicit(
		n_up, atomic_load_explicit(n_up, memory_order_relaxed) + 1, memory_order_relaxed);
	return true;
}

// worker: punts of a slot that control has not taken; wraps with both counters.
static inline uint32_t xchg_punts_waiting(const struct xchg_channel *c, uint8_t slot)
{
	return atomic_load_explicit(&c->n_up[slot], memory_order_relaxed) -
	       atomic_load_explicit(&c->n_taken[slot], memory_order_relaxed);
}

// control: take up to n punts; returns how many.
static inline uint32_t xchg_punts_take(struct xchg_channel *c, struct rte_mbuf **m, uint32_t n)
{
	uint32_t n_taken = rte_ring_sc_dequeue_burst(c->punts, (void **)m, n, NULL);

	for (uint32_t i = 0; i < n_taken; i++) {
		_Atomic uint32_t *taken = &c->n_taken[m[i]->port];

		atomic_store_explicit(
			taken, atomic_load_explicit(taken, memory_order_relaxed) + 1, memory_order_relaxed);
	}
	return n_taken;
}

// control: take up to n events; returns how many.
static inline uint32_t xchg_events_take(struct xchg_channel *c, struct xchg_event *e, uint32_t n)
{
	return rte_ring_sc_dequeue_burst_elem(c->events, e, sizeof(*e), n, NULL);
}
