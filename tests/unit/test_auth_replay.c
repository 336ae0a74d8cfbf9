// SPDX-License-Identifier: BSD-3-Clause
// The replay window: vectors at its edges, and random counters beside a window that remembers everything.
#include "auth_replay.h"
#include "suite.h"
#include "test_random.h"

#define MAX64 UINT64_MAX

struct step {
	uint64_t counter;
	bool is_new;
};

static uint32_t steps_wrong(struct auth_replay *w, const struct step *steps, uint32_t n)
{
	uint32_t n_wrong = 0;

	for (uint32_t i = 0; i < n; i++)
		n_wrong += auth_replay_take(w, steps[i].counter) != steps[i].is_new;
	return n_wrong;
}

#define STEPS_RIGHT(w, ...)                                                                            \
	do {                                                                                           \
		static const struct step steps[] = {__VA_ARGS__};                                      \
		CU_ASSERT_EQUAL(steps_wrong(w, steps, (uint32_t)(sizeof(steps) / sizeof(*steps))), 0); \
	} while (0)

static void new_ones_pass_and_duplicates_do_not(void)
{
	struct auth_replay w = {0};

	STEPS_RIGHT(&w, {0, true}, {0, false}, {1, true}, {1, false}, {9, true}, {8, true}, {7, true},
		{7, false}, {6, true}, {5, true}, {4, true}, {3, true}, {2, true}, {0, false}, {9, false},
		{8, false});
}

static void the_edge_is_1024_wide(void)
{
	struct auth_replay w = {0};

	STEPS_RIGHT(&w, {5000, true}, {5000 - 1023, true}, {5000 - 1024, false}, {5000 - 1023, false},
		{5001, true}, {5001 - 1024, false}, {5001 - 1023, true}, {5000 - 1, true}, {3976, false});
}

static void a_far_jump_forgets_all_before(void)
{
	struct auth_replay w = {0};

	STEPS_RIGHT(&w, {100, true}, {101, true}, {1ull << 40, true}, {101, false}, {102, false},
		{(1ull << 40) - 1023, true}, {(1ull << 40) - 1024, false}, {(1ull << 40) - 64, true},
		{(1ull << 40) + 1, true}, {(1ull << 40), false});
}

static void words_of_the_ring_are_cleared_on_the_way(void)
{
	// steps of every length around words and around the whole ring: what is new stays new
	for (uint64_t jump = 1; jump < 5000; jump += jump < 300 ? 1 : 61) {
		struct auth_replay w = {0};
		uint32_t n_wrong = 0;

		for (uint64_t c = 63; c < 40 * jump; c += jump) {
			n_wrong += !auth_replay_take(&w, c);
			n_wrong += auth_replay_take(&w, c);
			if (jump > 1 && c >= 64)
				n_wrong += !auth_replay_take(&w, c - 1) || auth_replay_take(&w, c - 1);
		}
		CU_ASSERT_EQUAL(n_wrong, 0);
	}
}

static void the_numbers_where_integers_end_are_numbers_like_others(void)
{
	struct auth_replay w = {0};

	STEPS_RIGHT(&w, {UINT32_MAX - 1ull, true}, {UINT32_MAX, true}, {UINT32_MAX + 1ull, true},
		{UINT32_MAX, false}, {UINT32_MAX + 2ull, true}, {(1ull << 63) - 1, true}, {1ull << 63, true},
		{(1ull << 63) - 1, false}, {(1ull << 63) - 2, true}, {(1ull << 63) + 1, true}, {0, false});
}

static void the_last_counter_saturates(void)
{
	struct auth_replay w = {0};

	STEPS_RIGHT(&w, {MAX64 - 2, true}, {MAX64, true}, {MAX64, false}, {MAX64 - 1, true},
		{MAX64 - 1, false}, {MAX64 - 2, false}, {0, false}, {1, false}, {MAX64 - 1023, true},
		{MAX64 - 1024, false});
	CU_ASSERT_EQUAL(auth_replay_next(&w), 0);
}

static void an_opened_window_takes_nothing_from_before(void)
{
	static const uint64_t at[] = {0, 1, 63, 64, 65, 4095, UINT32_MAX, 1ull << 63, MAX64 - 1, MAX64};
	uint32_t n_wrong = 0;

	for (uint32_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		struct auth_replay w = {0};

		auth_replay_take(&w, 7777); // what was there before is forgotten
		auth_replay_open(&w, at[i]);
		n_wrong += auth_replay_take(&w, at[i]);
		for (uint64_t back = 1; back <= 3000 && back <= at[i]; back++)
			n_wrong += auth_replay_take(&w, at[i] - back);
		for (uint64_t on = 1; on <= 3000 && on <= MAX64 - at[i]; on++) {
			n_wrong += !auth_replay_take(&w, at[i] + on);
			n_wrong += auth_replay_take(&w, at[i] + on);
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

#define MODEL_LEN 70000

// A window that is a list of all that was seen.
static bool model_take(bool *seen, uint32_t *top, uint32_t counter)
{
	bool is_new = !seen[counter] && (counter >= *top || *top - counter < AUTH_REPLAY_WIDTH);

	seen[counter] |= is_new;
	if (is_new && counter > *top)
		*top = counter;
	return is_new;
}

static void random_counters_are_judged_as_by_a_long_memory(void)
{
	uint32_t n_wrong = 0;

	for (uint32_t turn = 1; turn <= 30; turn++) {
		static bool seen[MODEL_LEN];
		struct auth_replay w = {0};
		uint32_t top = 0;

		memset(seen, 0, sizeof(seen));
		random_state = turn;
		for (uint32_t i = 0; i < 20000; i++) {
			uint32_t ahead = random_below(50) == 0 ? 3000 : 40;
			uint32_t behind = random_below(3) == 0 ? 1200 : 30;
			uint32_t base = top > behind ? top - behind : 0;
			uint32_t counter = base + random_below(behind + random_below(ahead));

			if (counter >= MODEL_LEN)
				break;
			n_wrong += auth_replay_take(&w, counter) != model_take(seen, &top, counter);
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(new_ones_pass_and_duplicates_do_not),
	SUITE_CASE(the_edge_is_1024_wide),
	SUITE_CASE(a_far_jump_forgets_all_before),
	SUITE_CASE(words_of_the_ring_are_cleared_on_the_way),
	SUITE_CASE(the_numbers_where_integers_end_are_numbers_like_others),
	SUITE_CASE(the_last_counter_saturates),
	SUITE_CASE(an_opened_window_takes_nothing_from_before),
	SUITE_CASE(random_counters_are_judged_as_by_a_long_memory),
};
SUITE_MAIN("auth", cases)
