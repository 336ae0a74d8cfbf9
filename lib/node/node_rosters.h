// SPDX-License-Identifier: BSD-3-Clause
// Masters of masters: a master asks the masters that it hears for the nodes that they hear, and answers when
// it is asked. What is learned so is marked with the master it came from, and never overrides what we hear
// ourselves. Whom to ask, and what to answer, is decided here; how often, and whether to believe it:
// stream_asks.h and stream_share.h. Pure: time and sending are passed in (node_io.h). One thread. Memory is
// set aside once: 60 kB; what is learned is bounded by struct topo.
#pragma once

#include "node_data.h"
#include "node_discovery.h"

#define NODE_ROSTERS_SCAN_ROWS   1024 // of the inventory a tick, in search of masters
#define NODE_ROSTERS_ASKS_A_TICK 64
#define NODE_ROSTERS_SERVE_ROWS  1000 // passed over for one answer

// What the configuration says; may be another one in each call.
struct node_rosters_cfg {
	bool is_master;       // we are one, and RoMON is on
	uint32_t interval_ms; // between two searches for masters
	uint32_t n_masters;   // 0 = any master is asked, and answered
	const struct base_mac *masters;
};

struct node_rosters;

// d outlives it: its topology is asked, learns, and judges paths. NULL with errno ENOMEM.
struct node_rosters *node_rosters_create(const struct node_io *io, struct node_discovery *d);
void node_rosters_destroy(struct node_rosters *r);

// Another master asks us, by Data for STREAM_ROSTER_PORT.
void node_rosters_serve(struct node_rosters *r, const struct node_rosters_cfg *cfg,
	const struct node_data *in, uint64_t now_ms, uint64_t wall_us);

// A master that we asked answers, by Data for STREAM_ROSTER_ASKER_PORT. Returns false when its roster does
// not come to an end: it is then left alone for STREAM_ASKS_HOLD_MS.
bool node_rosters_take(struct node_rosters *r, const struct node_data *in, uint64_t now_ms, uint64_t wall_us);

// Ask on. Returns whether answers are waited for: then call it again within milliseconds.
bool node_rosters_tick(struct node_rosters *r, const struct node_rosters_cfg *cfg, uint64_t now_ms);

struct node_rosters_counts {
	uint64_t asked;  // requests that left
	uint64_t taken;  // answers to them
	uint64_t served; // answers that we gave
	uint64_t unsent; // requests and answers that could not be sent
};

struct node_rosters_counts node_rosters_counts(const struct node_rosters *r);
