// SPDX-License-Identifier: BSD-3-Clause
// Bounded parsing of RoMON frames (docs/protocol.md sections 1 to 4 and 8). Reads no byte before its length
// is known; one verdict per frame; allocates nothing. Any thread.
//
// The checks stand in the order of WIRE_VERDICTS; tests/common/ref_parse.c says the same a second time,
// slowly, and every test frame must get one verdict from both. Inline, since a worker does this per frame.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base_be.h"
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
BASE_MUST_USE static inline enum wire_verdict wire_l2_parse(
	const uint8_t *frame, uint32_t len, struct wire_l2 *out)
{
	if (len < WIRE_ETH_LEN)
		return WIRE_RUNT;
	uint16_t ethertype = base_be16_load(frame + 12);
	out->romon_off = WIRE_ETH_LEN;
	out->vid = 0;
	if (ethertype == WIRE_ETHERTYPE)
		return WIRE_OK;
	if (ethertype == WIRE_ETHERTYPE_QINQ)
		return WIRE_VLAN_DEPTH;
	if (ethertype != WIRE_ETHERTYPE_VLAN)
		return WIRE_NOT_ROMON;

	if (len < WIRE_ETH_LEN + WIRE_VLAN_LEN)
		return WIRE_RUNT;
	ethertype = base_be16_load(frame + 16);
	if (ethertype == WIRE_ETHERTYPE_VLAN || ethertype == WIRE_ETHERTYPE_QINQ)
		return WIRE_VLAN_DEPTH;
	if (ethertype != WIRE_ETHERTYPE)
		return WIRE_NOT_ROMON;
	out->romon_off = WIRE_ETH_LEN + WIRE_VLAN_LEN;
	out->vid = base_be16_load(frame + 14) & 0x0fff;
	return WIRE_OK;
}

// Offset of the RoMON header behind any number of tags, also where wire_l2_parse() refuses them; 0 = this is
// another protocol. For showing frames, not for forwarding them.
static inline uint32_t wire_romon_find(const uint8_t *frame, uint32_t len)
{
	for (uint32_t off = WIRE_ETH_LEN; off <= len; off += WIRE_VLAN_LEN) {
		uint16_t ethertype = base_be16_load(frame + off - 2);

		if (ethertype == WIRE_ETHERTYPE)
			return off;
		if (ethertype != WIRE_ETHERTYPE_VLAN && ethertype != WIRE_ETHERTYPE_QINQ)
			return 0;
	}
	return 0;
}

// The TLVs from f->body_off to f->len. Called by wire_frame_parse().
BASE_MUST_USE enum wire_verdict wire_tlvs_parse(const uint8_t *romon, struct wire_frame *f);

// Parse a RoMON header and all that follows. len counts the bytes from romon to the end of what was
// received, padding included. out is valid only with WIRE_OK. The header's checks run in the order of
// WIRE_VERDICTS, then TLVs are judged one by one from the front.
BASE_MUST_USE static inline enum wire_verdict wire_frame_parse(
	const uint8_t *romon, uint32_t len, struct wire_frame *out)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	if (len < WIRE_HDR_LEN)
		return WIRE_RUNT;
	out->type = h->type;
	out->channel = h->channel;
	out->n_hops = h->n_hops;
	out->ptr = h->ptr;
	if (h->type == WIRE_TYPE_INVALID || h->type >= WIRE_N_TYPES)
		return WIRE_TYPE_UNKNOWN;

	uint32_t frame_len = base_be16_load(h->length);
	uint32_t hops_off = wire_hops_offset(h->type);
	if (frame_len < WIRE_ETH_LEN + hops_off)
		return WIRE_LENGTH_SHORT;
	uint32_t romon_len = frame_len - WIRE_ETH_LEN;
	if (romon_len > len)
		return WIRE_LENGTH_LONG;
	out->len = (uint16_t)romon_len;
	uint64_t src_id = base_mac_u64_inner(&h->src_id);
	if (src_id == 0 || (src_id & 1) != 0)
		return WIRE_ID_INVALID;

	uint32_t n = h->n_hops;
	if (n > WIRE_HOPS_MAX)
		return WIRE_HOP_COUNT;
	uint32_t body_off = hops_off + n * WIRE_HOP_LEN;
	if (body_off > romon_len)
		return WIRE_HOP_TRUNCATED;
	out->body_off = (uint16_t)body_off;
	memset(out->route_off, 0, sizeof(*out) - offsetof(struct wire_frame, route_off));

	if (h->type == WIRE_TYPE_DATA) {
		if (h->ptr >= n)
			return WIRE_HOP_POINTER;
		return romon_len - body_off < sizeof(struct wire_services) ? WIRE_PAYLOAD_SHORT : WIRE_OK;
	}
	if (h->ptr > n)
		return WIRE_HOP_POINTER;
	return wire_tlvs_parse(romon, out);
}

// The 24 auth bytes, or-ed.
static inline uint64_t wire_auth_bits(const uint8_t *romon)
{
	const uint8_t *auth = romon + offsetof(struct wire_hdr, auth);
	uint64_t a, b, c; // three loads: an array would go by way of the stack

	memcpy(&a, auth, sizeof(a));
	memcpy(&b, auth + 8, sizeof(b));
	memcpy(&c, auth + 16, sizeof(c));
	return a | b | c;
}

// All 24 auth bytes zero.
static inline bool wire_is_unsigned(const uint8_t *romon)
{
	return wire_auth_bits(romon) == 0;
}

// Entry idx of the hop list; idx < n_hops.
static inline const struct wire_hop *wire_hop_at(
	const uint8_t *romon, const struct wire_frame *f, uint32_t idx)
{
	return (const struct wire_hop *)(romon + wire_hops_offset(f->type) + idx * WIRE_HOP_LEN);
}

// What wire_data_accept() compares with.
struct wire_data_want {
	uint32_t word;  // bytes 12 to 15 of the frame: EtherType, type, channel
	uint32_t n_max; // most links, at most WIRE_HOPS_MAX
};

static inline struct wire_data_want wire_data_want_make(uint8_t channel, uint32_t n_max)
{
	const uint8_t bytes[4] = {WIRE_ETHERTYPE >> 8, WIRE_ETHERTYPE & 0xff, WIRE_TYPE_DATA, channel};
	struct wire_data_want want = {.n_max = n_max < WIRE_HOPS_MAX ? n_max : WIRE_HOPS_MAX};

	memcpy(&want.word, bytes, sizeof(bytes));
	return want;
}

// The short way for what busy nodes see most: an untagged, unsigned Data frame of that channel with at most
// n_max links. True: wire_l2_parse() finds a RoMON header at 14, wire_frame_parse() says WIRE_OK to it, and
// wire_is_unsigned() holds. False says nothing: ask them. frame has len bytes, from the Ethernet header to
// the end of what was received.
static inline bool wire_data_accept(const uint8_t *frame, uint32_t len, const struct wire_data_want *want)
{
	const uint8_t *romon = frame + WIRE_ETH_LEN;
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	uint32_t word;

	if (len < WIRE_ETH_LEN + WIRE_HDR_LEN)
		return false;
	memcpy(&word, frame + 12, sizeof(word));
	uint64_t src_id = base_mac_u64_inner(&h->src_id);
	if (((word ^ want->word) | wire_auth_bits(romon) | (src_id & 1)) != 0 || src_id == 0)
		return false;
	uint32_t frame_len = base_be16_load(h->length);
	uint32_t n = h->n_hops;
	uint32_t body_end = WIRE_ETH_LEN + WIRE_HDR_LEN + n * WIRE_HOP_LEN + sizeof(struct wire_services);
	return frame_len <= len && body_end <= frame_len && n <= want->n_max && h->ptr < n;
}
