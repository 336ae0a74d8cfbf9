// SPDX-License-Identifier: BSD-3-Clause
// Schemes: their text goes there and back, and the digest of every scheme equals that of a slow reading of
// docs/protocol.md section 7 by OpenSSL.
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_digest.h"
#include "auth_md5.h"
#include "auth_ref.h"
#include "suite.h"
#include "test_random.h"

#define FRAME_MAX 2100

// A frame in memory of exactly its size, so that a sanitizer sees any byte read behind it.
struct frame {
	uint8_t *eth;
	uint8_t *romon;
	uint32_t len;
};

static struct frame frame_make(uint32_t romon_len)
{
	struct frame f = {.eth = malloc(12), .romon = malloc(romon_len), .len = romon_len};

	if (f.eth == NULL || f.romon == NULL)
		abort();
	for (uint32_t i = 0; i < 12; i++)
		f.eth[i] = (uint8_t)random_below(256);
	for (uint32_t i = 0; i < romon_len; i++)
		f.romon[i] = (uint8_t)random_below(256);
	return f;
}

static void frame_free(struct frame *f)
{
	free(f->eth);
	free(f->romon);
}

static uint32_t wrong_of(const struct auth_scheme *s, const char *secret, const uint32_t *lens, uint32_t n)
{
	struct frame frames[80];
	struct auth_job jobs[80];
	struct auth_key key;
	uint32_t n_wrong = 0;

	auth_key_init(&key, s, secret, strlen(secret));
	for (uint32_t i = 0; i < n; i++) {
		frames[i] = frame_make(lens[i]);
		jobs[i] = (struct auth_job){
			.key = &key, .eth = frames[i].eth, .romon = frames[i].romon, .len = lens[i]};
	}
	auth_digest_bulk(jobs, n);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t want[16];

		auth_ref_digest(s, frames[i].eth, frames[i].romon, frames[i].len, secret, want);
		n_wrong += !auth_digest_equal(want, jobs[i].digest);
		frame_free(&frames[i]);
	}
	return n_wrong;
}

static const char *const secrets[] = {"s", "sixteen-bytes-ok", "a-secret-of-more-than-sixteen",
	"sixty-four-bytes-are-the-longest-secret-that-a-list-may-hold-..!"};

static void every_scheme_is_as_openssl_says(void)
{
	uint32_t n_wrong = 0;

	random_state = 5;
	for (uint32_t k = 0; k < auth_scheme_count(); k++) {
		struct auth_scheme s = auth_scheme_at(k);
		uint32_t lens[12];

		for (uint32_t i = 0; i < 12; i++)
			lens[i] = i < 10 ? 28 + random_below(200) : 28 + random_below(FRAME_MAX - 28);
		for (uint32_t i = 0; i < 4; i++)
			n_wrong += wrong_of(&s, secrets[i], lens, 12);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void romond_1_is_right_at_every_length(void)
{
	uint32_t n_wrong = 0;

	random_state = 6;
	for (uint32_t len = 28; len < FRAME_MAX; len++) {
		uint32_t lens[5] = {len, len, 28 + random_below(600), len, len};

		n_wrong += wrong_of(&auth_scheme_romond_1, secrets[len % 4], lens, 5);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void every_engine_makes_the_same_digests_of_every_number_of_jobs(void)
{
	enum auth_md5_engine best = auth_md5_engine();
	uint32_t n_wrong = 0;

	random_state = 8;
	for (int engine = AUTH_MD5_SCALAR; engine < AUTH_MD5_N_ENGINES; engine++) {
		if (auth_md5_engine_set((enum auth_md5_engine)engine) != 0)
			continue;
		for (uint32_t n = 1; n <= 80; n++) {
			uint32_t lens[80];

			for (uint32_t i = 0; i < n; i++)
				lens[i] = 28 + random_below(i % 3 == 0 ? 1500 : 120);
			n_wrong += wrong_of(&auth_scheme_romond_1, secrets[n % 4], lens, n);
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
	CU_ASSERT_EQUAL(auth_md5_engine_set(best), 0);
}

static void the_longest_frame_fits(void)
{
	struct auth_key key;
	struct auth_scheme s = auth_scheme_romond_1;
	uint8_t *romon = calloc(1, AUTH_FRAME_LEN_MAX);
	uint8_t eth[12] = {0};
	uint8_t want[16];
	unsigned want_len = 16;

	CU_ASSERT_PTR_NOT_NULL_FATAL(romon);
	s.keyed = AUTH_KEYED_BOTH;
	s.pad = AUTH_PAD_PAD16;
	s.cover = AUTH_COVER_ROMON;
	auth_key_init(&key, &s, "s", 1);
	struct auth_job jobs[3];
	for (uint32_t i = 0; i < 3; i++)
		jobs[i] = (struct auth_job){
			.key = &key, .eth = eth, .romon = romon, .len = AUTH_FRAME_LEN_MAX - i % 2};
	auth_digest_bulk(jobs, 3);
	uint8_t *all = calloc(1, AUTH_FRAME_LEN_MAX + 32);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	all[0] = 's';
	all[16 + AUTH_FRAME_LEN_MAX] = 's';
	EVP_Digest(all, AUTH_FRAME_LEN_MAX + 32, want, &want_len, EVP_md5(), NULL);
	CU_ASSERT_TRUE(auth_digest_equal(want, jobs[0].digest));
	CU_ASSERT_TRUE(auth_digest_equal(want, jobs[2].digest));
	CU_ASSERT_FALSE(auth_digest_equal(want, jobs[1].digest));
	free(all);
	free(romon);
}

static void a_digest_differs_wherever_one_bit_does(void)
{
	uint8_t a[16], b[16];

	random_state = 9;
	for (uint32_t i = 0; i < 16; i++)
		a[i] = (uint8_t)random_below(256);
	memcpy(b, a, 16);
	CU_ASSERT_TRUE(auth_digest_equal(a, b));
	for (uint32_t bit = 0; bit < 128; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_FALSE(auth_digest_equal(a, b));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void the_text_of_every_scheme_goes_there_and_back(void)
{
	static const struct auth_scheme counters[] = {{.counter = AUTH_COUNTER_NONE},
		{.counter = AUTH_COUNTER_BE64, .counter_off = 0},
		{.counter = AUTH_COUNTER_BE64, .counter_off = 16},
		{.counter = AUTH_COUNTER_LE32, .counter_off = 4},
		{.counter = AUTH_COUNTER_BE32, .counter_off = 20},
		{.counter = AUTH_COUNTER_LE64, .counter_off = 16}};
	char text[AUTH_SCHEME_TEXT_LEN];
	uint32_t n_wrong = 0;
	uint32_t n_named = 0;

	for (uint32_t k = 0; k < auth_scheme_count(); k++) {
		for (uint32_t c = 0; c < 6; c++) {
			struct auth_scheme s = auth_scheme_at(k);
			struct auth_scheme back;

			s.counter = counters[c].counter;
			s.counter_off = counters[c].counter_off;
			if (!auth_scheme_is_valid(&s))
				continue;
			n_wrong += auth_scheme_format(&s, text) != text;
			n_named += strcmp(text, "romond-1") == 0;
			n_wrong += auth_scheme_parse(text, &back, NULL) != 0 || !auth_scheme_equal(&s, &back);
			n_wrong += strlen(text) + 1 >= AUTH_SCHEME_TEXT_LEN;
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
	CU_ASSERT_EQUAL(n_named, 1);
}

static void all_schemes_are_valid_and_different(void)
{
	uint32_t n = auth_scheme_count();
	uint32_t n_same = 0;

	CU_ASSERT_EQUAL(n, 9 * 3 * 4 * (4 * 3 + 1));
	for (uint32_t i = 0; i < n; i++) {
		struct auth_scheme a = auth_scheme_at(i);

		CU_ASSERT_TRUE(auth_scheme_is_valid(&a));
		for (uint32_t k = 0; k < i; k++) {
			struct auth_scheme b = auth_scheme_at(k);

			n_same += auth_scheme_equal(&a, &b);
		}
	}
	CU_ASSERT_EQUAL(n_same, 0);
}

static void wrong_texts_are_refused_with_a_reason(void)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{"", "expected digest= and 0 to 8"},
		{"romond-2", "expected digest= and 0 to 8"},
		{"romond-1 ", "expected digest= and 0 to 8"},
		{" romond-1", "expected digest= and 0 to 8"},
		{"digest=8", "expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=9 counter=none keyed=hmac secret=raw field=zero cover=romon",
			"digest must begin at 0 to 8 of the auth bytes"},
		{"digest=x counter=none keyed=hmac secret=raw field=zero cover=romon",
			"expected digest= and 0 to 8"},
		{"digest=8 counter=be64@1 keyed=hmac secret=raw field=zero cover=romon",
			"the counter overlaps the digest or runs past the auth bytes"},
		{"digest=0 counter=be64@17 keyed=hmac secret=raw field=zero cover=romon",
			"the counter overlaps the digest or runs past the auth bytes"},
		{"digest=8 counter=none@0 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=8 counter=be64 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=8 counter=be64@ keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=8 counter=be64@0 keyed=field secret=raw field=zero cover=romon",
			"keyed=field asks for field=secret"},
		{"digest=8 counter=be64@0 keyed=hmac secret=raw field=zero cover=romon ",
			"expected nothing behind cover="},
		{"digest=8 counter=be64@0 keyed=hmac secret=raw field=zero cover=romon x",
			"expected nothing behind cover="},
		{"digest=8  counter=be64@0 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=8 counter=be64@0 keyed= secret=raw field=zero cover=romon",
			"expected keyed=prefix, suffix, both, hmac or field"},
		{"counter=be64@0 digest=8 keyed=hmac secret=raw field=zero cover=romon",
			"expected digest= and 0 to 8"},
		{"digest=8 counter=be64@0 keyed=hmacs secret=raw field=zero cover=romon",
			"expected keyed=prefix, suffix, both, hmac or field"},
		{"digest=8 counter=be64@0 keyed=hmac secret=pad32 field=zero cover=romon",
			"expected secret=raw, pad16 or pad64"},
		{"digest=8 counter=be64@0 keyed=hmac secret=raw field=none cover=romon",
			"expected field=zero, out or secret"},
		{"digest=8 counter=be64@0 keyed=hmac secret=raw field=zero cover=",
			"expected cover=romon, ethernet, source+romon or source+ethernet"},
		{"digest=8 counter=be64@24 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=8 counter=be64@007 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest= counter=be64@0 keyed=hmac secret=raw field=zero cover=romon",
			"expected digest= and 0 to 8"},
		{"digest=8 counter=be32@21 keyed=hmac secret=raw field=zero cover=romon",
			"the counter overlaps the digest or runs past the auth bytes"},
		{"digest=8 counter=be32@5 keyed=hmac secret=raw field=zero cover=romon",
			"the counter overlaps the digest or runs past the auth bytes"},
		{"digest=8 counter=be32@23 keyed=hmac secret=raw field=zero cover=romon",
			"the counter overlaps the digest or runs past the auth bytes"},
		{"digest=8 counter=@0 keyed=hmac secret=raw field=zero cover=romon",
			"expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"digest=/ counter=none keyed=hmac secret=raw field=zero cover=romon",
			"expected digest= and 0 to 8"},
		{"digest=: counter=none keyed=hmac secret=raw field=zero cover=romon",
			"expected digest= and 0 to 8"},
	};
	struct auth_scheme s;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		const char *why = NULL;

		CU_ASSERT_EQUAL(auth_scheme_parse(rows[i].text, &s, &why), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(why);
		if (strcmp(why, rows[i].why) != 0)
			fprintf(stderr, "(%s: %s) ", rows[i].text, why);
		CU_ASSERT_STRING_EQUAL(why, rows[i].why);
	}
	CU_ASSERT_EQUAL(auth_scheme_parse("romond-2", &s, NULL), -EINVAL); // nobody asks why
	CU_ASSERT_EQUAL(auth_scheme_parse("romond-1", &s, NULL), 0);
	CU_ASSERT_TRUE(auth_scheme_equal(&s, &auth_scheme_romond_1));
	CU_ASSERT_TRUE(auth_scheme_has_hello(&s));
}

// A scheme with a field that is no word, or beyond the last: nothing of it is used.
static void a_scheme_that_cannot_be_is_called_invalid(void)
{
	struct auth_scheme s;
	char text[AUTH_SCHEME_TEXT_LEN];

	for (int what = 0; what < 11; what++) {
		s = auth_scheme_romond_1;
		uint8_t *field[] = {&s.keyed, &s.pad, &s.field, &s.cover, &s.counter};
		const uint8_t end[] = {
			AUTH_N_KEYEDS, AUTH_N_PADS, AUTH_N_FIELDS, AUTH_N_COVERS, AUTH_N_COUNTERS};
		if (what < 10)
			*field[what / 2] = what % 2 == 0 ? 0 : end[what / 2];
		else
			s.digest_off = 9;
		CU_ASSERT_FALSE(auth_scheme_is_valid(&s));
		CU_ASSERT_STRING_EQUAL(auth_scheme_format(&s, text), "invalid");
	}
	s = auth_scheme_romond_1;
	s.counter = AUTH_COUNTER_NONE; // and no place for it
	CU_ASSERT_TRUE(auth_scheme_is_valid(&s));
	s.counter_off = 1;
	CU_ASSERT_FALSE(auth_scheme_is_valid(&s));
}

// Counters are of one kind only when they count the same thing at the same place.
static void each_kind_of_counters_has_a_number_of_its_own(void)
{
	bool is_seen[256] = {false};
	struct auth_scheme s = auth_scheme_romond_1;

	CU_ASSERT_EQUAL(auth_scheme_counters(&s) & AUTH_COUNTERS_HELLO, AUTH_COUNTERS_HELLO);
	s.cover = AUTH_COVER_ROMON;
	for (uint32_t off = 0; off < 24; off++) {
		for (uint32_t counter = 1; counter < AUTH_N_COUNTERS; counter++) {
			s.counter = (uint8_t)counter;
			s.counter_off = (uint8_t)off;
			uint8_t number = auth_scheme_counters(&s);
			CU_ASSERT_TRUE(
				number != 0 && (number & AUTH_COUNTERS_HELLO) == 0 && !is_seen[number]);
			is_seen[number] = true;
		}
	}
}

static void counters_stand_where_the_scheme_says(void)
{
	static const char *const texts[] = {"romond-1",
		"digest=0 counter=le64@16 keyed=hmac secret=raw field=zero cover=romon",
		"digest=4 counter=be32@0 keyed=hmac secret=raw field=zero cover=romon",
		"digest=0 counter=le32@20 keyed=hmac secret=raw field=zero cover=romon"};
	static const uint8_t bytes[][8] = {
		{1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1}, {5, 6, 7, 8}, {8, 7, 6, 5}};
	static const uint32_t at[] = {0, 16, 0, 20};

	for (uint32_t i = 0; i < 4; i++) {
		struct auth_scheme s;
		uint8_t auth[24];
		uint32_t len = i < 2 ? 8 : 4;

		CU_ASSERT_EQUAL_FATAL(auth_scheme_parse(texts[i], &s, NULL), 0);
		memset(auth, 0xee, sizeof(auth));
		auth_counter_store(&s, auth, 0x0102030405060708);
		CU_ASSERT_EQUAL(memcmp(auth + at[i], bytes[i], len), 0);
		for (uint32_t k = 0; k < 24; k++)
			CU_ASSERT_TRUE(auth[k] == 0xee || (k >= at[i] && k < at[i] + len));
		CU_ASSERT_EQUAL(auth_counter_load(&s, auth), i < 2 ? 0x0102030405060708u : 0x05060708u);
	}
}

// Each kind at each place: the bytes that stand there, in their order, and no others.
static void a_counter_may_stand_anywhere(void)
{
	const uint64_t value = 0x0102030405060708;

	for (uint32_t counter = 1; counter < AUTH_N_COUNTERS; counter++) {
		uint32_t len = auth_counter_len((enum auth_counter)counter);
		bool is_little = counter == AUTH_COUNTER_LE64 || counter == AUTH_COUNTER_LE32;

		for (uint32_t off = 0; len > 0 && off + len <= 24; off++) {
			struct auth_scheme s = {.counter = (uint8_t)counter, .counter_off = (uint8_t)off};
			uint8_t auth[24];

			memset(auth, 0xee, sizeof(auth));
			auth_counter_store(&s, auth, value);
			for (uint32_t k = 0; k < 24; k++) {
				uint32_t from_low = is_little ? k - off : len - 1 - (k - off);
				bool is_of_it = k >= off && k < off + len;

				CU_ASSERT_EQUAL(auth[k], is_of_it ? (uint8_t)(value >> 8 * from_low) : 0xee);
			}
			CU_ASSERT_EQUAL(auth_counter_load(&s, auth), len == 8 ? value : (uint32_t)value);
		}
	}
}

static void a_scheme_without_a_counter_reads_none_and_writes_none(void)
{
	static const uint8_t as_it_was[24] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct auth_scheme s;
	uint8_t auth[24];

	CU_ASSERT_EQUAL_FATAL(
		auth_scheme_parse(
			"digest=8 counter=none keyed=hmac secret=raw field=zero cover=romon", &s, NULL),
		0);
	memcpy(auth, as_it_was, sizeof(auth));
	CU_ASSERT_EQUAL(auth_counter_load(&s, auth), 0);
	auth_counter_store(&s, auth, 0x0102030405060708);
	CU_ASSERT_EQUAL(memcmp(auth, as_it_was, sizeof(auth)), 0);
	CU_ASSERT_EQUAL(auth_counter_len((enum auth_counter)s.counter), 0);
}

static void a_wiped_key_holds_nothing(void)
{
	struct auth_key key;
	static const struct auth_key zero;

	auth_key_init(&key, &auth_scheme_romond_1, "canary", 6);
	auth_key_wipe(&key);
	CU_ASSERT_EQUAL(memcmp(&key, &zero, sizeof(key)), 0);
}

// ---- the stack of a thread, looked at once the thread has ended

#define STACK_SIZE (1024 * 1024)

static const char canary[] = "canary-of-a-secret-that-is-64-bytes-long-lest-it-be-padded-at-end";
static struct auth_key canary_key;

static void *key_make(void *arg)
{
	auth_key_init(&canary_key, arg, canary, 64);
	return NULL;
}

// Is there a word of eight bytes of the secret, each with mask?
static bool is_left(const uint8_t *stack, uint8_t mask)
{
	uint8_t word[8];

	for (size_t at = 0; at + sizeof(word) <= 64; at += sizeof(word)) {
		for (size_t i = 0; i < sizeof(word); i++)
			word[i] = (uint8_t)canary[at + i] ^ mask;
		if (memmem(stack, STACK_SIZE, word, sizeof(word)) != NULL)
			return true;
	}
	return false;
}

static void making_a_key_leaves_nothing_of_the_secret_on_the_stack(void)
{
	static const char *const texts[] = {"romond-1",
		"digest=0 counter=be64@16 keyed=prefix secret=pad64 field=zero cover=romon",
		"digest=0 counter=be64@16 keyed=both secret=raw field=zero cover=romon"};
	uint8_t *stack = aligned_alloc(4096, STACK_SIZE);
	pthread_attr_t attr;
	pthread_t thread;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	for (size_t i = 0; i < BASE_ARRAY_LEN(texts); i++) {
		struct auth_scheme s;

		CU_ASSERT_EQUAL_FATAL(auth_scheme_parse(texts[i], &s, NULL), 0);
		memset(stack, 0, STACK_SIZE);
		pthread_attr_init(&attr);
		CU_ASSERT_EQUAL_FATAL(pthread_attr_setstack(&attr, stack, STACK_SIZE), 0);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, &attr, key_make, &s), 0);
		pthread_join(thread, NULL);
		pthread_attr_destroy(&attr);
		CU_ASSERT_FALSE(is_left(stack, 0));
		CU_ASSERT_FALSE(is_left(stack, 0x36));
		CU_ASSERT_FALSE(is_left(stack, 0x5c));
	}
	free(stack);
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_scheme_is_as_openssl_says),
	SUITE_CASE(romond_1_is_right_at_every_length),
	SUITE_CASE(every_engine_makes_the_same_digests_of_every_number_of_jobs),
	SUITE_CASE(the_longest_frame_fits),
	SUITE_CASE(a_digest_differs_wherever_one_bit_does),
	SUITE_CASE(the_text_of_every_scheme_goes_there_and_back),
	SUITE_CASE(all_schemes_are_valid_and_different),
	SUITE_CASE(wrong_texts_are_refused_with_a_reason),
	SUITE_CASE(a_scheme_that_cannot_be_is_called_invalid),
	SUITE_CASE(each_kind_of_counters_has_a_number_of_its_own),
	SUITE_CASE(counters_stand_where_the_scheme_says),
	SUITE_CASE(a_counter_may_stand_anywhere),
	SUITE_CASE(a_scheme_without_a_counter_reads_none_and_writes_none),
	SUITE_CASE(a_wiped_key_holds_nothing),
	SUITE_CASE(making_a_key_leaves_nothing_of_the_secret_on_the_stack),
};
SUITE_MAIN("auth", cases)
