// SPDX-License-Identifier: BSD-3-Clause
// lib/auth's MD5 against OpenSSL's: every length, every fill of the lanes, every alignment, in every engine
// that this CPU has, and in the sixteen-lane source compiled for AVX2 where there is no AVX-512.
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "auth_md5_engine.h"
#include "suite.h"
#include "test_random.h"

void lanes16_run(struct auth_md5_msg *msgs, uint32_t n);

#define LANES_W      16
#define LANES_TARGET __attribute__((target("avx2")))
#define LANES_RUN    lanes16_run
#include "auth_md5_lanes.h"

#define LEN_MAX    2048
#define BLOCKS_MAX (LEN_MAX / 64 + 2)
#define FILL_MAX   70

typedef void (*run_fn)(struct auth_md5_msg *msgs, uint32_t n);

// A message: its bytes at an alignment, its last blocks with padding beside.
struct message {
	const uint8_t *bytes;
	uint32_t len;
	uint8_t tail[128];
	const uint8_t *blocks[BLOCKS_MAX];
};

static uint8_t bytes[64 + FILL_MAX * 64 + LEN_MAX];
static struct message messages[FILL_MAX];
static struct auth_md5_msg msgs[FILL_MAX];

static void setup(void)
{
	random_state = 7;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_below(256);
}

static void message_make(struct message *m, struct auth_md5_msg *out, const uint8_t *at, uint32_t len)
{
	uint32_t n_whole = len / 64;
	uint32_t rest = len % 64;
	uint32_t n_tail = rest + 9 > 64 ? 2 : 1;
	uint64_t n_bits = (uint64_t)len * 8;

	m->bytes = at;
	m->len = len;
	memset(m->tail, 0, sizeof(m->tail));
	memcpy(m->tail, at + n_whole * 64, rest);
	m->tail[rest] = 0x80;
	memcpy(m->tail + n_tail * 64 - 8, &n_bits, 8);
	for (uint32_t k = 0; k < n_whole; k++)
		m->blocks[k] = at + k * 64;
	for (uint32_t k = 0; k < n_tail; k++)
		m->blocks[n_whole + k] = m->tail + k * 64;
	*out = (struct auth_md5_msg){.blocks = m->blocks, .n_blocks = n_whole + n_tail};
	memcpy(out->state, auth_md5_init, sizeof(out->state));
}

static void openssl_md5(const void *at, size_t len, uint8_t out[16])
{
	unsigned out_len = 16;

	if (EVP_Digest(at, len, out, &out_len, EVP_md5(), NULL) != 1)
		abort();
}

// The first n messages; false at the first wrong one.
static bool all_right(run_fn run, uint32_t n)
{
	bool is_right = true;

	run(msgs, n);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t want[16];

		openssl_md5(messages[i].bytes, messages[i].len, want);
		is_right = is_right && memcmp(want, msgs[i].state, 16) == 0;
	}
	return is_right;
}

static void for_each_engine(void (*fn)(run_fn run))
{
	fn(auth_md5_scalar_run);
	fn(auth_md5_sse2_run);
	if (auth_md5_engine_is_here(AUTH_MD5_AVX2)) {
		fn(auth_md5_avx2_run);
		fn(lanes16_run);
	}
	if (auth_md5_engine_is_here(AUTH_MD5_AVX512))
		fn(auth_md5_avx512_run);
}

static void lengths_check(run_fn run)
{
	uint32_t n_wrong = 0;

	for (uint32_t len = 0; len <= LEN_MAX; len++) {
		// as many as one vector and a half of AVX2 lanes, of this length, from different bytes
		for (uint32_t i = 0; i < 12; i++)
			message_make(&messages[i], &msgs[i], bytes + i * 61 + 1, len);
		n_wrong += !all_right(run, 12);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void fills_check(run_fn run)
{
	uint32_t n_wrong = 0;

	for (uint32_t n = 1; n <= FILL_MAX; n++) {
		for (uint32_t turn = 0; turn < 20; turn++) {
			for (uint32_t i = 0; i < n; i++)
				message_make(&messages[i], &msgs[i], bytes + random_below(4096),
					random_below(turn % 2 == 0 ? LEN_MAX : 200));
			n_wrong += !all_right(run, n);
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void alignments_check(run_fn run)
{
	uint32_t n_wrong = 0;

	for (uint32_t align = 0; align < 64; align++) {
		for (uint32_t i = 0; i < 33; i++)
			message_make(&messages[i], &msgs[i], bytes + i * 64 + align, 60 + i * 30);
		n_wrong += !all_right(run, 33);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

// The outer digest of HMAC, for some of the messages; a message of no block keeps its state.
static void outers_check(run_fn run)
{
	uint32_t n_wrong = 0;

	for (uint32_t n = 1; n <= FILL_MAX; n++) {
		static uint32_t outer[FILL_MAX][4];
		static struct auth_md5_msg want[FILL_MAX];

		for (uint32_t i = 0; i < n; i++) {
			message_make(&messages[i], &msgs[i], bytes + i, i * 5);
			memcpy(outer[i], bytes + 3 * i, sizeof(outer[i]));
			msgs[i].outer = i % 5 == 3 ? NULL : outer[i];
			msgs[i].n_blocks = i % 7 == 6 ? 0 : msgs[i].n_blocks;
		}
		memcpy(want, msgs, sizeof(want));
		auth_md5_scalar_run(want, n);
		run(msgs, n);
		for (uint32_t i = 0; i < n; i++)
			n_wrong += memcmp(want[i].state, msgs[i].state, 16) != 0;
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void every_length_is_as_openssl_says(void)
{
	setup();
	for_each_engine(lengths_check);
}

static void every_fill_of_lanes_with_mixed_lengths_is_as_openssl_says(void)
{
	setup();
	for_each_engine(fills_check);
}

static void every_alignment_is_as_openssl_says(void)
{
	setup();
	for_each_engine(alignments_check);
}

static void outer_digests_follow_where_asked(void)
{
	setup();
	for_each_engine(outers_check);
}

static void more_messages_than_share_lanes_at_once_all_run(void)
{
	enum { N = 1000 };
	static struct message many[N];
	static struct auth_md5_msg all[N];
	uint32_t n_wrong = 0;

	setup();
	for (uint32_t i = 0; i < N; i++)
		message_make(&many[i], &all[i], bytes + i % 500, i % 300);
	auth_md5_run(all, N);
	for (uint32_t i = 0; i < N; i++) {
		uint8_t want[16];

		openssl_md5(many[i].bytes, many[i].len, want);
		n_wrong += memcmp(want, all[i].state, 16) != 0;
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
	auth_md5_run(all, 0);
}

// ---- an engine of eight lanes that counts what it is asked to do

static uint32_t n_steps; // of a block on all lanes
static uint32_t n_outer_passes;

static bool is_first(const struct auth_md5_lane *lanes, uint32_t l)
{
	for (uint32_t k = 0; k < l; k++) {
		if (lanes[k].msg == lanes[l].msg)
			return false;
	}
	return true;
}

static void counted_blocks(const struct auth_md5_lane *lanes, uint32_t n_blocks)
{
	for (uint32_t l = 0; l < 8; l++) {
		if (is_first(lanes, l))
			auth_md5_scalar_blocks(lanes[l].msg->state, lanes[l].blocks, n_blocks);
	}
	n_steps += n_blocks;
}

static void counted_outer(const struct auth_md5_lane *lanes)
{
	for (uint32_t l = 0; l < 8; l++) {
		if (is_first(lanes, l))
			auth_md5_scalar_outer(lanes[l].msg);
	}
	n_outer_passes++;
}

static void counted_run(struct auth_md5_msg *some, uint32_t n)
{
	static const struct auth_md5_lanes width = {8, counted_blocks, counted_outer};

	n_steps = 0;
	n_outer_passes = 0;
	auth_md5_lanes_run(&width, some, n);
}

// Messages of so many bytes each, in turn.
static void counted_check(uint32_t n, uint32_t len, uint32_t more, uint32_t n_steps_max)
{
	for (uint32_t i = 0; i < n; i++)
		message_make(&messages[i], &msgs[i], bytes + i, len + i % 32 * more);
	CU_ASSERT_TRUE(all_right(counted_run, n));
	CU_ASSERT_TRUE(n_steps <= n_steps_max);
}

// What lanes are for: all of them at work nearly all of the time, whatever the messages and their order.
static void lanes_are_kept_busy(void)
{
	setup();
	counted_check(64, 300, 0, 64 / 8 * 5);
	CU_ASSERT_EQUAL(n_steps, 40);
	counted_check(64, 10, 64, 1056 / 8 + 1); // 1 to 32 blocks, all of them twice
	counted_check(64, 2000, 0, 64 / 8 * 32);
	counted_check(9, 300, 0, 5); // one is left, and runs alone
	CU_ASSERT_EQUAL(n_steps, 5);
	counted_check(11, 300, 0, 10); // three are worth a pass
	CU_ASSERT_EQUAL(n_steps, 10);
	counted_check(2, 300, 0, 0);
	counted_check(3, 300, 0, 5);
	CU_ASSERT_EQUAL(n_steps, 5);
}

static void outer_digests_share_passes_too(void)
{
	static const struct {
		uint32_t n;
		uint32_t every; // of them has an outer digest
		uint32_t n_passes;
	} rows[] = {{64, 1, 8}, {64, 2, 4}, {9, 1, 1}, {11, 1, 2}, {3, 1, 1}, {2, 1, 0}, {64, 64, 0}};
	static uint32_t outer[4] = {1, 2, 3, 4};
	static struct auth_md5_msg want[FILL_MAX];

	setup();
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (uint32_t i = 0; i < rows[r].n; i++) {
			message_make(&messages[i], &msgs[i], bytes + i, 100);
			msgs[i].outer = i % rows[r].every == 0 ? outer : NULL;
		}
		memcpy(want, msgs, sizeof(want));
		auth_md5_scalar_run(want, rows[r].n);
		counted_run(msgs, rows[r].n);
		for (uint32_t i = 0; i < rows[r].n; i++)
			CU_ASSERT_EQUAL(memcmp(want[i].state, msgs[i].state, sizeof(want[i].state)), 0);
		CU_ASSERT_EQUAL(n_outer_passes, rows[r].n_passes);
	}
}

// The fastest that the CPU has, without being told.
static void the_widest_engine_is_taken(void)
{
	enum auth_md5_engine want = auth_md5_engine_is_here(AUTH_MD5_AVX512) ? AUTH_MD5_AVX512
				    : auth_md5_engine_is_here(AUTH_MD5_AVX2) ? AUTH_MD5_AVX2
									     : AUTH_MD5_SSE2;

	CU_ASSERT_EQUAL(auth_md5_engine_is_here(AUTH_MD5_AVX2), __builtin_cpu_supports("avx2") != 0);
	CU_ASSERT_EQUAL(auth_md5_engine_is_here(AUTH_MD5_AVX512), __builtin_cpu_supports("avx512f") != 0);
	CU_ASSERT_FALSE(auth_md5_engine_is_here(AUTH_MD5_INVALID));
	CU_ASSERT_FALSE(auth_md5_engine_is_here(AUTH_MD5_N_ENGINES));
	CU_ASSERT_EQUAL(auth_md5_engine(), want);
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_SSE2), "sse2");
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_AVX2), "avx2");
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_AVX512), "avx512");
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_INVALID), "none");
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_N_ENGINES), "none");
}

static void an_engine_is_chosen_and_can_be_set(void)
{
	enum auth_md5_engine best = auth_md5_engine();

	CU_ASSERT_TRUE(auth_md5_engine_is_here(best));
	CU_ASSERT_EQUAL(auth_md5_engine_set(AUTH_MD5_SCALAR), 0);
	CU_ASSERT_EQUAL(auth_md5_engine(), AUTH_MD5_SCALAR);
	CU_ASSERT_STRING_EQUAL(auth_md5_engine_name(AUTH_MD5_SCALAR), "scalar");
	CU_ASSERT_EQUAL(auth_md5_engine_set(AUTH_MD5_INVALID), -ENOTSUP);
	CU_ASSERT_EQUAL(auth_md5_engine(), AUTH_MD5_SCALAR);
	if (!auth_md5_engine_is_here(AUTH_MD5_AVX512))
		CU_ASSERT_EQUAL(auth_md5_engine_set(AUTH_MD5_AVX512), -ENOTSUP);
	CU_ASSERT_EQUAL(auth_md5_engine_set(best), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_length_is_as_openssl_says),
	SUITE_CASE(every_fill_of_lanes_with_mixed_lengths_is_as_openssl_says),
	SUITE_CASE(every_alignment_is_as_openssl_says),
	SUITE_CASE(outer_digests_follow_where_asked),
	SUITE_CASE(more_messages_than_share_lanes_at_once_all_run),
	SUITE_CASE(lanes_are_kept_busy),
	SUITE_CASE(outer_digests_share_passes_too),
	SUITE_CASE(the_widest_engine_is_taken),
	SUITE_CASE(an_engine_is_chosen_and_can_be_set),
};
SUITE_MAIN("auth", cases)
