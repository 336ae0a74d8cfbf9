// SPDX-License-Identifier: BSD-3-Clause
// The data path as the application sees it: workers and their counters. A worker polls the queues that the
// snapshot gives it and moves each burst through the stages; docs/hot-path.md draws the way of a frame.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dp_reason.h"
#include "nbr_table.h"
#include "snap.h"
#include "wire_frame.h"
#include "xchg_channel.h"
#include "xchg_wake.h"

#define DP_BURST_MAX 64

struct rte_mempool;

// Counters of one port on one worker. worker: rw, control and telemetry: ro (relaxed). Never reset.
//
// Over all ports and workers, once nothing is in flight:
// rx_frames = tx_originals + delivered + sum of drops.
struct dp_port_counters {
	_Atomic uint64_t rx_frames;
	_Atomic uint64_t rx_bytes;
	_Atomic uint64_t rx_types[WIRE_N_TYPES]; // frames of a node port that parsed
	_Atomic uint64_t tx_frames;              // all that left: originals, copies, injected
	_Atomic uint64_t tx_bytes;
	_Atomic uint64_t tx_originals; // received frames that left by this port
	_Atomic uint64_t tx_lost;      // copies and injected frames that the device did not take
	_Atomic uint64_t delivered;
	_Atomic uint64_t drops[DP_N_REASONS];
};

// Counters of one worker. worker: rw, control and telemetry: ro (relaxed).
struct dp_worker_counters {
	_Atomic uint64_t bursts;    // polls that brought frames
	_Atomic uint64_t rx_frames; // in those, and dispatched to it by other workers (key dispatch)
	_Atomic uint64_t polls;
	_Atomic uint64_t busy_tsc; // ticks spent on polls that brought frames
	_Atomic uint64_t idle_tsc; // ticks spent on others, sleep included
	_Atomic uint64_t punts;
	_Atomic uint64_t punts_lost; // copies and samples that did not fit; originals count as drops
	_Atomic uint64_t no_mbuf;    // flood and relay copies not made
	_Atomic uint64_t injected;
	_Atomic uint64_t digests;    // made to check received frames
	_Atomic uint64_t unanswered; // Discovers not handed up to be answered: limits.answers-per-origin
};

// What a turn is made of; time between stages counts for the one behind. Frames that a full transmit buffer
// sends on the way count for the stage that filled it.
#define DP_STAGES(X)            \
	X(RX, "rx")             \
	X(CLASSIFY, "classify") \
	X(RELAY, "relay")       \
	X(AUTH, "auth")         \
	X(LEARN, "learn")       \
	X(ROUTE, "route")       \
	X(FLOOD, "flood")       \
	X(TX, "tx")

enum dp_stage {
#define X(name, text) DP_STAGE_##name,
	DP_STAGES(X)
#undef X
		DP_N_STAGES,
};

const char *dp_stage_name(enum dp_stage stage);

// TSC ticks by stage, of a few turns while somebody watches. worker: rw, control and telemetry: ro (relaxed).
struct dp_stage_counters {
	_Atomic uint64_t frames; // of those turns
	_Atomic uint64_t tsc[DP_N_STAGES];
};

// A counter as control and telemetry read it.
static inline uint64_t dp_counter_read(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

// What the workers of a process share to sign: one counter for each port, which is never used twice. It
// begins at the wall clock in microseconds, so that a process begins ahead of the one before. Ports whose
// scheme has counters of 4 bytes begin at the seconds instead. Workers: rw, by atomic adds; control raises
// them when the wall clock is set ahead.
struct dp_signing {
	_Atomic uint64_t counter[SNAP_PORTS_MAX]; // the next one to use
	_Atomic uint64_t narrow[SNAP_PORTS_MAX];
	_Atomic uint64_t refused[SNAP_PORTS_MAX]; // asked for by a neighbor, but too far ahead of the clock.
						  // workers: wo, control: takes it
	_Atomic uint64_t clock_us;                // the wall clock at at_tsc. control: rw, workers: ro
	uint64_t at_tsc;
	uint64_t tsc_per_us;
};

// Control thread, before workers use it.
void dp_signing_init(struct dp_signing *s, uint64_t clock_us, uint64_t now_tsc, uint64_t tsc_hz);

// Control thread, any time: where the wall clock is now. When it was set ahead by DP_SIGNING_STEP_US or more,
// counters that lie behind follow it. Never backward. Returns by how many microseconds it was set, else 0.
#define DP_SIGNING_STEP_US 60000000u
uint64_t dp_signing_follow(struct dp_signing *s, uint64_t clock_us, uint64_t now_tsc);

struct dp_worker_cfg {
	uint32_t id; // 0..n_workers-1
	uint32_t n_workers;
	int socket_id;
	uint16_t burst;   // 1..DP_BURST_MAX
	bool is_adaptive; // sleep when idle
	bool waits;       // and then until there is something to do, where all its queues tell of frames
	uint32_t neighbors;
	uint32_t neighbors_per_port;
	uint32_t origins;
	uint64_t seed; // of the hash tables
	uint64_t tsc_hz;
	struct snap_domain *snaps;
	struct rte_mempool *pool;   // for copies
	struct dp_signing *signing; // shared by all workers
	struct xchg_wake *wake;     // of control, shared by all workers; NULL = nobody is to be woken
};

struct dp_worker;

// Control thread. NULL with errno.
BASE_MUST_USE struct dp_worker *dp_worker_create(const struct dp_worker_cfg *cfg);
void dp_worker_destroy(struct dp_worker *w); // after dp_run() has returned; accepts NULL

// Where worker id's frames to ports of other workers go. Control thread, before any dp_run().
void dp_worker_peers_set(struct dp_worker *w, struct xchg_channel *const *channels);

// worker: run until dp_stop(), then send what is buffered and return.
void dp_run(struct dp_worker *w);
// any thread: ask dp_run() to return; returns at once.
void dp_stop(struct dp_worker *w);

// any thread: does it sleep until there is something to do? Then it makes no turns.
bool dp_worker_is_waiting(const struct dp_worker *w);

// worker (or a test): one turn over all queues; returns frames received.
uint32_t dp_turn(struct dp_worker *w);

struct xchg_channel *dp_worker_channel(struct dp_worker *w);
const struct nbr_table *dp_worker_neighbors(const struct dp_worker *w);
const struct nbr_table *dp_worker_origins(const struct dp_worker *w);
const struct nbr_table *dp_worker_sources(const struct dp_worker *w);

// Neighbors of ports with secrets, and how they sign: rows whose id is a struct dp_signer_note.
const struct nbr_table *dp_worker_signers(const struct dp_worker *w);

// How the last frame of a neighbor came that a port with secrets took.
struct dp_signer_note {
	bool is_signed;
	bool is_synced; // what it signs is taken: no handshake lies between
	uint8_t entry;  // of the secret in the port's list, from 1; 0 = it did not sign yet
	uint32_t epoch; // of that list (snap_secrets)
};

struct dp_signer_note dp_signer_note_of(const struct nbr_row *row);
const struct dp_port_counters *dp_worker_port_counters(const struct dp_worker *w, uint32_t slot);
const struct dp_worker_counters *dp_worker_counters(const struct dp_worker *w);

// any thread: are mbufs short? Then this worker makes no copies: floods and frames between VLANs leave by one
// port.
void dp_worker_spare(struct dp_worker *w, bool is_short);

// any thread: take the time of stages for the next DP_WATCH_S seconds, of one turn in each millisecond. A
// worker that nobody watches asks for that once a turn, and reads no clock for it.
#define DP_WATCH_S 5
void dp_worker_watch(struct dp_worker *w);
const struct dp_stage_counters *dp_worker_stages(const struct dp_worker *w);

// Coarse milliseconds in which a worker stamps table rows: TSC since the worker was created.
// The clock stands still while the worker does, if that is for DP_STALL_MS or longer.
#define DP_STALL_MS 500
uint32_t dp_worker_now_ms(const struct dp_worker *w);
uint32_t dp_worker_ran_ms(const struct dp_worker *w); // the same, also before the worker noticed its stall

// Bytes of DPDK memory that a worker needs, for the need that is computed at start.
uint64_t dp_worker_bytes(const struct dp_worker_cfg *cfg);
