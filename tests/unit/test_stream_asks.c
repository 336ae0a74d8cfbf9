// SPDX-License-Identifier: BSD-3-Clause
// Masters are asked in turn, with a clock of the test's: shares of ports, tokens and ways, rosters without
// end.
#include <string.h>

#include "stream_asks.h"
#include "stream_roster.h"
#include "suite.h"

#define WAY(slot) ((uint64_t)(slot) << 48 | 0x020000000001)

static struct stream_asks asks;
static uint32_t next_token;

static void begin(void)
{
	memset(&asks, 0, sizeof(asks));
	next_token = 100;
}

// Sends what is due; returns how many.
static uint32_t send_due(uint64_t now_ms)
{
	struct stream_ask_run *run;
	uint32_t n = 0;

	for (; (run = stream_asks_due(&asks, now_ms)) != NULL; n++)
		stream_asks_sent(run, next_token++, WAY(run->slot), now_ms);
	return n;
}

static struct stream_ask_run *run_of(uint64_t id)
{
	for (uint32_t i = 0; i < STREAM_ASKS_MAX; i++) {
		if (asks.runs[i].id == id)
			return &asks.runs[i];
	}
	return NULL;
}

static void an_answer_needs_node_way_and_token(void)
{
	struct stream_ask_run *run = NULL;

	begin();
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 100, &run), STREAM_ASKS_UNASKED);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 1, 7, 1000), STREAM_ASKS_BEGUN);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 1, 7, 1000), STREAM_ASKS_RUNNING);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, 0, 0, &run), STREAM_ASKS_UNASKED); // nothing left yet
	CU_ASSERT_EQUAL(send_due(1000), 1);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 8, WAY(1), 100, &run), STREAM_ASKS_UNASKED);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(2), 100, &run), STREAM_ASKS_WAY);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1) + 1, 100, &run), STREAM_ASKS_WAY);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 101, &run), STREAM_ASKS_TOKEN);
	CU_ASSERT_PTR_NULL(run);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 100, &run), STREAM_ASKS_ANSWER);
	CU_ASSERT_PTR_EQUAL_FATAL(run, run_of(7));
	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 20, 20, 1001), STREAM_ASKS_MORE);
	// the same answer again, before the next request and after it
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 100, &run), STREAM_ASKS_UNASKED);
	CU_ASSERT_EQUAL(send_due(1001), 1);
	CU_ASSERT_EQUAL(run_of(7)->cursor, 20);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 100, &run), STREAM_ASKS_TOKEN);
	CU_ASSERT_EQUAL(stream_asks_judge(&asks, 7, WAY(1), 101, &run), STREAM_ASKS_ANSWER);
	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 20, STREAM_ROSTER_END, 1002), STREAM_ASKS_DONE);
	CU_ASSERT_EQUAL(asks.n_runs, 0);
	CU_ASSERT_EQUAL(asks.n_port[1], 0);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 1, 7, 1003), STREAM_ASKS_BEGUN);
}

static void a_silent_master_is_asked_three_times(void)
{
	begin();
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 0, 7, 1000), STREAM_ASKS_BEGUN);
	CU_ASSERT_EQUAL(send_due(1000), 1);
	CU_ASSERT_EQUAL(send_due(1000 + STREAM_ASKS_ANSWER_MS - 1), 0);
	CU_ASSERT_EQUAL(send_due(1000 + STREAM_ASKS_ANSWER_MS), 1);
	CU_ASSERT_EQUAL(send_due(1000 + 2 * STREAM_ASKS_ANSWER_MS), 1);
	CU_ASSERT_EQUAL(asks.n_runs, 1);
	CU_ASSERT_EQUAL(send_due(1000 + 3 * STREAM_ASKS_ANSWER_MS), 0);
	CU_ASSERT_EQUAL(asks.n_runs, 0);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 0, 7, 5000), STREAM_ASKS_BEGUN); // it is not held
}

// 1,000 made-up masters behind each of 15 ports that never answer; one real one behind port 63.
static void made_up_masters_take_only_their_ports_share(void)
{
	uint32_t n_begun = 0;

	begin();
	for (uint8_t slot = 0; slot < 15; slot++) {
		for (uint64_t id = 1; id <= 1000; id++)
			n_begun +=
				stream_asks_begin(&asks, slot, 1000u * slot + id, 1000) == STREAM_ASKS_BEGUN;
	}
	CU_ASSERT_EQUAL(n_begun, 15 * STREAM_ASKS_PORT_MAX);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 63, 99999, 1000), STREAM_ASKS_BEGUN);
	send_due(1000);
	CU_ASSERT_EQUAL(run_of(99999)->n_tries, 1);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 3, 3999, 1001), STREAM_ASKS_FULL);
	// when the first ones were silent, the next have their turn
	for (int i = 1; i <= STREAM_ASKS_TRIES_MAX; i++)
		send_due(1000u + (uint64_t)i * STREAM_ASKS_ANSWER_MS);
	CU_ASSERT_EQUAL(asks.n_runs, 0);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 3, 3999, 9000), STREAM_ASKS_BEGUN);
}

// Answers the outstanding request of every run of the port by an empty page that leads one row on.
static uint32_t feed_endless(uint8_t slot, uint64_t now_ms)
{
	uint32_t n_over = 0;

	for (uint32_t i = 0; i < STREAM_ASKS_MAX; i++) {
		struct stream_ask_run *run = &asks.runs[i];

		if (run->id != 0 && run->slot == slot && run->n_tries > 0)
			n_over += stream_asks_page(&asks, run, 0, run->cursor + 1, now_ms) ==
				  STREAM_ASKS_ENDLESS;
	}
	return n_over;
}

static void endless_pages_are_bounded_in_rate_and_number(void)
{
	uint64_t now_ms = 100000;
	uint32_t n_sent = 0;
	uint32_t n_over = 0;

	begin();
	for (uint64_t id = 1; id <= STREAM_ASKS_PORT_MAX; id++)
		CU_ASSERT_EQUAL(stream_asks_begin(&asks, 5, id, now_ms), STREAM_ASKS_BEGUN);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 6, 77, now_ms), STREAM_ASKS_BEGUN);
	for (uint32_t ms = 0; ms < 60000; ms++, now_ms++) {
		n_sent += send_due(now_ms);
		n_over += feed_endless(5, now_ms);
		if (ms == 0)
			CU_ASSERT_EQUAL(run_of(77)->n_tries, 1); // nobody kept it waiting
		if (ms == 10000)
			CU_ASSERT(n_sent <= 11 * STREAM_ASKS_PER_S + 4); // a burst, 10 s, and those of 77
	}
	CU_ASSERT_EQUAL(n_over, STREAM_ASKS_PORT_MAX);
	CU_ASSERT_EQUAL(n_sent, STREAM_ASKS_PORT_MAX * STREAM_ASKS_EMPTY_MAX + 3);
	for (uint64_t id = 1; id <= STREAM_ASKS_PORT_MAX; id++)
		CU_ASSERT_EQUAL(stream_asks_begin(&asks, 5, id, now_ms), STREAM_ASKS_HELD);
	now_ms += STREAM_ASKS_HOLD_MS;
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 5, 1, now_ms), STREAM_ASKS_BEGUN);
}

// The one run, with its request out.
static struct stream_ask_run *one_run(uint64_t now_ms)
{
	begin();
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 0, 7, now_ms), STREAM_ASKS_BEGUN);
	CU_ASSERT_EQUAL(send_due(now_ms), 1);
	return run_of(7);
}

static void a_roster_ends_in_time_and_goes_forward(void)
{
	struct stream_ask_run *run = one_run(1000);

	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 5, 0, 1001), STREAM_ASKS_ENDLESS); // leads back
	CU_ASSERT_EQUAL(asks.n_runs, 0);
	run = one_run(1000);
	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 5, 5, 1000 + STREAM_ASKS_TIME_MS), STREAM_ASKS_ENDLESS);
	run = one_run(1000);
	for (uint32_t page = 1; page < STREAM_ASKS_PAGES_MAX; page++)
		CU_ASSERT_EQUAL_FATAL(stream_asks_page(&asks, run, 1, page, 1001), STREAM_ASKS_MORE);
	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 1, STREAM_ASKS_PAGES_MAX, 1001), STREAM_ASKS_ENDLESS);
	// at the bound, but the end: no fault
	run = one_run(1000);
	run->n_pages = STREAM_ASKS_PAGES_MAX - 1;
	CU_ASSERT_EQUAL(stream_asks_page(&asks, run, 1, STREAM_ROSTER_END, 1001), STREAM_ASKS_DONE);
	CU_ASSERT_EQUAL(stream_asks_begin(&asks, 0, 7, 1002), STREAM_ASKS_BEGUN);
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_answer_needs_node_way_and_token),
	SUITE_CASE(a_silent_master_is_asked_three_times),
	SUITE_CASE(made_up_masters_take_only_their_ports_share),
	SUITE_CASE(endless_pages_are_bounded_in_rate_and_number),
	SUITE_CASE(a_roster_ends_in_time_and_goes_forward),
};
SUITE_MAIN("stream asks", cases)
