// SPDX-License-Identifier: BSD-3-Clause
// 100,000 nodes: memory and the time of an update, printed, and held against loose bounds. The graph grows by
// preferential attachment (each node links to two that have links), as networks do.
//
// Times are CPU time of this thread: other work on the machine does not count.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "suite.h"
#include "test_random.h"
#include "topo_bed.h"
#include "topo_check.h"

#define N_NODES  (SUITE_HAS_ASAN ? 10000 : 100000) // under a sanitizer times mean nothing
#define N_LINKS  (2 * N_NODES)
#define N_UPDATE 30000
#define MAX_MS   50  // bound of a single update
#define TICK_MS  250 // bound of a tick
#define ALL_MS   500 // bound of one that gives a path to every node, or takes it from every node

struct link {
	uint32_t a; // the older one, 0 = us
	uint32_t b;
};

static struct link links[N_LINKS];
static uint32_t n_links;
static uint32_t n_degree[N_NODES + 1];
static uint32_t link_of_a[N_LINKS]; // link ids: the how-manieth link of its node
static uint32_t link_of_b[N_LINKS];
static struct topo *topo;
static uint64_t now_ms = 1000;
static uint64_t took_ns[2 * N_LINKS + N_UPDATE];
static uint32_t n_took;

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void link_add(uint32_t a, uint32_t b)
{
	links[n_links] = (struct link){a, b};
	link_of_a[n_links] = ++n_degree[a];
	link_of_b[n_links] = ++n_degree[b];
	n_links++;
}

// Node k links to two ends of earlier links, so the more links a node has, the more it gets. Nobody has more
// than 60.
static void graph_grow(void)
{
	n_links = 0;
	memset(n_degree, 0, sizeof(n_degree));
	link_add(0, 1);
	for (uint32_t k = 2; k <= N_NODES; k++) {
		for (uint32_t j = 0; j < 2; j++) {
			const struct link *l = &links[random_below(n_links)];
			uint32_t to = random_below(2) == 0 ? l->a : l->b;

			if (to != k && n_degree[to] < 60 && n_links < N_LINKS)
				link_add(to, k);
		}
		if (n_degree[k] == 0)
			link_add(k - 1, k);
	}
}

// One direction of a link is described.
static void describe(uint32_t i, bool is_back, uint16_t cost)
{
	const struct link *l = &links[i];
	struct topo_answer a = is_back ? topo_bed_answer(l->b, link_of_b[i], l->a, link_of_a[i], cost)
				       : topo_bed_answer(l->a, link_of_a[i], l->b, link_of_b[i], cost);
	char identity[16];

	if (a.node_id == TOPO_BED_US)
		return;
	a.identity_len = (uint8_t)snprintf(identity, sizeof(identity), "node-%u", is_back ? l->a : l->b);
	a.identity = identity;
	a.board = "RB750Gr3";
	a.board_len = 8;
	uint64_t start_ns = cpu_ns();
	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, now_ms * 1000, NULL), 0);
	took_ns[n_took++] = cpu_ns() - start_ns;
}

static int u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

// Print what updates took, and hold the longest against its bound.
static void took_report(const char *what, uint64_t max_ms)
{
	uint64_t sum_ns = 0;

	qsort(took_ns, n_took, sizeof(took_ns[0]), u64_cmp);
	for (uint32_t i = 0; i < n_took; i++)
		sum_ns += took_ns[i];
	printf("\n    %-29s n %6u  mean %6.2f  median %6.2f  P99 %7.2f  P99.9 %8.2f  max %9.2f us", what,
		n_took, (double)sum_ns / n_took / 1e3, (double)took_ns[n_took / 2] / 1e3,
		(double)took_ns[(uint64_t)n_took * 99 / 100] / 1e3,
		(double)took_ns[(uint64_t)n_took * 999 / 1000] / 1e3, (double)took_ns[n_took - 1] / 1e3);
	CU_ASSERT_TRUE(SUITE_HAS_ASAN || took_ns[n_took - 1] < max_ms * 1000000ull);
	n_took = 0;
}

static void drain(void)
{
	struct topo_event e;
	uint32_t row;

	while (topo_event_next(topo, &e))
		;
	while (topo_dirty_next(topo, &row))
		;
}

static uint32_t n_with_path(void)
{
	struct topo_node node;
	uint32_t n = 0;

	for (uint32_t i = 0; i < topo_rows_end(topo); i++)
		n += topo_node_at(topo, i, &node) && node.has_path;
	return n;
}

// All is described once, in an order that has nothing to do with distance.
static void first_round(uint64_t max_ms)
{
	uint32_t n = n_links;

	for (uint32_t i = n - 1; i > 0; i--) { // Fisher and Yates
		uint32_t j = random_below(i + 1);
		struct link l = links[i];
		uint32_t la = link_of_a[i];
		uint32_t lb = link_of_b[i];

		links[i] = links[j];
		link_of_a[i] = link_of_a[j];
		link_of_b[i] = link_of_b[j];
		links[j] = l;
		link_of_a[j] = la;
		link_of_b[j] = lb;
	}
	for (uint32_t i = 0; i < n; i++) {
		describe(i, false, 100);
		describe(i, true, 100);
		if (i % 100 == 0)
			drain();
	}
	took_report("first round, random order", max_ms);
}

static void ticks_until(uint64_t until_ms, const char *what)
{
	while (now_ms < until_ms) {
		now_ms += 100;
		uint64_t start_ns = cpu_ns();
		topo_tick(topo, now_ms);
		took_ns[n_took++] = cpu_ns() - start_ns;
		drain();
	}
	took_report(what, TICK_MS);
}

static void memory_report(void)
{
	struct topo_counts c;

	topo_counts_get(topo, &c);
	printf("\n    %u nodes, %u edges: %.1f MiB, %.0f bytes a node", c.n_nodes, c.n_edges,
		(double)c.bytes / 1048576, (double)c.bytes / c.n_nodes);
	CU_ASSERT_EQUAL(c.n_nodes, N_NODES);
	CU_ASSERT_TRUE(c.bytes / c.n_nodes < 1024);
}

static void hundred_thousand_nodes_take_bounded_memory_and_time(void)
{
	static const struct topo_pace pace = {.interval_ms = 30000, .late_after = 3, .down_after = 10};

	random_state = 0x1234567812345678u;
	topo = topo_bed_create(N_NODES);
	topo_pace_set(topo, &pace, now_ms);
	graph_grow();
	first_round(MAX_MS);
	memory_report();
	CU_ASSERT_EQUAL(n_with_path(), N_NODES);
	CU_ASSERT_PTR_NULL(topo_check(topo));
	ticks_until(now_ms + 20000, "ticks after the first round");

	for (uint32_t i = 0; i < N_UPDATE; i++)
		describe(random_below(n_links), random_below(2) == 0, 100);
	took_report("the same again", MAX_MS);
	for (uint32_t i = 0; i < N_UPDATE; i++)
		describe(random_below(n_links), random_below(2) == 0, (uint16_t)(50 + random_below(100)));
	took_report("costs change", MAX_MS);
	CU_ASSERT_PTR_NULL(topo_check(topo));
	drain();

	ticks_until(now_ms + 60000, "ticks, costs changed");
	for (uint32_t i = 0; i < n_links / 2; i++) { // the other half falls silent
		describe(i, false, 100);
		describe(i, true, 100);
	}
	took_report("half is described again", MAX_MS);
	ticks_until(now_ms + 60000, "ticks, half grows stale");
	CU_ASSERT_PTR_NULL(topo_check(topo));
	CU_ASSERT_EQUAL(n_with_path(), N_NODES);
	printf("\n  ");
	topo_destroy(topo);
}

// The worst of single changes: the last way to everything is lost, the first one is found.
static void losing_and_finding_every_path_takes_bounded_time(void)
{
	random_state = 0x8765432187654321u;
	topo = topo_bed_create(N_NODES);
	graph_grow();
	first_round(ALL_MS);
	for (uint32_t link = 1; link <= n_degree[0]; link++) {
		uint64_t start_ns = cpu_ns();

		topo_port_lost(topo, link, now_ms);
		took_ns[n_took++] = cpu_ns() - start_ns;
	}
	took_report("each of our ports lost", ALL_MS);
	CU_ASSERT_EQUAL(n_with_path(), 0);
	for (uint32_t i = 0; i < n_links; i++) {
		if (links[i].a == 0)
			describe(i, false, 100);
	}
	took_report("each of our ports found again", ALL_MS);
	printf("\n  ");
	CU_ASSERT_EQUAL(n_with_path(), N_NODES);
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static const struct suite_case cases[] = {
	SUITE_CASE(hundred_thousand_nodes_take_bounded_memory_and_time),
	SUITE_CASE(losing_and_finding_every_path_takes_bounded_time),
};
SUITE_MAIN("topo_scale", cases)
