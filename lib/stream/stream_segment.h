// SPDX-License-Identifier: BSD-3-Clause
// One segment of a byte stream in the payload of a Data frame (docs/protocol.md, "Streams"). Pure; any
// thread.
//
//	u16 source port, u16 destination port, u8 kind, u8 unused, u32 seq, u32 ack, bytes
//
// seq counts bytes: an open has that of the first byte to come and takes none of its own. ack is the next
// byte that the sender waits for; 0 in an open, and in a close that says "I read nothing any more".
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define STREAM_SEGMENT_HEADER_LEN 14
#define STREAM_SEGMENT_DATA_MAX   1400 // bytes behind the header, at most

// As on the wire.
enum stream_kind {
	STREAM_KIND_OPEN = 0,
	STREAM_KIND_ACCEPT = 1,
	STREAM_KIND_DATA = 2,
	STREAM_KIND_ACK = 3,
	STREAM_KIND_CLOSE = 4,
	STREAM_N_KINDS,
};

struct stream_segment {
	uint16_t src_port;
	uint16_t dst_port;
	uint8_t kind; // STREAM_N_KINDS and more: of a later version
	uint32_t seq;
	uint32_t ack;
	const uint8_t *data; // when parsed, points into the payload
	uint32_t len;        // of data
};

// Write the header; out has room for STREAM_SEGMENT_HEADER_LEN. The data goes behind it.
void stream_segment_build(uint8_t *out, const struct stream_segment *s);

// The payload of a Data frame, from its ports on. False: too short for a segment.
BASE_MUST_USE bool stream_segment_parse(const uint8_t *payload, uint32_t len, struct stream_segment *out);

// Sequence numbers go round: is a before b?
static inline bool stream_seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}
