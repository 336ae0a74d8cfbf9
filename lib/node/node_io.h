// SPDX-License-Identifier: BSD-3-Clause
// What the parts of lib/node ask of whoever runs them: the daemon, the simulator, a test. Each part keeps a
// copy of a struct node_io; what ctx points to outlives the part. All calls come from the thread that called
// the part, before that call returns, and must not call the part again.
//
// Time is passed to each call that needs it, and never goes back: now_ms is monotonic and drives all
// timers; wall_us is for people. Ports have slots, 0 to NODE_PORTS - 1, as in lib/snap.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"
#include "node_refused.h"
#include "topo_frame.h"

#define NODE_PORTS TOPO_PORTS

// A node port of ours, as of now.
struct node_port {
	struct topo_port own;
	bool is_active; // it can send
};

struct node_io {
	void *ctx;

	// The node port in a slot. False: there is none, as in every slot from NODE_PORTS on, or RoMON is
	// off.
	bool (*port)(void *ctx, uint8_t slot, struct node_port *out);

	// The slot of our node port with this link id, or -ENOENT.
	int (*slot_of)(void *ctx, uint32_t link_id);

	// What we say of ourselves. Texts are read before the call into the part returns.
	void (*self)(void *ctx, struct topo_self *out);

	// Send a frame of len bytes, built untagged with the port's MAC as its source, out of a node port;
	// frame stays the caller's. 0; -ENETDOWN: no such port, or it cannot send now; -EMSGSIZE: longer than
	// the port's l2mtu; -ENOBUFS: no buffer, or the way to the port is full.
	int (*send)(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len);

	// Fill out with bytes that nobody can guess.
	void (*random)(void *ctx, void *out, size_t len);

	// What came in by the port was refused: to be counted.
	void (*refuse)(void *ctx, uint8_t slot, enum node_refused why);
};
