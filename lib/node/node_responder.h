// SPDX-License-Identifier: BSD-3-Clause
// The responder: Discovers that workers handed up are answered, each after a short random pause
// (docs/protocol.md section 5, "Receive a Discover", step 2). Pure: time and sending are passed in
// (node_io.h). One thread.
//
// All nodes hear a Discover at about the same time: answers that leave at once would meet in the asker's
// queue. Every port has its own share of answers and of places to wait in, so that a flood of Discovers by
// one port costs the askers behind others nothing. Memory is set aside once: 0.9 MB.
#pragma once

#include "node_io.h"

#define NODE_RESPONDER_PAUSE_MS  50  // the longest pause
#define NODE_RESPONDER_WAIT      512 // answers that wait; one more leaves without a pause
#define NODE_RESPONDER_WAIT_PORT 64  // of these to askers behind one port
#define NODE_RESPONDER_PER_S \
	1000 // answers to askers behind one port. A Discover is answered by some
	     // twice its length

struct node_responder;

// NULL with errno ENOMEM.
struct node_responder *node_responder_create(const struct node_io *io);
// Answers that wait are dropped.
void node_responder_destroy(struct node_responder *r);

// Answer a Discover that came in on slot: len bytes from the Ethernet header on. Whether it may be answered
// (own id, loops, limits of an origin) was asked before, by a worker. What is no Discover, and what comes in
// by a port that is gone, is passed over.
void node_responder_take(
	struct node_responder *r, uint8_t slot, const uint8_t *bytes, uint32_t len, uint64_t now_ms);

// Send what is due. Returns whether answers still wait: then call it again within milliseconds.
bool node_responder_tick(struct node_responder *r, uint64_t now_ms);

struct node_responder_counts {
	uint64_t sent;
	uint64_t unsent; // no buffer, the port went down, the answer was too long
};

struct node_responder_counts node_responder_counts(const struct node_responder *r);
