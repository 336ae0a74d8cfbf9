// SPDX-License-Identifier: BSD-3-Clause
// What those on the wire may have of events.exec: bounded a second, a share for each family on each port, and
// nobody's last state is lost.
#include <stdio.h>

#include "exec_share.h"
#include "suite.h"

#define T0 1000000

static struct exec_share *share;
static uint32_t n_runs;
static uint64_t n_skipped;
static struct app_event last;

static void begin(void)
{
	share = exec_share_create();
	CU_ASSERT_PTR_NOT_NULL_FATAL(share);
	n_runs = 0;
	n_skipped = 0;
}

static struct app_event event(enum event_kind kind, uint8_t cause, uint64_t seq)
{
	return (struct app_event){.kind = kind, .cause = cause, .seq = seq};
}

static void put(enum event_kind kind, uint8_t cause, uint64_t seq)
{
	struct app_event e = event(kind, cause, seq);

	exec_share_put(share, &e);
}

// Run what may run at now_ms. How many that were.
static uint32_t run(uint64_t now_ms)
{
	uint32_t n = 0;
	uint32_t skipped = 0;

	while (exec_share_next(share, now_ms, &last, &skipped)) {
		n++;
		n_skipped += skipped;
	}
	n_runs += n;
	return n;
}

static void a_burst_runs_at_once_and_then_one_in_two_seconds(void)
{
	begin();
	for (uint64_t i = 1; i <= EXEC_SHARE_BURST; i++) {
		put(EVENT_NEIGHBOR_UP, 1, i);
		CU_ASSERT_EQUAL(run(T0), 1);
		CU_ASSERT_EQUAL(last.seq, i);
	}
	CU_ASSERT_EQUAL(n_skipped, 0);
	put(EVENT_NEIGHBOR_UP, 1, 21);
	CU_ASSERT_EQUAL(run(T0), 0);
	put(EVENT_NEIGHBOR_CHANGED, 1, 22);
	put(EVENT_NEIGHBOR_DOWN, 1, 23);
	CU_ASSERT_EQUAL(exec_share_waiting(share), 1);
	CU_ASSERT_EQUAL(run(T0 + EXEC_SHARE_EVERY_MS - 1), 0);
	CU_ASSERT_EQUAL(run(T0 + EXEC_SHARE_EVERY_MS), 1);
	CU_ASSERT_EQUAL(last.kind, EVENT_NEIGHBOR_DOWN); // how it is now
	CU_ASSERT_EQUAL(last.seq, 23);
	CU_ASSERT_EQUAL(n_skipped, 2);
	CU_ASSERT_EQUAL(exec_share_waiting(share), 0);
	CU_ASSERT_EQUAL(run(T0 + 3600000), 0); // no event runs twice
	exec_share_destroy(share);
}

static void hundred_changes_a_second_for_a_minute_are_bounded_and_all_accounted_for(void)
{
	uint64_t n_put = 0;

	begin();
	for (uint64_t ms = 0; ms < 60000; ms += 10) {
		put(ms % 20 == 0 ? EVENT_NEIGHBOR_UP : EVENT_NEIGHBOR_DOWN, 1, ++n_put);
		run(T0 + ms);
	}
	CU_ASSERT_TRUE(n_runs >= EXEC_SHARE_BURST + 28 && n_runs <= EXEC_SHARE_BURST + 30);
	run(T0 + 62000);
	CU_ASSERT_EQUAL(last.seq, n_put);
	CU_ASSERT_EQUAL(n_runs + n_skipped, n_put);
	exec_share_destroy(share);
}

static void floods_on_every_other_port_delay_a_quiet_one_by_a_token(void)
{
	uint64_t seq = 0;
	uint64_t waited_ms = 0;

	begin();
	for (uint64_t ms = 0; ms < 60000; ms += 10) {
		for (uint8_t cause = 2; cause <= CONF_PORTS_MAX; cause++) {
			put(EVENT_NEIGHBOR_UP, cause, ++seq);
			put(EVENT_NODE_NEW, cause, ++seq);
			put(EVENT_STORM, cause, ++seq);
		}
		run(T0 + ms);
	}
	CU_ASSERT_TRUE(n_runs >= EXEC_SHARE_ALL_BURST + 118 && n_runs <= EXEC_SHARE_ALL_BURST + 120);
	// four of them go on, and take every token as it comes; port 1 has had none yet
	exec_share_clear(share);
	for (uint8_t cause = 2; cause <= 5; cause++)
		for (int i = 0; i < EXEC_SHARE_BURST; i++) {
			put(EVENT_NEIGHBOR_UP, cause, ++seq);
			run(T0 + 60000 + 500 * (uint64_t)i);
		}
	uint64_t now_ms = T0 + 60000 + 500 * EXEC_SHARE_BURST;
	put(EVENT_NEIGHBOR_DOWN, 1, ++seq);
	for (; waited_ms <= 600 && exec_share_waiting(share) > 0; waited_ms += 10) {
		for (uint8_t cause = 2; cause <= 5; cause++)
			put(EVENT_NEIGHBOR_UP, cause, ++seq);
		if (run(now_ms + waited_ms) > 0 && last.cause == 1)
			break;
	}
	CU_ASSERT_EQUAL(last.cause, 1);
	CU_ASSERT_TRUE(waited_ms <= EXEC_SHARE_ALL_MS);
	exec_share_destroy(share);
}

static void every_source_gets_its_turn_in_the_end(void)
{
	bool has_run[CONF_PORTS_MAX + 1] = {false};
	uint32_t n = 0;
	uint32_t skipped = 0;

	begin();
	for (uint64_t ms = 0; ms < 120000; ms += 100) {
		for (uint8_t cause = 0; cause <= CONF_PORTS_MAX; cause++)
			put(EVENT_NODE_CHANGED, cause, ms);
		while (exec_share_next(share, T0 + ms, &last, &skipped))
			has_run[last.cause] = true;
	}
	for (int cause = 0; cause <= CONF_PORTS_MAX; cause++)
		n += has_run[cause];
	CU_ASSERT_EQUAL(n, CONF_PORTS_MAX + 1);
	exec_share_destroy(share);
}

static void only_what_the_wire_can_cause_is_rationed(void)
{
	static const enum event_kind free_kinds[] = {EVENT_PORT_UP, EVENT_PORT_DOWN, EVENT_PORT_FAILED,
		EVENT_PORT_MAC_CHANGED, EVENT_PORT_CHANGED, EVENT_CONFIG_APPLIED, EVENT_CONFIG_CONFIRMED,
		EVENT_CONFIG_ROLLED_BACK, EVENT_CONFIG_FAILED, EVENT_CONFIG_SAVED, EVENT_CONFIG_UNSAVED,
		EVENT_OPERATED, EVENT_STORE_FAILED, EVENT_STORE_WELL, EVENT_STARTED, EVENT_STOPPED,
		EVENT_CRASHED_BEFORE, EVENT_STALLED, EVENT_CLOCK_SET};

	for (enum event_kind k = EVENT_INVALID + 1; k < EVENT_N_KINDS; k++) {
		struct app_event e = event(k, 1, 1);
		bool is_free = false;

		for (size_t i = 0; i < BASE_ARRAY_LEN(free_kinds); i++)
			is_free = is_free || free_kinds[i] == k;
		CU_ASSERT_EQUAL(exec_share_concerns(&e), !is_free);
	}
}

static void what_waits_is_forgotten_when_told_so_and_tokens_are_not(void)
{
	begin();
	for (uint64_t i = 0; i < EXEC_SHARE_BURST; i++) {
		put(EVENT_NODE_NEW, 200, i); // no such port: at home with those of none
		run(T0);
	}
	put(EVENT_NODE_NEW, 0, 1);
	CU_ASSERT_EQUAL(run(T0), 0);
	exec_share_clear(share);
	CU_ASSERT_EQUAL(exec_share_waiting(share), 0);
	CU_ASSERT_EQUAL(run(T0 + 1000000), 0);
	exec_share_destroy(share);
	exec_share_destroy(NULL);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_burst_runs_at_once_and_then_one_in_two_seconds),
	SUITE_CASE(hundred_changes_a_second_for_a_minute_are_bounded_and_all_accounted_for),
	SUITE_CASE(floods_on_every_other_port_delay_a_quiet_one_by_a_token),
	SUITE_CASE(every_source_gets_its_turn_in_the_end),
	SUITE_CASE(only_what_the_wire_can_cause_is_rationed),
	SUITE_CASE(what_waits_is_forgotten_when_told_so_and_tokens_are_not),
};

SUITE_MAIN("exec share", cases)
