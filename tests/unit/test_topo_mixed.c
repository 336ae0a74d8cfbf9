// SPDX-License-Identifier: BSD-3-Clause
// Everything at once and in any order, at small bounds: answers by several ports, forged ones among them,
// reports of other masters, stored rows, denied and forgotten ids, paths that fail and work, ports that are
// lost, other paces and bounds. After each call all that is kept agrees with itself.
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "test_random.h"
#include "topo_bed.h"
#include "topo_check.h"

#define N_PORTS   3
#define N_NODES   60
#define N_MASTERS 3
#define N_CALLS   12000

static struct topo *topo;
static uint64_t now_ms;
static uint32_t nodes_max;

static uint32_t some_node(void)
{
	return 1 + random_below(N_NODES);
}

static void op_learn(void)
{
	static const char *const names[] = {"north", "south", "east", "", "a name of some length, with \x1b"};
	uint32_t parent = random_below(3) == 0 ? 0 : some_node();
	struct topo_answer a = topo_bed_answer(
		parent, random_below(3), some_node(), random_below(3), (uint16_t)(random_below(4) * 100));
	struct wire_version version = {7, (uint8_t)random_below(2), 'f', 0};

	a.port = (uint8_t)random_below(N_PORTS);
	a.from_mac = topo_bed_id(0x900000 + random_below(2));
	a.node_in.l2mtu = (uint16_t)(1500 + random_below(2));
	a.identity = random_below(4) == 0 ? NULL : names[random_below(5)];
	a.identity_len = (uint8_t)(a.identity != NULL ? strlen(a.identity) : 0);
	a.board = random_below(2) == 0 ? NULL : names[random_below(5)];
	a.board_len = (uint8_t)(a.board != NULL ? strlen(a.board) : 0);
	a.master = random_below(8) == 0 ? "m" : NULL;
	a.master_len = 1;
	a.version = random_below(2) == 0 ? &version : NULL;
	int rc = topo_learn(topo, &a, now_ms, now_ms * 1000, NULL);
	CU_ASSERT_TRUE(rc == 0 || rc == -EINVAL || rc == -EPERM || rc == -ENOSPC);
}

static struct topo_saved some_saved(void)
{
	struct topo_saved s = {.id = topo_bed_id(some_node()),
		.identity = random_below(2) == 0 ? "stored" : NULL,
		.status = (enum topo_status)(TOPO_OK + random_below(3)),
		.cost = random_below(1000),
		.hops = 2,
		.l2mtu = 1500,
		.path_n = random_below(3)};

	for (uint32_t i = 0; i < s.path_n; i++)
		s.path[i] = topo_bed_id(some_node());
	if (s.path_n > 0)
		s.path[s.path_n - 1] = s.id;
	return s;
}

static void op_report(void)
{
	struct topo_saved s = some_saved();
	int rc = topo_report(topo, topo_bed_id(200 + random_below(N_MASTERS)), &s, now_ms, now_ms * 1000);

	CU_ASSERT_TRUE(rc == 0 || rc == -EPERM || rc == -ENOSPC);
}

static void op_restore(void)
{
	struct topo_saved s = some_saved();

	s.via_master = random_below(4) == 0 ? topo_bed_id(200) : 0;
	int rc = topo_restore(topo, &s, now_ms);
	CU_ASSERT_TRUE(rc == 0 || rc == -EPERM || rc == -ENOSPC || rc == -EEXIST);
}

static void op_time(void)
{
	now_ms += random_below(random_below(20) == 0 ? 8000 : 400);
	topo_tick(topo, now_ms);
}

static void op_pace(void)
{
	struct topo_pace pace = {.interval_ms = random_below(4) == 0 ? 0 : 500 + random_below(2) * 1000,
		.late_after = random_below(4),
		.down_after = random_below(8),
		.report_interval_ms = random_below(3) * 2000};

	topo_pace_set(topo, &pace, now_ms);
}

static void op_bounds(void)
{
	uint64_t denied[6];
	uint32_t n = random_below(2) == 0 ? 0 : random_below(6);

	for (uint32_t i = 0; i < n; i++)
		denied[i] = topo_bed_id(some_node());
	CU_ASSERT_EQUAL(topo_deny_set(topo, denied, n, now_ms), 0);
	nodes_max = random_below(5) == 0 ? random_below(3) : 10 + random_below(60);
	topo_max_set(topo, nodes_max);
}

static void op_path(void)
{
	uint64_t id = topo_bed_id(random_below(N_NODES + 2));

	for (uint32_t i = 0; i < 3; i++) {
		if (random_below(5) == 0)
			topo_path_worked(topo, id, now_ms);
		else
			topo_path_failed(topo, id, now_ms - random_below(1500), now_ms);
	}
}

static void op_drain(void)
{
	struct topo_event e;
	uint32_t row;

	while (random_below(10) != 0 && topo_event_next(topo, &e))
		CU_ASSERT_TRUE(e.type > TOPO_EVENT_INVALID && e.type <= TOPO_OWN_ID);
	while (random_below(10) != 0 && topo_dirty_next(topo, &row))
		CU_ASSERT_TRUE(row < topo_rows_end(topo));
}

static void op_any(void)
{
	uint32_t kind = random_below(100);

	if (kind < 60)
		op_learn();
	else if (kind < 68)
		op_time();
	else if (kind < 75)
		op_path();
	else if (kind < 82)
		op_report();
	else if (kind < 86)
		op_restore();
	else if (kind < 93)
		op_drain();
	else if (kind < 95)
		(void)!topo_forget(topo, topo_bed_id(some_node()));
	else if (kind < 97)
		topo_port_lost(topo, random_below(3), now_ms);
	else if (kind < 99)
		op_pace();
	else if (random_below(4) == 0)
		op_bounds();
}

// What is given out of each row is whole: its path ends at it and reaches us, as many hops as it says.
static bool rows_are_whole(void)
{
	struct topo_node n;
	uint64_t ids[TOPO_PATH_MAX];
	struct topo_hop hops[TOPO_PATH_MAX];
	uint32_t n_rows = 0;

	for (uint32_t row = 0; row < topo_rows_end(topo); row++) {
		if (!topo_node_at(topo, row, &n))
			continue;
		n_rows++;
		uint32_t len = topo_path_ids(topo, row, ids, TOPO_PATH_MAX);
		if (topo_find(topo, n.id) != row || (len > 0 && ids[len - 1] != n.id))
			return false;
		if (!n.has_path)
			continue;
		if (len != n.hops || topo_path_hops(topo, row, hops, TOPO_PATH_MAX) != n.hops ||
			n.parent_id != (len == 1 ? TOPO_BED_US : ids[len - 2]))
			return false;
	}
	return n_rows == topo_nodes_used(topo);
}

static void all_that_is_kept_agrees_after_any_calls_in_any_order(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		const char *fault = NULL;

		random_state = seed * 0x9e3779b97f4a7c15u;
		now_ms = 1000000;
		nodes_max = 40;
		topo = topo_bed_create(nodes_max);
		topo_pace_set(topo, &(struct topo_pace){1000, 2, 5, 2000}, now_ms);
		for (uint32_t i = 0; i < N_CALLS && fault == NULL; i++) {
			op_any();
			fault = topo_check(topo);
			if (fault == NULL && i % 16 == 0 && !rows_are_whole())
				fault = "a row is not whole";
			if (fault != NULL)
				fprintf(stderr, "(seed %u, call %u: %s) ", (uint32_t)seed, i, fault);
		}
		CU_ASSERT_PTR_NULL(fault);
		topo_destroy(topo);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(all_that_is_kept_agrees_after_any_calls_in_any_order),
};
SUITE_MAIN("topo_mixed", cases)
