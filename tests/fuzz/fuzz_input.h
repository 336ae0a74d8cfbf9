// SPDX-License-Identifier: BSD-3-Clause
// An input that is read as operations, byte by byte. Fuzz targets only.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct input {
	const uint8_t *next;
	size_t left;
};

// The next byte; 0 when there is none.
static inline uint8_t take(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->next++;
}

// What the last run did, as one number: fuzz_replay.c feeds all inputs forwards and backwards and compares,
// since a run that depends on those before it makes findings that nobody can repeat. Targets without a state
// that lasts leave it out.
uint64_t fuzz_outcome(void);

// The number so far, and what comes next: FNV-1a over words of eight bytes, the last one filled up with
// zeros.
static inline uint64_t fuzz_mix(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, (const uint8_t *)bytes + i, len - i < sizeof(word) ? len - i : sizeof(word));
		hash = (hash ^ word) * 0x100000001b3u;
		hash ^= hash >> 32;
	}
	return hash;
}
