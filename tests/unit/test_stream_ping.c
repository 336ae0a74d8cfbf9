// SPDX-License-Identifier: BSD-3-Clause
// A run of pings: schedule, answers, losses, statistics, with a clock of the test's.
#include <string.h>

#include "base_be.h"
#include "stream_ping.h"
#include "suite.h"

#define MS 1000000ull

#define WAY 0x0003020000000001 // slot 3, that MAC

static const uint8_t zero_token[STREAM_PING_TOKEN_LEN];
static struct stream_ping ping;
static uint8_t payload[STREAM_PING_SIZE_MAX];

static void begin_size(uint32_t count, uint32_t interval_ms, uint32_t size)
{
	struct stream_ping_cfg cfg = {.count = count,
		.interval_ms = interval_ms,
		.timeout_ms = 1000,
		.size = size,
		.first_wire = 0xfffffffe};

	stream_ping_init(&ping, &cfg, 5 * MS);
}

static void begin(uint32_t count, uint32_t interval_ms)
{
	begin_size(count, interval_ms, STREAM_PING_SIZE_DEFAULT);
}

static uint32_t ping_send(uint64_t now_ns)
{
	return stream_ping_send(&ping, payload, zero_token, WAY, now_ns);
}

static bool answer(uint32_t seq, uint64_t at_ns, struct stream_ping_result *r)
{
	base_be32_store(payload, seq);
	return stream_ping_take(&ping, payload, STREAM_PING_SIZE_DEFAULT, WAY, at_ns, r) ==
	       STREAM_PING_ANSWER;
}

static void pings_leave_at_their_interval(void)
{
	begin(3, 100);
	CU_ASSERT_TRUE(stream_ping_is_due(&ping, 5 * MS));
	memset(payload, 0xff, sizeof(payload));
	CU_ASSERT_EQUAL(ping_send(5 * MS), 0);
	for (uint32_t i = 0; i < STREAM_PING_SIZE_DEFAULT; i++)
		CU_ASSERT_EQUAL(payload[i], 0);
	CU_ASSERT_EQUAL(payload[STREAM_PING_SIZE_DEFAULT], 0xff);
	CU_ASSERT_FALSE(stream_ping_is_due(&ping, 104 * MS));
	CU_ASSERT_TRUE(stream_ping_is_due(&ping, 105 * MS));
	CU_ASSERT_EQUAL(ping_send(112 * MS), 1);
	CU_ASSERT_EQUAL(base_be32_load(payload), 1);
	CU_ASSERT_TRUE(stream_ping_is_due(&ping, 205 * MS)); // late once, but no drift
	CU_ASSERT_EQUAL(ping_send(900 * MS), 2);
	CU_ASSERT_FALSE(stream_ping_is_due(&ping, 9000 * MS)); // three were asked for
	begin(0, 100);
	ping_send(5 * MS);
	ping_send(900 * MS);                                  // long asleep
	CU_ASSERT_FALSE(stream_ping_is_due(&ping, 999 * MS)); // no burst to catch up
	CU_ASSERT_TRUE(stream_ping_is_due(&ping, 1000 * MS));
}

static void answers_are_told_apart(void)
{
	struct stream_ping_result r;

	begin(0, 1);
	for (uint32_t i = 0; i < 4; i++)
		ping_send((10 + i) * MS);
	CU_ASSERT_TRUE(answer(2, 15 * MS, &r));
	CU_ASSERT_EQUAL(r.seq, 2);
	CU_ASSERT_FALSE(r.is_timeout);
	CU_ASSERT_EQUAL(r.rtt_ns, 3 * MS);
	CU_ASSERT_FALSE(answer(2, 16 * MS, &r)); // a second copy
	CU_ASSERT_FALSE(answer(4, 16 * MS, &r)); // not sent yet
	CU_ASSERT_FALSE(answer(UINT32_MAX, 16 * MS, &r));
	base_be32_store(payload, 1);
	CU_ASSERT_EQUAL(stream_ping_take(&ping, payload, STREAM_PING_SIZE_DEFAULT - 1, WAY, 16 * MS, &r),
		STREAM_PING_UNASKED);
	CU_ASSERT_EQUAL(stream_ping_take(&ping, payload, 0, WAY, 16 * MS, &r), STREAM_PING_UNASKED);
	CU_ASSERT_TRUE(answer(0, 16 * MS, &r));
	CU_ASSERT_TRUE(answer(1, 16 * MS, &r));
	CU_ASSERT_TRUE(answer(3, 16 * MS, &r));
	CU_ASSERT_EQUAL(ping.received, 4);
	CU_ASSERT_EQUAL(ping.lost, 0);
}

// A ping of so many bytes and three more; who guesses is told apart from who saw the second one.
static void forged_answers_are_named(void)
{
	static const uint8_t token[STREAM_PING_TOKEN_LEN] = {1, 2, 3, 4, 5, 6, 7, 8};

	for (uint32_t size = STREAM_PING_SIZE_MIN; size <= STREAM_PING_SIZE_DEFAULT; size++) {
		uint8_t seen[STREAM_PING_SIZE_DEFAULT];
		struct stream_ping_result r;
		uint32_t n_token = size - STREAM_PING_SIZE_MIN;

		begin_size(0, 1, size);
		ping_send(10 * MS);
		CU_ASSERT_EQUAL(stream_ping_send(&ping, seen, token, WAY, 11 * MS), 1);
		ping_send(12 * MS);
		// the token, as far as it fits, and nothing but 0 behind it
		n_token = n_token < sizeof(token) ? n_token : (uint32_t)sizeof(token);
		CU_ASSERT_EQUAL(memcmp(seen + STREAM_PING_SIZE_MIN, token, n_token), 0);
		for (uint32_t i = STREAM_PING_SIZE_MIN + n_token; i < size; i++)
			CU_ASSERT_EQUAL(seen[i], 0);
		// sequence numbers of pings without room for it cannot be guessed
		CU_ASSERT_EQUAL(base_be32_load(seen), n_token < sizeof(token) ? 0xffffffff : 1);

		CU_ASSERT_EQUAL(stream_ping_take(&ping, seen, size, WAY + 1, 13 * MS, &r), STREAM_PING_WAY);
		CU_ASSERT_EQUAL(
			stream_ping_take(&ping, seen, size, WAY ^ 1ull << 48, 13 * MS, &r), STREAM_PING_WAY);
		for (uint32_t bit = 0; bit < 8 * n_token; bit++) {
			seen[STREAM_PING_SIZE_MIN + bit / 8] ^= (uint8_t)(1u << bit % 8);
			CU_ASSERT_EQUAL(
				stream_ping_take(&ping, seen, size, WAY, 13 * MS, &r), STREAM_PING_TOKEN);
			seen[STREAM_PING_SIZE_MIN + bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		CU_ASSERT_EQUAL(stream_ping_take(&ping, seen, size, WAY, 13 * MS, &r), STREAM_PING_ANSWER);
		CU_ASSERT_EQUAL(r.seq, 1);
		CU_ASSERT_EQUAL(stream_ping_take(&ping, seen, size, WAY, 13 * MS, &r), STREAM_PING_LATE);
		CU_ASSERT_EQUAL(ping.received, 1);
	}
}

static void what_did_not_leave_is_lost_at_once(void)
{
	struct stream_ping_result r;

	begin(2, 1);
	stream_ping_unsent(&ping, ping_send(10 * MS));
	CU_ASSERT_EQUAL(ping.lost, 1);
	CU_ASSERT_FALSE(answer(0, 11 * MS, &r));
	CU_ASSERT_FALSE(stream_ping_expire(&ping, 5000 * MS, &r)); // told already
	stream_ping_unsent(&ping, ping_send(11 * MS));
	CU_ASSERT_TRUE(stream_ping_is_done(&ping));
	CU_ASSERT_EQUAL(ping.sent, 2);
	CU_ASSERT_EQUAL(ping.lost, 2);
}

static void silence_is_a_timeout_in_order(void)
{
	struct stream_ping_result r;

	begin(3, 10);
	for (uint32_t i = 0; i < 3; i++)
		ping_send((10 + 10 * i) * MS);
	CU_ASSERT_TRUE(answer(1, 25 * MS, &r));
	CU_ASSERT_FALSE(stream_ping_expire(&ping, 1009 * MS, &r));
	CU_ASSERT_TRUE(stream_ping_expire(&ping, 1010 * MS, &r));
	CU_ASSERT_TRUE(r.is_timeout);
	CU_ASSERT_EQUAL(r.seq, 0);
	CU_ASSERT_FALSE(answer(0, 1011 * MS, &r)); // too late
	CU_ASSERT_FALSE(stream_ping_is_done(&ping));
	CU_ASSERT_FALSE(answer(2, 1031 * MS, &r)); // too late, though nobody looked yet
	CU_ASSERT_TRUE(stream_ping_expire(&ping, 1031 * MS, &r));
	CU_ASSERT_EQUAL(r.seq, 2);
	CU_ASSERT_FALSE(stream_ping_expire(&ping, 9999 * MS, &r));
	CU_ASSERT_TRUE(stream_ping_is_done(&ping));
	CU_ASSERT_EQUAL(ping.sent, 3);
	CU_ASSERT_EQUAL(ping.received, 1);
	CU_ASSERT_EQUAL(ping.lost, 2);
}

static void statistics_are_right(void)
{
	static const uint64_t rtt_us[] = {100, 300, 200, 400};
	struct stream_ping_result r;

	begin(4, 1);
	CU_ASSERT_EQUAL(stream_ping_avg_ns(&ping), 0);
	CU_ASSERT_EQUAL(stream_ping_stddev_ns(&ping), 0);
	for (uint32_t i = 0; i < 4; i++) {
		ping_send((10 + i) * MS);
		CU_ASSERT_TRUE(answer(i, (10 + i) * MS + rtt_us[i] * 1000, &r));
	}
	CU_ASSERT_EQUAL(ping.min_ns, 100000);
	CU_ASSERT_EQUAL(ping.max_ns, 400000);
	CU_ASSERT_EQUAL(stream_ping_avg_ns(&ping), 250000);
	CU_ASSERT_EQUAL(stream_ping_stddev_ns(&ping), 111803); // sqrt(12500) us
	CU_ASSERT_TRUE(stream_ping_is_done(&ping));
}

static void window_bounds_what_is_under_way(void)
{
	struct stream_ping_result r;
	uint64_t now_ns = 10 * MS;

	begin(0, 1);
	while (stream_ping_is_due(&ping, now_ns)) {
		ping_send(now_ns);
		now_ns += MS;
	}
	CU_ASSERT_EQUAL(ping.sent, STREAM_PING_WAITING_MAX);
	CU_ASSERT_TRUE(stream_ping_expire(&ping, now_ns, &r)); // the oldest is 1024 ms old
	CU_ASSERT_TRUE(stream_ping_is_due(&ping, now_ns));
	// the run goes on over many windows
	for (uint32_t i = 0; i < 5 * STREAM_PING_WAITING_MAX; i++, now_ns += MS) {
		while (stream_ping_expire(&ping, now_ns, &r))
			;
		uint32_t seq = ping_send(now_ns);
		CU_ASSERT_TRUE(answer(seq, now_ns + 1000, &r));
	}
	CU_ASSERT_EQUAL(ping.received, 5 * STREAM_PING_WAITING_MAX);
}

static const struct suite_case cases[] = {
	SUITE_CASE(pings_leave_at_their_interval),
	SUITE_CASE(answers_are_told_apart),
	SUITE_CASE(forged_answers_are_named),
	SUITE_CASE(what_did_not_leave_is_lost_at_once),
	SUITE_CASE(silence_is_a_timeout_in_order),
	SUITE_CASE(statistics_are_right),
	SUITE_CASE(window_bounds_what_is_under_way),
};
SUITE_MAIN("stream ping", cases)
