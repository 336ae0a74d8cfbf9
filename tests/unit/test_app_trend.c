// SPDX-License-Identifier: BSD-3-Clause
// What is expected on a port, and what was not answered.
#include "suite.h"
#include "trend.h"

static void pauses_that_are_alike_are_a_rhythm(void)
{
	static const struct {
		uint64_t beats[APP_BEATS_MAX];
		uint32_t n;
		uint64_t rhythm_ms;
	} rows[] = {
		{{0}, 0, 0},
		{{30000, 30000, 30000, 0}, 3, 0}, // too few
		{{30000, 31000, 29000, 30500}, 4, 31000},
		{{30000, 31000, 29000, 30500}, 4000, 31000},
		{{10000, 20000, 10000, 20000}, 4, 0}, // two that ask, by turns
		{{6000, 7000, 5000, 6000}, 4, 7000},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct app_trend t = {.n_beats = rows[i].n};

		memcpy(t.beats_ms, rows[i].beats, sizeof(t.beats_ms));
		CU_ASSERT_EQUAL(trend_rhythm_ms(&t), rows[i].rhythm_ms);
	}
}

static void what_had_no_time_to_be_answered_is_not_counted(void)
{
	struct app_trend t = {.n_asked = 0};

	CU_ASSERT_EQUAL(trend_unanswered(&t, 100000), 0);
	for (uint64_t at_ms = 1000; at_ms <= 20000; at_ms += 1000) // a round a second
		t.asked_ms[t.n_asked++ % APP_ASKED_MAX] = at_ms;
	CU_ASSERT_EQUAL(trend_unanswered(&t, 20000), 17);
	CU_ASSERT_EQUAL(trend_unanswered(&t, 22999), 19);
	CU_ASSERT_EQUAL(trend_unanswered(&t, 23000), 20);
	struct app_trend one = {.n_asked = 1, .asked_ms = {5000}};
	CU_ASSERT_EQUAL(trend_unanswered(&one, 7999), 0);
	CU_ASSERT_EQUAL(trend_unanswered(&one, 8000), 1);
}

static const struct suite_case cases[] = {
	SUITE_CASE(pauses_that_are_alike_are_a_rhythm),
	SUITE_CASE(what_had_no_time_to_be_answered_is_not_counted),
};
SUITE_MAIN("app", cases)
