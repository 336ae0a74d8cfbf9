// SPDX-License-Identifier: BSD-3-Clause
// Reading pcapng, block by block: the caller reads PCAPNG_HEAD_LEN bytes, asks how long the block is, reads
// the rest, and hands over the whole block. Both byte orders; hostile input allowed. Any thread; no I/O.
//
// Beside libpcap because that hides what a capture of several ports is for: which interface, which way.
#pragma once

#include <stdbool.h>

#include "base_err.h"
#include "pcapng.h"

#define PCAPNG_HEAD_LEN      12
#define PCAPNG_BLOCK_LEN_MAX (16u << 20)
#define PCAPNG_IFS_MAX       256

struct pcapng_if {
	uint16_t link_type;
	uint32_t snaplen;
	uint8_t resolution; // as in if_tsresol: 10^-n, or 2^-n with the high bit set
	int64_t offset_s;
	char name[PCAPNG_NAME_LEN_MAX + 1]; // bytes as they stand in the file: escape before use; "" = none
};

struct pcapng_reader {
	bool has_section;
	bool is_swapped;
	uint32_t n_ifs; // of the section
	struct pcapng_if ifs[PCAPNG_IFS_MAX];
};

void pcapng_read_init(struct pcapng_reader *r);

// Bytes of the whole block that begins with head, PCAPNG_HEAD_LEN to PCAPNG_BLOCK_LEN_MAX; -EINVAL for what
// is none.
BASE_MUST_USE int pcapng_read_head(struct pcapng_reader *r, const uint8_t head[PCAPNG_HEAD_LEN]);

// Take a block of len bytes, as long as its head said. 1 with *out pointing into it when it is a packet,
// 0 for a block of another kind, -EINVAL for a damaged one.
BASE_MUST_USE int pcapng_read_block(
	struct pcapng_reader *r, const uint8_t *block, uint32_t len, struct pcapng_packet *out);
