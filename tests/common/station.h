// SPDX-License-Identifier: BSD-3-Clause
// A made-up neighbor that signs by romond-1, for tests of a bed: it has a counter, answers Hellos, and knows
// nothing else. Tests only.
#pragma once

#include "auth_digest.h"
#include "dp_bed.h"

struct station {
	struct base_mac mac;
	struct auth_key key;
	uint64_t counter; // of its next frame
	uint16_t vid;     // tag of what station_meet() sends; 0 = none
};

// The station frame_mac(n) with this secret; its counter begins at the bed's clock.
void station_init(struct station *s, uint16_t n, const char *secret);

// Sign a frame whose Ethernet source is the station's, with its next counter, or with one that is given.
void station_sign(struct station *s, struct frame *f);
void station_sign_at(const struct station *s, struct frame *f, uint64_t counter);

// Is this frame signed by the station's secret, by whoever sent it? *counter (may be NULL) is its counter.
bool station_verifies(const struct station *s, const struct frame *f, uint64_t *counter);

// A signed Hello to that address: nonce and echo as given, 0 = leave it out.
void station_hello_to(
	struct station *s, struct base_mac dst, uint64_t nonce, uint64_t echo, struct frame *out);

// A signed Hello to port slot: nonce and echo as given, 0 = leave it out.
void station_hello(struct station *s, struct dp_bed *bed, uint8_t slot, uint64_t nonce, uint64_t echo,
	struct frame *out);
void station_seq_err(
	struct station *s, struct dp_bed *bed, uint8_t slot, uint64_t counter_min, struct frame *out);

// Nonce and echo of the next Hello that left by slot; frames of other types are passed over. False: none.
bool station_hello_take(struct dp_bed *bed, uint8_t slot, uint64_t *nonce, uint64_t *echo);

// Make the node take the station's frames on slot: it sends a Discover, is asked, and answers. What leaves
// meanwhile is thrown away. False when it did not come about.
bool station_meet(struct station *s, struct dp_bed *bed, uint8_t slot);
