// SPDX-License-Identifier: BSD-3-Clause
// Captured packets from a file, and a RoMON frame as JSON (docs/capture.md). Main thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_text.h"

#define DECODE_NAME_LEN 256

struct decode_packet {
	uint64_t number; // in the file, from 1
	bool has_time;
	uint64_t time_ns;                // since 1970
	char interface[DECODE_NAME_LEN]; // escaped; "" = the file names none
	const char *dir;                 // "in", "out", NULL = not known
	const uint8_t *bytes;            // valid until the next packet is read
	uint32_t captured;               // of these
	uint32_t length;                 // on the wire
};

struct decode_source;

// Open a file, "-" = standard input: pcapng, pcap, or hex digits as in tests/vectors (one frame). NULL with a
// sentence in why.
BASE_MUST_USE struct decode_source *decode_source_open(const char *path, struct base_text *why);
void decode_source_close(struct decode_source *s); // accepts NULL

// The next packet: 1, 0 at the end, -errno with a sentence in why when the file is damaged from here on.
BASE_MUST_USE int decode_source_next(
	struct decode_source *s, struct decode_packet *out, struct base_text *why);

// All that stands in a RoMON frame, as far as its bytes carry: a new object, or NULL for another protocol.
json_t *decode_json(const struct decode_packet *p);
