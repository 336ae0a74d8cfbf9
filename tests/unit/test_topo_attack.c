// SPDX-License-Identifier: BSD-3-Clause
// One port against the others: answers that a hostile neighbor forges must not take rows, edges, paths, texts
// or control's time from what is heard by other ports.
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"
#include "topo_private.h"

#define A 0 // port of the hostile neighbor
#define B 1

static struct topo *topo;
static uint64_t now_ms;

static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 2, .down_after = 4};

static void begin(uint32_t nodes_max)
{
	now_ms = 1000000;
	topo = topo_bed_create(nodes_max);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static struct topo_answer answer(uint8_t port, uint32_t parent, uint32_t node, uint16_t cost)
{
	struct topo_answer a = topo_bed_answer(parent, 1u + port, node, 1u + port, cost);

	a.port = port;
	a.from_mac = topo_bed_id(0x900000u + port);
	return a;
}

static int learn(uint8_t port, uint32_t parent, uint32_t node, uint16_t cost)
{
	struct topo_answer a = answer(port, parent, node, cost);

	return topo_learn(topo, &a, now_ms, now_ms * 1000, NULL);
}

static struct topo_node node(uint32_t n)
{
	struct topo_node out = {0};
	int64_t row = topo_find(topo, topo_bed_id(n));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out;
}

static bool is_known(uint32_t n)
{
	return topo_find(topo, topo_bed_id(n)) >= 0;
}

static struct topo_counts counts(void)
{
	struct topo_counts c;

	topo_counts_get(topo, &c);
	return c;
}

static uint32_t n_events(enum topo_event_type type)
{
	struct topo_event e;
	uint32_t n = 0;

	while (topo_event_next(topo, &e))
		n += e.type == type;
	return n;
}

static void edges_from_one_node_are_bounded_and_the_port_with_most_gives_up_its_own(void)
{
	begin(100000);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	for (uint32_t i = 0; i < 20; i++) // honest children of node 1
		CU_ASSERT_EQUAL(learn(B, 1, 10 + i, 10), 0);
	for (uint32_t i = 0; i < 20000; i++)
		CU_ASSERT_EQUAL(learn(A, 1, 1000 + i, 10), 0);
	CU_ASSERT_EQUAL(topo->vertices[topo_vertex_find(topo, topo_bed_id(1))].n_out, TOPO_OUT_MAX);
	for (uint32_t i = 0; i < 20; i++)
		CU_ASSERT_TRUE(node(10 + i).has_path);
	CU_ASSERT_EQUAL(learn(B, 1, 50, 10), 0); // one more honest one finds place
	CU_ASSERT_TRUE(node(50).has_path);
	end();
}

// The reviewer's: a node with very many edges, and an answer that changes the cost before it each time.
static void work_is_paid_for_by_edges_looked_at(void)
{
	begin(100000);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	for (uint32_t i = 0; i < 4000; i++)
		CU_ASSERT_EQUAL(learn(A, 1, 1000 + i, 10), 0);
	uint64_t n_changes = 0;
	for (uint32_t i = 0; i < 100000 && counts().edges_deferred == 0; i++, n_changes++)
		CU_ASSERT_EQUAL(learn(A, 0, 1, (uint16_t)(10 + i % 2)), 0);
	CU_ASSERT_TRUE(n_changes <= TOPO_WORK_BURST / 4000);
	uint64_t deferred = counts().edges_deferred;
	for (uint32_t i = 0; i < 1000;
		i++) { // a second of a thousand answers, each second of which is a change
		now_ms++;
		CU_ASSERT_EQUAL(learn(A, 0, 1, (uint16_t)(10 + i % 2)), 0);
	}
	CU_ASSERT_TRUE(counts().edges_deferred - deferred >= 300);
	end();
}

static void a_port_that_spent_its_budget_leaves_the_others_theirs(void)
{
	begin(100000);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	for (uint32_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(learn(A, 1, 1000 + i, 10), 0);
	for (uint32_t i = 0; i < 100000 && counts().edges_deferred == 0; i++)
		CU_ASSERT_EQUAL(learn(A, 0, 1, (uint16_t)(10 + i % 2)), 0);
	for (uint32_t i = 0; i < 600;
		i++) { // honest newcomers on b, while two changes a millisecond come by a
		now_ms++;
		for (uint32_t k = 0; k < 2; k++)
			CU_ASSERT_EQUAL(learn(A, 0, 1, (uint16_t)(10 + k)), 0);
		CU_ASSERT_EQUAL(learn(B, 0, 10000 + i, 10), 0);
		CU_ASSERT_TRUE(node(10000 + i).has_path);
	}
	end();
}

static void a_full_inventory_takes_from_the_port_that_filled_it(void)
{
	begin(1000);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	for (uint32_t i = 0; i < 2000; i++)
		(void)!learn(A, 0, 1000 + i, 10);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 1000);
	for (uint32_t i = 2; i <= 400; i++)
		CU_ASSERT_EQUAL(learn(B, 0, i, 10), 0);
	for (uint32_t i = 0; i < 2000; i++) // and it does not take them back
		(void)!learn(A, 0, 10000 + i, 10);
	for (uint32_t i = 1; i <= 400; i++)
		CU_ASSERT_TRUE(is_known(i));
	end();
}

static void rows_of_long_standing_are_not_pushed_out_by_another_port(void)
{
	begin(1000);
	for (uint32_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(learn(B, 0, 1000 + i, 10), 0);
	for (uint32_t k = 0; k < 700; k++) { // they answer for more than ten minutes
		now_ms += 1000;
		for (uint32_t i = 0; i < 1000; i++)
			CU_ASSERT_EQUAL(learn(B, 0, 1000 + i, 10), 0);
		topo_tick(topo, now_ms);
	}
	for (uint32_t i = 0; i < 5000; i++)
		(void)!learn(A, 0, 10000 + i, 10);
	uint32_t n_left = 0;
	for (uint32_t i = 0; i < 1000; i++)
		n_left += is_known(1000 + i);
	CU_ASSERT_TRUE(n_left >= 1000 - 1000 / 16 - 1);
	CU_ASSERT_TRUE(n_left < 1000); // a newcomer finds a place all the same
	end();
}

static void a_row_that_is_down_is_not_pushed_out_by_another_port(void)
{
	begin(100);
	for (uint32_t i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(learn(B, 0, 1 + i, 10), 0);
	for (int i = 0; i < 10; i++) {
		now_ms += 1000;
		topo_tick(topo, now_ms);
	}
	CU_ASSERT_EQUAL(counts().n_down, 50);
	for (uint32_t i = 0; i < 500; i++)
		(void)!learn(A, 0, 1000 + i, 10);
	for (uint32_t i = 0; i < 50; i++)
		CU_ASSERT_TRUE(is_known(1 + i));
	end();
}

static void texts_of_one_port_leave_room_for_those_of_others(void)
{
	char text[TOPO_TEXT_LEN_MAX];

	begin(2000);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	for (uint32_t i = 0; i < 1500; i++) {
		struct topo_answer a = answer(A, 0, 1000 + i, 10);
		char board[TOPO_TEXT_LEN_MAX];

		memset(text, 'x', sizeof(text));
		memset(board, 'y', sizeof(board));
		text[snprintf(text, 16, "%u", i)] = '-';
		board[snprintf(board, 16, "%u", i)] = '-';
		a.identity = text;
		a.board = board;
		a.master = board + 1;
		a.identity_len = a.board_len = TOPO_TEXT_LEN_MAX;
		a.master_len = TOPO_TEXT_LEN_MAX - 1;
		CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	}
	CU_ASSERT_TRUE(counts().texts_refused > 0);
	for (uint32_t i = 0; i < 200; i++) {
		struct topo_answer a = answer(B, 0, 2 + i, 10);

		a.identity_len = (uint8_t)snprintf(text, sizeof(text), "honest %u", i);
		a.identity = text;
		CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
		CU_ASSERT_EQUAL(strncmp(node(2 + i).identity, "honest", 6), 0);
	}
	end();
}

static void another_port_does_not_rename_a_node_nor_change_its_edges(void)
{
	struct topo_answer a = answer(B, 0, 1, 10);

	begin(100);
	a.identity = "real";
	a.identity_len = 4;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
	struct topo_answer forged = answer(A, 1, 2, 1000);
	forged.parent_out.link_id = 1 + B; // the same edge, dearer, to another MAC
	forged.node_in.link_id = 1 + B;
	forged.node_in.mac = topo_bed_id(0x999999);
	CU_ASSERT_EQUAL(topo_learn(topo, &forged, now_ms, 0, NULL), 0);
	CU_ASSERT_EQUAL(node(2).cost, 40);
	CU_ASSERT_EQUAL(counts().edges_disputed > 0, true);
	struct topo_answer renamed = answer(A, 0, 1, 10);
	renamed.identity = "evil";
	renamed.identity_len = 4;
	CU_ASSERT_EQUAL(topo_learn(topo, &renamed, now_ms, 0, NULL), 0);
	CU_ASSERT_STRING_EQUAL(node(1).identity, "real");
	CU_ASSERT_EQUAL(node(1).port, B);
	now_ms += 3000; // the real one fell silent: whoever speaks is heard
	topo_tick(topo, now_ms);
	CU_ASSERT_EQUAL(topo_learn(topo, &renamed, now_ms, 0, NULL), 0);
	CU_ASSERT_STRING_EQUAL(node(1).identity, "evil");
	end();
}

static void speak(uint8_t port, const char *name, const char *board)
{
	struct topo_answer a = answer(port, 0, 1, 10);

	a.identity = name;
	a.identity_len = (uint8_t)strlen(name);
	a.board = board;
	a.board_len = (uint8_t)strlen(board);
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
}

static void two_nodes_with_one_id_are_told_once_with_both_sides(void)
{
	begin(100);
	for (int i = 0; i < 20; i++) {
		speak(A, "north", "RB750");
		speak(B, "south", "CRS326");
		now_ms += 1000;
		topo_tick(topo, now_ms);
	}
	struct topo_node n = node(1);
	CU_ASSERT_STRING_EQUAL(n.identity, "north");
	CU_ASSERT_TRUE(n.twin.is_there && n.twin.port == B && n.twin.shown_port == A);
	CU_ASSERT_STRING_EQUAL(n.twin.identity, "south");
	CU_ASSERT_STRING_EQUAL(n.twin.board, "CRS326");
	CU_ASSERT_EQUAL(n_events(TOPO_NODE_TWIN), 1);
	CU_ASSERT_EQUAL(counts().n_twins, 1);
	for (int i = 0; i < 10; i++) { // one of them is gone
		now_ms += 1000;
		speak(A, "north", "RB750");
		topo_tick(topo, now_ms);
	}
	CU_ASSERT_FALSE(node(1).twin.is_there);
	CU_ASSERT_EQUAL(counts().n_twins, 0);
	end();
}

static void two_nodes_with_one_id_behind_one_hop_change_twice_and_no_more(void)
{
	begin(100);
	for (int i = 0; i < 20; i++) {
		speak(A, "north", "RB750");
		speak(A, "south", "CRS326");
		now_ms += 1000;
		topo_tick(topo, now_ms);
	}
	CU_ASSERT_TRUE(node(1).twin.is_there);
	struct topo_event e;
	uint32_t n_changed = 0;
	uint32_t n_twin = 0;
	while (topo_event_next(topo, &e)) {
		n_changed += e.type == TOPO_NODE_CHANGED;
		n_twin += e.type == TOPO_NODE_TWIN;
	}
	CU_ASSERT_TRUE(n_changed <= 2 && n_twin == 1);
	end();
}

static void a_node_that_is_renamed_there_and_back_is_one(void)
{
	begin(100);
	speak(A, "north", "RB750");
	now_ms += 1000;
	speak(A, "test", "RB750");
	now_ms += 1000;
	speak(A, "north", "RB750");
	CU_ASSERT_STRING_EQUAL(node(1).identity, "north");
	CU_ASSERT_EQUAL(n_events(TOPO_NODE_TWIN), 0);
	end();
}

static void an_answer_by_our_own_id_is_told(void)
{
	struct topo_answer a = answer(A, 2, 0, 10);
	const char *why = NULL;

	begin(100);
	a.identity = "clone";
	a.identity_len = 5;
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, &why), -EINVAL);
	CU_ASSERT_EQUAL(n_events(TOPO_OWN_ID), 1);
	CU_ASSERT_EQUAL(counts().own_id_answers, 10);
	end();
}

// A second: everything is described again, honestly by b, and by a forger on a.
static void forged_second(uint32_t n_forged)
{
	now_ms += 1000;
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 50, 1), 0);
	for (uint32_t i = 0; i < n_forged; i++) {
		struct topo_answer a = answer(A, 50, 2, 1);

		a.node_in.link_id = 100 + i;
		CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	}
	topo_tick(topo, now_ms);
}

static void a_path_that_carries_nothing_is_avoided_and_the_other_taken(void)
{
	uint32_t n_lost = 0;

	begin(100);
	for (int i = 0; i < 10; i++) {
		forged_second(6);
		// node 50 does not pass on what is sent to 2: a ping of a second ago is answered by way of 1
		// only
		if (node(2).parent_id == topo_bed_id(1)) {
			topo_path_worked(topo, topo_bed_id(2), now_ms);
		} else {
			topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
			n_lost++;
		}
	}
	CU_ASSERT_EQUAL(n_lost, 2);
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
	CU_ASSERT_EQUAL(node(2).carry, TOPO_CARRY_WORKS);
	CU_ASSERT_EQUAL(node(2).n_avoided, 6);
	CU_ASSERT_EQUAL(n_events(TOPO_NODE_PATH_FAILED), 1);
	forged_second(12); // new links of the same forger are avoided as the old ones
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
	for (int i = 0; i < 61; i++)
		forged_second(6);
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(50)); // the time is over
	end();
}

// What was avoided is the only way left, and carries: nobody avoids it any more.
static void an_avoided_path_that_carries_again_is_pardoned(void)
{
	begin(100);
	for (int i = 0; i < 4; i++) {
		forged_second(1);
		topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
	}
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	topo_port_lost(topo, 1 + B, now_ms);
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(50));
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	topo_path_worked(topo, topo_bed_id(2), now_ms); // of the path before: it says nothing of this one
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	topo_path_worked(topo, topo_bed_id(2), now_ms);
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	CU_ASSERT_EQUAL(node(2).n_avoided, 0);
	CU_ASSERT_EQUAL(node(2).carry, TOPO_CARRY_WORKS);
	forged_second(1); // the other is there again, and dearer
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(50));
	end();
}

// Who failed and then worked is avoided as one that never failed: for as long as the first time.
static void what_works_again_has_a_clean_slate(void)
{
	begin(100);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5;
			i++) { // of what was sent before the last judgement nothing is held against it
			forged_second(1);
			topo_path_worked(topo, topo_bed_id(2), now_ms);
		}
		CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(50));
		for (int i = 0; i < 4; i++) {
			forged_second(1);
			topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
		}
		CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
		for (int i = 0; i < 61; i++)
			forged_second(1);
	}
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(50));
	end();
}

static void a_path_that_carries_nothing_is_kept_where_it_is_the_only_one(void)
{
	begin(100);
	for (int i = 0; i < 10; i++) {
		now_ms += 1000;
		CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
		CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
		topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
	}
	CU_ASSERT_EQUAL(node(2).cost, 40);
	CU_ASSERT_EQUAL(node(2).carry, TOPO_CARRY_FAILS);
	CU_ASSERT_EQUAL(node(2).n_avoided, 0);
	topo_path_worked(topo, topo_bed_id(2), now_ms);
	CU_ASSERT_EQUAL(node(2).carry, TOPO_CARRY_WORKS);
	end();
}

// The edge that nobody describes any more grows stale by itself; the others on the path are not blamed for
// it.
static void a_link_that_was_cut_makes_no_other_link_avoided(void)
{
	begin(100);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 2, 100), 0);
	for (int i = 0; i < 2; i++) {
		now_ms += 1000;
		CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
		CU_ASSERT_EQUAL(learn(A, 0, 2, 100), 0);
		topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
	}
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	end();
}

// Far from the node the path became another one: what was lost by the one before does not count.
static void losses_of_the_path_before_say_nothing_of_this_one(void)
{
	begin(100);
	for (int i = 0; i < 20; i++) {
		now_ms += 200;
		if (i < 10)
			CU_ASSERT_EQUAL(learn(A, 0, 1, 1), 0);
		if (i == 10)
			topo_port_lost(topo, 1, now_ms);
		CU_ASSERT_EQUAL(learn(B, 0, 1, 50), 0);
		CU_ASSERT_EQUAL(learn(B, 1, 2, 10), 0);
		CU_ASSERT_EQUAL(learn(B, 0, 2, 500), 0);
		if (i == 5)
			topo_path_worked(topo, topo_bed_id(2), now_ms);
		if (i >= 9 && i < 14) // each a second old when it is given up
			topo_path_failed(topo, topo_bed_id(2), now_ms - 1000, now_ms);
	}
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
	CU_ASSERT_EQUAL(node(2).hops, 2);
	CU_ASSERT_EQUAL(node(2).n_avoided, 0);
	end();
}

static void nodes_that_are_denied_are_forgotten_and_not_taken_up_again(void)
{
	uint64_t denied[] = {topo_bed_id(3), topo_bed_id(1)};

	begin(100);
	for (uint32_t i = 1; i <= 3; i++)
		CU_ASSERT_EQUAL(learn(B, 0, i, 10), 0);
	CU_ASSERT_EQUAL(topo_deny_set(topo, denied, 2, now_ms), 0);
	CU_ASSERT_TRUE(!is_known(1) && is_known(2) && !is_known(3));
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), -EPERM);
	struct topo_saved s = {.id = topo_bed_id(3), .status = TOPO_OK};
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(2), &s, now_ms, 0), -EPERM);
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EPERM);
	CU_ASSERT_EQUAL(topo_deny_set(topo, NULL, 0, now_ms), 0);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 10), 0);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(edges_from_one_node_are_bounded_and_the_port_with_most_gives_up_its_own),
	SUITE_CASE(work_is_paid_for_by_edges_looked_at),
	SUITE_CASE(a_port_that_spent_its_budget_leaves_the_others_theirs),
	SUITE_CASE(a_full_inventory_takes_from_the_port_that_filled_it),
	SUITE_CASE(rows_of_long_standing_are_not_pushed_out_by_another_port),
	SUITE_CASE(a_row_that_is_down_is_not_pushed_out_by_another_port),
	SUITE_CASE(texts_of_one_port_leave_room_for_those_of_others),
	SUITE_CASE(another_port_does_not_rename_a_node_nor_change_its_edges),
	SUITE_CASE(two_nodes_with_one_id_are_told_once_with_both_sides),
	SUITE_CASE(two_nodes_with_one_id_behind_one_hop_change_twice_and_no_more),
	SUITE_CASE(a_node_that_is_renamed_there_and_back_is_one),
	SUITE_CASE(an_answer_by_our_own_id_is_told),
	SUITE_CASE(a_path_that_carries_nothing_is_avoided_and_the_other_taken),
	SUITE_CASE(an_avoided_path_that_carries_again_is_pardoned),
	SUITE_CASE(what_works_again_has_a_clean_slate),
	SUITE_CASE(a_path_that_carries_nothing_is_kept_where_it_is_the_only_one),
	SUITE_CASE(a_link_that_was_cut_makes_no_other_link_avoided),
	SUITE_CASE(losses_of_the_path_before_say_nothing_of_this_one),
	SUITE_CASE(nodes_that_are_denied_are_forgotten_and_not_taken_up_again),
};
SUITE_MAIN("topo_attack", cases)
