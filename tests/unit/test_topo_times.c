// SPDX-License-Identifier: BSD-3-Clause
// Every time and every number that docs/topology.md promises, one before it, at it, and one behind it.
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"
#include "topo_private.h"

#define A 0 // ports
#define B 1

static struct topo *topo;
static uint64_t now_ms;
static struct topo_event event;

static struct topo_pace pace = {.interval_ms = 1000, .late_after = 3, .down_after = 10};

static void begin(uint32_t nodes_max)
{
	now_ms = 10000000;
	pace = (struct topo_pace){.interval_ms = 1000, .late_after = 3, .down_after = 10};
	topo = topo_bed_create(nodes_max);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static int learn(uint8_t port, uint32_t parent, uint32_t node, uint16_t cost)
{
	struct topo_answer a = topo_bed_answer(parent, 1u + port, node, 1u + port, cost);

	a.port = port;
	a.from_mac = topo_bed_id(0x900000u + port);
	return topo_learn(topo, &a, now_ms, now_ms * 1000, NULL);
}

static void passed(uint64_t ms)
{
	now_ms += ms;
	topo_tick(topo, now_ms);
}

static void pace_is(uint32_t interval_ms, uint32_t down_after)
{
	pace.interval_ms = interval_ms;
	pace.down_after = down_after;
	topo_pace_set(topo, &pace, now_ms);
}

static bool is_known(uint32_t n)
{
	return topo_find(topo, topo_bed_id(n)) >= 0;
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

// The last event of a kind, into event; how many there were.
static uint32_t events(enum topo_event_type type)
{
	struct topo_event e;
	uint32_t n = 0;

	while (topo_event_next(topo, &e)) {
		if (e.type != type)
			continue;
		event = e;
		n++;
	}
	return n;
}

// --- edges and nodes age

static void an_edge_is_stale_and_gone_to_the_millisecond(void)
{
	begin(10);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(3000);
	CU_ASSERT_TRUE(counts().n_edges_stale == 0 && !node(1).is_stale);
	passed(1);
	CU_ASSERT_TRUE(counts().n_edges_stale == 1 && node(1).is_stale && node(1).has_path);
	passed(6999);
	CU_ASSERT_TRUE(counts().n_edges == 1 && node(1).has_path);
	passed(1);
	CU_ASSERT_TRUE(counts().n_edges == 0 && counts().n_edges_stale == 0 && !node(1).has_path);
	end();
}

static void an_edge_that_is_described_again_begins_anew(void)
{
	begin(10);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(3001);
	CU_ASSERT_EQUAL(counts().n_edges_stale, 1);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(counts().n_edges_stale, 0);
	passed(3000);
	CU_ASSERT_EQUAL(counts().n_edges_stale, 0);
	passed(1);
	CU_ASSERT_EQUAL(counts().n_edges_stale, 1);
	end();
}

// In one tick so many edges at most grow stale, and so many go: control is never long in it.
static void a_tick_ages_a_bounded_number_of_edges(void)
{
	begin(3000);
	for (uint32_t i = 0; i < 1200; i++)
		CU_ASSERT_EQUAL(learn(A, 0, 1 + i, 10), 0);
	now_ms += 3001;
	for (uint32_t n = TOPO_TICK_EDGES; n < 1200 + TOPO_TICK_EDGES; n += TOPO_TICK_EDGES) {
		passed(0);
		CU_ASSERT_EQUAL(counts().n_edges_stale, n < 1200 ? n : 1200);
	}
	now_ms += 7000;
	for (uint32_t n = TOPO_TICK_EDGES; n < 1200 + TOPO_TICK_EDGES; n += TOPO_TICK_EDGES) {
		passed(0);
		CU_ASSERT_EQUAL(counts().n_edges, n < 1200 ? 1200 - n : 0);
	}
	end();
}

// Edges of two ports are stale at once: one tick's share is for both.
static void the_bound_of_a_tick_is_for_all_ports_together(void)
{
	begin(3000);
	for (uint32_t i = 0; i < 600; i++)
		CU_ASSERT_EQUAL(learn(i % 2 == 0 ? A : B, 0, 1 + i, 10), 0);
	passed(3001);
	CU_ASSERT_EQUAL(counts().n_edges_stale, TOPO_TICK_EDGES);
	passed(7000); // more grow stale, and go
	CU_ASSERT_EQUAL(counts().n_edges_stale + 600 - counts().n_edges, 600);
	CU_ASSERT_EQUAL(counts().n_edges, 600 - TOPO_TICK_EDGES);
	end();
}

// The edge before everything may grow stale, with all paths on it; then the next one waits for a tick.
static void a_tick_moves_no_more_paths_than_one_edge_carries(void)
{
	uint32_t n = TOPO_TICK_PATHS + 10;

	begin(60000);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 0, 2, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 2, 3, 10), 0);
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(learn(A, i < 4000 ? 1 : 1000 + i % 4000, 1000 + i, 10), 0);
		topo->shares[A].work_left = TOPO_WORK_BURST;
	}
	CU_ASSERT_EQUAL(node(1000 + n - 1).hops > 1, true);
	passed(3001);
	CU_ASSERT_TRUE(node(1).is_stale && node(1000 + n - 1).is_stale);
	CU_ASSERT_TRUE(!node(2).is_stale); // enough paths are under repair already
	passed(0);
	end();
}

static void nodes_that_grow_down_are_bounded_in_a_tick_too(void)
{
	begin(1000);
	for (uint32_t i = 1; i <= 600; i++)
		CU_ASSERT_EQUAL(learn(A, 0, i, 10), 0);
	now_ms += 10001;
	passed(0);
	CU_ASSERT_TRUE(counts().n_down == 256 && counts().n_late == 0);
	passed(0);
	CU_ASSERT_TRUE(counts().n_down == 512);
	passed(0);
	CU_ASSERT_TRUE(counts().n_down == 600 && counts().n_ok == 0);
	end();
}

static void a_tick_forgets_a_bounded_number_of_rows_beyond_the_bound(void)
{
	begin(1000);
	for (uint32_t i = 1; i <= 600; i++)
		CU_ASSERT_EQUAL(learn(A, 0, i, 10), 0);
	now_ms += 10001;
	for (int i = 0; i < 3; i++)
		passed(0);
	(void)events(TOPO_NODE_FORGOTTEN);
	topo_max_set(topo, 100);
	passed(0);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 600 - 256);
	passed(0);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 100);
	passed(0);
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 100);
	CU_ASSERT_EQUAL(events(TOPO_NODE_FORGOTTEN), 500);
	CU_ASSERT_STRING_EQUAL(event.text, "more than inventory-max");
	end();
}

static void moves_are_told_by_a_bounded_number_in_a_tick(void)
{
	begin(1000);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	for (uint32_t i = 2; i <= 601; i++)
		CU_ASSERT_EQUAL(learn(A, 1, i, 10), 0);
	for (int i = 0; i < 4; i++)
		passed(0);
	(void)events(TOPO_NODE_MOVED);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 20), 0);
	passed(0);
	CU_ASSERT_EQUAL(events(TOPO_NODE_MOVED), 256);
	passed(0);
	CU_ASSERT_EQUAL(events(TOPO_NODE_MOVED), 256);
	passed(0);
	CU_ASSERT_EQUAL(events(TOPO_NODE_MOVED), 601 - 512);
	end();
}

// --- paces that change

// At each change everybody gets the intervals of the new pace; at twice as many of the slower one it is over.
static void a_change_of_pace_puts_silence_off_for_so_long_and_no_longer(void)
{
	begin(10);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(2900);
	pace_is(1000, 11);
	passed(2900);
	pace_is(1000, 10);
	passed(200); // 6,000 in all
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(node(1).status, TOPO_LATE);
	end();
}

static void after_a_rest_the_pace_before_it_counts(void)
{
	begin(10);
	pace_is(30000, 10);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(8000);
	pace_is(0, 10);
	passed(100000);
	pace_is(1000, 10);
	passed(3000); // more than six seconds of asking, but at thirty seconds a question
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(node(1).status, TOPO_LATE);
	end();
}

static void a_slow_pace_of_long_ago_puts_nothing_off(void)
{
	begin(10);
	pace_is(30000, 10);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	pace_is(0, 10);
	pace_is(1000, 10);
	passed(2900);
	pace_is(1000, 11);
	passed(2900);
	pace_is(0, 10); // from here on the slower one of the two is a second
	pace_is(1000, 10);
	passed(200);
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(node(1).status, TOPO_LATE);
	end();
}

static void a_pace_without_patience_means_one_interval(void)
{
	begin(10);
	topo_pace_set(topo, &(struct topo_pace){.interval_ms = 1000}, now_ms);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(1000);
	CU_ASSERT_EQUAL(node(1).status, TOPO_OK);
	passed(1);
	CU_ASSERT_EQUAL(node(1).status, TOPO_DOWN);
	end();
}

// --- work

static void a_port_earns_its_work_by_the_millisecond_and_shares_it(void)
{
	begin(10);
	topo->shares[A].work_left = -10 * TOPO_WORK_A_MS;
	topo_clock_advance(topo, now_ms += 10);
	CU_ASSERT_FALSE(topo_path_may_work(topo, A));
	CU_ASSERT_TRUE(topo_path_may_work(topo, B));
	topo_clock_advance(topo, now_ms += 1);
	CU_ASSERT_TRUE(topo_path_may_work(topo, A));
	CU_ASSERT_EQUAL(topo->shares[A].work_left, TOPO_WORK_A_MS);
	topo->shares[A].work_left = -10 * TOPO_WORK_A_MS;
	topo->shares[B].work_left = -10 * TOPO_WORK_A_MS;
	topo_clock_advance(topo, now_ms += 20);
	CU_ASSERT_TRUE(topo->shares[A].work_left == 0 && topo->shares[B].work_left == 0);
	topo_clock_advance(topo, now_ms += 0);
	topo_clock_advance(topo, now_ms - 1000); // a clock that goes back earns nothing
	CU_ASSERT_TRUE(topo->shares[A].work_left == 0 && topo->shares[B].work_left == 0);
	end();
}

static void work_that_nobody_did_is_kept_for_so_much_and_no_more(void)
{
	begin(10);
	topo->shares[A].work_left = TOPO_WORK_BURST - 1;
	topo_clock_advance(topo, now_ms += 10);
	CU_ASSERT_EQUAL(topo->shares[A].work_left, TOPO_WORK_BURST);
	topo->shares[A].work_left = -3ll * TOPO_WORK_BURST;
	topo_clock_advance(topo, now_ms += 3600 * 1000); // after an hour no more than the largest burst
	CU_ASSERT_TRUE(topo->shares[A].work_left <= -2ll * TOPO_WORK_BURST);
	CU_ASSERT_TRUE(topo->shares[A].work_left > -2ll * TOPO_WORK_BURST - 2 * TOPO_WORK_A_MS);
	end();
}

// --- who makes room in a full inventory of 32

static void full(uint64_t age_ms)
{
	begin(32);
	pace_is(0, 10); // nobody asks: all live
	for (uint32_t i = 1; i <= 32; i++)
		CU_ASSERT_EQUAL(learn(A, 0, i, 10), 0);
	passed(age_ms);
	for (uint32_t i = 1; i <= 32; i++)
		CU_ASSERT_EQUAL(learn(B, 0, 100 + i, 10) == 0, i <= topo->shares[B].n_rows);
}

static void newcomers_of_another_port_get_its_part_while_rows_are_new(void)
{
	full(599999);
	CU_ASSERT_EQUAL(topo->shares[B].n_rows, 16);
	CU_ASSERT_TRUE(is_known(16) && !is_known(17) && is_known(116) && !is_known(117));
	CU_ASSERT_EQUAL(counts().nodes_refused, 16);
	CU_ASSERT_EQUAL(events(TOPO_NODE_FORGOTTEN), 16);
	CU_ASSERT_STRING_EQUAL(event.text, "made room for another node");
	CU_ASSERT_EQUAL(event.port, A);
	end();
}

static void they_get_a_few_when_all_have_settled(void)
{
	full(600000);
	CU_ASSERT_EQUAL(topo->shares[B].n_rows, 1 + 32 / 16);
	CU_ASSERT_TRUE(is_known(29) && !is_known(30) && is_known(103) && !is_known(104));
	end();
}

// Rows of a and one of b that is down, for so long that anybody may have its place.
static void a_row_that_is_down_is_kept_for_its_port_for_an_hour(void)
{
	for (uint32_t late_ms = 0; late_ms < 2; late_ms++) {
		begin(4);
		CU_ASSERT_EQUAL(learn(B, 0, 50, 10), 0);
		passed(10001);
		CU_ASSERT_EQUAL(node(50).status, TOPO_DOWN);
		pace_is(0, 10);
		for (uint32_t i = 1; i <= 3; i++)
			CU_ASSERT_EQUAL(learn(A, 0, i, 10), 0);
		passed(3600000 - 1 + late_ms);
		CU_ASSERT_EQUAL(learn(A, 0, 4, 10), late_ms == 0 ? -ENOSPC : 0);
		CU_ASSERT_EQUAL(is_known(50), late_ms == 0);
		end();
	}
}

static void of_rows_that_are_down_the_ports_own_one_goes_first(void)
{
	begin(4);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	passed(1);
	CU_ASSERT_EQUAL(learn(B, 0, 50, 10), 0);
	passed(1);
	CU_ASSERT_EQUAL(learn(A, 0, 2, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 0, 51, 10), 0);
	passed(10001);
	pace_is(0, 10);
	CU_ASSERT_EQUAL(counts().n_down, 4);
	CU_ASSERT_EQUAL(learn(B, 0, 52, 10), 0);
	CU_ASSERT_TRUE(!is_known(50) && is_known(1) && is_known(2) && is_known(51));
	end();
}

// What the store put back, and nobody has heard since, is anybody's as soon as it is down.
static void a_stored_row_that_is_down_makes_room_at_once(void)
{
	struct topo_saved s = {.id = topo_bed_id(70), .status = TOPO_DOWN};

	begin(2);
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 2, 10), 0);
	CU_ASSERT_TRUE(!is_known(70) && is_known(1) && is_known(2));
	CU_ASSERT_EQUAL(learn(A, 0, 3, 10), -ENOSPC);
	end();
}

static void denied_ids_are_as_many_as_may_be(void)
{
	static uint64_t ids[TOPO_DENIED_MAX + 1];

	begin(10);
	for (uint32_t i = 0; i <= TOPO_DENIED_MAX; i++)
		ids[i] = topo_bed_id(10000 - i);
	CU_ASSERT_EQUAL(topo_deny_set(topo, ids, TOPO_DENIED_MAX + 1, now_ms), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 10000, 10), -EPERM);
	CU_ASSERT_EQUAL(learn(A, 0, 10000 - TOPO_DENIED_MAX + 1, 10), -EPERM);
	CU_ASSERT_EQUAL(learn(A, 0, 10000 - TOPO_DENIED_MAX, 10), 0);
	CU_ASSERT_EQUAL(learn(A, 0, 10001, 10), 0);
	end();
}

// --- paths that carry nothing

// Node 1 is heard by two ports, by a at less cost. Everything is described each second.
static void second(void)
{
	passed(1000);
	CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
	CU_ASSERT_EQUAL(learn(B, 0, 1, 50), 0);
}

static void lost(void)
{
	second();
	topo_path_failed(topo, topo_bed_id(1), now_ms - 1000, now_ms);
}

static void two_losses_in_a_row_avoid_a_path_for_a_minute(void)
{
	begin(10);
	second();
	lost();
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	topo_path_worked(topo, topo_bed_id(1), now_ms);
	lost();
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	(void)events(TOPO_NODE_PATH_FAILED);
	lost();
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	CU_ASSERT_EQUAL(node(1).cost, 100);
	CU_ASSERT_EQUAL(events(TOPO_NODE_PATH_FAILED), 1);
	CU_ASSERT_STRING_EQUAL(event.text,
		"no answer to 2 in a row: the link from 02:00:00:00:00:00 to 02:00:00:00:00:01 is avoided, "
		"another way is tried");
	CU_ASSERT_EQUAL(event.id, topo_bed_id(1));
	for (int i = 0; i < 59; i++)
		second();
	passed(999);
	CU_ASSERT_EQUAL(node(1).cost, 100);
	passed(1);
	CU_ASSERT_EQUAL(node(1).cost, 20);
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	end();
}

// 1, 2, 4 .. 64 minutes.
static void who_fails_again_and_again_is_avoided_for_twice_as_long_each_time(void)
{
	begin(10);
	second();
	for (uint32_t round = 0; round < 9; round++) {
		uint32_t n = 0;

		second();
		second();
		lost();
		lost();
		CU_ASSERT_EQUAL_FATAL(counts().n_avoided, 1);
		for (; counts().n_avoided > 0 && n < 10000; n++)
			second();
		CU_ASSERT_EQUAL(n, 60u << (round < 6 ? round : 6));
		CU_ASSERT_EQUAL(node(1).cost, 20);
	}
	end();
}

// What the first lost one was sent before says nothing when nobody described the path after it.
static void a_path_must_be_upheld_after_the_first_loss(void)
{
	for (uint32_t more_ms = 0; more_ms < 2; more_ms++) {
		begin(10);
		second();
		uint64_t sent_ms = now_ms;
		topo_path_failed(topo, topo_bed_id(1), sent_ms, now_ms);
		now_ms += 500 + more_ms;
		CU_ASSERT_EQUAL(learn(A, 0, 1, 10), 0);
		CU_ASSERT_EQUAL(learn(B, 0, 1, 50), 0);
		topo_path_failed(topo, topo_bed_id(1), sent_ms + 100, now_ms);
		CU_ASSERT_EQUAL(counts().n_avoided, more_ms);
		end();
	}
}

static void what_was_sent_before_a_judgement_says_nothing_after_it(void)
{
	begin(10);
	second();
	lost();
	lost();
	uint64_t judged_ms = now_ms;
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	topo_path_worked(topo, topo_bed_id(1), now_ms); // by b: the first word of this path
	second();
	topo_path_worked(topo, topo_bed_id(1), now_ms);
	CU_ASSERT_EQUAL(node(1).carry, TOPO_CARRY_WORKS);
	for (int i = 0; i < 5; i++) {
		second();
		topo_path_failed(topo, topo_bed_id(1), judged_ms - 1, now_ms);
	}
	CU_ASSERT_EQUAL(node(1).carry, TOPO_CARRY_WORKS);
	CU_ASSERT_EQUAL(counts().n_avoided, 1);
	CU_ASSERT_STRING_EQUAL(topo_carry_name(TOPO_CARRY_UNTRIED), "untried");
	CU_ASSERT_STRING_EQUAL(topo_carry_name(TOPO_CARRY_WORKS), "works");
	CU_ASSERT_STRING_EQUAL(topo_carry_name(TOPO_CARRY_FAILS), "fails");
	end();
}

static void of_too_many_that_are_avoided_the_one_whose_time_is_over_first_is_pardoned(void)
{
	begin(1000);
	for (uint32_t i = 0; i < 2; i++) {
		now_ms += i * 501;
		for (uint32_t n = 1; n <= TOPO_AVOIDED_MAX + 3; n++) {
			CU_ASSERT_EQUAL(learn(A, 0, n, 10), 0);
			CU_ASSERT_EQUAL(learn(B, 0, n, 50), 0);
		}
		for (uint32_t n = 1; n <= TOPO_AVOIDED_MAX + 3; n++) {
			topo_path_failed(topo, topo_bed_id(n), now_ms, now_ms);
			now_ms += i;
		}
	}
	CU_ASSERT_EQUAL(counts().n_avoided, TOPO_AVOIDED_MAX);
	for (uint32_t n = 1; n <= TOPO_AVOIDED_MAX + 3; n++)
		CU_ASSERT_EQUAL(node(n).cost, n <= 3 ? 20 : 100);
	end();
}

static void nobody_is_blamed_for_whom_nobody_knows(void)
{
	begin(10);
	second();
	for (int i = 0; i < 3; i++) {
		topo_path_failed(topo, topo_bed_id(77), now_ms, now_ms);
		topo_path_failed(topo, TOPO_BED_US, now_ms, now_ms);
		topo_path_worked(topo, topo_bed_id(77), now_ms);
		topo_path_worked(topo, TOPO_BED_US, now_ms);
	}
	CU_ASSERT_EQUAL(counts().n_avoided, 0);
	end();
}

// --- told so often

static void an_answer_by_our_own_id_is_told_once_a_minute(void)
{
	struct topo_answer a = topo_bed_answer(2, 1, 0, 1, 10);

	begin(10);
	a.from_mac = topo_bed_id(9);
	a.port = B;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), -EINVAL);
	CU_ASSERT_EQUAL(events(TOPO_OWN_ID), 1);
	CU_ASSERT_EQUAL(event.port, B);
	CU_ASSERT_STRING_EQUAL(event.text,
		"a node without a name at 02:00:00:80:00:00, heard from 02:00:00:00:00:09, answers with our "
		"own id");
	a.identity = "a\x1b";
	a.identity_len = 2;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms += 59999, 0, NULL), -EINVAL);
	CU_ASSERT_EQUAL(events(TOPO_OWN_ID), 0);
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms += 1, 0, NULL), -EINVAL);
	CU_ASSERT_EQUAL(events(TOPO_OWN_ID), 1);
	CU_ASSERT_STRING_EQUAL(event.text,
		"a\\x1b at 02:00:00:80:00:00, heard from 02:00:00:00:00:09, answers with our own id");
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms += 59999, 0, NULL), -EINVAL);
	CU_ASSERT_EQUAL(events(TOPO_OWN_ID), 0);
	CU_ASSERT_EQUAL(counts().own_id_answers, 4);
	end();
}

static void named(const char *identity)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 10);

	a.identity = identity;
	a.identity_len = (uint8_t)strlen(identity);
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
}

static void a_row_is_given_out_again_after_ten_seconds_and_not_before(void)
{
	uint32_t row;

	begin(10);
	named("one");
	CU_ASSERT_TRUE(topo_dirty_next(topo, &row));
	passed(5000);
	named("two");
	passed(4999);
	CU_ASSERT_FALSE(topo_dirty_next(topo, &row));
	passed(1);
	CU_ASSERT_TRUE(topo_dirty_next(topo, &row));
	passed(10000);
	named("three"); // ten seconds after the last: at once
	CU_ASSERT_TRUE(topo_dirty_next(topo, &row));
	CU_ASSERT_FALSE(topo_dirty_next(topo, &row));
	end();
}

// --- bounds of edges, of parents that never answered, of paths

static int edge(uint8_t port, uint32_t parent, uint32_t out_link, uint32_t node_n)
{
	struct topo_answer a = topo_bed_answer(parent, out_link, node_n, 1, 10);

	a.port = port;
	a.from_mac = topo_bed_id(0x900000u + port);
	return topo_learn(topo, &a, now_ms, 0, NULL);
}

static bool has_edge(uint32_t from, uint32_t out_link, uint32_t to)
{
	struct topo_link link;
	bool is_found = false;

	for (uint32_t i = 0; i < topo_links_end(topo); i++)
		is_found |= topo_link_at(topo, i, &link) && link.from == topo_bed_id(from) &&
			    link.from_link == out_link && link.to == topo_bed_id(to);
	return is_found;
}

// Of so many edges in all the port that described most gives up its oldest ones, but no path if it can.
static void at_the_bound_of_all_edges_the_port_with_most_gives_up_its_oldest(void)
{
	uint32_t max = 40 * TOPO_EDGES_A_NODE + 1024;

	begin(40);
	CU_ASSERT_EQUAL(edge(A, 0, 1, 1), 0); // the oldest, and the path of node 1
	for (uint32_t i = 1; i < max; i++)
		CU_ASSERT_EQUAL(edge(A, 100, i, 1 + i % 30), 0);
	CU_ASSERT_EQUAL(counts().n_edges, max);
	for (uint32_t i = 0; i < 5; i++) {
		CU_ASSERT_TRUE(has_edge(100, 1 + i, 2 + i));
		CU_ASSERT_EQUAL(edge(B, 0, 2, 31 + i), 0);
		CU_ASSERT_FALSE(has_edge(100, 1 + i, 2 + i));
		CU_ASSERT_TRUE(node(31 + i).has_path);
	}
	CU_ASSERT_TRUE(node(1).has_path && counts().n_edges == max);
	CU_ASSERT_EQUAL(counts().edges_refused, 5);
	CU_ASSERT_TRUE(topo->shares[A].n_edges == max - 5 && topo->shares[B].n_edges == 5);
	end();
}

// The only edges that the port has are paths: then the oldest of them.
static void a_port_that_has_paths_only_gives_up_the_oldest(void)
{
	uint32_t max = 200 * TOPO_EDGES_A_NODE + 1024;

	begin(200);
	for (uint32_t i = 1; i <= 100; i++)
		CU_ASSERT_EQUAL(edge(A, 0, i, i), 0);
	for (uint32_t i = 0; i < max - 100; i++)
		CU_ASSERT_EQUAL(edge(A, 500, i, 1 + i % 100), 0);
	CU_ASSERT_EQUAL(counts().n_edges, max);
	CU_ASSERT_EQUAL(edge(B, 0, 2, 150), 0);
	CU_ASSERT_TRUE(!has_edge(0, 1, 1) && has_edge(0, 2, 2) && node(150).has_path);
	end();
}

static void parents_that_never_answered_make_room_at_the_port_that_named_most(void)
{
	uint32_t max = 100 / 2 + 1024;

	begin(100);
	for (uint32_t i = 0; i < max; i++)
		CU_ASSERT_EQUAL(edge(A, 1000 + i, 1, 1 + i % 90), 0);
	CU_ASSERT_EQUAL(counts().n_unheard, max);
	for (uint32_t i = 0; i < 20; i++) {
		CU_ASSERT_TRUE(has_edge(1000 + i, 1, 1 + i % 90));
		CU_ASSERT_EQUAL(edge(B, 5000 + i, 1, 95), 0);
		CU_ASSERT_FALSE(has_edge(1000 + i, 1, 1 + i % 90));
		CU_ASSERT_TRUE(has_edge(5000 + i, 1, 95));
	}
	CU_ASSERT_EQUAL(counts().n_unheard, max);
	CU_ASSERT_TRUE(topo->shares[A].n_unheard == max - 20 && topo->shares[B].n_unheard == 20);
	CU_ASSERT_EQUAL(edge(A, 1020, 2, 96), 0); // named again: it is the youngest now
	CU_ASSERT_EQUAL(edge(B, 6000, 1, 95), 0);
	CU_ASSERT_TRUE(has_edge(1020, 1, 21) && !has_edge(1021, 1, 22));
	end();
}

static void a_path_that_data_cannot_take_is_not_handed_out(void)
{
	uint64_t ids[TOPO_PATH_MAX];
	struct topo_hop hops[TOPO_PATH_MAX];
	uint32_t row;

	begin(200);
	for (uint32_t i = 1; i <= TOPO_PATH_MAX + 1; i++)
		CU_ASSERT_EQUAL(edge(A, i - 1, 1, i), 0);
	row = (uint32_t)topo_find(topo, topo_bed_id(TOPO_PATH_MAX));
	CU_ASSERT_EQUAL(topo_path_ids(topo, row, ids, TOPO_PATH_MAX), TOPO_PATH_MAX);
	CU_ASSERT_EQUAL(topo_path_hops(topo, row, hops, TOPO_PATH_MAX), TOPO_PATH_MAX);
	CU_ASSERT_EQUAL(topo_path_hops(topo, row, hops, TOPO_PATH_MAX - 1), -E2BIG);
	CU_ASSERT_EQUAL(topo_path_ids(topo, row, ids, 3), 3); // the first ones
	CU_ASSERT_TRUE(ids[0] == topo_bed_id(1) && ids[2] == topo_bed_id(3));
	row = (uint32_t)topo_find(topo, topo_bed_id(TOPO_PATH_MAX + 1));
	CU_ASSERT_EQUAL(topo_path_ids(topo, row, ids, TOPO_PATH_MAX), 0);
	CU_ASSERT_EQUAL(topo_path_hops(topo, row, hops, TOPO_PATH_MAX), -E2BIG);
	CU_ASSERT_EQUAL(node(TOPO_PATH_MAX + 1).hops, TOPO_PATH_MAX + 1);
	CU_ASSERT_EQUAL(topo_path_ids(topo, 10000, ids, 3), 0);
	CU_ASSERT_EQUAL(topo_path_hops(topo, 10000, hops, 3), -ENOENT);
	end();
}

// What a larger share has down goes before its rows that live and are settled.
static void rows_that_are_down_go_before_those_that_live(void)
{
	begin(32);
	for (uint32_t i = 1; i <= 32; i++)
		CU_ASSERT_EQUAL(learn(A, 0, i, 10), 0);
	for (uint32_t n = 0; n < 11; n++) {
		passed(1000);
		for (uint32_t i = 1; i <= 32; i++)
			CU_ASSERT_EQUAL(i == 7 || learn(A, 0, i, 10) == 0, true);
	}
	passed(0);
	CU_ASSERT_EQUAL(node(7).status, TOPO_DOWN);
	pace_is(0, 10);
	passed(600000);
	CU_ASSERT_EQUAL(learn(B, 0, 100, 10), 0);
	CU_ASSERT_TRUE(!is_known(7) && is_known(32));
	CU_ASSERT_EQUAL(learn(B, 0, 101, 10), 0);
	CU_ASSERT_TRUE(!is_known(32) && is_known(31));
	end();
}

static void what_cannot_be_is_refused(void)
{
	struct topo_answer a = topo_bed_answer(0, 1, 1, 1, 10);
	const char *why = NULL;

	CU_ASSERT_PTR_NULL(topo_create(&(struct topo_cfg){.own_id = 0, .nodes_max = 1}));
	CU_ASSERT_PTR_NULL(topo_create(&(struct topo_cfg){.own_id = TOPO_BED_US | 1, .nodes_max = 1}));
	CU_ASSERT_PTR_NULL(
		topo_create(&(struct topo_cfg){.own_id = TOPO_BED_US | 1ull << 48, .nodes_max = 1}));
	topo_destroy(NULL);
	begin(10);
	a.port = TOPO_PORTS;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, &why), -EINVAL);
	CU_ASSERT_STRING_EQUAL(why, "it came in on no port of ours");
	a.port = TOPO_PORTS - 1;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, &why), 0);
	CU_ASSERT_EQUAL(node(1).port, TOPO_PORTS - 1);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(at_the_bound_of_all_edges_the_port_with_most_gives_up_its_oldest),
	SUITE_CASE(a_port_that_has_paths_only_gives_up_the_oldest),
	SUITE_CASE(parents_that_never_answered_make_room_at_the_port_that_named_most),
	SUITE_CASE(a_path_that_data_cannot_take_is_not_handed_out),
	SUITE_CASE(rows_that_are_down_go_before_those_that_live),
	SUITE_CASE(what_cannot_be_is_refused),
	SUITE_CASE(an_edge_is_stale_and_gone_to_the_millisecond),
	SUITE_CASE(an_edge_that_is_described_again_begins_anew),
	SUITE_CASE(a_tick_ages_a_bounded_number_of_edges),
	SUITE_CASE(the_bound_of_a_tick_is_for_all_ports_together),
	SUITE_CASE(a_tick_moves_no_more_paths_than_one_edge_carries),
	SUITE_CASE(nodes_that_grow_down_are_bounded_in_a_tick_too),
	SUITE_CASE(a_tick_forgets_a_bounded_number_of_rows_beyond_the_bound),
	SUITE_CASE(moves_are_told_by_a_bounded_number_in_a_tick),
	SUITE_CASE(a_change_of_pace_puts_silence_off_for_so_long_and_no_longer),
	SUITE_CASE(after_a_rest_the_pace_before_it_counts),
	SUITE_CASE(a_slow_pace_of_long_ago_puts_nothing_off),
	SUITE_CASE(a_pace_without_patience_means_one_interval),
	SUITE_CASE(a_port_earns_its_work_by_the_millisecond_and_shares_it),
	SUITE_CASE(work_that_nobody_did_is_kept_for_so_much_and_no_more),
	SUITE_CASE(newcomers_of_another_port_get_its_part_while_rows_are_new),
	SUITE_CASE(they_get_a_few_when_all_have_settled),
	SUITE_CASE(a_row_that_is_down_is_kept_for_its_port_for_an_hour),
	SUITE_CASE(of_rows_that_are_down_the_ports_own_one_goes_first),
	SUITE_CASE(a_stored_row_that_is_down_makes_room_at_once),
	SUITE_CASE(denied_ids_are_as_many_as_may_be),
	SUITE_CASE(two_losses_in_a_row_avoid_a_path_for_a_minute),
	SUITE_CASE(who_fails_again_and_again_is_avoided_for_twice_as_long_each_time),
	SUITE_CASE(a_path_must_be_upheld_after_the_first_loss),
	SUITE_CASE(what_was_sent_before_a_judgement_says_nothing_after_it),
	SUITE_CASE(of_too_many_that_are_avoided_the_one_whose_time_is_over_first_is_pardoned),
	SUITE_CASE(nobody_is_blamed_for_whom_nobody_knows),
	SUITE_CASE(an_answer_by_our_own_id_is_told_once_a_minute),
	SUITE_CASE(a_row_is_given_out_again_after_ten_seconds_and_not_before),
};
SUITE_MAIN("topo_times", cases)
