// SPDX-License-Identifier: BSD-3-Clause
// The hash index: every row is found by its hash and no other is, while it grows and rows come and go; chains
// stay short; and the hash is SipHash-1-3, whose keys nobody on the wire can choose collisions for.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "test_random.h"
#include "topo_map.h"

#define N_ROWS 5000

static uint64_t random_u64(void)
{
	return (uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX);
}

static void ref_round(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d)
{
#define LEFT(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
	*a += *b;
	*c += *d;
	*b = LEFT(*b, 13) ^ *a;
	*d = LEFT(*d, 16) ^ *c;
	*a = LEFT(*a, 32);
	*c += *b;
	*a += *d;
	*b = LEFT(*b, 17) ^ *c;
	*d = LEFT(*d, 21) ^ *a;
	*c = LEFT(*c, 32);
}

// SipHash-1-3 as Aumasson and Bernstein wrote it down, byte by byte.
static uint64_t ref_siphash(uint64_t k0, uint64_t k1, const uint8_t *bytes, uint32_t len)
{
	uint64_t a = k0 ^ 0x736f6d6570736575u;
	uint64_t b = k1 ^ 0x646f72616e646f6du;
	uint64_t c = k0 ^ 0x6c7967656e657261u;
	uint64_t d = k1 ^ 0x7465646279746573u;

	for (uint32_t at = 0; at < len + 1; at += 8) {
		uint64_t word = at + 8 > len ? (uint64_t)(len & 0xff) << 56 : 0;

		for (uint32_t i = 0; i < 8 && at + i < len; i++)
			word |= (uint64_t)bytes[at + i] << (8 * i);
		d ^= word;
		ref_round(&a, &b, &c, &d);
		a ^= word;
	}
	c ^= 0xff;
	for (int i = 0; i < 3; i++)
		ref_round(&a, &b, &c, &d);
	return a ^ b ^ c ^ d;
}

// Key 00 01 .. 0f, messages "", 00, 00 01, 00 01 02: the first words of the table that implementations are
// held against.
static void the_reference_is_the_published_one(void)
{
	static const uint64_t want[] = {
		0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu};
	const uint8_t message[] = {0, 1, 2};

	for (uint32_t len = 0; len < 4; len++)
		CU_ASSERT_EQUAL(
			ref_siphash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, message, len), want[len]);
}

static uint32_t ref_hash(uint64_t seed, const void *bytes, uint32_t len)
{
	return (uint32_t)ref_siphash(seed, (seed << 32 | seed >> 32) * 0x9e3779b97f4a7c15u, bytes, len);
}

static void the_hash_is_siphash_of_all_bytes(void)
{
	uint8_t bytes[300];
	uint32_t n_wrong = 0;

	random_state = 3;
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(random_below(256) | 0x80);
	for (uint32_t len = 0; len <= sizeof(bytes); len++) {
		uint64_t seed = random_u64();

		n_wrong += topo_hash_bytes(seed, bytes, len) != ref_hash(seed, bytes, len);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void words_are_hashed_as_their_bytes(void)
{
	uint64_t words[4];

	random_state = 4;
	for (uint32_t n = 0; n <= 4; n++) {
		uint64_t seed = random_u64();

		for (uint32_t i = 0; i < n; i++)
			words[i] = random_u64();
		CU_ASSERT_EQUAL(topo_hash_words(seed, words, n), ref_hash(seed, words, n * 8));
	}
}

static uint32_t hash_of[N_ROWS];
static bool is_in[N_ROWS];

// Each row in the map is among those of its hash, once, with all others of that hash and none besides.
static uint32_t n_found(const struct topo_map *m, uint32_t hash)
{
	uint32_t n = 0;

	for (uint32_t r = topo_map_first(m, hash); r != TOPO_NONE; r = topo_map_next(m, r)) {
		if (r >= N_ROWS || !is_in[r] || hash_of[r] != hash)
			return UINT32_MAX;
		n++;
	}
	return n;
}

static uint32_t n_lost(const struct topo_map *m, uint32_t n_hashes)
{
	uint32_t n_wrong = 0;
	uint32_t *n_of = calloc(n_hashes, sizeof(*n_of));

	CU_ASSERT_PTR_NOT_NULL_FATAL(n_of);
	for (uint32_t i = 0; i < N_ROWS; i++)
		n_of[hash_of[i]] += is_in[i];
	for (uint32_t h = 0; h < n_hashes; h++)
		n_wrong += n_found(m, h) != n_of[h];
	free(n_of);
	return n_wrong;
}

// So few hashes that many rows share one, and so many that the map splits more than one round.
static void every_row_is_found_by_its_hash_while_rows_come_and_go(void)
{
	static const uint32_t n_hashes[] = {1, 7, 64, 1000, 60000};
	struct topo_map m;

	random_state = 5;
	for (uint32_t k = 0; k < sizeof(n_hashes) / sizeof(n_hashes[0]); k++) {
		uint32_t n_in = 0;

		CU_ASSERT_EQUAL_FATAL(topo_map_init(&m), 0);
		CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, N_ROWS), 0);
		memset(is_in, 0, sizeof(is_in));
		memset(hash_of, 0, sizeof(hash_of));
		for (uint32_t i = 0; i < 20000; i++) {
			uint32_t row = random_below(i < 10000 ? N_ROWS : 100 + random_below(1000));

			if (is_in[row]) {
				topo_map_remove(&m, row);
			} else {
				hash_of[row] = random_below(n_hashes[k]);
				topo_map_insert(&m, row, hash_of[row]);
			}
			is_in[row] = !is_in[row];
			n_in += is_in[row] ? 1 : -1u;
			CU_ASSERT_EQUAL_FATAL(m.n_used, n_in);
			if (i % 5000 == 0)
				CU_ASSERT_EQUAL(n_lost(&m, n_hashes[k]), 0);
		}
		CU_ASSERT_EQUAL(n_lost(&m, n_hashes[k]), 0);
		topo_map_fini(&m);
	}
}

static uint32_t chain_len(const struct topo_map *m, uint32_t bucket)
{
	uint32_t n = 0;

	for (uint32_t r = m->heads[bucket]; r != TOPO_NONE; r = m->cells[r].next)
		n++;
	return n;
}

// A bucket for each row at any number of rows, so that a look costs the same at 100 and at 100,000; and no
// more than twice the memory for it.
static void chains_stay_short_and_heads_few(void)
{
	uint32_t n = 100000;
	uint32_t longest = 0;
	struct topo_map m;

	random_state = 6;
	CU_ASSERT_EQUAL_FATAL(topo_map_init(&m), 0);
	CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, n), 0);
	for (uint32_t row = 0; row < n; row++) {
		topo_map_insert(&m, row, (uint32_t)random_u64());
		CU_ASSERT_TRUE_FATAL(m.base + m.n_split >= m.n_used && m.n_split < m.base);
		CU_ASSERT_TRUE_FATAL(m.base + m.n_split <= (m.n_used > 64 ? m.n_used : 64));
		CU_ASSERT_TRUE_FATAL(m.heads_size <= 2 * m.base);
	}
	for (uint32_t b = 0; b < m.base + m.n_split; b++) {
		uint32_t len = chain_len(&m, b);

		longest = len > longest ? len : longest;
	}
	CU_ASSERT_TRUE(longest <= 16);
	CU_ASSERT_EQUAL(topo_map_bytes(&m), 131072 * sizeof(uint32_t) + n * sizeof(struct topo_map_cell));
	topo_map_fini(&m);
}

static void a_smaller_reserve_takes_no_room_away(void)
{
	struct topo_map m;

	CU_ASSERT_EQUAL_FATAL(topo_map_init(&m), 0);
	CU_ASSERT_EQUAL(topo_map_bytes(&m), 64 * sizeof(uint32_t));
	CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, 10), 0);
	topo_map_insert(&m, 9, 0xffffffff);
	CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, 5), 0);
	CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, 10), 0);
	CU_ASSERT_EQUAL(topo_map_bytes(&m), 64 * sizeof(uint32_t) + 10 * sizeof(struct topo_map_cell));
	CU_ASSERT_EQUAL_FATAL(topo_map_reserve(&m, 11), 0);
	CU_ASSERT_EQUAL(topo_map_bytes(&m), 64 * sizeof(uint32_t) + 11 * sizeof(struct topo_map_cell));
	CU_ASSERT_EQUAL(topo_map_first(&m, 0xffffffff), 9);
	topo_map_fini(&m);
}

static const struct suite_case cases[] = {
	SUITE_CASE(the_reference_is_the_published_one),
	SUITE_CASE(the_hash_is_siphash_of_all_bytes),
	SUITE_CASE(words_are_hashed_as_their_bytes),
	SUITE_CASE(every_row_is_found_by_its_hash_while_rows_come_and_go),
	SUITE_CASE(chains_stay_short_and_heads_few),
	SUITE_CASE(a_smaller_reserve_takes_no_room_away),
};
SUITE_MAIN("topo_map", cases)
