// SPDX-License-Identifier: BSD-3-Clause
// The hash from keys to rows. lib/nbr only; the worker that owns the table, and nobody else.
//
// Buckets of one cache line, which hold no keys but 16 bits of each key's hash beside the row's number: the
// row itself has the key, and whoever looks up reads that line anyway. So a key that is known costs two
// lines, and both are known early enough to be fetched for a whole burst at once. A key whose bucket is full
// goes to the next that is not; each full bucket counts those that passed it, so that a search that should
// find nothing ends at the first bucket as a rule.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "nbr_table.h"

#define NBR_BUCKET_LEN 8
// Buckets that a key may stand in. At the most that a table is filled, half of all places, one key in a
// thousand needs the second. Only keys that were chosen to collide could fill so many.
#define NBR_PROBE_MAX 16

struct nbr_bucket {
	uint16_t tags[NBR_BUCKET_LEN]; // 0 = free
	uint32_t rows[NBR_BUCKET_LEN];
	uint16_t n_passed; // keys that stand in a later bucket for want of room here
	uint16_t unused[7];
};

_Static_assert(sizeof(struct nbr_bucket) == 64, "one cache line");

struct nbr_index {
	struct nbr_bucket *buckets;
	uint32_t mask; // buckets, a power of two, minus one
	uint64_t seed;
};

// A multiplicative hash keyed by the seed: an attacker who does not know it cannot choose colliding keys,
// which a CRC, being linear, would allow for any seed.
static inline uint32_t nbr_hash(uint64_t key, uint64_t seed)
{
	uint64_t x = (key ^ seed) * 0x9e3779b97f4a7c15u;

	x ^= x >> 29;
	x *= seed | 1;
	return (uint32_t)(x >> 32);
}

static inline uint16_t nbr_hash_tag(uint32_t hash)
{
	return (uint16_t)(hash >> 16 | 1);
}

static inline struct nbr_bucket *nbr_bucket_of(const struct nbr_index *x, uint32_t hash)
{
	return &x->buckets[hash & x->mask];
}

// The places of a bucket that have the tag: two bits for each.
static inline uint32_t nbr_bucket_match(const struct nbr_bucket *b, uint16_t tag)
{
#ifdef __SSE2__
	__m128i tags = _mm_load_si128((const __m128i *)b->tags);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag)));
#else
	uint32_t match = 0;

	for (uint32_t i = 0; i < NBR_BUCKET_LEN; i++)
		match |= b->tags[i] == tag ? 3u << (2 * i) : 0;
	return match;
#endif
}

// The row that the key most likely has; any row, if it has none.
static inline uint32_t nbr_index_guess(const struct nbr_bucket *b, uint32_t hash)
{
	uint32_t match = nbr_bucket_match(b, nbr_hash_tag(hash));

	return match == 0 ? 0 : b->rows[__builtin_ctz(match) / 2];
}

// The row of a key, or NBR_INDEX_NONE.
uint32_t nbr_index_find(const struct nbr_index *x, const struct nbr_entry *entries, uint64_t key);
// Add a key that is not there. False: no room.
bool nbr_index_add(struct nbr_index *x, uint64_t key, uint32_t row);
// Remove a key that is there.
void nbr_index_remove(struct nbr_index *x, uint64_t key, uint32_t row);

// Control thread, in nbr_create.c: the buckets for so many keys, in bytes.
static inline uint64_t nbr_index_bytes(uint32_t capacity)
{
	uint64_t n = NBR_PROBE_MAX; // no probe comes round to where it began

	while (n * NBR_BUCKET_LEN < 2ull * capacity)
		n *= 2;
	return n * sizeof(struct nbr_bucket);
}
