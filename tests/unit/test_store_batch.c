// SPDX-License-Identifier: BSD-3-Clause
// Changes that wait, without a disk: the newest state counts, nothing grows without end.
#include <stdio.h>
#include <string.h>

#include "store_batch.h"
#include "suite.h"

#define MAX 1000

static void put(struct store_batch *b, uint64_t id, uint32_t cost)
{
	struct store_node n = {.id = id, .cost = cost, .identity = "x"};

	CU_ASSERT_EQUAL(store_batch_put(b, &n, false, MAX), 0);
}

static void forget(struct store_batch *b, uint64_t id)
{
	struct store_node n = {.id = id};

	CU_ASSERT_EQUAL(store_batch_put(b, &n, true, MAX), 0);
}

static const struct store_item *find(const struct store_batch *b, uint64_t id)
{
	for (uint32_t i = 0; i < b->n_buckets; i++) {
		for (const struct store_item *it = b->buckets[i]; it != NULL; it = it->next) {
			if (it->node.id == id)
				return it;
		}
	}
	return NULL;
}

static void event(struct store_batch *b, uint64_t time_us, uint32_t max)
{
	struct store_event e = {.time_us = time_us, .kind = "node-new", .text = "t"};

	CU_ASSERT_EQUAL(store_batch_event_add(b, &e, max), 0);
}

static void last_change_of_a_node_counts(void)
{
	struct store_batch b;

	store_batch_init(&b, 1);
	put(&b, 5, 10);
	put(&b, 5, 20);
	CU_ASSERT_EQUAL(b.n_nodes, 1);
	CU_ASSERT_EQUAL(find(&b, 5)->node.cost, 20);
	forget(&b, 5);
	CU_ASSERT_EQUAL(b.n_nodes, 1);
	CU_ASSERT_TRUE(find(&b, 5)->is_forgotten);
	put(&b, 5, 30);
	CU_ASSERT_FALSE(find(&b, 5)->is_forgotten);
	CU_ASSERT_EQUAL(b.n_nodes, 1);
	store_batch_fini(&b);
}

static void texts_and_paths_are_copied_and_bounded(void)
{
	uint64_t path[200] = {[0] = 7, [127] = 9};
	char text[400];
	struct store_batch b;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	struct store_node n = {.id = 1, .identity = text, .n_path = 200, .path = path};
	store_batch_init(&b, 1);
	CU_ASSERT_EQUAL(store_batch_put(&b, &n, false, MAX), 0);
	memset(text, 'b', 10);
	path[0] = 0;
	const struct store_node *got = &find(&b, 1)->node;
	CU_ASSERT_EQUAL(strlen(got->identity), STORE_TEXT_LEN_MAX);
	CU_ASSERT_EQUAL(got->identity[0], 'a');
	CU_ASSERT_STRING_EQUAL(got->board, "");
	CU_ASSERT_EQUAL(got->n_path, STORE_PATH_MAX);
	CU_ASSERT_EQUAL(got->path[0], 7);
	CU_ASSERT_EQUAL(got->path[127], 9);
	store_batch_fini(&b);
}

static void batch_refuses_more_nodes_than_it_may_hold(void)
{
	struct store_node n = {.id = MAX + 1};
	struct store_batch b;

	store_batch_init(&b, 1);
	for (uint32_t i = 1; i <= MAX; i++)
		put(&b, i, i);
	CU_ASSERT_EQUAL(store_batch_put(&b, &n, false, MAX), -ENOSPC);
	put(&b, 1, 99); // one that it has is no more
	CU_ASSERT_EQUAL(b.n_nodes, MAX);
	for (uint32_t i = 2; i <= MAX; i++)
		CU_ASSERT_EQUAL(find(&b, i)->node.cost, i);
	store_batch_fini(&b);
	CU_ASSERT_EQUAL(b.n_nodes, 0);
}

static void oldest_events_go_first(void)
{
	struct store_batch b;

	store_batch_init(&b, 1);
	for (uint64_t i = 1; i <= 10; i++)
		event(&b, i, 4);
	CU_ASSERT_EQUAL(b.n_events, 4);
	CU_ASSERT_EQUAL(b.events->event.time_us, 7);
	event(&b, 11, 0); // none may be kept
	CU_ASSERT_EQUAL(b.n_events, 0);
	event(&b, 12, 4);
	CU_ASSERT_EQUAL(b.events->event.time_us, 12);
	store_batch_fini(&b);
}

static void newer_changes_win_in_a_merge(void)
{
	struct store_batch old;
	struct store_batch newer;

	store_batch_init(&old, 1);
	store_batch_init(&newer, 2);
	put(&old, 1, 1);
	put(&old, 2, 1);
	put(&newer, 2, 2);
	put(&newer, 3, 2);
	for (uint64_t i = 1; i <= 3; i++)
		event(&old, i, 9);
	for (uint64_t i = 4; i <= 6; i++)
		event(&newer, i, 9);
	CU_ASSERT_EQUAL(store_batch_merge(&old, &newer, MAX, 5), 0);
	CU_ASSERT_EQUAL(old.n_nodes, 3);
	CU_ASSERT_EQUAL(find(&old, 1)->node.cost, 1);
	CU_ASSERT_EQUAL(find(&old, 2)->node.cost, 2);
	CU_ASSERT_EQUAL(old.n_events, 5);
	CU_ASSERT_EQUAL(old.events->event.time_us, 2);
	CU_ASSERT_TRUE(store_batch_is_empty(&newer));
	event(&old, 7, 9);
	CU_ASSERT_EQUAL(old.n_events, 6);

	put(&newer, 9, 9); // one that replaces all leaves nothing of before
	newer.replaces_all = true;
	CU_ASSERT_EQUAL(store_batch_merge(&old, &newer, MAX, 5), 0);
	CU_ASSERT_EQUAL(old.n_nodes, 1);
	CU_ASSERT_TRUE(old.replaces_all);
	store_batch_fini(&old);
	store_batch_fini(&newer);
}

static void merge_that_is_too_large_drops_all_nodes_and_says_so(void)
{
	struct store_batch old;
	struct store_batch newer;

	store_batch_init(&old, 1);
	store_batch_init(&newer, 2);
	for (uint32_t i = 1; i <= 600; i++) {
		put(&old, i, 1);
		put(&newer, 10000 + i, 1);
	}
	event(&newer, 1, 9);
	CU_ASSERT_EQUAL(store_batch_merge(&old, &newer, MAX, 9), -ENOSPC);
	CU_ASSERT_EQUAL(old.n_nodes, 0);
	CU_ASSERT_EQUAL(newer.n_nodes, 0);
	CU_ASSERT_EQUAL(old.n_events, 1);
	store_batch_fini(&old);
	store_batch_fini(&newer);
}

static const struct suite_case cases[] = {
	SUITE_CASE(last_change_of_a_node_counts),
	SUITE_CASE(texts_and_paths_are_copied_and_bounded),
	SUITE_CASE(batch_refuses_more_nodes_than_it_may_hold),
	SUITE_CASE(oldest_events_go_first),
	SUITE_CASE(newer_changes_win_in_a_merge),
	SUITE_CASE(merge_that_is_too_large_drops_all_nodes_and_says_so),
};

SUITE_MAIN("store batch", cases)
