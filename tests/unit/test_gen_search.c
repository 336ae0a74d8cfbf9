// SPDX-License-Identifier: BSD-3-Clause
// The search of romon-gen for the highest value that passes.
#include "gen_search.h"
#include "suite.h"

// Something that passes up to a limit, and breaks at the nth trial.
struct rig {
	uint64_t limit;
	uint32_t n_trials;
	uint32_t breaks_at;
};

static int rig_try(void *ctx, uint64_t value, bool *passes)
{
	struct rig *rig = ctx;

	*passes = value <= rig->limit;
	return ++rig->n_trials == rig->breaks_at ? -EIO : 0;
}

static void limit_is_found_exactly_where_precision_is_nought(void)
{
	const struct gen_search search = {.min = 1, .max = 1000000};

	for (uint64_t limit = 1; limit < 1000000; limit += 12345) {
		struct rig rig = {.limit = limit};
		struct gen_found found;

		CU_ASSERT_EQUAL(gen_search_run(&search, rig_try, &rig, &found), 0);
		CU_ASSERT_EQUAL(found.passed, limit);
		CU_ASSERT_EQUAL(found.failed, limit + 1);
		CU_ASSERT_TRUE(found.n_trials <= 22);
		CU_ASSERT_EQUAL(found.n_trials, rig.n_trials);
	}
}

static void bounds_are_as_near_as_was_asked_for(void)
{
	const struct gen_search search = {.min = 1000, .max = 100000000, .precision = 0.005};
	struct rig rig = {.limit = 31234567};
	struct gen_found found;

	CU_ASSERT_EQUAL(gen_search_run(&search, rig_try, &rig, &found), 0);
	CU_ASSERT_TRUE(found.passed <= rig.limit && found.failed > rig.limit);
	CU_ASSERT_TRUE((double)(found.failed - found.passed) <= 0.005 * (double)found.failed);
	CU_ASSERT_TRUE(found.n_trials <= 12);
}

static void most_that_passes_takes_one_trial(void)
{
	const struct gen_search search = {.min = 1, .max = 500};
	struct rig rig = {.limit = 500};
	struct gen_found found;

	CU_ASSERT_EQUAL(gen_search_run(&search, rig_try, &rig, &found), 0);
	CU_ASSERT_EQUAL(found.passed, 500);
	CU_ASSERT_EQUAL(found.failed, 0);
	CU_ASSERT_EQUAL(found.n_trials, 1);
}

static void nothing_passes(void)
{
	const struct gen_search search = {.min = 10, .max = 500};
	struct rig rig = {.limit = 9};
	struct gen_found found;

	CU_ASSERT_EQUAL(gen_search_run(&search, rig_try, &rig, &found), 0);
	CU_ASSERT_EQUAL(found.passed, 0);
	CU_ASSERT_EQUAL(found.failed, 10);
	CU_ASSERT_EQUAL(found.n_trials, 2);
}

static void broken_trial_ends_the_search(void)
{
	const struct gen_search search = {.min = 1, .max = 1000};
	struct rig rig = {.limit = 300, .breaks_at = 4};
	struct gen_found found;

	CU_ASSERT_EQUAL(gen_search_run(&search, rig_try, &rig, &found), -EIO);
	CU_ASSERT_EQUAL(rig.n_trials, 4);
}

static const struct suite_case cases[] = {
	SUITE_CASE(limit_is_found_exactly_where_precision_is_nought),
	SUITE_CASE(bounds_are_as_near_as_was_asked_for),
	SUITE_CASE(most_that_passes_takes_one_trial),
	SUITE_CASE(nothing_passes),
	SUITE_CASE(broken_trial_ends_the_search),
};
SUITE_MAIN("gen_search", cases)
