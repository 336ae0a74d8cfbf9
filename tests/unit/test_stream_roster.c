// SPDX-License-Identifier: BSD-3-Clause
// Rosters as bytes: what is written is read again, and no cut or changed byte is ever believed beyond its
// length.
#include <stdlib.h>
#include <string.h>

#include "stream_roster.h"
#include "suite.h"

static struct stream_roster_row row_of(uint32_t i)
{
	static const char text[] = "a text that is long enough for every length that the rows below ask for";

	return (struct stream_roster_row){.id = 0x020000000001 + i,
		.parent_id = i == 0 ? 0 : 0x020000000000 + i,
		.status = (uint8_t)(1 + i % 3),
		.hops = (uint8_t)i,
		.l2mtu = (uint16_t)(1500 - i),
		.cost = 0xfffffff0 + i,
		.age_s = i * 3,
		.version = {7, (uint8_t)i, 'f', 1},
		.identity = text,
		.identity_len = (uint8_t)(i % 60),
		.board = text + 3,
		.board_len = (uint8_t)(i % 7)};
}

static bool texts_are_equal(const char *a, uint8_t a_len, const char *b, uint8_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static void request_goes_there_and_back(void)
{
	struct stream_roster_ask ask = {.seq = 0xdeadbeef, .room = 1400, .cursor = 77};
	struct stream_roster_ask got;
	uint8_t bytes[STREAM_ROSTER_ASK_LEN];

	stream_roster_ask_build(bytes, &ask);
	CU_ASSERT_TRUE(stream_roster_ask_parse(bytes, sizeof(bytes), &got));
	CU_ASSERT_EQUAL(got.seq, ask.seq);
	CU_ASSERT_EQUAL(got.room, ask.room);
	CU_ASSERT_EQUAL(got.cursor, ask.cursor);
	for (uint32_t len = 0; len < sizeof(bytes); len++)
		CU_ASSERT_FALSE(stream_roster_ask_parse(bytes, len, &got));
	bytes[4] = 2; // another version
	CU_ASSERT_FALSE(stream_roster_ask_parse(bytes, sizeof(bytes), &got));
}

// Fills size bytes; returns the rows that fitted and the length.
static uint32_t answer_build(uint8_t *out, uint32_t size, uint32_t *len)
{
	struct stream_roster_writer w;
	uint32_t n = 0;

	stream_roster_begin(&w, out, size, 5);
	for (;; n++) {
		struct stream_roster_row row = row_of(n);

		if (!stream_roster_add(&w, &row))
			break;
	}
	*len = stream_roster_finish(&w, 1234);
	return n;
}

static void rows_go_there_and_back(void)
{
	for (uint32_t size = STREAM_ROSTER_ASK_LEN; size <= STREAM_ROSTER_LEN_MAX; size += 13) {
		uint8_t *bytes = malloc(size); // of exactly this size, for the sanitizer
		struct stream_roster_reader r;
		struct stream_roster_row got;
		uint32_t len;
		uint32_t n = answer_build(bytes, size, &len);

		CU_ASSERT(len <= size);
		CU_ASSERT_TRUE_FATAL(stream_roster_open(&r, bytes, len));
		CU_ASSERT_EQUAL(r.seq, 5);
		CU_ASSERT_EQUAL(r.next_cursor, 1234);
		for (uint32_t i = 0; i < n; i++) {
			struct stream_roster_row want = row_of(i);

			CU_ASSERT_TRUE_FATAL(stream_roster_next(&r, &got));
			CU_ASSERT_EQUAL(got.id, want.id);
			CU_ASSERT_EQUAL(got.parent_id, want.parent_id);
			CU_ASSERT_EQUAL(got.status, want.status);
			CU_ASSERT_EQUAL(got.hops, want.hops);
			CU_ASSERT_EQUAL(got.l2mtu, want.l2mtu);
			CU_ASSERT_EQUAL(got.cost, want.cost);
			CU_ASSERT_EQUAL(got.age_s, want.age_s);
			CU_ASSERT_EQUAL(memcmp(&got.version, &want.version, sizeof(got.version)), 0);
			CU_ASSERT_TRUE(texts_are_equal(
				got.identity, got.identity_len, want.identity, want.identity_len));
			CU_ASSERT_TRUE(texts_are_equal(got.board, got.board_len, want.board, want.board_len));
		}
		CU_ASSERT_FALSE(stream_roster_next(&r, &got));
		free(bytes);
	}
}

static void cut_and_changed_answers_end_in_bounds(void)
{
	uint8_t whole[300];
	uint32_t len;

	answer_build(whole, sizeof(whole), &len);
	for (uint32_t cut = 0; cut <= len; cut++) {
		for (uint32_t at = 0; at < cut; at++) {
			uint8_t *bytes = malloc(cut);
			struct stream_roster_reader r;
			struct stream_roster_row row;
			uint32_t n = 0;

			memcpy(bytes, whole, cut);
			bytes[at] ^= 0xff;
			if (stream_roster_open(&r, bytes, cut)) {
				while (stream_roster_next(&r, &row)) {
					n++;
					CU_ASSERT(row.status >= 1 && row.status <= 3);
				}
			}
			CU_ASSERT(n <= cut / 30);
			free(bytes);
		}
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(request_goes_there_and_back),
	SUITE_CASE(rows_go_there_and_back),
	SUITE_CASE(cut_and_changed_answers_end_in_bounds),
};
SUITE_MAIN("stream roster", cases)
