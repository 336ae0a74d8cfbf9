// SPDX-License-Identifier: BSD-3-Clause
// Building RoMON frames into a buffer of the caller (docs/protocol.md sections 2 to 6 and 8). A builder
// never writes past its buffer: it remembers that something did not fit and wire_build_finish() says so.
// Any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "wire_frame.h"

struct wire_builder {
	uint8_t *frame; // Ethernet header first
	uint32_t size;  // bytes in frame
	uint32_t len;   // bytes written
	bool is_full;   // something did not fit
};

struct wire_addr {
	struct base_mac eth_dst;
	struct base_mac eth_src;
	struct base_mac src_id;
	struct base_mac dst_id;
	uint8_t channel;
};

// Begin an untagged, unsigned frame with an empty hop list and pointer 0.
void wire_build_begin(struct wire_builder *b, uint8_t *frame, uint32_t size, enum wire_type type,
	const struct wire_addr *addr);

// Append one hop entry. Only before the first TLV or the payload. n is counted in the header;
// more than WIRE_HOPS_MAX are refused as "did not fit".
void wire_build_hop(struct wire_builder *b, uint32_t link_id, const struct base_mac *mac);
void wire_build_ptr(struct wire_builder *b, uint8_t ptr);

// Append one TLV; len at most 255, more is refused as "did not fit". value may be NULL when len is 0.
void wire_build_tlv(struct wire_builder *b, uint8_t tag, const void *value, size_t len);
void wire_build_route(struct wire_builder *b, const struct wire_route *route);

// Append raw bytes (the payload of Data).
void wire_build_bytes(struct wire_builder *b, const void *bytes, size_t len);
void wire_build_services(struct wire_builder *b, uint16_t src_port, uint16_t dst_port);

// Write the length field. Returns the frame's length in bytes, or -ENOSPC when something did not fit.
BASE_MUST_USE int wire_build_finish(struct wire_builder *b);

// Fill one side of a Route TLV. cost above 65535 is not representable on the wire and never gets here.
void wire_link_end_set(struct wire_link_end *end, uint32_t link_id, uint16_t l2mtu, uint16_t cost,
	const struct base_mac *mac);
