// SPDX-License-Identifier: BSD-3-Clause
// Bellman-Ford over a list of edges. Tests only.
#include <stdlib.h>
#include <string.h>

#include "sim_net.h"
#include "sim_ref.h"

// An edge of the graph by its two ends; last_ms 0 = not described, or too long ago.
struct ref_edge {
	uint32_t from;
	uint32_t to;
	uint64_t last_ms;
};

struct sim_ref {
	const struct sim_graph *graph;
	uint32_t origin;
	uint32_t n_edges;
	uint32_t size;
	struct ref_edge *edges;
	bool *has_answered;
	struct sim_dist *dist;
};

static void *zalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

struct sim_ref *sim_ref_create(const struct sim_graph *g, uint32_t origin)
{
	struct sim_ref *r = zalloc(1, sizeof(*r));

	r->graph = g;
	r->origin = origin;
	r->has_answered = zalloc(g->n_nodes, sizeof(*r->has_answered));
	r->dist = zalloc(g->n_nodes, sizeof(*r->dist));
	return r;
}

void sim_ref_destroy(struct sim_ref *r)
{
	if (r == NULL)
		return;
	free(r->edges);
	free(r->has_answered);
	free(r->dist);
	free(r);
}

static void edge_described(struct sim_ref *r, uint32_t from, uint32_t to, uint64_t now_ms)
{
	for (uint32_t i = 0; i < r->n_edges; i++) {
		if (r->edges[i].from == from && r->edges[i].to == to) {
			r->edges[i].last_ms = now_ms;
			return;
		}
	}
	if (r->n_edges == r->size) {
		r->size = r->size == 0 ? 64 : 2 * r->size;
		r->edges = realloc(r->edges, r->size * sizeof(*r->edges));
		if (r->edges == NULL)
			abort();
	}
	r->edges[r->n_edges++] = (struct ref_edge){.from = from, .to = to, .last_ms = now_ms};
}

// The graph's end that a Route TLV's link end names, with the numbers that it has there.
static uint32_t end_named(const struct sim_graph *g, const uint8_t *id, const struct ref_link_end *named)
{
	uint32_t e = sim_graph_end_of(g, named->mac);

	if (e == SIM_NONE || sim_graph_node_of(g, id) != g->ends[e].node)
		return SIM_NONE;
	const struct sim_end *end = &g->ends[e];
	return end->link_id == named->link_id && end->cost == named->cost && end->l2mtu == named->l2mtu
		       ? e
		       : SIM_NONE;
}

bool sim_ref_learn(struct sim_ref *r, const struct ref_frame *f, uint64_t now_ms)
{
	const struct sim_graph *g = r->graph;
	uint32_t from = end_named(g, f->routes[0].id, &f->routes[0].out);
	uint32_t to = end_named(g, f->routes[1].id, &f->routes[1].in);

	if (from == SIM_NONE || to == SIM_NONE || g->ends[from].seg != g->ends[to].seg || from == to)
		return false;
	r->has_answered[g->ends[to].node] = true;
	edge_described(r, from, to, now_ms);
	if (g->ends[from].node != r->origin && r->has_answered[g->ends[from].node])
		edge_described(r, to, from, now_ms);
	return true;
}

void sim_ref_port_lost(struct sim_ref *r, uint32_t link_id)
{
	uint32_t end = sim_graph_link_of(r->graph, r->origin, link_id);
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_edges; i++) {
		if (r->edges[i].from != end)
			r->edges[n++] = r->edges[i];
	}
	r->n_edges = n;
}

bool sim_ref_has_answered(const struct sim_ref *r, uint32_t node)
{
	return r->has_answered[node];
}

static bool is_less(const struct sim_dist *a, const struct sim_dist *b)
{
	if (!b->is_path)
		return true;
	if (a->n_stale != b->n_stale)
		return a->n_stale < b->n_stale;
	if (a->cost != b->cost)
		return a->cost < b->cost;
	if (a->hops != b->hops)
		return a->hops < b->hops;
	return a->l2mtu > b->l2mtu;
}

// One edge; true when it made a path shorter.
static bool relax(struct sim_ref *r, uint32_t from, uint32_t to, bool is_stale)
{
	const struct sim_end *a = &r->graph->ends[from];
	const struct sim_end *b = &r->graph->ends[to];
	struct sim_dist d = r->dist[a->node];
	uint16_t l2mtu = a->l2mtu < b->l2mtu ? a->l2mtu : b->l2mtu;

	if (!d.is_path || b->node == r->origin)
		return false;
	d.n_stale += is_stale;
	d.cost += (uint64_t)a->cost + b->cost;
	d.hops++;
	d.l2mtu = d.l2mtu < l2mtu ? d.l2mtu : l2mtu;
	if (!is_less(&d, &r->dist[b->node]))
		return false;
	r->dist[b->node] = d;
	return true;
}

static void dist_reset(struct sim_ref *r)
{
	memset(r->dist, 0, r->graph->n_nodes * sizeof(*r->dist));
	r->dist[r->origin] = (struct sim_dist){.is_path = true, .l2mtu = UINT16_MAX};
}

const struct sim_dist *sim_ref_described(struct sim_ref *r, uint64_t now_ms)
{
	bool is_other = true;
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_edges; i++) {
		if (now_ms - r->edges[i].last_ms <= SIM_DOWN_AFTER * SIM_INTERVAL_MS)
			r->edges[n++] = r->edges[i];
	}
	r->n_edges = n;
	dist_reset(r);
	while (is_other) {
		is_other = false;
		for (uint32_t i = 0; i < r->n_edges; i++) {
			const struct ref_edge *e = &r->edges[i];
			bool is_stale = now_ms - e->last_ms > SIM_LATE_AFTER * SIM_INTERVAL_MS;

			is_other |= relax(r, e->from, e->to, is_stale);
		}
	}
	return r->dist;
}

static bool seg_relax(struct sim_ref *r, const struct sim_seg *seg)
{
	const struct sim_end *ends = r->graph->ends;
	bool is_other = false;

	for (uint32_t from = seg->first; from < seg->first + seg->n; from++) {
		for (uint32_t to = seg->first; to < seg->first + seg->n; to++) {
			if (from != to && !ends[from].is_cut && !ends[to].is_cut)
				is_other |= relax(r, from, to, false);
		}
	}
	return is_other;
}

const struct sim_dist *sim_ref_real(struct sim_ref *r)
{
	bool is_other = true;

	dist_reset(r);
	while (is_other) {
		is_other = false;
		for (uint32_t s = 0; s < r->graph->n_segs; s++)
			is_other |= seg_relax(r, &r->graph->segs[s]);
	}
	return r->dist;
}
