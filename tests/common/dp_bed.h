// SPDX-License-Identifier: BSD-3-Clause
// A bed for tests of the data path: workers in this thread, driven by dp_turn(), over ethdevs made of rings.
// A test writes romond.yaml text, injects frames on ports, turns, and looks at what left each port.
//
// Time is the bed's: a worker believes in a TSC of 1 THz, so that a test's real time hardly counts, and
// dp_bed_advance_ms() moves its clocks. DP_BED_UPTIME_MS in the environment: so long were workers up before.
// Ports have slots in the order of the configuration: node ports first. Whatever goes wrong in the bed itself
// ends the program. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "dp.h"
#include "frames.h"

#define DP_BED_DEVS_MAX    8 // of the process; beds share them
#define DP_BED_WORKERS_MAX 2
#define DP_BED_TSC_HZ      1000000000000u
#define DP_BED_CLOCK_US    1700000000000000u
#define DP_BED_TX_RING_LEN 512
#define DP_BED_RX_RING_LEN 1024
#define DP_BED_TAP_MBUFS   511

struct dp_bed_cfg {
	const char *yaml;
	uint32_t n_workers;       // 0 = 1; all ports are worker 0's until the test gives them away in `in`
	uint16_t n_txq;           // queues of each device, 1 or 2; 0 = as many as workers
	uint32_t dev_base;        // index of the process's first ethdev that this bed uses
	uint32_t id_base;         // of workers: two beds at a time must differ
	bool is_real_time;        // the machine's TSC: for workers in threads of their own
	bool is_adaptive;         // workers.idle, for those
	bool waits;               // likewise
	struct rte_mempool *pool; // of copies that workers make; NULL = the bed's, which has no cache
};

struct dp_bed {
	struct conf *conf;
	struct snap_input in; // facts of ports: a test changes them, then calls dp_bed_publish()
	uint32_t id_base;
	uint32_t n_workers;
	uint32_t dev_base;
	uint16_t n_txq;
	uint64_t tsc_hz;
	struct snap_domain *snaps;
	struct dp_worker *workers[DP_BED_WORKERS_MAX];
	struct dp_signing signing;                      // its clock begins at DP_BED_CLOCK_US
	struct xchg_channel *channels[DP_BED_DEVS_MAX]; // by worker id
	uint32_t n_slots; // of the configuration with most ports so far: no other slot has counters
	uint8_t dev_of_slot[CONF_PORTS_MAX];
	uint32_t n_mbufs_before;
};

// Start EAL and the process's devices, if that has not been done. For tests of what lies below dp.
void dp_bed_eal(void);

// Open a bed: EAL (once a process), configuration, snapshot, workers. Ends the program when the text is not
// a valid configuration.
struct dp_bed *dp_bed_open(const char *yaml);
struct dp_bed *dp_bed_open_cfg(const struct dp_bed_cfg *cfg);

// Empty all rings and close. True when every mbuf that the bed used is back in its pool.
bool dp_bed_close(struct dp_bed *bed);

// Remember a bed as it is, before frames came; then put it back to that, again and again, for much less than
// a new one costs: facts of ports, tables, buckets, counters and time (dp_bed_reset.c). The configuration
// stays what it is. False when mbufs are missing. The mark is freed with free().
struct dp_bed_mark *dp_bed_mark(struct dp_bed *bed);
bool dp_bed_reset(struct dp_bed *bed, const struct dp_bed_mark *mark);
// Are all mbufs that the bed used back in their pools?
bool dp_bed_is_clean(const struct dp_bed *bed);

// Load another configuration (NULL = keep it) and publish. New ports get facts as at open.
void dp_bed_reload(struct dp_bed *bed, const char *yaml);
void dp_bed_publish(struct dp_bed *bed);
// Change to a configuration of the same ports without loading it. Both it and the one before are the caller's
// from here on: dp_bed_close() frees the one that is there then.
void dp_bed_conf_set(struct dp_bed *bed, struct conf *conf);
// The same while workers run in threads: waits until they have let go of the old snapshot.
void dp_bed_publish_running(struct dp_bed *bed);

// Put a frame on the device that carries the port in slot: the bytes as they are, tag included.
void dp_bed_inject(struct dp_bed *bed, uint8_t slot, const struct frame *f);
// The same in two segments, the first of at bytes (0..len).
void dp_bed_inject_split(struct dp_bed *bed, uint8_t slot, const struct frame *f, uint32_t at);
// The same in an mbuf without room before the frame.
void dp_bed_inject_flush_left(struct dp_bed *bed, uint8_t slot, const struct frame *f);

// The same with a VLAN tag that stands beside the frame, as a device leaves it that takes tags out. is_qinq:
// it took out two.
void dp_bed_inject_beside(
	struct dp_bed *bed, uint8_t slot, const struct frame *f, uint16_t tci, bool is_qinq, bool has_room);

// One turn of every worker, in id order. Returns what the turns returned.
uint32_t dp_bed_turn(struct dp_bed *bed);
uint32_t dp_bed_turn_worker(struct dp_bed *bed, uint32_t worker);

// Inject, turn.
void dp_bed_send(struct dp_bed *bed, uint8_t slot, const struct frame *f);

// Let time pass for workers, their tables and token buckets.
void dp_bed_advance_ms(struct dp_bed *bed, uint64_t ms);
// The same for a worker that is nobody's bed's.
void dp_bed_worker_advance(struct dp_worker *w, uint64_t ms);

// The next mbuf that left by the slot's device, or NULL; the caller frees it. Frames of VLAN ports that
// share a device come out of it in one order.
struct rte_mbuf *dp_bed_take_mbuf(struct dp_bed *bed, uint8_t slot);
// The same as bytes; false when nothing (more) left.
bool dp_bed_take(struct dp_bed *bed, uint8_t slot, struct frame *out);
// Drop what left by the slot's device; returns how many frames.
uint32_t dp_bed_discard(struct dp_bed *bed, uint8_t slot);
uint32_t dp_bed_discard_all(struct dp_bed *bed);

// The next frame handed up by a worker: bytes and mark. False when there is none.
struct dp_bed_punt {
	struct frame frame;
	uint16_t slot;
	uint8_t class; // enum xchg_punt_class
	uint8_t reason;
};

bool dp_bed_take_punt(struct dp_bed *bed, struct dp_bed_punt *out);
uint32_t dp_bed_discard_punts(struct dp_bed *bed);
bool dp_bed_take_event(struct dp_bed *bed, struct xchg_event *out);
uint32_t dp_bed_discard_events(struct dp_bed *bed);

// Switch the tap (all slots 0: off) and publish. The pool is the bed's, of DP_BED_TAP_MBUFS; a snaplen of 0
// is the longest.
void dp_bed_tap(struct dp_bed *bed, const struct snap_tap *tap);

// The next copy that a worker handed up; false when there is none. Then the same for records of torch.
struct dp_bed_tapped {
	struct frame frame;
	struct xchg_tap about;
};

bool dp_bed_take_tapped(struct dp_bed *bed, struct dp_bed_tapped *out);
uint32_t dp_bed_discard_tapped(struct dp_bed *bed);
bool dp_bed_take_flow(struct dp_bed *bed, struct xchg_flow *out);
uint32_t dp_bed_discard_flows(struct dp_bed *bed);
// Frames and records that were lost on their way up.
uint64_t dp_bed_tap_lost(const struct dp_bed *bed);
uint64_t dp_bed_flows_lost(const struct dp_bed *bed);

// Take all mbufs of the pool that copies come from, and give them back.
void dp_bed_pool_exhaust(struct dp_bed *bed);
void dp_bed_pool_restore(struct dp_bed *bed);

// For measurements, which feed and drain in bursts: the ring of frames that the slot's device receives, and
// the one of what worker 0 sent by it.
struct rte_ring *dp_bed_rx_ring(const struct dp_bed *bed, uint8_t slot);
struct rte_ring *dp_bed_tx_ring(const struct dp_bed *bed, uint8_t slot);

// Sums over all ports and workers.
struct dp_bed_totals {
	uint64_t rx_frames;
	uint64_t tx_frames;
	uint64_t tx_originals;
	uint64_t tx_lost;
	uint64_t delivered;
	uint64_t n_drops;
	uint64_t drops[DP_N_REASONS];
};

void dp_bed_totals(const struct dp_bed *bed, struct dp_bed_totals *out);
// Drops by one reason, all ports and workers.
uint64_t dp_bed_drops(const struct dp_bed *bed, enum dp_reason reason);
// rx = originals sent + delivered + drops: exactly, once nothing is in flight.
bool dp_bed_is_balanced(const struct dp_bed *bed);

// Coarse time of worker 0.
uint32_t dp_bed_now_ms(const struct dp_bed *bed);
// The published MAC of a slot's port.
struct base_mac dp_bed_mac(const struct dp_bed *bed, uint8_t slot);

// Data of a station (frame_mac(1)) for port in, on its first of two links; the second is link_id to
// frame_mac(2). link_id 0: on its only link, for this node. 32 bytes of payload.
struct frame dp_bed_data_to(struct dp_bed *bed, uint8_t in, uint32_t link_id);
