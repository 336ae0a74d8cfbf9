// SPDX-License-Identifier: BSD-3-Clause
// What each frame carries in its last bytes: which frame it is, and when it was due. Behind the Data payload,
// or the value of the last TLV, which no node knows, so that all leave it alone. Written and read by the same
// process: host byte order. Any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define GEN_STAMP_LEN   24
#define GEN_STAMP_MAGIC 0x4e474d52u // "RMGN"
#define GEN_TAG_STAMP   0xf0        // TLV that holds a stamp
#define GEN_TAG_FILLER  0xf1        // TLV that makes a frame longer

struct gen_stamp {
	uint32_t magic;
	uint16_t run; // of the trial: late frames of another one are told apart
	uint16_t flow;
	uint32_t seq;   // in the flow, from 0
	uint32_t check; // over all other fields
	uint64_t due;   // TSC when it was to be sent, whenever it was
};

_Static_assert(sizeof(struct gen_stamp) == GEN_STAMP_LEN, "copied as it is");

static inline uint32_t gen_stamp_check(const struct gen_stamp *s)
{
	uint64_t x = ((uint64_t)s->flow << 48 | (uint64_t)s->run << 32 | s->seq) * 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 32 ^ s->due) * 0xff51afd7ed558ccdull;
	x = (x ^ x >> 29) * 0xc4ceb9fe1a85ec53ull;
	return (uint32_t)(x >> 32);
}

// At p, at any alignment.
static inline void gen_stamp_write(uint8_t *p, uint16_t run, uint16_t flow, uint32_t seq, uint64_t due)
{
	struct gen_stamp s = {.magic = GEN_STAMP_MAGIC, .run = run, .flow = flow, .seq = seq, .due = due};

	s.check = gen_stamp_check(&s);
	memcpy(p, &s, sizeof(s));
}

// Is there a whole stamp at p?
static inline bool gen_stamp_read(const uint8_t *p, struct gen_stamp *out)
{
	memcpy(out, p, sizeof(*out));
	return out->magic == GEN_STAMP_MAGIC && out->check == gen_stamp_check(out);
}
