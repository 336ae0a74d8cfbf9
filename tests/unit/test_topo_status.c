// SPDX-License-Identifier: BSD-3-Clause
// How nodes grow late and down: by intervals of asking, never while nobody asks, with a fair chance after the
// pace changed, and within bounds a call.
#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"

static struct topo *topo;
static uint64_t now_ms;

static const struct topo_pace slow = {.interval_ms = 30000, .late_after = 3, .down_after = 10};
static const struct topo_pace fast = {.interval_ms = 1000, .late_after = 3, .down_after = 10};
static const struct topo_pace nobody = {.interval_ms = 0, .late_after = 3, .down_after = 10};

static void begin(const struct topo_pace *pace)
{
	now_ms = 1000000;
	topo = topo_bed_create(1000);
	topo_pace_set(topo, pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static void heard(uint32_t n)
{
	struct topo_answer a = topo_bed_answer(0, 1, n, 1, 100);

	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, now_ms * 1000, NULL), 0);
}

static void passed(uint64_t ms)
{
	now_ms += ms;
	topo_tick(topo, now_ms);
}

static enum topo_status status(uint32_t n)
{
	struct topo_node out;
	int64_t row = topo_find(topo, topo_bed_id(n));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out.status;
}

static void silence_makes_late_then_down_and_an_answer_ok(void)
{
	begin(&fast);
	heard(1);
	passed(3000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	passed(6999);
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	passed(1);
	CU_ASSERT_EQUAL(status(1), TOPO_DOWN);
	passed(1000000);
	CU_ASSERT_EQUAL(status(1), TOPO_DOWN);
	heard(1);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	end();
}

static void a_node_that_answers_each_round_stays_ok(void)
{
	begin(&fast);
	for (uint32_t i = 0; i < 100; i++) {
		heard(1);
		passed(1000);
		CU_ASSERT_EQUAL(status(1), TOPO_OK);
	}
	end();
}

static void nothing_grows_late_while_nobody_asks(void)
{
	begin(&fast);
	heard(1);
	passed(2500);
	topo_pace_set(topo, &nobody, now_ms);
	passed(3600 * 1000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	topo_pace_set(topo, &fast, now_ms);
	passed(0);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(3000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	end();
}

static void a_faster_pace_gives_its_own_intervals_first(void)
{
	begin(&slow);
	heard(1);
	passed(80000);
	topo_pace_set(topo, &fast, now_ms);
	passed(3000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	end();
}

static void a_slower_pace_gives_its_own_intervals_first(void)
{
	begin(&fast);
	heard(1);
	passed(2900);
	topo_pace_set(topo, &slow, now_ms);
	passed(90000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	end();
}

static void the_same_pace_again_changes_nothing(void)
{
	begin(&fast);
	heard(1);
	for (uint32_t i = 0; i < 4; i++) {
		topo_pace_set(topo, &fast, now_ms);
		passed(800);
	}
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	end();
}

// Somebody looks for a second, again and again: each look is a change of pace.
static void a_pace_that_keeps_changing_does_not_keep_the_dead_alive(void)
{
	begin(&slow);
	heard(1);
	for (uint32_t i = 0; i < 8; i++) {
		passed(25000);
		topo_pace_set(topo, &fast, now_ms);
		passed(1000);
		topo_pace_set(topo, &slow, now_ms);
	}
	CU_ASSERT_EQUAL(status(1), TOPO_LATE);
	end();
}

static void a_clock_that_steps_back_makes_nobody_late(void)
{
	begin(&fast);
	heard(1);
	topo_tick(topo, now_ms - 900000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	passed(3000);
	CU_ASSERT_EQUAL(status(1), TOPO_OK);
	end();
}

static void a_tick_judges_a_bounded_number_of_rows(void)
{
	struct topo_counts c = {0};
	uint32_t n_before = 0;
	uint32_t n_ticks = 0;

	begin(&fast);
	for (uint32_t i = 1; i <= 1000; i++)
		heard(i);
	now_ms += 3001;
	do {
		n_before = c.n_late;
		passed(0);
		topo_counts_get(topo, &c);
		CU_ASSERT_TRUE(c.n_late - n_before <= 256);
		n_ticks++;
	} while (c.n_late < 1000 && n_ticks < 100);
	CU_ASSERT_EQUAL(n_ticks, 4);
	end();
}

static void statuses_are_counted_and_named(void)
{
	struct topo_counts c;

	begin(&fast);
	heard(1);
	passed(8000);
	heard(2);
	passed(2500);
	heard(3);
	passed(1000);
	topo_counts_get(topo, &c);
	CU_ASSERT_TRUE(c.n_nodes == 3 && c.n_ok == 1 && c.n_late == 1 && c.n_down == 1);
	CU_ASSERT_STRING_EQUAL(topo_status_name(TOPO_OK), "ok");
	CU_ASSERT_STRING_EQUAL(topo_status_name(TOPO_LATE), "late");
	CU_ASSERT_STRING_EQUAL(topo_status_name(TOPO_DOWN), "down");
	CU_ASSERT_STRING_EQUAL(topo_status_name(TOPO_STATUS_INVALID), "unknown");
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(silence_makes_late_then_down_and_an_answer_ok),
	SUITE_CASE(a_node_that_answers_each_round_stays_ok),
	SUITE_CASE(nothing_grows_late_while_nobody_asks),
	SUITE_CASE(a_faster_pace_gives_its_own_intervals_first),
	SUITE_CASE(a_slower_pace_gives_its_own_intervals_first),
	SUITE_CASE(the_same_pace_again_changes_nothing),
	SUITE_CASE(a_pace_that_keeps_changing_does_not_keep_the_dead_alive),
	SUITE_CASE(a_clock_that_steps_back_makes_nobody_late),
	SUITE_CASE(a_tick_judges_a_bounded_number_of_rows),
	SUITE_CASE(statuses_are_counted_and_named),
};
SUITE_MAIN("topo_status", cases)
