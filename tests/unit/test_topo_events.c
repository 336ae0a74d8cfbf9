// SPDX-License-Identifier: BSD-3-Clause
// What is told of changes: events with their texts, escaped and damped; rows to be stored.
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"

static struct topo *topo;
static uint64_t now_ms;
static struct topo_event event;

static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 3, .down_after = 10};

static void begin(void)
{
	now_ms = 1000000;
	topo = topo_bed_create(10000);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static void learn(const struct topo_answer *a)
{
	CU_ASSERT_EQUAL(topo_learn(topo, a, now_ms, now_ms * 1000, NULL), 0);
}

static void edge(uint32_t parent, uint32_t out_link, uint32_t node, uint16_t cost)
{
	struct topo_answer a = topo_bed_answer(parent, out_link, node, 1, cost);

	learn(&a);
}

static void tick(uint64_t ms)
{
	now_ms += ms;
	topo_tick(topo, now_ms);
}

static void drain(void)
{
	while (topo_event_next(topo, &event))
		;
}

static bool next_is(enum topo_event_type type, uint32_t n, const char *text)
{
	return topo_event_next(topo, &event) && event.type == type && event.id == topo_bed_id(n) &&
	       event.row == topo_find(topo, event.id) && strcmp(event.text, text) == 0;
}

static bool none_is_left(void)
{
	return !topo_event_next(topo, &event);
}

static void named(struct topo_answer *a, const char *identity, const char *board)
{
	a->identity = identity;
	a->identity_len = (uint8_t)strlen(identity);
	a->board = board;
	a->board_len = (uint8_t)strlen(board);
}

static void a_life_is_told_as_new_late_down_up(void)
{
	begin();
	edge(0, 1, 1, 100);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 1, "") && none_is_left());
	edge(0, 1, 1, 100);
	CU_ASSERT_TRUE(none_is_left());
	tick(3001);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_LATE, 1, "") && none_is_left());
	edge(0, 1, 1, 100);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_UP, 1, "was late") && none_is_left());
	tick(10001);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_LATE, 1, "") && next_is(TOPO_NODE_DOWN, 1, "") && none_is_left());
	edge(0, 1, 1, 100);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_UP, 1, "was down") && none_is_left());
	end();
}

static void what_a_node_says_of_itself_is_told_when_it_changes(void)
{
	struct wire_version v713 = {7, 13, 'f', 0};
	struct wire_version v714 = {7, 14, 'c', 2};
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);

	begin();
	named(&a, "Dune", "RB750");
	a.version = &v713;
	learn(&a);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 1, "Dune, RB750, 7.13") && none_is_left());
	learn(&a);
	CU_ASSERT_TRUE(none_is_left());
	named(&a, "Arrakis", "RB750");
	a.version = &v714;
	a.master = "north";
	a.master_len = 5;
	learn(&a);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_CHANGED, 1,
		"identity Dune -> Arrakis, version 7.13 -> 7.14rc2, master none -> north"));
	a.identity = NULL; // nothing said of identity, board and version: they stay
	a.board = NULL;
	a.version = NULL;
	a.master = NULL; // but no such TLV means no master
	learn(&a);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_CHANGED, 1, "master north -> none") && none_is_left());
	named(&a, "", "RB750");
	learn(&a);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_CHANGED, 1, "identity Arrakis -> none") && none_is_left());
	end();
}

static void text_from_the_wire_is_escaped_and_ends_at_a_nul(void)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);
	struct topo_node n;

	begin();
	named(&a, "a\x1b[2J\xff\\", "b");
	learn(&a);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 1, "a\\x1b[2J\\xff\\x5c, b"));
	CU_ASSERT_TRUE(topo_node_at(topo, event.row, &n) && strcmp(n.identity, "a\x1b[2J\xff\\") == 0);
	a.identity = "ab\0cd";
	a.identity_len = 5;
	learn(&a);
	CU_ASSERT_TRUE(topo_node_at(topo, event.row, &n) && strcmp(n.identity, "ab") == 0);
	end();
}

static void long_texts_are_cut_in_events_and_whole_in_rows(void)
{
	char text[TOPO_TEXT_LEN_MAX];
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);
	struct topo_node n;

	begin();
	memset(text, 0x01, sizeof(text));
	a.identity = text;
	a.identity_len = sizeof(text);
	learn(&a);
	text[0] = 0x02;
	learn(&a);
	CU_ASSERT_TRUE(topo_event_next(topo, &event) && event.type == TOPO_NODE_NEW);
	CU_ASSERT_TRUE(topo_event_next(topo, &event) && event.type == TOPO_NODE_CHANGED);
	CU_ASSERT_TRUE(strlen(event.text) < TOPO_EVENT_TEXT_LEN);
	CU_ASSERT_TRUE(topo_node_at(topo, event.row, &n) && strlen(n.identity) == TOPO_TEXT_LEN_MAX);
	end();
}

static void a_path_that_moved_is_told_at_the_next_tick(void)
{
	begin();
	edge(0, 1, 1, 100);
	edge(0, 2, 2, 100);
	edge(1, 2, 3, 100);
	tick(0);
	drain();
	edge(2, 2, 3, 10);
	CU_ASSERT_TRUE(none_is_left());
	tick(0);
	CU_ASSERT_TRUE(next_is(
		TOPO_NODE_MOVED, 3, "cost 400 -> 220, behind 02:00:00:00:00:01 -> 02:00:00:00:00:02"));
	CU_ASSERT_TRUE(none_is_left());
	edge(0, 2, 2, 110);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 2, "cost 200 -> 220"));
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 3, "cost 220 -> 240"));
	end();
}

static void each_thing_of_a_path_that_moved_is_told(void)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);

	begin();
	learn(&a);
	edge(1, 1, 2, 100);
	tick(0);
	drain();
	a.node_in.l2mtu = 1400;
	learn(&a);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 1, "l2mtu 1500 -> 1400"));
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 2, "l2mtu 1500 -> 1400") && none_is_left());
	edge(0, 2, 2, 200); // as cheap, and shorter
	tick(0);
	CU_ASSERT_TRUE(
		next_is(TOPO_NODE_MOVED, 2,
			"hops 2 -> 1, l2mtu 1400 -> 1500, behind 02:00:00:00:00:01 -> 02:00:00:00:00:00") &&
		none_is_left());
	edge(0, 3, 2, 150);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 2, "cost 400 -> 300, link 2 -> 3") && none_is_left());
	edge(1, 5, 2, 10);
	tick(0);
	CU_ASSERT_TRUE(
		next_is(TOPO_NODE_MOVED, 2,
			"cost 300 -> 220, hops 1 -> 2, l2mtu 1500 -> 1400, behind 02:00:00:00:00:00 -> "
			"02:00:00:00:00:01") &&
		none_is_left());
	edge(1, 6, 2, 5);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 2, "cost 220 -> 210, link 5 -> 6") && none_is_left());
	end();
}

static void a_parallel_link_that_takes_over_is_told(void)
{
	begin();
	edge(0, 1, 1, 100);
	edge(0, 2, 1, 100);
	tick(0);
	drain();
	topo_port_lost(topo, 1, now_ms);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_MOVED, 1, "link 1 -> 2") && none_is_left());
	end();
}

static void a_change_that_reverts_inside_one_tick_is_not_told(void)
{
	begin();
	edge(0, 1, 1, 100);
	edge(1, 1, 2, 100);
	tick(0);
	drain();
	edge(0, 1, 1, 300);
	edge(0, 1, 1, 100);
	topo_port_lost(topo, 1, now_ms);
	edge(0, 1, 1, 100);
	tick(0);
	CU_ASSERT_TRUE(none_is_left());
	end();
}

static void a_path_that_was_lost_and_came_back_the_same_is_not_told(void)
{
	begin();
	edge(0, 1, 1, 100);
	tick(0);
	drain();
	topo_port_lost(topo, 1, now_ms);
	tick(100);
	edge(0, 1, 1, 100);
	tick(100);
	CU_ASSERT_TRUE(none_is_left());
	end();
}

static void the_first_path_of_a_new_node_is_no_move(void)
{
	begin();
	edge(1, 1, 2, 100); // node 2 has no path until node 1 answers
	edge(0, 1, 1, 100);
	tick(0);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 2, "") && next_is(TOPO_NODE_NEW, 1, "") && none_is_left());
	end();
}

static void events_that_do_not_fit_are_counted(void)
{
	uint32_t n = 0;

	begin();
	for (uint32_t i = 1; i <= 3000; i++)
		edge(0, 1, i, 100);
	while (topo_event_next(topo, &event)) {
		CU_ASSERT_EQUAL_FATAL(event.id, topo_bed_id(n + 1));
		n++;
	}
	CU_ASSERT_TRUE(n > 0 && n < 3000);
	CU_ASSERT_EQUAL(n + topo_events_lost(topo), 3000);
	edge(0, 1, 4000, 100);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 4000, ""));
	end();
}

// What is given out when its time has come.
static uint32_t dirty_drain(void)
{
	uint32_t n = 0;
	uint32_t row;

	while (topo_dirty_next(topo, &row))
		n++;
	return n;
}

static void rows_are_dirty_when_what_is_stored_changed(void)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);

	begin();
	learn(&a);
	CU_ASSERT_EQUAL(dirty_drain(), 1);
	tick(0);
	CU_ASSERT_EQUAL(dirty_drain(), 0);
	named(&a, "x", "y");
	learn(&a);
	tick(TOPO_DIRTY_MS);
	CU_ASSERT_EQUAL(dirty_drain(), 1);
	a.node_in.cost = 50;
	learn(&a);
	tick(0);
	CU_ASSERT_EQUAL(dirty_drain(), 0);
	tick(TOPO_DIRTY_MS); // late and down meanwhile
	CU_ASSERT_EQUAL(dirty_drain(), 1);
	end();
}

static void a_row_that_changes_all_the_time_is_given_out_once_in_ten_seconds(void)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 100);
	char name[8];
	uint32_t n = 0;
	uint32_t row;

	begin();
	for (uint32_t i = 0; i < 1000; i++) { // 100 s
		snprintf(name, sizeof(name), "n%u", i);
		named(&a, name, "y");
		learn(&a);
		tick(100);
		n += dirty_drain();
	}
	CU_ASSERT_TRUE(n >= 9 && n <= 11);
	CU_ASSERT_TRUE(topo_dirty_last(topo, &row)); // at an orderly stop nothing is left behind
	CU_ASSERT_FALSE(topo_dirty_last(topo, &row));
	end();
}

// A port whose rows all change does not make the row of another one wait.
static void ports_take_turns_in_giving_out_dirty_rows(void)
{
	uint32_t row = UINT32_MAX;
	struct topo_node n = {.id = 0};

	begin();
	for (uint32_t i = 1; i <= 500; i++)
		edge(0, 1, i, 100);
	struct topo_answer a = topo_bed_answer(0, 2, 1000, 1, 100);
	a.port = 1;
	learn(&a);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(topo_dirty_next(topo, &row) && topo_node_at(topo, row, &n));
		if (n.id == topo_bed_id(1000))
			break;
	}
	CU_ASSERT_EQUAL(n.id, topo_bed_id(1000));
	end();
}

static void the_last_seen_time_alone_is_stored_seldom(void)
{
	uint32_t n = 0;

	begin();
	for (uint32_t i = 0; i < 100; i++) {
		edge(0, 1, 1, 100);
		tick(1000);
		n += dirty_drain();
	}
	CU_ASSERT_EQUAL(n, 10);
	end();
}

static void a_dirty_row_that_is_forgotten_is_not_given_out(void)
{
	uint32_t row;

	begin();
	edge(0, 1, 1, 100);
	edge(0, 1, 2, 100);
	CU_ASSERT_EQUAL(topo_forget(topo, topo_bed_id(1)), 0);
	CU_ASSERT_TRUE(topo_dirty_next(topo, &row) && row == topo_find(topo, topo_bed_id(2)));
	CU_ASSERT_FALSE(topo_dirty_next(topo, &row));
	end();
}

static void forgetting_is_told_and_an_answer_brings_the_node_back(void)
{
	begin();
	edge(0, 1, 1, 100);
	edge(1, 1, 2, 100);
	drain();
	CU_ASSERT_EQUAL(topo_forget(topo, topo_bed_id(1)), 0);
	CU_ASSERT_EQUAL(topo_forget(topo, topo_bed_id(1)), -ENOENT);
	CU_ASSERT_TRUE(topo_event_next(topo, &event) && event.type == TOPO_NODE_FORGOTTEN);
	CU_ASSERT_EQUAL(event.id, topo_bed_id(1));
	CU_ASSERT_EQUAL(topo_find(topo, topo_bed_id(1)), -ENOENT);
	edge(0, 1, 1, 100);
	CU_ASSERT_TRUE(next_is(TOPO_NODE_NEW, 1, ""));
	CU_ASSERT_EQUAL(topo_forget(topo, topo_bed_id(3)), -ENOENT);
	CU_ASSERT_EQUAL(topo_forget(topo, TOPO_BED_US), -ENOENT);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_life_is_told_as_new_late_down_up),
	SUITE_CASE(what_a_node_says_of_itself_is_told_when_it_changes),
	SUITE_CASE(text_from_the_wire_is_escaped_and_ends_at_a_nul),
	SUITE_CASE(long_texts_are_cut_in_events_and_whole_in_rows),
	SUITE_CASE(a_path_that_moved_is_told_at_the_next_tick),
	SUITE_CASE(each_thing_of_a_path_that_moved_is_told),
	SUITE_CASE(a_parallel_link_that_takes_over_is_told),
	SUITE_CASE(a_change_that_reverts_inside_one_tick_is_not_told),
	SUITE_CASE(a_path_that_was_lost_and_came_back_the_same_is_not_told),
	SUITE_CASE(the_first_path_of_a_new_node_is_no_move),
	SUITE_CASE(events_that_do_not_fit_are_counted),
	SUITE_CASE(rows_are_dirty_when_what_is_stored_changed),
	SUITE_CASE(a_row_that_changes_all_the_time_is_given_out_once_in_ten_seconds),
	SUITE_CASE(ports_take_turns_in_giving_out_dirty_rows),
	SUITE_CASE(the_last_seen_time_alone_is_stored_seldom),
	SUITE_CASE(a_dirty_row_that_is_forgotten_is_not_given_out),
	SUITE_CASE(forgetting_is_told_and_an_answer_brings_the_node_back),
};
SUITE_MAIN("topo_events", cases)
