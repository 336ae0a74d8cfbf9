// SPDX-License-Identifier: BSD-3-Clause
// Which path is chosen: cost, then hops, then L2MTU; rings, parallel links, stale edges, lost ports; how
// links and hop lists are shown.
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"

static struct topo *topo;
static uint64_t now_ms;

static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 3, .down_after = 10};

static void begin(void)
{
	now_ms = 5000;
	topo = topo_bed_create(1000);
	topo_pace_set(topo, &pace, now_ms);
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static void learn(uint32_t parent, uint32_t out_link, uint32_t node, uint32_t in_link, uint16_t cost)
{
	struct topo_answer a = topo_bed_answer(parent, out_link, node, in_link, cost);

	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
}

static struct topo_node node(uint32_t n)
{
	struct topo_node out = {0};
	int64_t row = topo_find(topo, topo_bed_id(n));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out;
}

// The nodes on the way to n, as digits: "123".
static const char *way(uint32_t n)
{
	static char text[TOPO_PATH_MAX + 1];
	uint64_t ids[TOPO_PATH_MAX];
	uint32_t len = topo_path_ids(topo, (uint32_t)topo_find(topo, topo_bed_id(n)), ids, TOPO_PATH_MAX);

	for (uint32_t i = 0; i < len; i++) {
		uint32_t k = 1;

		while (topo_bed_id(k) != ids[i])
			k++;
		text[i] = (char)('0' + k);
	}
	text[len] = '\0';
	return text;
}

static void a_neighbor_has_both_sides_cost_and_one_hop(void)
{
	begin();
	learn(0, 1, 1, 7, 100);
	CU_ASSERT_EQUAL(node(1).cost, 200);
	CU_ASSERT_EQUAL(node(1).hops, 1);
	CU_ASSERT_EQUAL(node(1).parent_id, TOPO_BED_US);
	CU_ASSERT_TRUE(node(1).has_path);
	end();
}

static void the_hop_list_names_the_senders_link_and_the_receivers_mac(void)
{
	struct topo_hop hops[4];

	begin();
	learn(0, 11, 1, 12, 100);
	learn(1, 21, 2, 22, 100);
	learn(2, 31, 3, 32, 100);
	uint32_t row = (uint32_t)topo_find(topo, topo_bed_id(3));
	CU_ASSERT_EQUAL_FATAL(topo_path_hops(topo, row, hops, 4), 3);
	CU_ASSERT_TRUE(hops[0].link_id == 11 && hops[0].mac == topo_bed_id(0x800001));
	CU_ASSERT_TRUE(hops[1].link_id == 21 && hops[1].mac == topo_bed_id(0x800002));
	CU_ASSERT_TRUE(hops[2].link_id == 31 && hops[2].mac == topo_bed_id(0x800003));
	CU_ASSERT_EQUAL(topo_path_hops(topo, row, hops, 2), -E2BIG);
	CU_ASSERT_EQUAL(topo_path_hops(topo, 0, hops, 4), -ENOENT);
	CU_ASSERT_EQUAL(topo_path_hops(topo, 99, hops, 4), -ENOENT);
	CU_ASSERT_STRING_EQUAL(way(3), "123");
	end();
}

static void less_cost_beats_fewer_hops_and_fewer_hops_beat_l2mtu(void)
{
	begin();
	learn(0, 1, 1, 1, 10);
	learn(1, 2, 2, 1, 10);
	learn(0, 2, 2, 2, 30); // one link, dearer
	CU_ASSERT_STRING_EQUAL(way(2), "12");
	struct topo_answer a = topo_bed_answer(0, 2, 2, 2, 20); // now as dear, and shorter
	a.node_in.l2mtu = 1000;
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	CU_ASSERT_STRING_EQUAL(way(2), "2");
	CU_ASSERT_EQUAL(node(2).l2mtu, 1000);
	end();
}

static void of_equal_paths_the_one_that_carries_more_is_taken(void)
{
	begin();
	struct topo_answer thin = topo_bed_answer(0, 1, 1, 1, 10);
	thin.node_in.l2mtu = 1400;
	CU_ASSERT_EQUAL(topo_learn(topo, &thin, now_ms, 0, NULL), 0);
	learn(0, 2, 2, 1, 10);
	learn(1, 2, 3, 1, 10);
	CU_ASSERT_EQUAL(node(3).l2mtu, 1400);
	learn(2, 2, 3, 2, 10);
	CU_ASSERT_STRING_EQUAL(way(3), "23");
	CU_ASSERT_EQUAL(node(3).l2mtu, 1500);
	end();
}

static void parallel_links_are_both_kept(void)
{
	struct topo_counts c;

	begin();
	learn(0, 1, 1, 1, 10);
	learn(0, 2, 1, 2, 20);
	topo_counts_get(topo, &c);
	CU_ASSERT_EQUAL(c.n_edges, 2);
	CU_ASSERT_EQUAL(node(1).cost, 20);
	topo_port_lost(topo, 1, now_ms);
	CU_ASSERT_EQUAL(node(1).cost, 40);
	CU_ASSERT_TRUE(node(1).has_path);
	end();
}

static void a_ring_turns_round_at_once_when_a_port_is_lost(void)
{
	begin();
	learn(0, 1, 1, 1, 100);
	learn(1, 2, 2, 1, 100);
	learn(2, 2, 3, 1, 100);
	learn(0, 2, 3, 2, 100);
	learn(3, 1, 2, 2, 100);
	learn(2, 1, 1, 2, 100);
	CU_ASSERT_STRING_EQUAL(way(2), "12");
	topo_port_lost(topo, 1, now_ms);
	CU_ASSERT_STRING_EQUAL(way(1), "321");
	CU_ASSERT_EQUAL(node(1).cost, 600);
	topo_port_lost(topo, 2, now_ms);
	CU_ASSERT_FALSE(node(1).has_path || node(2).has_path || node(3).has_path);
	learn(0, 1, 1, 1, 100); // the first port is up again and answered
	CU_ASSERT_STRING_EQUAL(way(3), "123");
	end();
}

static void a_lost_path_is_still_shown_as_the_last_one_known(void)
{
	struct topo_hop hops[4];

	begin();
	learn(0, 1, 1, 1, 100);
	learn(1, 2, 2, 1, 100);
	topo_tick(topo, now_ms);
	topo_port_lost(topo, 1, now_ms);
	CU_ASSERT_FALSE(node(2).has_path);
	CU_ASSERT_EQUAL(node(2).cost, 400);
	CU_ASSERT_EQUAL(node(2).hops, 2);
	CU_ASSERT_EQUAL(node(2).parent_id, topo_bed_id(1));
	CU_ASSERT_STRING_EQUAL(way(2), "12");
	CU_ASSERT_EQUAL(
		topo_path_hops(topo, (uint32_t)topo_find(topo, topo_bed_id(2)), hops, 4), -ENETUNREACH);
	end();
}

// The direct link falls silent: the dear way round takes over as soon as that is late, not when it is gone.
static void a_fresh_path_beats_a_stale_one_at_any_cost(void)
{
	begin();
	learn(0, 1, 2, 1, 10);
	for (uint32_t round = 0; round < 4; round++) {
		learn(0, 2, 1, 1, 1000);
		learn(1, 2, 2, 2, 1000);
		CU_ASSERT_EQUAL(node(2).cost, 20);
		now_ms += 1000;
	}
	topo_tick(topo, now_ms);
	CU_ASSERT_STRING_EQUAL(way(2), "12");
	CU_ASSERT_EQUAL(node(2).cost, 4000);
	CU_ASSERT_FALSE(node(2).is_stale);
	learn(0, 1, 2, 1, 10);
	CU_ASSERT_STRING_EQUAL(way(2), "2");
	end();
}

static void a_stale_path_is_used_where_there_is_no_other_until_it_is_gone(void)
{
	struct topo_counts c;

	begin();
	learn(0, 1, 1, 1, 10);
	topo_tick(topo, now_ms + 3000);
	CU_ASSERT_FALSE(node(1).is_stale);
	topo_tick(topo, now_ms + 3001);
	CU_ASSERT_TRUE(node(1).is_stale && node(1).has_path);
	topo_tick(topo, now_ms + 10000);
	CU_ASSERT_TRUE(node(1).has_path);
	topo_tick(topo, now_ms + 10001);
	CU_ASSERT_FALSE(node(1).has_path);
	topo_counts_get(topo, &c);
	CU_ASSERT_EQUAL(c.n_edges, 0);
	end();
}

static void a_parent_that_did_not_answer_has_no_row_but_its_edge_waits(void)
{
	struct topo_counts c;

	begin();
	learn(1, 2, 2, 1, 100);
	CU_ASSERT_EQUAL(topo_find(topo, topo_bed_id(1)), -ENOENT);
	CU_ASSERT_FALSE(node(2).has_path);
	topo_counts_get(topo, &c);
	CU_ASSERT_EQUAL(c.n_unheard, 1);
	CU_ASSERT_EQUAL(c.n_nodes, 1);
	learn(0, 1, 1, 1, 100);
	CU_ASSERT_STRING_EQUAL(way(2), "12");
	topo_counts_get(topo, &c);
	CU_ASSERT_EQUAL(c.n_unheard, 0);
	end();
}

static void answers_that_describe_no_edge_are_refused_with_a_sentence(void)
{
	struct topo_answer bad[7];

	begin();
	for (uint32_t i = 0; i < 7; i++)
		bad[i] = topo_bed_answer(i < 3 ? 0 : 1, 1, 2, 1, 100);
	bad[0].n_hops = 1;                             // forwarders, but the parent is us
	bad[1].node_id = TOPO_BED_US;                  // answers with our id
	bad[2].node_in.mac = topo_bed_id(1) | 1;       // group MAC
	bad[3].n_hops = 0;                             // no forwarder, but the parent is another
	bad[4].parent_id = bad[4].node_id;             // its own parent
	bad[5].parent_id = 0;                          // no id
	bad[6].node_id = bad[6].node_id | 1 << 16 | 1; // group id
	for (uint32_t i = 0; i < 7; i++) {
		const char *why = NULL;

		CU_ASSERT_EQUAL(topo_learn(topo, &bad[i], now_ms, 0, &why), -EINVAL);
		CU_ASSERT_TRUE(why != NULL && strlen(why) > 10);
	}
	CU_ASSERT_EQUAL(topo_nodes_used(topo), 0);
	end();
}

// The greatest cost on each of many links: no sum wraps round; what does not fit the field is shown as its
// greatest value.
static void costs_are_shown_saturated_and_compared_exactly(void)
{
	uint32_t n = 40000;

	begin();
	topo_max_set(topo, n);
	for (uint32_t i = 1; i <= n; i++)
		learn(i - 1, 1, i, 2, UINT16_MAX);
	CU_ASSERT_EQUAL(node(n).cost, UINT32_MAX);
	CU_ASSERT_EQUAL(node(n).hops, n);
	CU_ASSERT_EQUAL(node(32768).cost, 4294901760);
	CU_ASSERT_EQUAL(node(32769).cost, UINT32_MAX);
	CU_ASSERT_STRING_EQUAL(way(n), "");                                      // longer than Data can go
	struct topo_answer nearer = topo_bed_answer(n - 2, 3, n, 3, UINT16_MAX); // one link less than before
	CU_ASSERT_EQUAL(topo_learn(topo, &nearer, now_ms, 0, NULL), 0);
	CU_ASSERT_EQUAL(node(n).hops, n - 1);
	end();
}

static void both_directions_of_a_link_are_one_row_seen_from_us(void)
{
	struct topo_link link;
	uint32_t n = 0;

	begin();
	learn(0, 1, 1, 7, 100);
	learn(1, 8, 2, 9, 100);
	learn(0, 2, 2, 5, 10);
	learn(2, 9, 1, 8, 100); // the link 1 - 2 again, from its other side
	for (uint32_t i = 0; i < topo_links_end(topo); i++) {
		if (!topo_link_at(topo, i, &link))
			continue;
		n++;
		if (link.from == TOPO_BED_US)
			continue;
		CU_ASSERT_EQUAL(link.from, topo_bed_id(2)); // which is nearer
		CU_ASSERT_EQUAL(link.to, topo_bed_id(1));
		CU_ASSERT_EQUAL(link.from_link, 9);
		CU_ASSERT_EQUAL(link.to_link, 8);
		CU_ASSERT_EQUAL(link.cost, 200);
		CU_ASSERT_FALSE(link.is_used || link.is_stale);
	}
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_FALSE(topo_link_at(topo, topo_links_end(topo), &link));
	end();
}

static void a_link_is_used_when_a_path_takes_it_and_stale_when_both_sides_are(void)
{
	struct topo_link link;

	begin();
	learn(0, 1, 1, 7, 100);
	learn(1, 8, 2, 9, 100);
	CU_ASSERT_TRUE(topo_link_at(topo, 0, &link) && link.is_used && !link.is_stale);
	CU_ASSERT_TRUE(topo_link_at(topo, 1, &link) && link.is_used && link.from == topo_bed_id(1));
	now_ms += 2000;
	learn(2, 9, 1, 8, 100);
	topo_tick(topo, now_ms + 1500);
	CU_ASSERT_TRUE(topo_link_at(topo, 0, &link) && link.is_stale);
	CU_ASSERT_TRUE(topo_link_at(topo, 1, &link) && !link.is_stale);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_neighbor_has_both_sides_cost_and_one_hop),
	SUITE_CASE(the_hop_list_names_the_senders_link_and_the_receivers_mac),
	SUITE_CASE(less_cost_beats_fewer_hops_and_fewer_hops_beat_l2mtu),
	SUITE_CASE(of_equal_paths_the_one_that_carries_more_is_taken),
	SUITE_CASE(parallel_links_are_both_kept),
	SUITE_CASE(a_ring_turns_round_at_once_when_a_port_is_lost),
	SUITE_CASE(a_lost_path_is_still_shown_as_the_last_one_known),
	SUITE_CASE(a_fresh_path_beats_a_stale_one_at_any_cost),
	SUITE_CASE(a_stale_path_is_used_where_there_is_no_other_until_it_is_gone),
	SUITE_CASE(a_parent_that_did_not_answer_has_no_row_but_its_edge_waits),
	SUITE_CASE(answers_that_describe_no_edge_are_refused_with_a_sentence),
	SUITE_CASE(costs_are_shown_saturated_and_compared_exactly),
	SUITE_CASE(both_directions_of_a_link_are_one_row_seen_from_us),
	SUITE_CASE(a_link_is_used_when_a_path_takes_it_and_stale_when_both_sides_are),
};
SUITE_MAIN("topo_paths", cases)
