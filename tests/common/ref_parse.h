// SPDX-License-Identifier: BSD-3-Clause
// The reference parser: a second, slow reading of docs/protocol.md sections 1 to 4, 6 and 8, kept apart from
// lib/wire so that a mistake has to be made twice to pass. It takes one byte after the other out of a
// reader that counts what is left, and copies every value. Of lib/wire it uses the verdicts alone.
// Tests and fuzz targets only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire_verdict.h"

#define REF_HOPS_MAX  128
#define REF_TEXT_MAX  255
#define REF_ABSENT_AT 0 // no value can stand at the header's first byte

struct ref_hop {
	uint32_t link_id;
	uint8_t mac[6];
};

struct ref_link_end {
	uint32_t link_id;
	uint16_t l2mtu;
	uint16_t cost;
	uint8_t mac[6];
};

struct ref_route {
	uint8_t id[6];
	struct ref_link_end in;
	struct ref_link_end out;
};

// A TLV's value, and how many RoMON bytes stand before it.
struct ref_value {
	uint32_t at;
	uint8_t len;
	uint8_t bytes[REF_TEXT_MAX];
};

struct ref_frame {
	uint32_t n_before; // L2 bytes before the RoMON header
	uint16_t vid;
	uint8_t type;
	uint8_t channel;
	uint16_t length; // as in the field
	uint8_t auth[24];
	uint8_t src_id[6];
	uint8_t dst_id[6];
	uint8_t n_hops;
	uint8_t ptr;
	uint32_t hops_at;
	struct ref_hop hops[REF_HOPS_MAX];
	uint32_t body_at;
	uint32_t n_routes;
	uint32_t route_at[2];
	struct ref_route routes[2];
	struct ref_value identity;
	struct ref_value version;
	struct ref_value board;
	struct ref_value nonce;
	struct ref_value nonce_echo;
	struct ref_value counter_min;
	uint16_t src_port; // Data
	uint16_t dst_port;
};

// Judge a whole frame of len bytes from its Ethernet header on. Fields are valid with WIRE_OK only.
enum wire_verdict ref_parse_frame(const uint8_t *frame, uint32_t len, struct ref_frame *out);

// Judge only what stands before the RoMON header: n_before and vid are valid with WIRE_OK only.
enum wire_verdict ref_parse_l2(const uint8_t *frame, uint32_t len, struct ref_frame *out);
