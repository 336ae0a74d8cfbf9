// SPDX-License-Identifier: BSD-3-Clause
// Bounded parsing of RoMON frames. Reads no byte before its length is known; one verdict per frame;
// allocates nothing. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base_err.h"
#include "wire_frame.h"
#include "wire_verdict.h"

// What stands before the RoMON header.
struct wire_l2 {
	uint16_t romon_off; // 14, or 18 behind a VLAN tag
	uint16_t vid;       // 0: untagged, or a priority tag
};

// A parsed frame. Offsets count from the RoMON header; 0 = absent.
struct wire_frame {
	uint8_t type; // enum wire_type
	uint8_t channel;
	uint8_t n_hops;
	uint8_t ptr;
	uint16_t len;          // RoMON bytes: from the type byte to the end that the length field gives
	uint16_t hops_off;     // first hop entry
	uint16_t body_off;     // first TLV, or the service ports of Data
	uint16_t route_off[2]; // value (not tag) of the first and second Route TLV
	uint16_t identity_off;
	uint16_t version_off;
	uint16_t board_off;
	uint8_t identity_len;
	uint8_t board_len;
	uint16_t nonce_off;
	uint16_t nonce_echo_off;
	uint16_t counter_min_off;
};

// Find the RoMON header of a frame of len bytes: WIRE_OK, WIRE_RUNT, WIRE_NOT_ROMON or WIRE_VLAN_DEPTH.
BASE_MUST_USE enum wire_verdict wire_l2_parse(const uint8_t *frame, uint32_t len, struct wire_l2 *out);

// Parse a RoMON header and all that follows. len counts the bytes from romon to the end of what was
// received, padding included. out is valid only with WIRE_OK. The header's checks run in the order of
// WIRE_VERDICTS, then TLVs are judged one by one from the front.
BASE_MUST_USE enum wire_verdict wire_frame_parse(const uint8_t *romon, uint32_t len, struct wire_frame *out);

// All 24 auth bytes zero.
static inline bool wire_is_unsigned(const uint8_t *romon)
{
	uint64_t a[3];

	memcpy(a, romon + offsetof(struct wire_hdr, auth), sizeof(a));
	return (a[0] | a[1] | a[2]) == 0;
}

// Entry idx of the hop list; idx < n_hops.
static inline const struct wire_hop *wire_hop_at(
	const uint8_t *romon, const struct wire_frame *f, uint32_t idx)
{
	return (const struct wire_hop *)(romon + f->hops_off + idx * WIRE_HOP_LEN);
}
