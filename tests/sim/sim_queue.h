// SPDX-License-Identifier: BSD-3-Clause
// What is to happen, in order of virtual time; what falls on one nanosecond happens in the order in which it
// was put here, so that a seed always gives the same run. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum sim_event_kind {
	SIM_EVENT_INVALID,
	SIM_EVENT_FRAME,  // what = mbuf, comes in at the end who
	SIM_EVENT_POLL,   // the worker of the node who looks at its queues
	SIM_EVENT_BRISK,  // control of the node who looks again, for something of it waits
	SIM_EVENT_TICK,   // discovery of the origin who
	SIM_EVENT_ATTACK, // the hostile node sends
	SIM_EVENT_STREAM, // streams of the node who have something to do
};

struct sim_event {
	uint64_t at_ns;
	uint64_t seq;
	void *what;
	uint32_t who;
	enum sim_event_kind kind;
};

struct sim_queue {
	struct sim_event *heap;
	uint32_t n;
	uint32_t size;
	uint64_t seq;
};

// Ends the program without memory.
void sim_queue_put(struct sim_queue *q, uint64_t at_ns, enum sim_event_kind kind, uint32_t who, void *what);

// The next event, if it is due until then.
bool sim_queue_take(struct sim_queue *q, uint64_t until_ns, struct sim_event *out);
