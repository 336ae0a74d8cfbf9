// SPDX-License-Identifier: BSD-3-Clause
// Hostile answers: nodes, edges, parents and texts that nobody has. All stays bounded, and what honest nodes
// described stays in use.
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "test_random.h"
#include "topo_bed.h"
#include "topo_check.h"

static struct topo *topo;
static uint64_t now_ms;

static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 3, .down_after = 10};

static void begin(uint32_t nodes_max)
{
	now_ms = 1000000;
	random_state = 0x9e3779b97f4a7c15u;
	topo = topo_bed_create(nodes_max);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static int learn(uint32_t parent, uint32_t out_link, uint32_t n, uint32_t in_link, uint16_t cost)
{
	struct topo_answer a = topo_bed_answer(parent, out_link, n, in_link, cost);

	return topo_learn(topo, &a, now_ms, now_ms * 1000, NULL);
}

static struct topo_node node(uint32_t n)
{
	struct topo_node out = {0};
	int64_t row = topo_find(topo, topo_bed_id(n));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out;
}

static struct topo_counts counts(void)
{
	struct topo_counts c;

	topo_counts_get(topo, &c);
	return c;
}

static void a_full_inventory_refuses_and_counts_while_all_live(void)
{
	begin(10);
	for (uint32_t i = 1; i <= 10; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	CU_ASSERT_EQUAL(learn(0, 1, 11, 1, 100), -ENOSPC);
	CU_ASSERT_EQUAL(learn(0, 1, 3, 1, 100), 0);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 10);
	CU_ASSERT_EQUAL(counts().nodes_refused, 1);
	end();
}

static void the_node_that_is_longest_down_makes_room(void)
{
	begin(3);
	for (uint32_t i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
		now_ms += 100;
	}
	topo_tick(topo, now_ms + 10000 - 150); // 1 and 2 are down
	now_ms += 10000 - 150;
	CU_ASSERT_EQUAL(node(2).status, TOPO_DOWN);
	CU_ASSERT_EQUAL(node(3).status, TOPO_LATE);
	CU_ASSERT_EQUAL(learn(0, 1, 4, 1, 100), 0);
	CU_ASSERT_EQUAL(topo_find(topo, topo_bed_id(1)), -ENOENT);
	CU_ASSERT_EQUAL(learn(0, 1, 5, 1, 100), 0);
	CU_ASSERT_EQUAL(topo_find(topo, topo_bed_id(2)), -ENOENT);
	CU_ASSERT_EQUAL(learn(0, 1, 6, 1, 100), -ENOSPC);
	end();
}

static void a_smaller_bound_forgets_what_is_down_and_keeps_what_lives(void)
{
	begin(100);
	for (uint32_t i = 1; i <= 100; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	now_ms += 10001;
	topo_tick(topo, now_ms);
	for (uint32_t i = 91; i <= 100; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	topo_max_set(topo, 5);
	topo_tick(topo, now_ms);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 10);
	CU_ASSERT_EQUAL(counts().n_ok, 10);
	end();
}

static void a_node_keeps_a_bounded_number_of_edges_and_its_path(void)
{
	begin(2000);
	for (uint32_t i = 1; i <= 200; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	CU_ASSERT_EQUAL(learn(7, 2, 1000, 1, 10), 0);
	for (uint32_t i = 1; i <= 200; i++)
		CU_ASSERT_EQUAL(learn(i, 3, 1000, i, 500), 0);
	CU_ASSERT_EQUAL(node(1000).parent_id, topo_bed_id(7));
	CU_ASSERT_EQUAL(node(1000).cost, 220);
	// from us, to node 1000, and from there back to all who answered
	CU_ASSERT_EQUAL(counts().n_edges, 200 + 64 + 201);
	CU_ASSERT_EQUAL(learn(150, 4, 1000, 900, 5), 0); // better than all: takes another's place
	CU_ASSERT_EQUAL(node(1000).cost, 210);
	CU_ASSERT_EQUAL(counts().n_edges, 200 + 64 + 202);
	end();
}

static void a_stale_edge_makes_room_for_a_described_one(void)
{
	begin(2000);
	for (uint32_t i = 1; i <= 200; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	for (uint32_t i = 1; i <= 64; i++)
		CU_ASSERT_EQUAL(learn(i, 3, 1000, i, 500), 0);
	now_ms += 3001;
	topo_tick(topo, now_ms);
	for (uint32_t i = 101; i <= 164; i++)
		CU_ASSERT_EQUAL(learn(i, 3, 1000, i, 900), 0);
	uint32_t n_fresh = 0;
	struct topo_link link;
	for (uint32_t i = 0; i < topo_links_end(topo); i++)
		n_fresh += topo_link_at(topo, i, &link) && link.to == topo_bed_id(1000) && !link.is_stale;
	CU_ASSERT_TRUE(n_fresh >= 63);
	end();
}

static uint32_t n_edges_to(uint32_t n)
{
	struct topo_link link;
	uint32_t n_found = 0;

	for (uint32_t i = 0; i < topo_links_end(topo); i++)
		n_found += topo_link_at(topo, i, &link) && link.to == topo_bed_id(n);
	return n_found;
}

static bool has_link(uint32_t from, uint32_t to)
{
	struct topo_link link;
	bool is_found = false;

	for (uint32_t i = 0; i < topo_links_end(topo); i++)
		is_found |= topo_link_at(topo, i, &link) && link.from == topo_bed_id(from) &&
			    link.to == topo_bed_id(to);
	return is_found;
}

// 64 edges from parents that never answer, the one from node 40 the oldest; then all stale.
static void stale_edges_make(void)
{
	CU_ASSERT_EQUAL(learn(40, 1, 1, 40, 100), 0);
	for (uint32_t i = 0; i < 64; i++) {
		now_ms += 10;
		if (i != 40)
			CU_ASSERT_EQUAL(learn(100 + i, 1, 1, i, 100), 0);
	}
	now_ms += 3001;
	topo_tick(topo, now_ms);
	CU_ASSERT_EQUAL(counts().n_edges_stale, 64);
}

static void of_stale_edges_the_oldest_makes_room(void)
{
	begin(100);
	stale_edges_make();
	CU_ASSERT_EQUAL(learn(200, 1, 1, 99, 100), 0);
	CU_ASSERT_FALSE(has_link(40, 1));
	CU_ASSERT_TRUE(has_link(200, 1) && has_link(100, 1) && has_link(163, 1));
	end();
}

// The edge that makes room is the only one of the very parent that describes the new one.
static void a_parent_stays_when_its_last_edge_makes_room_for_its_next(void)
{
	begin(100);
	stale_edges_make();
	CU_ASSERT_EQUAL(learn(40, 2, 1, 99, 100), 0);
	CU_ASSERT_TRUE(has_link(40, 1));
	CU_ASSERT_EQUAL(counts().n_edges, 64);
	CU_ASSERT_EQUAL(learn(0, 1, 40, 1, 100), 0);
	CU_ASSERT_EQUAL(node(1).cost, 400);
	end();
}

static void at_the_bound_nobody_takes_from_those_with_as_few(void)
{
	uint32_t max = 20 * 8 + 1024;

	begin(20);
	for (uint32_t i = 0; i < max; i++) // nodes 1 to 4 have 60, the others 59
		CU_ASSERT_EQUAL(learn(100, i, 1 + i % 20, 1, 100), 0);
	CU_ASSERT_EQUAL(counts().n_edges, max);
	CU_ASSERT_EQUAL(learn(100, 5000, 1, 1, 100), 0);
	CU_ASSERT_EQUAL(counts().edges_refused, 1);
	CU_ASSERT_EQUAL(n_edges_to(1), 60);
	CU_ASSERT_EQUAL(learn(100, 5001, 5, 1, 100), 0);
	CU_ASSERT_EQUAL(n_edges_to(5), 60);
	CU_ASSERT_EQUAL(counts().n_edges, max);
	end();
}

// As many edges as may be, all of them of a few made-up nodes: honest nodes still get theirs.
static void edges_in_all_are_bounded_and_the_crowded_give_up_theirs(void)
{
	uint32_t max = 300 * 8 + 1024;

	begin(300);
	for (uint32_t i = 1; i <= 100; i++)
		CU_ASSERT_EQUAL(learn(0, 1, i, 1, 100), 0);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t a = 101 + random_below(100);

		CU_ASSERT_EQUAL(learn(1 + random_below(100), random_below(9), a, random_below(9), 100), 0);
		CU_ASSERT_TRUE_FATAL(counts().n_edges <= max);
	}
	CU_ASSERT_EQUAL(counts().n_edges, max);
	for (uint32_t i = 201; i <= 300; i++) {
		CU_ASSERT_EQUAL(learn(i - 200, 2, i, 1, 100), 0);
		CU_ASSERT_EQUAL(node(i).cost, 400);
		CU_ASSERT_EQUAL(node(i - 200).cost, 200);
	}
	CU_ASSERT_EQUAL(counts().n_edges, max);
	end();
}

static void parents_that_never_answer_are_bounded_and_the_oldest_goes(void)
{
	begin(100);
	CU_ASSERT_EQUAL(learn(0, 1, 1, 1, 100), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		CU_ASSERT_EQUAL(learn(1000 + i, 1, 2 + i % 90, 1, 100), 0);
		CU_ASSERT_TRUE_FATAL(counts().n_unheard <= 100 / 2 + 1024);
	}
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 91);
	CU_ASSERT_TRUE(node(1).has_path);
	end();
}

static void random_hostility_keeps_memory_bounded(void)
{
	char text[255];
	uint64_t bytes_early = 0;

	begin(500);
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < 200000; i++) {
		struct topo_answer a =
			topo_bed_answer(random_below(4) == 0 ? 0 : random_below(3000), random_below(1000),
				1 + random_below(5000), random_below(1000), (uint16_t)random_below(65536));

		a.identity = text;
		a.identity_len = (uint8_t)(200 + random_below(56));
		memcpy(text, &i, 3);
		(void)!topo_learn(topo, &a, now_ms, 0, NULL);
		if (i % 100 == 0) {
			now_ms += random_below(200);
			topo_tick(topo, now_ms);
		}
		if (i == 50000)
			bytes_early = counts().bytes;
	}
	CU_ASSERT_TRUE(topo_nodes_used(topo) <= 500);
	CU_ASSERT_TRUE(counts().bytes <= bytes_early + bytes_early / 2);
	CU_ASSERT_TRUE(counts().bytes < 2 * 1024 * 1024);
	end();
}

// All different, and as long as may be.
static void texts_in_all_are_bounded_and_what_does_not_fit_is_counted(void)
{
	char texts[3][TOPO_TEXT_LEN_MAX + 1];

	begin(4000);
	memset(texts, 'x', sizeof(texts));
	for (uint32_t i = 1; i <= 4000; i++) {
		struct topo_answer a = topo_bed_answer(0, 1, i, 1, 100);

		for (uint32_t k = 0; k < 3; k++)
			texts[k][snprintf(texts[k], sizeof(texts[k]), "%u-%u", i, k)] = 'x';
		a.identity = texts[0];
		a.identity_len = TOPO_TEXT_LEN_MAX;
		a.board = texts[1];
		a.board_len = TOPO_TEXT_LEN_MAX;
		a.master = texts[2];
		a.master_len = TOPO_TEXT_LEN_MAX;
		CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	}
	CU_ASSERT_TRUE(counts().texts_refused > 4000);
	CU_ASSERT_TRUE(counts().bytes < 4 * 1024 * 1024);
	CU_ASSERT_TRUE(strlen(node(1).master) == TOPO_TEXT_LEN_MAX && node(4000).master[0] == '\0');
	end();
}

// A neighbor before everything changes its cost with every answer: every path would change each time.
static void changes_that_move_everything_wait_when_they_are_too_many(void)
{
	uint32_t n = 20000;
	uint32_t i = 0;

	begin(n);
	CU_ASSERT_EQUAL(learn(0, 1, 1, 1, 100), 0);
	for (i = 2; i <= n; i++)
		CU_ASSERT_EQUAL(learn(i / 2, 1 + i % 2, i, 3, 100), 0);
	for (i = 0; i < 1000 && counts().edges_deferred == 0; i++)
		CU_ASSERT_EQUAL(learn(0, 1, 1, 1, (uint16_t)(100 + i % 2)), 0);
	CU_ASSERT_TRUE(i > 10 && i < 1000);
	uint32_t cost = node(1).cost;
	CU_ASSERT_EQUAL(node(n).cost - node(1).cost, (node(n).hops - 1) * 200);
	CU_ASSERT_EQUAL(learn(0, 1, 1, 1, 777), 0); // waits
	CU_ASSERT_EQUAL(node(1).cost, cost);
	CU_ASSERT_EQUAL(learn(1, 1, 2, 3, 100), 0); // nothing changed: taken up
	CU_ASSERT_EQUAL(counts().edges_deferred, 2);
	now_ms += 1000;
	CU_ASSERT_EQUAL(learn(0, 1, 1, 1, 777), 0);
	CU_ASSERT_EQUAL(node(1).cost, 2 * 777);
	end();
}

static void an_inventory_of_none_refuses_all(void)
{
	begin(0);
	CU_ASSERT_EQUAL(learn(0, 1, 1, 1, 100), -ENOSPC);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_full_inventory_refuses_and_counts_while_all_live),
	SUITE_CASE(the_node_that_is_longest_down_makes_room),
	SUITE_CASE(a_smaller_bound_forgets_what_is_down_and_keeps_what_lives),
	SUITE_CASE(a_node_keeps_a_bounded_number_of_edges_and_its_path),
	SUITE_CASE(a_stale_edge_makes_room_for_a_described_one),
	SUITE_CASE(of_stale_edges_the_oldest_makes_room),
	SUITE_CASE(a_parent_stays_when_its_last_edge_makes_room_for_its_next),
	SUITE_CASE(at_the_bound_nobody_takes_from_those_with_as_few),
	SUITE_CASE(edges_in_all_are_bounded_and_the_crowded_give_up_theirs),
	SUITE_CASE(parents_that_never_answer_are_bounded_and_the_oldest_goes),
	SUITE_CASE(random_hostility_keeps_memory_bounded),
	SUITE_CASE(texts_in_all_are_bounded_and_what_does_not_fit_is_counted),
	SUITE_CASE(changes_that_move_everything_wait_when_they_are_too_many),
	SUITE_CASE(an_inventory_of_none_refuses_all),
};
SUITE_MAIN("topo_limits", cases)
