// SPDX-License-Identifier: BSD-3-Clause
// A worker and its burst. lib/dp only; all fields belong to the worker's thread unless they say otherwise.
#pragma once

#include <rte_mbuf.h>

#include "auth_digest.h"
#include "auth_peer.h"
#include "dp.h"
#include "wire_parse.h"

// Frames of one poll on their way through the stages: parallel arrays, index = position in the poll.
// A frame is alive until it is dropped, or until it is a stage's to send or to hand up.
struct dp_burst {
	uint64_t alive;    // frames that the next stage still has to look at
	uint64_t plain;    // set by dp_classify: untagged, unsigned Data, all of one port; alive or not
	uint64_t to_relay; // set by dp_classify
	uint64_t to_flood; // set by dp_route: Discovers
	uint32_t now_ms;
	uint64_t now_tsc;
	const struct snap *snap;
	const struct snap_dev *dev;
	struct rte_mbuf *m[DP_BURST_MAX];
	uint8_t *romon[DP_BURST_MAX];          // node frames; valid after dp_classify, like all below
	uint8_t slot[DP_BURST_MAX];            // ingress port
	uint8_t l2_len[DP_BURST_MAX];          // bytes before the RoMON header
	struct wire_frame frame[DP_BURST_MAX]; // node frames; not written for plain ones
};

// The n frames in m are a burst of this device.
static inline void dp_burst_begin(struct dp_burst *b, const struct snap_dev *dev, uint32_t n)
{
	b->dev = dev;
	b->alive = n > 0 ? ~0ull >> (DP_BURST_MAX - n) : 0;
	b->plain = 0;
	b->to_relay = 0;
	b->to_flood = 0;
}

// Frames waiting for one port's device; flushed when full and at the end of every turn.
struct dp_txbuf {
	uint32_t n;
	uint32_t n_signed; // from the front; see dp_sign()
	uint64_t copies;   // bit i: m[i] is no received frame; the fate of all others is decided here
	struct rte_mbuf *m[DP_BURST_MAX];
};

// A frame that a watched source sent in a relay group.
struct dp_seen {
	uint64_t hash;
	uint32_t at_ms;
	uint16_t tag; // of the group
	uint8_t slot; // where it was heard first
};

// Frames of one burst on their way to the tap; nothing of it outlives the burst.
struct dp_tap {
	uint64_t copied;  // copy[i] is valid
	uint64_t lost;    // should have been copied, but there was no mbuf
	uint64_t counted; // flow[i] is valid
	struct rte_mbuf *copy[DP_BURST_MAX];
	uint8_t slot[DP_BURST_MAX]; // of copied and lost
	struct xchg_flow flow[DP_BURST_MAX];
};

#define DP_JOBS_MAX      (DP_BURST_MAX * SNAP_KEYS_MAX)
#define DP_SEEN_LEN      8192 // a power of two
#define DP_ROMON_LEN_MAX 2048 // RoMON bytes of a flooded frame

struct dp_worker {
	struct dp_burst burst;

	const struct snap *snap; // of this turn
	struct snap_domain *snaps;
	struct nbr_table *neighbors; // (port tag, MAC)
	struct nbr_table *origins;   // (channel, RoMON id) of Discovers
	struct nbr_table *sources;   // (group tag, MAC) in relay groups
	struct dp_signers *signers;  // (port tag, MAC) on ports with secrets; NULL in the simulator
	struct dp_signing *signing;
	struct xchg_channel *channel;
	struct xchg_channel *const *peers; // channels of all workers, by id
	struct rte_mempool *pool;
	uint32_t id;
	uint32_t n_workers;
	uint16_t burst_len;
	uint16_t dispatch_len; // most frames of a poll that is dispatched: a burst for each worker
	bool is_adaptive;
	bool waits;    // once it slept for long enough
	uint64_t seed; // random for each process, the same in all workers: of hashes
	uint64_t tsc_hz;
	_Atomic uint64_t tsc_start; // of the clock of the tables. worker: rw, control: ro
	uint64_t tsc_per_ms;
	uint64_t next_quiescent_tsc;
	_Atomic uint64_t next_age_tsc; // worker: rw, control: ro
	uint64_t next_timed_tsc;
	bool is_timed; // this turn is one whose stages are timed
	uint32_t idle_turns;
	uint64_t idle_at_tsc; // end of the last turn without frames, or of the sleep behind it
	struct xchg_wake *wake;
	uint64_t n_punts_told; // counters.punts when control was last told
	uint64_t generation;   // of the snapshot of the last turn
	uint32_t unfiltered;   // rows of neighbors from here on were not looked at since filters changed

	uint64_t tx_dirty; // slots whose buffer holds frames
	uint32_t n_dead;   // frames to free at the end of the stage pass
	struct rte_mbuf *dead[2 * DP_BURST_MAX];

	struct base_bucket discover_in[SNAP_PORTS_MAX];
	struct base_bucket storm[SNAP_PORTS_MAX];
	uint32_t storm_told_ms[SNAP_PORTS_MAX]; // when the last storm event was posted
	uint32_t loop_told_ms[SNAP_PORTS_MAX];
	struct base_bucket sample[SNAP_PORTS_MAX][DP_N_SAMPLES];
	struct base_bucket punt[SNAP_PORTS_MAX][XCHG_N_PUNTS]; // by ingress port: none can starve others

	struct base_bucket bad_stranger[SNAP_PORTS_MAX]; // frames of senders that never signed rightly
	struct base_bucket bad_known[SNAP_PORTS_MAX];    // of others, whose last secret did not fit
	struct base_bucket greeting[SNAP_PORTS_MAX];
	struct auth_job jobs[DP_JOBS_MAX]; // dp_verify and dp_sign, one at a time

	struct dp_seen seen[DP_SEEN_LEN];
	uint8_t flood_buf[DP_ROMON_LEN_MAX]; // dp_flood: the frame that all egress copies share

	struct dp_worker_counters counters;
	struct dp_stage_counters stages;
	struct dp_port_counters ports[SNAP_PORTS_MAX];
	struct dp_txbuf txbufs[SNAP_PORTS_MAX];
	struct dp_tap tap;

	atomic_bool is_short;               // of mbufs. any thread: wo, worker: ro
	_Atomic uint64_t watched_until_tsc; // any thread: wo, worker: ro
	atomic_bool stop;                   // any thread: wo, worker: ro
};

// The only writer of a counter is its worker: a plain load and store, never a locked add.
static inline void dp_count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(
		counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

// For each set bit i of a mask, which is read once. Two loops that act as one: go is 0 while the body runs,
// so a break leaves it so and ends the outer loop too.
#define DP_FOREACH_BIT(i, mask)                                                                        \
	for (uint64_t dp_left_##i = (mask), dp_go_##i = 1; dp_go_##i && dp_left_##i != 0;              \
		dp_left_##i &= dp_left_##i - 1)                                                        \
		for (uint32_t i = (dp_go_##i = 0, (uint32_t)__builtin_ctzll(dp_left_##i)); !dp_go_##i; \
			dp_go_##i = 1)

// Of all tables of the worker; it stands still while the worker was stopped, see dp_run.
static inline uint32_t dp_worker_clock_ms(const struct dp_worker *w, uint64_t now_tsc)
{
	uint64_t start_tsc = atomic_load_explicit(&w->tsc_start, memory_order_relaxed);

	return (uint32_t)((now_tsc - start_tsc) / w->tsc_per_ms);
}

static inline uint8_t *dp_eth(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, uint8_t *);
}

// The port of a device that a frame with this VLAN belongs to, or SNAP_SLOT_NONE.
static inline uint8_t dp_slot_find(const struct snap_dev *dev, uint16_t vid)
{
	if (vid == 0)
		return dev->slot_untagged;
	return dev->slot_of_vid == NULL ? SNAP_SLOT_NONE : dev->slot_of_vid[vid];
}

// dp_tap, only with snap->has_tap. The n frames that were just received, before any of them is dropped.
void dp_tap_rx(struct dp_worker *w, const struct dp_burst *b, uint32_t n);
// dp_tap: frames that are about to be sent, and how many of them, from the front, then were.
void dp_tap_tx_begin(struct dp_worker *w, uint8_t slot, const struct dp_txbuf *t);
void dp_tap_tx_end(struct dp_worker *w, uint32_t n_sent);

// The stages, in order.
uint32_t dp_rx(struct dp_worker *w, struct dp_burst *b, const struct snap_rxq *rxq);
void dp_dispatch(struct dp_worker *w, struct dp_burst *b); // of a dispatched device
void dp_classify(struct dp_worker *w, struct dp_burst *b);
void dp_auth(struct dp_worker *w, struct dp_burst *b);
void dp_filter(struct dp_worker *w, struct dp_burst *b); // only with snap->has_filters
void dp_learn(struct dp_worker *w, struct dp_burst *b);
void dp_route(struct dp_worker *w, struct dp_burst *b);
void dp_flood(struct dp_worker *w, struct dp_burst *b);
void dp_relay(struct dp_worker *w, struct dp_burst *b);

// dp_dispatch: take up to DP_BURST_MAX frames that other workers dispatched to us.
uint32_t dp_dispatched_take(struct dp_worker *w, struct rte_mbuf *m[DP_BURST_MAX]);
// dp_dispatch: make a burst of the first of n > 0 such frames, as many as are of one device; returns how
// many.
uint32_t dp_dispatched_begin(struct dp_worker *w, struct dp_burst *b, struct rte_mbuf *const *m, uint32_t n);

// dp_verify: frames of ports with secrets, of those in mask.
void dp_verify(struct dp_worker *w, struct dp_burst *b, uint64_t mask);
// dp_greet: send a neighbor a Hello or SeqErr, signed by one of the port's keys.
void dp_greet(
	struct dp_worker *w, uint8_t slot, uint64_t mac, uint32_t key, const struct auth_peer_reply *reply);
// dp_sign: sign what waits in the buffers of these slots, as far as their ports sign.
void dp_sign(struct dp_worker *w, uint64_t slots);
// dp_sign: the next counter of a port, and n - 1 that follow it; the wall clock by TSC.
uint64_t dp_sign_counters(struct dp_worker *w, uint8_t slot, const struct auth_scheme *s, uint32_t n);
uint64_t dp_sign_clock_us(const struct dp_worker *w, uint64_t now_tsc);

// dp_filter: forget neighbors that a filter of their port names, learned before it did; some rows a call.
void dp_filter_forget(struct dp_worker *w);

// dp_learn: tell control of a neighbor, by the key of its row.
void dp_learn_tell(struct dp_worker *w, enum xchg_event_type type, uint64_t key, uint64_t id);

// May copies be made? Else what mbufs there are is for frames that cannot do without: Hellos, answers, those
// that control sends.
static inline bool dp_may_copy(const struct dp_worker *w)
{
	return !atomic_load_explicit(&w->is_short, memory_order_relaxed);
}

// dp_tx: make room for a frame in a port's buffer that is empty or full; returns 0, where it goes.
uint32_t dp_tx_room(struct dp_worker *w, uint8_t slot);
// dp_tx: queue a frame for a port; its Ethernet header is that of the egress port already.
static inline void dp_tx_queue(struct dp_worker *w, uint8_t slot, struct rte_mbuf *m, bool is_original)
{
	struct dp_txbuf *t = &w->txbufs[slot];
	uint32_t n = t->n;

	if (unlikely(n % DP_BURST_MAX == 0))
		n = dp_tx_room(w, slot);
	if (!is_original)
		t->copies |= 1ull << n;
	t->m[n] = m;
	t->n = n + 1;
}
// dp_tx: the same for n <= DP_BURST_MAX frames to one port.
void dp_tx_queue_run(
	struct dp_worker *w, uint8_t slot, struct rte_mbuf *const *m, uint32_t n, bool is_original);
void dp_tx_flush(struct dp_worker *w);
// dp_tx: take frames that other workers or control sent here for one of our ports.
uint32_t dp_tx_take(struct dp_worker *w);

// dp_punt: hand the frame itself to control; it is counted as delivered, or dropped.
void dp_punt_original(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum xchg_punt_class class);
// dp_punt: hand control a Discover, or a copy of it, to be answered. The first takes the frame when it
// returns true; the second leaves it. Neither counts as a fate: an answer is a frame of its own.
bool dp_punt_discover(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason);
void dp_punt_discover_copy(struct dp_worker *w, const struct dp_burst *b, uint32_t i);
// dp_punt: hand control a sample of a dropped frame, if the port's rate of that kind allows; true when
// control has it.
bool dp_punt_sample(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason);

// dp_echo: answer a ping that is for us by sending it back; it is counted as delivered, or dropped.
void dp_echo(struct dp_worker *w, struct dp_burst *b, uint32_t i);

// dp_drop: the frame's fate. Counts it on the slot and frees it at the end of the pass.
void dp_drop(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum dp_reason reason);
// dp_drop: the same for a frame that dp_classify will not see: it counts as received, on the device's first
// port.
void dp_drop_unseen(
	struct dp_worker *w, const struct snap_dev *dev, struct rte_mbuf *m, enum dp_reason reason);
// dp_drop: the same for a Discover that ends here, but is to be answered.
void dp_drop_answered(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum dp_reason reason);
void dp_drop_mbuf(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, enum dp_reason reason);
// dp_drop: a copy or injected frame that could not leave; counted as tx_lost of the slot.
void dp_drop_copy(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot);
// dp_drop: a copy that nobody took; counted by the caller.
void dp_drop_unused(struct dp_worker *w, struct rte_mbuf *m);
void dp_drop_flush(struct dp_worker *w);
// dp_drop: a copy of the tap that nobody will see.
void dp_drop_tapped(struct rte_mbuf **m, uint32_t n);

#define DP_AGE_BUDGET 256 // entries of a table that ageing looks at, at most, each time

// dp_idle: called after a turn that handed frames up: wakes control, if it sleeps.
void dp_wake(struct dp_worker *w);

// dp_idle: called after a turn that brought nothing.
void dp_idle(struct dp_worker *w);

// dp_idle: called after frames were put into a ring of another worker: wakes it, if it waits.
void dp_wake_peer(struct dp_worker *w, uint32_t id);
