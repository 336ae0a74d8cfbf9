// SPDX-License-Identifier: BSD-3-Clause
// Control and the writer at once, as fast as they can: what was put last is what is stored. Run under
// -Db_sanitize=thread too (clang).
#include <stdio.h>

#include "base_clock.h"
#include "store_bed.h"
#include "suite.h"
#include "test_random.h"

#define N_NODES 200
#define RUN_MS  1500

static void nothing(const struct store_event *e, void *ctx)
{
	(void)e;
	(void)ctx;
}

static void one_thing(struct store *s, uint32_t rounds[N_NODES])
{
	uint32_t i = random_below(N_NODES);
	struct store_event e = {.time_us = base_wall_us(), .kind = "node-moved", .text = "x"};
	struct store_history_ask ask = {.limit = 20, .wants_last = true};
	struct store_stats st;

	switch (random_below(200)) {
	case 0:
		CU_ASSERT_TRUE(store_history_read(s, &ask, nothing, NULL) >= 0);
		break;
	case 1:
		CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
		break;
	case 2:
		store_stats_get(s, &st);
		CU_ASSERT_TRUE(st.is_well);
		break;
	case 3:
		store_all_begin(s);
		for (uint32_t k = 0; k < N_NODES; k++) {
			if (rounds[k] > 0)
				store_bed_put(s, k + 1, rounds[k]);
		}
		store_all_end(s);
		break;
	case 4 ... 30:
		store_history_add(s, &e);
		break;
	case 31 ... 60:
		store_forget(s, store_bed_id(i + 1));
		rounds[i] = 0;
		break;
	default:
		rounds[i]++;
		store_bed_put(s, i + 1, rounds[i]);
	}
}

static void last_word_of_each_node_is_what_is_stored(void)
{
	const char *dir = store_bed_dir();
	struct store_cfg cfg = {.dir = dir, .history_max = 50, .nodes_max = N_NODES, .batch_ms = 1};
	struct store *s = store_open(&cfg);
	uint32_t rounds[N_NODES] = {0};
	uint32_t n_alive = 0;
	uint32_t round_max = 0;

	random_state = 42;
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	uint64_t until_ms = base_mono_ms() + RUN_MS;
	while (base_mono_ms() < until_ms)
		one_thing(s, rounds);
	store_close(s);
	for (uint32_t i = 0; i < N_NODES; i++) {
		n_alive += rounds[i] > 0;
		round_max = rounds[i] > round_max ? rounds[i] : round_max;
	}
	s = store_open(&cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, n_alive);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(sum.round_max, round_max);
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(last_word_of_each_node_is_what_is_stored),
};

SUITE_MAIN("store threads", cases)
