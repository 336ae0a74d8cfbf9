// SPDX-License-Identifier: BSD-3-Clause
// One trial: send the frames of a profile for a while, open loop, and judge what comes back. A worker runs
// it; the control thread prepares it and reads its result when the worker has ended. The worker takes no
// lock, makes no system call and allocates nothing but mbufs.
//
// Open loop: each frame has a time when it is due, by the rate alone, and its latency counts from then. What
// a device has no room for when it is due is lost there (refused). At rate 0 a frame is due when the device
// takes it: that finds the most that goes through, and its latencies say little.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gen_frames.h"
#include "gen_histogram.h"
#include "gen_profile.h"
#include "gen_track.h"

#define GEN_BURST_MAX    64
#define GEN_SCHEDULE_MAX 4096
#define GEN_SLICES_MAX   4096
#define GEN_SAMPLE_MAX   256

struct rte_mempool;

// Times in TSC ticks.
struct gen_trial_cfg {
	uint64_t rate_pps; // 0 = as fast as the devices take frames
	uint64_t duration;
	uint64_t frames_max; // 0 = by duration alone
	uint64_t drain;      // at most so long for frames on their way
	uint64_t slice;      // 0, or length of the slices that frames are counted by
	uint64_t then_pps;   // with then_at > 0: the rate from there on
	uint64_t then_at;    // after the start
	uint32_t burst;
	bool is_patient; // a frame that a device has no room for waits; always so as fast as they take frames
};

// Of a flow at a port that its frames come out of.
struct gen_arrivals {
	struct gen_track track;
	struct gen_histogram latency; // ticks
	uint64_t damaged;
};

struct gen_flow_result {
	uint64_t offered; // were due
	uint64_t refused; // of these, the device had no room
	uint64_t stray;   // came out of a port where they must not
};

// The first frame that was not as it had to be.
struct gen_sample {
	bool is_set;
	uint16_t flow;
	uint16_t port;
	uint16_t off; // of the first byte that differs
	uint16_t got_len;
	uint16_t wanted_len;
	uint8_t got[GEN_SAMPLE_MAX];
	uint8_t wanted[GEN_SAMPLE_MAX];
};

// What happened in a while.
struct gen_slice {
	uint64_t expected; // frames that had to come out, by when they were due
	uint64_t returned; // of these, those that did, by when they were due
	uint64_t arrived;  // frames received, by when they were
};

struct gen_trial {
	struct gen_trial_cfg cfg;
	const struct gen_profile *profile;
	struct gen_frames *frames;
	struct rte_mempool *pool;
	uint16_t ethdevs[GEN_PORTS_MAX]; // by place in the list of devices
	uint32_t n_devices;
	uint16_t run;           // in the stamps
	atomic_bool is_stopped; // by a signal

	uint32_t schedule_len;
	uint32_t n_to[GEN_FLOWS_MAX];              // ports that each of its frames must come out of
	uint8_t devices[GEN_FLOWS_MAX];            // that a flow is sent by
	uint8_t schedule[GEN_SCHEDULE_MAX];        // flows, by their shares
	uint8_t ports_of_vid[GEN_PORTS_MAX][4096]; // port + 1, by device and VLAN id

	struct gen_flow_result flows[GEN_FLOWS_MAX];
	struct gen_arrivals *arrivals[GEN_FLOWS_MAX][GEN_PORTS_MAX];
	struct gen_histogram lag;       // ticks between due and handed to the device
	uint64_t foreign[WIRE_N_TYPES]; // received without a stamp, by RoMON type; [0] = no RoMON frame
	uint64_t late;                  // of a trial before
	uint64_t started;               // TSC
	uint64_t ended;                 // TSC when the last frame was due
	uint64_t last_rx;               // TSC
	uint64_t behind;                // due, but the sender did not come to it before the end
	uint64_t n_full;                // times that a device took less than it was given
	uint64_t n_sends;
	struct gen_slice slices[GEN_SLICES_MAX];
	struct gen_sample sample;
};

// Prepare: NULL with errno. frames, profile, pool stay the caller's.
BASE_MUST_USE struct gen_trial *gen_trial_create(
	const struct gen_profile *p, struct gen_frames *frames, const struct gen_trial_cfg *cfg);
void gen_trial_destroy(struct gen_trial *t); // accepts NULL

// Run it: the body of a worker. arg is a struct gen_trial. Returns 0.
int gen_trial_run(void *arg);

// Received mbufs: judged and freed. Worker.
struct rte_mbuf;
void gen_sink_take(struct gen_trial *t, uint32_t device, struct rte_mbuf **mbufs, uint16_t n, uint64_t now);

// Slice of a time; NULL when slices are off, or it is outside of all.
static inline struct gen_slice *gen_slice_at(struct gen_trial *t, uint64_t tsc)
{
	uint64_t idx;

	if (t->cfg.slice == 0 || tsc < t->started)
		return NULL;
	idx = (tsc - t->started) / t->cfg.slice;
	return idx < GEN_SLICES_MAX ? &t->slices[idx] : NULL;
}

// What all arrivals of a flow (GEN_FLOWS_MAX: of all flows) add up to.
struct gen_sum {
	uint64_t offered;
	uint64_t refused;
	uint64_t expected; // frames that had to come out
	uint64_t received; // each once
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
	uint64_t damaged;
	uint64_t stray;
	uint64_t ancient;
	struct gen_histogram latency;
};
void gen_trial_sum(const struct gen_trial *t, uint32_t flow, struct gen_sum *out);
