// SPDX-License-Identifier: BSD-3-Clause
// Rows from elsewhere: put back from the store, reported by another master.
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"

static struct topo *topo;
static uint64_t now_ms;

static const struct topo_pace pace = {
	.interval_ms = 1000, .late_after = 3, .down_after = 10, .report_interval_ms = 5000};

static void begin(void)
{
	now_ms = 1000000;
	topo = topo_bed_create(100);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static void learn(uint32_t parent, uint32_t n)
{
	struct topo_answer a = topo_bed_answer(parent, 1, n, 1, 100);

	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, now_ms * 1000, NULL), 0);
}

static void tick(uint64_t ms)
{
	now_ms += ms;
	topo_tick(topo, now_ms);
}

static struct topo_node node(uint32_t n)
{
	struct topo_node out = {0};
	int64_t row = topo_find(topo, topo_bed_id(n));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out;
}

static struct topo_saved saved(uint32_t n, enum topo_status status)
{
	struct topo_saved s = {.id = topo_bed_id(n),
		.identity = "Dune",
		.board = "RB750",
		.version = {7, 13, 'f', 0},
		.status = status,
		.cost = 400,
		.hops = 2,
		.l2mtu = 1590,
		.path_n = 2,
		.first_seen_us = 11,
		.last_seen_us = 22};

	s.path[0] = topo_bed_id(1);
	s.path[1] = s.id;
	return s;
}

static struct topo_saved neighbor(uint32_t n)
{
	struct topo_saved s = saved(n, TOPO_OK);

	s.path_n = 1;
	s.path[0] = s.id;
	return s;
}

static void what_is_put_back_is_given_out_the_same(void)
{
	struct topo_saved s = saved(2, TOPO_DOWN);
	struct topo_saved first = neighbor(1);
	struct topo_saved out;

	begin();
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &first, now_ms), 0);
	CU_ASSERT_TRUE(topo_saved_at(topo, (uint32_t)topo_find(topo, s.id), &out));
	CU_ASSERT_TRUE(out.id == s.id && out.status == TOPO_DOWN && out.cost == 400 && out.hops == 2);
	CU_ASSERT_TRUE(out.l2mtu == 1590 && out.first_seen_us == 11 && out.last_seen_us == 22);
	CU_ASSERT_TRUE(strcmp(out.identity, "Dune") == 0 && strcmp(out.board, "RB750") == 0);
	CU_ASSERT_TRUE(
		out.master[0] == '\0' && memcmp(&out.version, &s.version, 4) == 0 && out.via_master == 0);
	CU_ASSERT_TRUE(out.path_n == 2 && memcmp(out.path, s.path, 2 * sizeof(s.path[0])) == 0);
	CU_ASSERT_FALSE(node(2).has_path);
	end();
}

static void a_row_that_was_put_back_is_no_event_and_not_dirty(void)
{
	struct topo_saved s = neighbor(1);
	struct topo_event e;
	uint32_t row;

	begin();
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), 0);
	CU_ASSERT_FALSE(topo_event_next(topo, &e));
	CU_ASSERT_FALSE(topo_dirty_next(topo, &row));
	end();
}

static void a_row_that_was_put_back_ages_from_now_and_comes_up_when_heard(void)
{
	struct topo_saved ok = saved(2, TOPO_OK);
	struct topo_saved late = saved(3, TOPO_LATE);
	struct topo_saved down = saved(4, TOPO_DOWN);
	struct topo_event e;

	begin();
	CU_ASSERT_EQUAL(topo_restore(topo, &late, now_ms), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &ok, now_ms), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &down, now_ms), 0);
	tick(3000);
	CU_ASSERT_EQUAL(node(2).status, TOPO_OK);
	CU_ASSERT_EQUAL(node(3).status, TOPO_LATE);
	tick(1);
	CU_ASSERT_TRUE(topo_event_next(topo, &e) && e.type == TOPO_NODE_LATE && e.id == ok.id);
	CU_ASSERT_FALSE(topo_event_next(topo, &e)); // the other one was late before
	learn(0, 3);
	CU_ASSERT_EQUAL(node(3).status, TOPO_OK);
	CU_ASSERT_EQUAL(node(3).first_seen_us, 11);
	CU_ASSERT_TRUE(topo_event_next(topo, &e) && e.type == TOPO_NODE_UP && e.id == late.id);
	tick(7000);
	CU_ASSERT_EQUAL(node(2).status, TOPO_DOWN);
	end();
}

static void the_same_path_as_stored_is_no_move_and_another_one_is(void)
{
	struct topo_saved same = neighbor(1);
	struct topo_saved other = neighbor(2);
	struct topo_event e;

	begin();
	same.cost = 200;
	same.hops = 1;
	same.l2mtu = 1500;
	other.cost = 777;
	CU_ASSERT_EQUAL(topo_restore(topo, &same, now_ms), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &other, now_ms), 0);
	learn(0, 1);
	learn(0, 2);
	tick(0);
	CU_ASSERT_TRUE(topo_event_next(topo, &e) && e.type == TOPO_NODE_MOVED && e.id == other.id);
	CU_ASSERT_FALSE(topo_event_next(topo, &e));
	end();
}

static void rows_that_cannot_be_are_refused(void)
{
	struct topo_saved s = neighbor(1);

	begin();
	s.id |= 1; // a group address
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EINVAL);
	s = neighbor(0); // us
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EINVAL);
	s = neighbor(1);
	s.status = TOPO_STATUS_INVALID;
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EINVAL);
	s = neighbor(1);
	s.path_n = TOPO_PATH_MAX + 1;
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EINVAL);
	s = neighbor(1);
	s.identity = NULL;
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -EEXIST);
	topo_max_set(topo, 1);
	s = neighbor(2);
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), -ENOSPC);
	end();
}

static void paths_that_do_not_reach_us_are_none(void)
{
	struct topo_saved a = saved(2, TOPO_DOWN);
	struct topo_saved b = saved(3, TOPO_DOWN);
	uint64_t ids[TOPO_PATH_MAX];

	begin();
	a.path[0] = topo_bed_id(3); // each behind the other
	b.path[0] = topo_bed_id(2);
	CU_ASSERT_EQUAL(topo_restore(topo, &a, now_ms), 0);
	CU_ASSERT_EQUAL(topo_path_ids(topo, (uint32_t)topo_find(topo, a.id), ids, TOPO_PATH_MAX), 0);
	CU_ASSERT_EQUAL(topo_restore(topo, &b, now_ms), 0);
	CU_ASSERT_EQUAL(topo_path_ids(topo, (uint32_t)topo_find(topo, a.id), ids, TOPO_PATH_MAX), 0);
	end();
}

static void a_reported_node_is_a_row_marked_with_its_master(void)
{
	struct topo_saved s = saved(5, TOPO_OK);
	struct topo_saved between = neighbor(1);
	struct topo_event e;
	struct topo_hop hops[4];
	uint64_t ids[4];

	begin();
	learn(0, 9);
	CU_ASSERT_TRUE(topo_event_next(topo, &e));
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &between, now_ms, now_ms * 1000), 0);
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, now_ms * 1000), 0);
	CU_ASSERT_TRUE(topo_event_next(topo, &e) && e.type == TOPO_NODE_NEW && e.id == topo_bed_id(1));
	CU_ASSERT_STRING_EQUAL(e.text, "Dune, RB750, 7.13, reported by 02:00:00:00:00:09");
	CU_ASSERT_EQUAL(node(5).via_master, topo_bed_id(9));
	CU_ASSERT_EQUAL(node(5).cost, 400);
	CU_ASSERT_FALSE(node(5).has_path);
	uint32_t row = (uint32_t)topo_find(topo, s.id);
	CU_ASSERT_EQUAL(topo_path_ids(topo, row, ids, 4), 2); // from the master on
	CU_ASSERT_TRUE(ids[0] == topo_bed_id(1) && ids[1] == topo_bed_id(5));
	CU_ASSERT_EQUAL(topo_path_hops(topo, row, hops, 4), -ENETUNREACH);
	end();
}

static void what_we_hear_ourselves_is_not_overridden_until_it_is_down(void)
{
	struct topo_saved s = saved(1, TOPO_OK);

	begin();
	learn(0, 1);
	s.identity = "Liar";
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_TRUE(node(1).via_master == 0 && node(1).identity[0] == '\0' && node(1).cost == 200);
	tick(10001);
	CU_ASSERT_EQUAL(node(1).status, TOPO_DOWN);
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_TRUE(node(1).via_master == topo_bed_id(9) && node(1).status == TOPO_OK);
	learn(0, 1);
	CU_ASSERT_TRUE(node(1).via_master == 0 && node(1).cost == 200 && node(1).has_path);
	end();
}

static void the_first_master_speaks_for_a_node_until_it_has_it_down(void)
{
	struct topo_saved s = saved(1, TOPO_OK);

	begin();
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(8), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(node(1).via_master, topo_bed_id(8));
	s.status = TOPO_DOWN;
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(8), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(node(1).status, TOPO_DOWN);
	s.status = TOPO_OK;
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(node(1).via_master, topo_bed_id(9));
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	end();
}

static void reported_rows_age_by_the_interval_of_reports(void)
{
	struct topo_saved s = saved(1, TOPO_OK);
	struct topo_pace none = pace;

	begin();
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	tick(15000);
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	tick(1);
	CU_ASSERT_EQUAL(node(1).status, TOPO_LATE);
	none.report_interval_ms = 0;
	topo_pace_set(topo, &none, now_ms);
	tick(10000000);
	CU_ASSERT_EQUAL(node(1).status, TOPO_LATE);
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	end();
}

static void reports_of_ourselves_and_our_own_echo_are_ignored(void)
{
	struct topo_saved s = saved(1, TOPO_OK);

	begin();
	CU_ASSERT_EQUAL(topo_report(topo, TOPO_BED_US, &s, now_ms, 1), -EINVAL);
	CU_ASSERT_EQUAL(topo_report(topo, s.id, &s, now_ms, 1), -EINVAL);
	s.via_master = TOPO_BED_US;
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 0);
	s = saved(0, TOPO_OK);
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), -EINVAL);
	end();
}

// What another master says again is not stored again; each thing that it says otherwise is.
static void each_thing_that_a_report_changes_is_stored(void)
{
	struct topo_saved s = {.id = topo_bed_id(5),
		.identity = "five",
		.board = "RB750",
		.master = "m",
		.version = {7, 13, 'f', 0},
		.status = TOPO_OK,
		.cost = 100,
		.hops = 2,
		.l2mtu = 1500,
		.path_n = 2,
		.path = {topo_bed_id(4), topo_bed_id(5)}};
	uint32_t row;

	begin();
	CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
	CU_ASSERT_TRUE(topo_dirty_next(topo, &row));
	for (int what = 0; what <= 9; what++) {
		struct topo_saved other = s;

		other.cost = what == 1 ? 101 : 100;
		other.hops = what == 2 ? 3 : 2;
		other.l2mtu = what == 3 ? 1499 : 1500;
		other.path[0] = topo_bed_id(what == 4 ? 3 : 4);
		other.identity = what == 5 ? "six" : "five";
		other.board = what == 6 ? "RB751" : "RB750";
		other.master = what == 7 ? "" : "m";
		other.version.minor = what == 8 ? 14 : 13;
		other.status = what == 9 ? TOPO_LATE : TOPO_OK;
		CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &other, now_ms, 1), 0);
		CU_ASSERT_EQUAL(topo_dirty_last(topo, &row), what != 0);
		CU_ASSERT_EQUAL(topo_report(topo, topo_bed_id(9), &s, now_ms, 1), 0);
		CU_ASSERT_EQUAL(topo_dirty_last(topo, &row), what != 0);
	}
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_thing_that_a_report_changes_is_stored),
	SUITE_CASE(what_is_put_back_is_given_out_the_same),
	SUITE_CASE(a_row_that_was_put_back_is_no_event_and_not_dirty),
	SUITE_CASE(a_row_that_was_put_back_ages_from_now_and_comes_up_when_heard),
	SUITE_CASE(the_same_path_as_stored_is_no_move_and_another_one_is),
	SUITE_CASE(rows_that_cannot_be_are_refused),
	SUITE_CASE(paths_that_do_not_reach_us_are_none),
	SUITE_CASE(a_reported_node_is_a_row_marked_with_its_master),
	SUITE_CASE(what_we_hear_ourselves_is_not_overridden_until_it_is_down),
	SUITE_CASE(the_first_master_speaks_for_a_node_until_it_has_it_down),
	SUITE_CASE(reported_rows_age_by_the_interval_of_reports),
	SUITE_CASE(reports_of_ourselves_and_our_own_echo_are_ignored),
};
SUITE_MAIN("topo_saved", cases)
