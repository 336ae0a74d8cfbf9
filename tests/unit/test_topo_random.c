// SPDX-License-Identifier: BSD-3-Clause
// Paths after every one of many random changes are those of a slow reference, which knows nothing of trees:
// it keeps described edges in an array and settles distances from scratch (Bellman and Ford).
#include <string.h>

#include "suite.h"
#include "test_random.h"
#include "topo_bed.h"
#include "topo_check.h"

#define N_NODES     24 // us included
#define EDGES_MAX   512
#define INTERVAL_MS 1000
#define LATE_AFTER  3
#define DOWN_AFTER  8

struct ref_edge {
	uint32_t parent;
	uint32_t out_link;
	uint32_t node;
	uint32_t in_link;
	uint32_t cost;
	uint16_t l2mtu;
	uint64_t mac;
	uint64_t last_ms;
	bool is_stale;
};

struct ref_dist {
	bool has_path;
	uint32_t n_stale;
	uint64_t cost;
	uint32_t hops;
	uint16_t l2mtu;
	uint32_t edge; // last one of the path
};

static struct ref_edge ref_edges[EDGES_MAX];
static uint32_t n_ref_edges;
static struct ref_dist ref_dists[N_NODES];
static bool ref_is_row[N_NODES];
static struct topo *topo;
static uint64_t now_ms;

// Would the path by edge e be better than the one that its node has?
static bool ref_is_better(const struct ref_edge *e, const struct ref_dist *via, const struct ref_dist *had)
{
	if (!had->has_path)
		return true;
	const struct ref_edge *h = &ref_edges[had->edge];
	if (via->n_stale != had->n_stale)
		return via->n_stale < had->n_stale;
	if (via->cost != had->cost)
		return via->cost < had->cost;
	if (via->hops != had->hops)
		return via->hops < had->hops;
	if (via->l2mtu != had->l2mtu)
		return via->l2mtu > had->l2mtu;
	if (e->parent != h->parent)
		return topo_bed_id(e->parent) < topo_bed_id(h->parent);
	if (e->out_link != h->out_link)
		return e->out_link < h->out_link;
	return e->in_link < h->in_link;
}

static bool ref_round(void)
{
	bool is_settled = true;

	for (uint32_t i = 0; i < n_ref_edges; i++) {
		const struct ref_edge *e = &ref_edges[i];
		const struct ref_dist *p = &ref_dists[e->parent];

		if (!p->has_path)
			continue;
		struct ref_dist via = {.has_path = true,
			.n_stale = p->n_stale + e->is_stale,
			.cost = p->cost + e->cost,
			.hops = p->hops + 1,
			.l2mtu = p->l2mtu < e->l2mtu ? p->l2mtu : e->l2mtu,
			.edge = i};
		if (!ref_is_better(e, &via, &ref_dists[e->node]))
			continue;
		ref_dists[e->node] = via;
		is_settled = false;
	}
	return is_settled;
}

static void ref_settle(void)
{
	memset(ref_dists, 0, sizeof(ref_dists));
	ref_dists[0] = (struct ref_dist){.has_path = true, .l2mtu = UINT16_MAX};
	while (!ref_round())
		;
}

static bool ref_hops_are(uint32_t node, const struct topo_hop *hops, const uint64_t *ids, uint32_t n)
{
	for (uint32_t i = n; i > 0; i--) {
		const struct ref_edge *e = &ref_edges[ref_dists[node].edge];

		if (hops[i - 1].link_id != e->out_link || hops[i - 1].mac != e->mac ||
			ids[i - 1] != topo_bed_id(node))
			return false;
		node = e->parent;
	}
	return node == 0;
}

static bool node_is_as_in_ref(uint32_t node)
{
	const struct ref_dist *d = &ref_dists[node];
	int64_t row = topo_find(topo, topo_bed_id(node));
	struct topo_node n;
	struct topo_hop hops[N_NODES];
	uint64_t ids[N_NODES];

	if ((row >= 0) != ref_is_row[node])
		return false;
	if (row < 0)
		return true;
	if (!topo_node_at(topo, (uint32_t)row, &n) || n.id != topo_bed_id(node) || n.has_path != d->has_path)
		return false;
	int n_hops = topo_path_hops(topo, (uint32_t)row, hops, N_NODES);
	if (!d->has_path)
		return n_hops == -ENETUNREACH;
	return n.cost == d->cost && n.hops == d->hops && n.l2mtu == d->l2mtu &&
	       n.is_stale == (d->n_stale > 0) && n_hops == (int)d->hops &&
	       topo_path_ids(topo, (uint32_t)row, ids, N_NODES) == d->hops &&
	       ref_hops_are(node, hops, ids, d->hops);
}

static bool all_is_as_in_ref(void)
{
	ref_settle();
	for (uint32_t i = 1; i < N_NODES; i++) {
		if (!node_is_as_in_ref(i))
			return false;
	}
	return topo_check(topo) == NULL;
}

static void ref_remove(uint32_t i)
{
	ref_edges[i] = ref_edges[--n_ref_edges];
}

// The edge between these two ports, new or as it is now.
static void ref_put(const struct ref_edge *e)
{
	uint32_t i = 0;

	while (i < n_ref_edges &&
		(ref_edges[i].parent != e->parent || ref_edges[i].node != e->node ||
			ref_edges[i].out_link != e->out_link || ref_edges[i].in_link != e->in_link))
		i++;
	CU_ASSERT_FATAL(i < EDGES_MAX);
	if (i == n_ref_edges)
		n_ref_edges++;
	ref_edges[i] = *e;
}

// An answer that describes this edge. Of a link between two nodes that answered both directions are known
// then.
static void learn(const struct ref_edge *e, uint16_t out_cost)
{
	struct topo_answer a = topo_bed_answer(e->parent, e->out_link, e->node, e->in_link, 0);

	a.parent_out.cost = out_cost;
	a.node_in.cost = (uint16_t)(e->cost - out_cost);
	a.parent_out.l2mtu = e->l2mtu;
	a.node_in.l2mtu = UINT16_MAX;
	a.node_in.mac = e->mac;
	struct ref_edge back = {.parent = e->node,
		.out_link = e->in_link,
		.node = e->parent,
		.in_link = e->out_link,
		.cost = e->cost,
		.l2mtu = e->l2mtu,
		.mac = a.parent_out.mac,
		.last_ms = now_ms};

	CU_ASSERT_EQUAL(topo_learn(topo, &a, now_ms, 0, NULL), 0);
	ref_is_row[e->node] = true;
	if (e->parent != 0 && ref_is_row[e->parent])
		ref_put(&back);
}

// A described edge, of few links and costs, so that parallel and equally long ones are many.
static void op_learn(uint32_t n_nodes)
{
	struct ref_edge e = {.parent = random_below(n_nodes),
		.out_link = 1 + random_below(2),
		.node = 1 + random_below(n_nodes - 1),
		.in_link = 1 + random_below(2),
		.cost = random_below(4) * 10,
		.l2mtu = (uint16_t)(1500 + random_below(3)),
		.last_ms = now_ms};

	if (e.parent == e.node)
		return;
	e.mac = topo_bed_id(0x900000 + e.node * 4 + random_below(2));
	ref_put(&e);
	learn(&e, (uint16_t)(e.cost / 2));
}

// The same edge again, as it is.
static void op_repeat(void)
{
	if (n_ref_edges == 0)
		return;
	struct ref_edge *e = &ref_edges[random_below(n_ref_edges)];
	e->last_ms = now_ms;
	e->is_stale = false;
	struct ref_edge same = *e;
	if (same.node != 0) // nobody describes an edge to us
		learn(&same, 0);
}

static void op_time(void)
{
	now_ms += random_below(700);
	topo_tick(topo, now_ms);
	for (uint32_t i = 0; i < n_ref_edges; i++) {
		uint64_t age_ms = now_ms - ref_edges[i].last_ms;

		ref_edges[i].is_stale |= age_ms > LATE_AFTER * INTERVAL_MS;
		if (age_ms > DOWN_AFTER * INTERVAL_MS)
			ref_remove(i--);
	}
}

static void op_port_lost(void)
{
	uint32_t link = 1 + random_below(2);

	topo_port_lost(topo, link, now_ms);
	for (uint32_t i = 0; i < n_ref_edges; i++) {
		if (ref_edges[i].parent == 0 && ref_edges[i].out_link == link)
			ref_remove(i--);
	}
}

static void op_forget(uint32_t n_nodes)
{
	uint32_t node = 1 + random_below(n_nodes - 1);

	CU_ASSERT_EQUAL(topo_forget(topo, topo_bed_id(node)), ref_is_row[node] ? 0 : -ENOENT);
	for (uint32_t i = 0; i < n_ref_edges && ref_is_row[node]; i++) {
		if (ref_edges[i].node == node)
			ref_remove(i--);
	}
	ref_is_row[node] = false;
}

// One run; returns how many changes were made before the first difference, n when there was none.
static uint32_t run(uint64_t seed, uint32_t n_nodes, uint32_t n)
{
	struct topo_pace pace = {
		.interval_ms = INTERVAL_MS, .late_after = LATE_AFTER, .down_after = DOWN_AFTER};
	uint32_t i = 0;

	random_state = seed;
	now_ms = 1000;
	n_ref_edges = 0;
	memset(ref_is_row, 0, sizeof(ref_is_row));
	topo = topo_bed_create(N_NODES);
	topo_pace_set(topo, &pace, now_ms);
	for (; i < n; i++) {
		uint32_t what = random_below(100);

		if (what < 50)
			op_learn(n_nodes);
		else if (what < 80)
			op_repeat();
		else if (what < 95)
			op_time();
		else if (what < 98)
			op_port_lost();
		else
			op_forget(n_nodes);
		if (!all_is_as_in_ref())
			break;
	}
	topo_destroy(topo);
	return i;
}

static void small_graphs_have_the_paths_of_the_reference(void)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		CU_ASSERT_EQUAL(run(seed * 0x9e3779b97f4a7c15u, 3 + (uint32_t)seed % 6, 800), 800);
}

static void larger_graphs_have_the_paths_of_the_reference(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++)
		CU_ASSERT_EQUAL(run(seed * 0xd1342543de82ef95u, N_NODES, 2500), 2500);
}

static const struct suite_case cases[] = {
	SUITE_CASE(small_graphs_have_the_paths_of_the_reference),
	SUITE_CASE(larger_graphs_have_the_paths_of_the_reference),
};
SUITE_MAIN("topo_random", cases)
