// SPDX-License-Identifier: BSD-3-Clause
// The inventory and the history through a file and back, on a disk that works.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_clock.h"
#include "store_bed.h"
#include "suite.h"

static void flush(struct store *s)
{
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
}

static void every_field_of_a_node_comes_back(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);

	for (uint32_t i = 1; i <= 300; i++)
		store_bed_put(s, i, 3);
	store_close(s); // writes what waits
	s = store_bed_open(dir);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 300);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(store_bed_logged("error"), 0);
	store_close(s);
}

static void changes_that_wait_are_one_row_a_node(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	struct store_stats before;
	struct store_stats st;

	flush(s);
	store_stats_get(s, &before);
	store_all_begin(s); // holds the writer
	for (uint32_t round = 1; round <= 50; round++) {
		for (uint32_t i = 1; i <= 10; i++)
			store_bed_put(s, i, round);
	}
	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_pending_nodes, 10);
	store_all_end(s);
	flush(s);
	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_pending_nodes, 0);
	CU_ASSERT_EQUAL(st.n_written - before.n_written, 10);
	CU_ASSERT_TRUE(st.is_well);
	CU_ASSERT_EQUAL(st.n_errors, 0);
	CU_ASSERT_TRUE(st.bytes > 0);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 10);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(sum.round_max, 50);
	store_close(s);
}

static void forgotten_node_does_not_come_back(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);

	for (uint32_t i = 1; i <= 5; i++)
		store_bed_put(s, i, 1);
	flush(s);
	store_forget(s, store_bed_id(1));
	store_forget(s, store_bed_id(2));
	store_forget(s, store_bed_id(99)); // never stored
	store_bed_put(s, 2, 7);            // heard again
	store_forget(s, 0);
	flush(s);
	store_close(s);
	s = store_bed_open(dir);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 4);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(sum.round_max, 7);
	store_close(s);
}

static void all_replaces_what_was_stored_in_one_transaction(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);

	for (uint32_t i = 1; i <= 20; i++)
		store_bed_put(s, i, 1);
	flush(s);
	CU_ASSERT_FALSE(store_all_wanted(s));
	store_all_begin(s);
	for (uint32_t i = 15; i <= 17; i++)
		store_bed_put(s, i, 2);
	flush(s); // not before the end
	CU_ASSERT_EQUAL(store_bed_load(s).n, 20);
	store_all_end(s);
	flush(s);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 3);
	CU_ASSERT_EQUAL(sum.round_max, 2);
	store_all_begin(s); // half given at the end counts for nothing
	store_bed_put(s, 1, 3);
	store_close(s);
	s = store_bed_open(dir);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 3);
	store_close(s);
}

static void more_changes_than_may_wait_ask_for_the_whole_inventory(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open_cfg(dir, 100, 10);
	struct store_stats st;

	store_all_begin(s);
	store_all_end(s);
	flush(s);
	for (uint32_t i = 1; i <= 5000; i++) {
		store_bed_put(s, i, 1);
		store_stats_get(s, &st);
		CU_ASSERT_TRUE_FATAL(st.n_pending_nodes <= 2 * 200); // what waits, and what is being written
	}
	CU_ASSERT_TRUE(st.n_overflows > 0);
	flush(s);
	CU_ASSERT_TRUE(store_all_wanted(s));
	store_all_begin(s);
	CU_ASSERT_FALSE(store_all_wanted(s));
	for (uint32_t i = 4901; i <= 5000; i++)
		store_bed_put(s, i, 2);
	store_all_end(s);
	flush(s);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 100);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	store_close(s);
}

// ---- history

struct seen {
	uint32_t n;
	uint64_t first_seq;
	uint64_t last_seq;
	uint64_t last_time_us;
	uint32_t n_strange;
};

static void history_add(struct store *s, uint64_t number)
{
	char text[64];

	snprintf(text, sizeof(text), "event number %llu", (unsigned long long)number);
	struct store_event e = {.time_us = 1000 + number,
		.kind = "node-down",
		.severity = "warning",
		.port = "ether1",
		.mac = store_bed_id(7),
		.id = store_bed_id(8),
		.identity = "Router \xff",
		.text = text};
	store_history_add(s, &e);
}

static void event_look(const struct store_event *e, void *ctx)
{
	struct seen *seen = ctx;
	char text[64];

	snprintf(text, sizeof(text), "event number %llu", (unsigned long long)(e->time_us - 1000));
	seen->n_strange += strcmp(text, e->text) != 0 || strcmp(e->kind, "node-down") != 0 ||
			   strcmp(e->severity, "warning") != 0 || strcmp(e->port, "ether1") != 0 ||
			   strcmp(e->identity, "Router \xff") != 0 || e->mac != store_bed_id(7) ||
			   e->id != store_bed_id(8) || e->seq <= seen->last_seq ||
			   e->time_us <= seen->last_time_us;
	if (seen->n++ == 0)
		seen->first_seq = e->seq;
	seen->last_seq = e->seq;
	seen->last_time_us = e->time_us;
}

static struct seen history(struct store *s, uint64_t since, uint32_t limit, bool wants_last)
{
	struct store_history_ask ask = {.since = since, .limit = limit, .wants_last = wants_last};
	struct seen seen = {0};

	CU_ASSERT_EQUAL(store_history_read(s, &ask, event_look, &seen), seen.n);
	CU_ASSERT_EQUAL(seen.n_strange, 0);
	return seen;
}

static void history_is_bounded_and_keeps_the_newest(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);

	for (uint64_t i = 1; i <= 250; i++) {
		history_add(s, i);
		if (i % 40 == 0)
			flush(s);
	}
	flush(s);
	struct seen all = history(s, 0, 1000, false);
	CU_ASSERT_EQUAL(all.n, 100);
	CU_ASSERT_EQUAL(all.first_seq, 151);
	CU_ASSERT_EQUAL(all.last_seq, 250);
	struct seen last = history(s, 0, 3, true);
	CU_ASSERT_EQUAL(last.first_seq, 248);
	struct seen page = history(s, 200, 10, false);
	CU_ASSERT_EQUAL(page.first_seq, 201);
	CU_ASSERT_EQUAL(page.last_seq, 210);
	CU_ASSERT_EQUAL(history(s, 250, 10, false).n, 0);
	store_max_set(s, 1000, 20);
	history_add(s, 251);
	flush(s);
	CU_ASSERT_EQUAL(history(s, 0, 1000, false).n, 20);
	store_close(s);
}

static void numbers_of_events_go_on_after_a_restart(void)
{
	const char *dir = store_bed_dir();

	for (uint64_t start = 0; start < 3; start++) {
		struct store *s = store_bed_open(dir);

		for (uint64_t i = 1; i <= 60; i++)
			history_add(s, start * 60 + i);
		flush(s);
		struct seen all = history(s, 0, 1000, false);
		CU_ASSERT_EQUAL(all.last_seq, (start + 1) * 60);
		CU_ASSERT_EQUAL(all.n, start == 0 ? 60 : 100);
		store_close(s);
	}
}

static void burst_of_events_is_cut_before_it_is_written(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	struct store_stats st;

	for (uint64_t i = 1; i <= 100000; i++)
		history_add(s, i);
	store_stats_get(s, &st);
	CU_ASSERT_TRUE(st.n_pending_events <= 200); // what waits, and what is being written
	flush(s);
	struct seen all = history(s, 0, 1000, false);
	CU_ASSERT_EQUAL(all.n, 100);
	CU_ASSERT_EQUAL(all.last_time_us, 101000);
	store_close(s);
}

static void no_history_keeps_none(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open_cfg(dir, 10, 0);

	history_add(s, 1);
	flush(s);
	CU_ASSERT_EQUAL(history(s, 0, 10, false).n, 0);
	store_close(s);
}

// ---- the directory

static void two_stores_do_not_share_a_directory(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	struct store_cfg cfg = {.dir = dir, .history_max = 10, .nodes_max = 10};

	CU_ASSERT_PTR_NULL(store_open(&cfg));
	CU_ASSERT_EQUAL(errno, EAGAIN);
	CU_ASSERT_EQUAL(store_bed_logged("give each romond a state.dir of its own"), 1);
	store_close(s);
	s = store_open(&cfg);
	CU_ASSERT_PTR_NOT_NULL(s);
	store_close(s);
	store_close(NULL);
}

static void directory_is_made_and_relative_ones_are_refused(void)
{
	struct store_cfg cfg = {.dir = "state", .history_max = 10, .nodes_max = 10};
	char deep[128];

	CU_ASSERT_PTR_NULL(store_open(&cfg));
	CU_ASSERT_EQUAL(errno, EINVAL);
	snprintf(deep, sizeof(deep), "%s/romond", store_bed_dir());
	struct store *s = store_bed_open(deep);
	store_bed_put(s, 1, 1);
	store_close(s);
	CU_ASSERT_EQUAL(access(deep, R_OK | W_OK | X_OK), 0);
	CU_ASSERT_EQUAL(store_bed_n_files(deep, "romond.db"), 1); // the log is folded in at the end
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_field_of_a_node_comes_back),
	SUITE_CASE(changes_that_wait_are_one_row_a_node),
	SUITE_CASE(forgotten_node_does_not_come_back),
	SUITE_CASE(all_replaces_what_was_stored_in_one_transaction),
	SUITE_CASE(more_changes_than_may_wait_ask_for_the_whole_inventory),
	SUITE_CASE(history_is_bounded_and_keeps_the_newest),
	SUITE_CASE(numbers_of_events_go_on_after_a_restart),
	SUITE_CASE(burst_of_events_is_cut_before_it_is_written),
	SUITE_CASE(no_history_keeps_none),
	SUITE_CASE(two_stores_do_not_share_a_directory),
	SUITE_CASE(directory_is_made_and_relative_ones_are_refused),
};

SUITE_MAIN("store inventory", cases)
