// SPDX-License-Identifier: BSD-3-Clause
// 100,000 nodes: what it takes to put, write, check and load them. The times are printed; the limits only
// catch what would be of another order.
#include <stdio.h>
#include <time.h>

#include "base_clock.h"
#include "store_bed.h"
#include "suite.h"

#define N_NODES  100000
#define LIMIT_MS 60000 // sanitizers and a loaded machine included

static uint64_t ms_since(uint64_t from_ns)
{
	return (base_mono_ns() - from_ns) / 1000000;
}

// Put all; the slowest single call in microseconds.
static uint64_t put_all(struct store *s, uint32_t round)
{
	uint64_t worst_ns = 0;

	for (uint32_t i = 1; i <= N_NODES; i++) {
		uint64_t from_ns = base_mono_ns();

		store_bed_put(s, i, round);
		uint64_t ns = base_mono_ns() - from_ns;
		if (ns > worst_ns)
			worst_ns = ns;
	}
	return worst_ns / 1000;
}

static void written(struct store *s, const char *what, uint32_t round)
{
	struct store_stats st;
	uint64_t from_ns = base_mono_ns();
	uint64_t worst_us = put_all(s, round);
	uint64_t put_ms = ms_since(from_ns);

	CU_ASSERT_EQUAL(store_flush(s, LIMIT_MS), 0);
	store_stats_get(s, &st);
	printf("%s: put in %llu ms (slowest call %llu us), all on disk after %llu ms, file %.1f MiB ", what,
		(unsigned long long)put_ms, (unsigned long long)worst_us,
		(unsigned long long)ms_since(from_ns), (double)st.bytes / 1048576);
	CU_ASSERT_EQUAL(st.n_overflows, 0);
	CU_ASSERT_EQUAL(st.n_errors, 0);
}

static void hundred_thousand_nodes_are_written_and_loaded(void)
{
	const char *dir = store_bed_dir();
	struct store_cfg cfg = {.dir = dir, .history_max = 10000, .nodes_max = N_NODES};
	struct store_stats st;

	struct store *s = store_open(&cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	written(s, "new", 1);
	written(s, "again", 2);
	uint64_t from_ns = base_mono_ns();
	store_all_begin(s);
	put_all(s, 3);
	store_all_end(s);
	CU_ASSERT_EQUAL(store_flush(s, LIMIT_MS), 0);
	store_stats_get(s, &st);
	printf("replaced as a whole in %llu ms, of it the transaction %llu ms ",
		(unsigned long long)ms_since(from_ns), (unsigned long long)(st.write_us / 1000));
	store_close(s);

	from_ns = base_mono_ns();
	s = store_open(&cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	uint64_t open_ms = ms_since(from_ns);
	from_ns = base_mono_ns();
	struct store_bed_sum sum = store_bed_load(s);
	printf("opened and checked in %llu ms, loaded in %llu ms ", (unsigned long long)open_ms,
		(unsigned long long)ms_since(from_ns));
	CU_ASSERT_EQUAL(sum.n, N_NODES);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(sum.round_max, 3);
	CU_ASSERT_TRUE(ms_since(from_ns) < LIMIT_MS);
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(hundred_thousand_nodes_are_written_and_loaded),
};

SUITE_MAIN("store scale", cases)
