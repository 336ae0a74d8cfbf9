// SPDX-License-Identifier: BSD-3-Clause
// Streams of the simulated nodes: lib/stream as the daemon runs it, over frames that other nodes' workers
// pass on. Who opens is an origin; every node answers. Tests only.
#pragma once

#include "node_data.h"
#include "sim_net.h"
#include "stream_talk.h"

#define SIM_STREAM_SERVICE 3
#define SIM_PAIRS_MAX      8

struct sim_streams;

// One connection: its two ends, the opener first.
struct sim_pair {
	uint32_t node[2];
	uint16_t port; // service port of the opener
	struct stream_talk talk[2];
	uint64_t moved_bytes[2]; // at the last look
	uint64_t moved_ns[2];    // since when they did not change though something is under way
};

// Give every honest node a table of streams that offers SIM_STREAM_SERVICE.
void sim_streams_open(struct sim_net *net);
void sim_streams_close(struct sim_net *net);

// Data that came in at a node. False: it is for no service of streams.
bool sim_streams_take(struct sim_net *net, uint32_t node, const struct node_data *in);
void sim_streams_tick(struct sim_net *net, uint32_t node);
void sim_streams_moved(struct sim_net *net, uint32_t node, uint64_t peer); // the path to it is another

// Open a connection from an origin to a node. NULL: there is no path, or as many as may be are open.
struct sim_pair *sim_streams_dial(
	struct sim_net *net, uint32_t origin, uint32_t node, uint64_t n_out, uint64_t n_in);
void sim_streams_restart(struct sim_net *net, uint32_t node); // it forgets all
void sim_streams_release(struct sim_net *net);                // all users let go
bool sim_streams_are_over(const struct sim_net *net);

// What never may be: a byte that is wrong, ten seconds without progress and without a name, a table above its
// limits.
void sim_streams_check(struct sim_net *net);
// When all were released and lingered: nothing is left of them.
void sim_streams_check_rest(struct sim_net *net);

struct sim_pair *sim_streams_pair(struct sim_net *net, uint32_t i); // NULL: there are not so many
uint64_t sim_streams_ignored(const struct sim_net *net); // segments that changed nothing, all nodes
