// SPDX-License-Identifier: BSD-3-Clause
// The tree of least paths, repaired where an edge changed and nowhere else.
//
// Shorter: what hangs below the edge is relaxed in the order of distance (Dijkstra from there). Longer or
// gone: the edge's subtree, and no more, forgets its paths; each of its vertices takes the best edge that
// comes from outside; then the same relaxation runs among them (Ramalingam and Reps). The result does not
// depend on the order of changes: of equally long paths the edge with the least (id of the parent, links) is
// taken.
#include <assert.h>

#include "topo_private.h"

#define COST_MASK ((1ull << TOPO_COST_BITS) - 1)

int topo_dist_cmp(struct topo_dist a, struct topo_dist b)
{
	if (a.far != b.far)
		return a.far < b.far ? -1 : 1;
	return a.near == b.near ? 0 : a.near < b.near ? -1 : 1;
}

bool topo_dist_is_path(struct topo_dist d)
{
	return d.far != UINT64_MAX;
}

uint64_t topo_dist_cost(struct topo_dist d)
{
	return d.far & COST_MASK;
}

uint32_t topo_dist_hops(struct topo_dist d)
{
	return (uint32_t)(d.near >> 16);
}

uint16_t topo_dist_l2mtu(struct topo_dist d)
{
	return (uint16_t)(UINT16_MAX - (d.near & UINT16_MAX));
}

bool topo_dist_is_stale(struct topo_dist d)
{
	return (d.far >> TOPO_COST_BITS & ((1u << TOPO_AVOID_SHIFT) - 1)) != 0;
}

bool topo_dist_is_avoided(struct topo_dist d)
{
	return d.far >> (TOPO_COST_BITS + TOPO_AVOID_SHIFT) != 0;
}

struct topo_dist topo_dist_plus(struct topo_dist d, const struct topo_edge *e)
{
	uint64_t less = UINT16_MAX - (uint64_t)e->l2mtu;
	uint64_t had = d.near & UINT16_MAX;
	uint64_t worse = (uint64_t)e->avoid << TOPO_AVOID_SHIFT | e->is_stale;

	return (struct topo_dist){
		.far = d.far + (worse << TOPO_COST_BITS) + e->cost,
		.near = (d.near & ~(uint64_t)UINT16_MAX) + (1u << 16) + (less > had ? less : had),
	};
}

// Which of two edges to the same vertex is taken when both make paths of one length.
static int edge_cmp(const struct topo *t, const struct topo_edge *a, const struct topo_edge *b)
{
	uint64_t id_a = t->vertices[a->from].id;
	uint64_t id_b = t->vertices[b->from].id;

	if (id_a != id_b)
		return id_a < id_b ? -1 : 1;
	if (a->out_link != b->out_link)
		return a->out_link < b->out_link ? -1 : 1;
	return a->in_link == b->in_link ? 0 : a->in_link < b->in_link ? -1 : 1;
}

static void heap_put(struct topo *t, uint32_t pos, struct topo_heap_cell cell)
{
	t->heap[pos] = cell;
	t->vertices[cell.vertex].heap_pos = pos;
}

// The vertex is at dist now, which is less than it was if it is in the heap already.
static void heap_raise(struct topo *t, uint32_t vertex, struct topo_dist dist)
{
	uint32_t pos = t->vertices[vertex].heap_pos;

	if (pos == TOPO_NONE)
		pos = t->n_heap++;
	while (pos > 0) {
		uint32_t up = (pos - 1) / 2;

		if (topo_dist_cmp(t->heap[up].dist, dist) <= 0)
			break;
		heap_put(t, pos, t->heap[up]);
		pos = up;
	}
	heap_put(t, pos, (struct topo_heap_cell){.dist = dist, .vertex = vertex});
}

static uint32_t heap_pop(struct topo *t)
{
	uint32_t least = t->heap[0].vertex;
	struct topo_heap_cell last = t->heap[--t->n_heap];
	uint32_t pos = 0;

	t->vertices[least].heap_pos = TOPO_NONE;
	while (2 * pos + 1 < t->n_heap) {
		uint32_t down = 2 * pos + 1;

		if (down + 1 < t->n_heap && topo_dist_cmp(t->heap[down + 1].dist, t->heap[down].dist) < 0)
			down++;
		if (topo_dist_cmp(last.dist, t->heap[down].dist) <= 0)
			break;
		heap_put(t, pos, t->heap[down]);
		pos = down;
	}
	if (t->n_heap > 0)
		heap_put(t, pos, last);
	return least;
}

// Take the edge into the tree if it makes a better path to its vertex.
static void relax(struct topo *t, uint32_t edge)
{
	const struct topo_edge *e = &t->edges[edge];
	struct topo_dist from = t->vertices[e->from].dist;
	struct topo_vertex *v = &t->vertices[e->to];

	if (!topo_dist_is_path(from))
		return;
	struct topo_dist dist = topo_dist_plus(from, e);
	int cmp = topo_dist_cmp(dist, v->dist);
	if (cmp > 0 || (cmp == 0 && edge_cmp(t, e, &t->edges[v->parent_edge]) >= 0))
		return;
	v->parent_edge = edge;
	v->dist = dist;
	topo_touched_add(t, e->to);
	if (cmp < 0)
		heap_raise(t, e->to, dist);
}

// Everything that is better off through the vertices in the heap.
static void relax_all(struct topo *t)
{
	while (t->n_heap > 0) {
		uint32_t v = heap_pop(t);

		topo_work(t, 1 + t->vertices[v].n_out);
		for (uint32_t e = t->vertices[v].out_head; e != TOPO_NONE; e = t->edges[e].out_next)
			relax(t, e);
	}
}

void topo_path_suspect(struct topo *t, uint32_t vertex)
{
	struct topo_vertex *v = &t->vertices[vertex];

	if (v->is_suspect)
		return;
	v->is_suspect = true;
	t->suspects[t->n_suspects++] = vertex;
}

uint32_t topo_path_spread(struct topo *t)
{
	for (; t->n_spread < t->n_suspects; t->n_spread++) {
		uint32_t e = t->vertices[t->suspects[t->n_spread]].out_head;

		topo_work(t, t->vertices[t->suspects[t->n_spread]].n_out);
		for (; e != TOPO_NONE; e = t->edges[e].out_next) {
			if (t->vertices[t->edges[e].to].parent_edge == e)
				topo_path_suspect(t, t->edges[e].to);
		}
	}
	return t->n_suspects;
}

void topo_path_repair(struct topo *t)
{
	topo_path_spread(t);
	for (uint32_t i = 0; i < t->n_suspects; i++) {
		struct topo_vertex *v = &t->vertices[t->suspects[i]];

		v->dist = TOPO_UNREACHABLE;
		v->parent_edge = TOPO_NONE;
		topo_touched_add(t, t->suspects[i]);
	}
	for (uint32_t i = 0; i < t->n_suspects; i++) {
		uint32_t e = t->vertices[t->suspects[i]].in_head;

		topo_work(t, 1 + t->vertices[t->suspects[i]].n_in);
		for (; e != TOPO_NONE; e = t->edges[e].in_next) {
			if (!t->vertices[t->edges[e].from].is_suspect)
				relax(t, e);
		}
	}
	for (uint32_t i = 0; i < t->n_suspects; i++)
		t->vertices[t->suspects[i]].is_suspect = false;
	t->n_suspects = 0;
	t->n_spread = 0;
	relax_all(t);
}

bool topo_path_may_work(const struct topo *t, uint8_t port)
{
	return t->shares[port].work_left > 0;
}

void topo_path_update(struct topo *t, uint32_t edge)
{
	const struct topo_edge *e = &t->edges[edge];
	const struct topo_vertex *v = &t->vertices[e->to];

	assert(t->n_suspects == 0 && t->n_heap == 0);
	if (v->parent_edge == edge &&
		topo_dist_cmp(topo_dist_plus(t->vertices[e->from].dist, e), v->dist) > 0) {
		topo_path_suspect(t, e->to);
		topo_path_repair(t);
		return;
	}
	relax(t, edge);
	relax_all(t);
}
