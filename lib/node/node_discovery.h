// SPDX-License-Identifier: BSD-3-Clause
// Discovery as an origin: rounds of Discover, by the timer of a master or because somebody asks, and what the
// answers tell (docs/protocol.md section 5, docs/topology.md). Pure: time and sending are passed in
// (node_io.h). One thread.
//
// It owns a struct topo, which bounds what answers can make it keep; its own memory is 1 kB.
#pragma once

#include "node_io.h"
#include "topo.h"

#define NODE_DISCOVERY_WANTED_MS 1000 // between rounds while somebody asks: as RouterOS does
#define NODE_DISCOVERY_LOOK_MS   50   // between looks at ports, and at what grows old
#define NODE_DISCOVERY_SETTLE_MS 100  // a port that came up is asked after this long
#define NODE_DISCOVERY_ANSWER_MS \
	10000 // after a round answers are taken for so long: whom nobody asked is not
	      // believed

// What the configuration says; may be another one in each call.
struct node_discovery_cfg {
	bool is_enabled;      // RoMON as a whole
	bool is_master;       // asks by its timer
	uint32_t interval_ms; // of that timer, and of reports of other masters
	uint32_t late_after;  // in intervals, see struct topo_pace
	uint32_t down_after;
	uint32_t nodes_max; // rows of the inventory
};

struct node_discovery;

// A topology without nodes. NULL with errno.
struct node_discovery *node_discovery_create(const struct node_io *io, const struct node_discovery_cfg *cfg);
void node_discovery_destroy(struct node_discovery *d);

// What is known of the overlay. Never NULL; another one after our RoMON id changed: ask again after each
// node_discovery_tick().
struct topo *node_discovery_topo(const struct node_discovery *d);

// Somebody wants to know: rounds each second until then, the first at the next tick.
void node_discovery_want(struct node_discovery *d, uint64_t until_ms, uint64_t now_ms);

// What a tick did, and left to the caller.
struct node_discovery_did {
	bool is_round;       // a round was sent: its answers come at once, and all together
	uint64_t asked;      // the slots by which its Discovers left
	bool has_looked;     // drain topo_event_next() and topo_dirty_next()
	bool is_deny_undone; // other ports are up, or the topology is a new one: set the denied ids again
	bool is_left_behind; // our id changed, and there is no memory for a new topology: nodes stay listed
			     // as seen from the old one
};

// Send a round if one is due, look at our ports, let the topology age. Call it every 50 ms or more often.
struct node_discovery_did node_discovery_tick(
	struct node_discovery *d, const struct node_discovery_cfg *cfg, uint64_t now_ms);

enum node_answer {
	NODE_ANSWER_INVALID,
	NODE_ANSWER_TAKEN,
	NODE_ANSWER_UNTAKEN, // one to a Discover of ours, but it describes what cannot be, or there is no
			     // room
	NODE_ANSWER_NONE,    // no DiscoverResp, or not to us, or nobody was asked, or by another port
};

// Take up a DiscoverResp for us that came in on slot: len bytes from the Ethernet header on. why: a sentence
// when it is not taken, valid until the next call.
enum node_answer node_discovery_take(struct node_discovery *d, uint8_t slot, const uint8_t *bytes,
	uint32_t len, uint64_t now_ms, uint64_t wall_us, const char **why);

// What was sent to a node by its present path was answered, or was not within waited_ms: the topology judges
// paths by it.
void node_discovery_path_tell(
	struct node_discovery *d, uint64_t id, bool is_answered, uint32_t waited_ms, uint64_t now_ms);

struct node_discovery_counts {
	uint64_t rounds;
	uint64_t unsent;          // Discovers of rounds that could not be sent
	uint64_t answers;         // taken up
	uint64_t answers_refused; // not taken up
};

struct node_discovery_counts node_discovery_counts(const struct node_discovery *d);
