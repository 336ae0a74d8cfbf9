// SPDX-License-Identifier: BSD-3-Clause
// Reassembly beside a slow and simple one: an array of bytes that are here or not. Pieces come in any order,
// many times, and around the end of the sequence numbers.
#include <stdlib.h>
#include <string.h>

#include "stream_recv.h"
#include "stream_segment.h"
#include "suite.h"

#define N 20000 // bytes of a stream

static struct stream_budget budget = {.max = 1 << 20};
static struct stream_recv r;
static uint8_t bytes[N];
static bool is_here[N];
static uint64_t seed;

static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % n;
}

static void begin(uint64_t s)
{
	seed = s;
	for (uint32_t i = 0; i < N; i++)
		bytes[i] = (uint8_t)dice(256);
	memset(is_here, 0, sizeof(is_here));
}

// How far the stream is here without a gap.
static uint32_t front(void)
{
	uint32_t n = 0;

	while (n < N && is_here[n])
		n++;
	return n;
}

static uint32_t read_some(uint32_t had, uint32_t most)
{
	uint32_t n;
	const uint8_t *at = stream_buf_front(&r.buf, &n);

	if (n > most)
		n = most;
	CU_ASSERT_TRUE(n == 0 || memcmp(at, bytes + had, n) == 0);
	stream_recv_read(&r, n, &budget);
	return had + n;
}

static void pieces_in_any_order_make_the_stream(void)
{
	for (uint64_t s = 1; s <= 200; s++) {
		uint32_t first = s % 2 == 0 ? UINT32_MAX - dice(N) : (uint32_t)s;
		uint32_t had = 0;

		begin(s);
		stream_recv_init(&r, first);
		for (uint32_t tries = 0; had < N && tries < 100000; tries++) {
			uint32_t from = had + dice(6000) < N ? had + dice(6000) % (N - had) : had;
			if (tries % 4 == 0)
				from = front() < N ? front() : had;
			if (dice(10) == 0)
				from = dice(N);
			uint32_t len = 1 + dice(1400) < N - from ? 1 + dice(1400) % (N - from) : N - from;
			enum stream_recv_verdict v =
				stream_recv_take(&r, first + from, bytes + from, len, &budget);
			if (v == STREAM_RECV_NEW || v == STREAM_RECV_EARLY)
				memset(is_here + from, true, len);
			else
				CU_ASSERT_NOT_EQUAL(v, STREAM_RECV_LIE);
			CU_ASSERT_EQUAL(r.next - first, front());
			CU_ASSERT_EQUAL(r.buf.len, front() - had);
			had = read_some(had, dice(3) == 0 ? dice(5000) : 0);
		}
		CU_ASSERT_EQUAL(had, N);
		CU_ASSERT_EQUAL(r.n_ranges, 0);
		CU_ASSERT_EQUAL(budget.used, 0);
	}
}

static void what_does_not_fit_is_not_taken(void)
{
	static uint8_t big[STREAM_BUF_MAX];

	stream_recv_init(&r, 5);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 5, big, STREAM_BUF_MAX - 10, &budget), STREAM_RECV_NEW);
	CU_ASSERT_EQUAL(
		stream_recv_ack(&r), 5 + STREAM_BUF_MAX - 10 - (STREAM_BUF_MAX - 10 - STREAM_RECV_SLACK));
	CU_ASSERT_EQUAL(stream_recv_take(&r, 5 + STREAM_BUF_MAX - 10, big, 20, &budget), STREAM_RECV_FULL);
	CU_ASSERT_EQUAL(r.buf.len, STREAM_BUF_MAX);
	CU_ASSERT_TRUE(r.was_full);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 5 + STREAM_BUF_MAX, big, 20, &budget), STREAM_RECV_FULL);
	CU_ASSERT_EQUAL(r.next, 5 + STREAM_BUF_MAX);
	stream_recv_read(&r, STREAM_BUF_MAX, &budget);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 5 + STREAM_BUF_MAX, big, 20, &budget), STREAM_RECV_NEW);
	stream_buf_free(&r.buf, &budget);
	// nor what the budget does not have
	struct stream_budget none = {.max = 0};
	stream_recv_init(&r, 5);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 5, big, 10, &none), STREAM_RECV_FULL);
	CU_ASSERT_EQUAL(none.n_refused, 1);
	CU_ASSERT_EQUAL(r.next, 5);
}

static void more_gaps_than_can_be_kept_lose_the_newest(void)
{
	uint8_t one = 1;

	stream_recv_init(&r, 0);
	for (uint32_t i = 0; i < STREAM_RECV_RANGES_MAX; i++)
		CU_ASSERT_EQUAL(stream_recv_take(&r, 2 + 2 * i, &one, 1, &budget), STREAM_RECV_EARLY);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 1000, &one, 1, &budget), STREAM_RECV_FULL);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 3, &one, 1, &budget), STREAM_RECV_EARLY); // joins two
	CU_ASSERT_EQUAL(r.n_ranges, STREAM_RECV_RANGES_MAX - 1);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 1000, &one, 1, &budget), STREAM_RECV_EARLY);
	stream_buf_free(&r.buf, &budget);
}

// What is waited for must never find the list full: then nothing would ever go on.
static void the_front_is_taken_whatever_else_is_kept(void)
{
	uint8_t one = 1;

	stream_recv_init(&r, 0);
	for (uint32_t i = 0; i < STREAM_RECV_RANGES_MAX; i++)
		CU_ASSERT_EQUAL(stream_recv_take(&r, 10 + 2 * i, &one, 1, &budget), STREAM_RECV_EARLY);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 0, &one, 1, &budget), STREAM_RECV_NEW);
	CU_ASSERT_EQUAL(r.next, 1);
	for (uint32_t at = 1; at < 10 + 2 * STREAM_RECV_RANGES_MAX; at++)
		(void)stream_recv_take(&r, at, &one, 1, &budget);
	CU_ASSERT_EQUAL(r.next, 10 + 2 * STREAM_RECV_RANGES_MAX);
	stream_buf_free(&r.buf, &budget);
}

static void an_end_is_said_once_and_held_to(void)
{
	uint8_t some[10] = {0};

	stream_recv_init(&r, 100);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 105, some, 5, &budget), STREAM_RECV_EARLY);
	CU_ASSERT_FALSE(stream_recv_fin(&r, 104)); // behind it is something
	CU_ASSERT_TRUE(stream_recv_fin(&r, 110));
	CU_ASSERT_FALSE(stream_recv_fin(&r, 111));
	CU_ASSERT_TRUE(stream_recv_fin(&r, 110));
	CU_ASSERT_FALSE(stream_recv_is_ended(&r));
	CU_ASSERT_EQUAL(stream_recv_take(&r, 108, some, 5, &budget), STREAM_RECV_LIE);
	CU_ASSERT_EQUAL(stream_recv_take(&r, 100, some, 5, &budget), STREAM_RECV_NEW);
	CU_ASSERT_TRUE(stream_recv_is_ended(&r));
	stream_buf_free(&r.buf, &budget);
}

static const struct suite_case cases[] = {
	SUITE_CASE(pieces_in_any_order_make_the_stream),
	SUITE_CASE(what_does_not_fit_is_not_taken),
	SUITE_CASE(more_gaps_than_can_be_kept_lose_the_newest),
	SUITE_CASE(the_front_is_taken_whatever_else_is_kept),
	SUITE_CASE(an_end_is_said_once_and_held_to),
};
SUITE_MAIN("stream_recv", cases)
