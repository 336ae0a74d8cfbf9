// SPDX-License-Identifier: BSD-3-Clause
// What a simulated router of --demo says, as a router would (docs/protocol.md sections 5 and 6): it announces
// itself, answers Discovers for itself and for the routers behind it, pings, and answers pings. Pure
// functions over bytes; control thread.
#pragma once

#include <stdint.h>

#include "wire_frame.h"

struct demo_router {
	struct base_mac mac; // of its port towards romond; its RoMON id too
	const char *identity;
	const char *board;
	uint32_t n_behind; // routers that only this one reaches
	const struct demo_router *behind;
};

// Where frames towards romond go: len bytes, untagged; len < 0: it could not be built.
typedef void (*demo_send_fn)(void *user, const uint8_t *frame, int len);

void demo_router_announce(const struct demo_router *r, demo_send_fn send, void *user);

// A ping to another router through romond: in by its port with port_mac, out by the one of to_link_id.
void demo_router_ping(const struct demo_router *r, const struct base_mac *port_mac, uint32_t to_link_id,
	const struct demo_router *to, uint32_t seq, demo_send_fn send, void *user);

// Hear a frame of len bytes, Ethernet header first, and answer it if a router would.
void demo_router_hear(
	const struct demo_router *r, const uint8_t *frame, uint32_t len, demo_send_fn send, void *user);
