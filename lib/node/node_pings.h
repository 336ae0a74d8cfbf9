// SPDX-License-Identifier: BSD-3-Clause
// Runs of pings: when a ping leaves and by which path, which answers are believed, what is told when none
// comes. A run holds a source port of its own, by which its answers are told from others'; that an answer is
// one to a ping of ours is told by the ping's token and the way that it took (stream_ping.h). Pure: time and
// sending are passed in (node_io.h). One thread. Memory is set aside once: 0.4 MB.
#pragma once

#include "node_data.h"
#include "node_discovery.h"
#include "stream_ping.h"

#define NODE_PINGS_MAX       16    // runs at once
#define NODE_PINGS_PORT      49152 // source ports of runs, from here to the end
#define NODE_PINGS_FIND_MS   2000  // a node without a path is looked for so long: two rounds
#define NODE_PINGS_ASK_MS    3000  // how long discovery goes on after a ping was lost
#define NODE_PINGS_AT_A_TICK 64    // pings of one run

// What happened to a run.
enum node_ping_what {
	NODE_PING_INVALID,
	NODE_PING_ANSWERED, // seq, rtt_ns
	NODE_PING_TIMEOUT,  // seq: no answer in time
	NODE_PING_UNSENT,   // seq, err, path: it did not leave, and counts as sent and lost
	NODE_PING_SOUGHT,   // the node has no path, and is looked for from now on. Once
	// that was the end: the run is free when tell returns
	NODE_PING_NOT_FOUND, // the node was looked for in vain
	NODE_PING_NO_LINK,   // the port of the link is gone
	NODE_PING_DONE,      // all pings are answered or lost
};

struct node_ping_news {
	enum node_ping_what what;
	uint32_t seq;
	uint64_t rtt_ns;
	int err;                      // of node_path_find(), node_path_link() or node_data_send()
	const struct node_path *path; // not to be looked at when none was found
};

// Who runs pings. Calls come as struct node_io's do; run is what node_pings_open() returned.
struct node_ping_user {
	void *ctx;
	void (*tell)(void *ctx, uint32_t run, const struct node_ping_news *news);
	// The node that a run with id 0 means, by its name; 0 = nobody has told us yet.
	uint64_t (*id_of)(void *ctx, uint32_t run);
	// The slot that the link of a run is on, or a negative errno: its port is gone.
	int (*link_slot_of)(void *ctx, uint32_t run);
	// Nanoseconds by the clock that stamps Data (struct node_data's at_ns). Asked just before a ping
	// leaves.
	uint64_t (*now_ns)(void *ctx);
};

struct node_ping_cfg {
	uint64_t id;       // of the node; 0 = only a name is known
	bool is_link;      // over one link alone, whatever paths are known; wants an id
	uint64_t link_mac; // of the neighbor at its other end
	uint32_t count;    // as in struct stream_ping_cfg, and so on
	uint32_t interval_ms;
	uint32_t timeout_ms;
	uint32_t size;
};

struct node_pings;

// d outlives it: it gives paths, and judges them by what came back. NULL with errno ENOMEM.
struct node_pings *node_pings_create(
	const struct node_io *io, struct node_discovery *d, const struct node_ping_user *user);
void node_pings_destroy(struct node_pings *p);

// Begin a run, if fewer than n_max (at most NODE_PINGS_MAX) are there: its number, or -EBUSY. The first ping
// leaves at the next tick, or once the node is found.
BASE_MUST_USE int node_pings_open(
	struct node_pings *p, const struct node_ping_cfg *cfg, uint32_t n_max, uint64_t now_ms);

// End a run, without a word. Not from within tell.
void node_pings_close(struct node_pings *p, uint32_t run);

// Of a run that is there, valid until it ends.
uint64_t node_pings_id(const struct node_pings *p, uint32_t run); // 0 = not known yet
const struct stream_ping *node_pings_ping(const struct node_pings *p, uint32_t run);
// How many answers of each kind were none: NODE_N_REFUSED of them.
const uint32_t *node_pings_refused(const struct node_pings *p, uint32_t run);

// Take up Data from the service port of pings.
void node_pings_take(struct node_pings *p, const struct node_data *in, uint64_t now_ms);

// Send what is due, tell what did not come. Returns whether runs are there: then call it again within
// milliseconds.
bool node_pings_tick(struct node_pings *p, uint64_t now_ms);
