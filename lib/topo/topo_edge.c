// SPDX-License-Identifier: BSD-3-Clause
// Described edges: found by key, linked at both ends, ordered by when they were last described, and bounded:
// so many to one node, so many in all. One thread.
//
// Fairness: an edge that is described makes no other one go unless it is of more use. At a node's bound of
// edges in, of those that the port described that has most of them (if it has more than the new one's port),
// a stale edge makes room (the oldest), else the worst one if the new one gives the node a better path than
// it has. At the bound of edges out, likewise, one that is no path. At the bound of all edges the port with
// the most gives up its oldest; if that is the new one's, the node with the most edges gives one up, never
// its path.
#include <stdlib.h>

#include "topo_private.h"

#define LOOKED_AT 16 // of a port's oldest edges, for one that is no path

static uint32_t key_hash(
	const struct topo *t, uint32_t from, uint32_t out_link, uint32_t to, uint32_t in_link)
{
	uint64_t words[2] = {(uint64_t)from << 32 | to, (uint64_t)out_link << 32 | in_link};

	return topo_hash_words(t->seed, words, 2);
}

uint32_t topo_edge_find(const struct topo *t, uint32_t from, uint32_t out_link, uint32_t to, uint32_t in_link)
{
	uint32_t i = topo_map_first(&t->keys, key_hash(t, from, out_link, to, in_link));

	for (; i != TOPO_NONE; i = topo_map_next(&t->keys, i)) {
		const struct topo_edge *e = &t->edges[i];

		if (e->from == from && e->to == to && e->out_link == out_link && e->in_link == in_link)
			break;
	}
	return i;
}

static void age_append(struct topo *t, uint32_t edge)
{
	struct topo_edge *e = &t->edges[edge];
	struct topo_list *l = &t->shares[e->port].ages;

	e->age_prev = l->tail;
	e->age_next = TOPO_NONE;
	if (l->tail != TOPO_NONE)
		t->edges[l->tail].age_next = edge;
	else
		l->head = edge;
	l->tail = edge;
	if (l->cursor == TOPO_NONE)
		l->cursor = edge;
}

static void age_unlink(struct topo *t, uint32_t edge)
{
	const struct topo_edge *e = &t->edges[edge];
	struct topo_list *l = &t->shares[e->port].ages;

	if (l->cursor == edge)
		l->cursor = e->age_next;
	if (e->age_prev != TOPO_NONE)
		t->edges[e->age_prev].age_next = e->age_next;
	else
		l->head = e->age_next;
	if (e->age_next != TOPO_NONE)
		t->edges[e->age_next].age_prev = e->age_prev;
	else
		l->tail = e->age_prev;
}

static uint16_t seconds(const struct topo *t)
{
	return (uint16_t)(t->asking.now_ms >> 10);
}

// Was the edge's own port silent about it for so long that others may speak?
static bool is_orphan(const struct topo *t, const struct topo_edge *e)
{
	uint64_t after_ms = (uint64_t)t->late_after * t->asking.slow_ms;

	return (uint16_t)(seconds(t) - e->port_s) > after_ms >> 10;
}

bool topo_edge_is_its(const struct topo *t, const struct topo_edge *e, uint8_t port)
{
	return e->port == port || e->is_stale || e->avoid > 0 || is_orphan(t, e);
}

void topo_edge_described(struct topo *t, uint32_t edge, uint8_t port)
{
	struct topo_edge *e = &t->edges[edge];

	age_unlink(t, edge);
	if (topo_edge_is_its(t, e, port)) {
		t->shares[e->port].n_edges--;
		e->port = port;
		e->port_s = seconds(t);
		t->shares[port].n_edges++;
	}
	age_append(t, edge);
	e->last_ms = t->asking.now_ms;
	if (e->is_stale) {
		e->is_stale = false;
		t->counts.n_edges_stale--;
	}
}

static void ends_link(struct topo *t, uint32_t edge)
{
	struct topo_edge *e = &t->edges[edge];
	struct topo_vertex *from = &t->vertices[e->from];
	struct topo_vertex *to = &t->vertices[e->to];

	e->out_prev = TOPO_NONE;
	e->out_next = from->out_head;
	if (from->out_head != TOPO_NONE)
		t->edges[from->out_head].out_prev = edge;
	from->out_head = edge;
	from->n_out++;
	e->in_prev = TOPO_NONE;
	e->in_next = to->in_head;
	if (to->in_head != TOPO_NONE)
		t->edges[to->in_head].in_prev = edge;
	to->in_head = edge;
	topo_vertex_crowd(t, e->to, to->n_in + 1);
}

static void ends_unlink(struct topo *t, uint32_t edge)
{
	const struct topo_edge *e = &t->edges[edge];

	if (e->out_prev != TOPO_NONE)
		t->edges[e->out_prev].out_next = e->out_next;
	else
		t->vertices[e->from].out_head = e->out_next;
	t->vertices[e->from].n_out--;
	if (e->out_next != TOPO_NONE)
		t->edges[e->out_next].out_prev = e->out_prev;
	if (e->in_prev != TOPO_NONE)
		t->edges[e->in_prev].in_next = e->in_next;
	else
		t->vertices[e->to].in_head = e->in_next;
	if (e->in_next != TOPO_NONE)
		t->edges[e->in_next].in_prev = e->in_prev;
	topo_vertex_crowd(t, e->to, t->vertices[e->to].n_in - 1);
}

void topo_edge_remove(struct topo *t, uint32_t edge)
{
	struct topo_edge *e = &t->edges[edge];
	uint32_t from = e->from;

	if (t->vertices[e->to].parent_edge == edge) {
		t->vertices[e->to].parent_edge = TOPO_NONE;
		topo_path_suspect(t, e->to);
	}
	topo_blame_drop(t, edge);
	topo_map_remove(&t->keys, edge);
	age_unlink(t, edge);
	t->shares[e->port].n_edges--;
	ends_unlink(t, edge);
	t->counts.n_edges--;
	t->counts.n_edges_stale -= e->is_stale;
	e->from = TOPO_NONE;
	e->age_next = t->edges_free;
	t->edges_free = edge;
	if (t->vertices[from].list == TOPO_LIST_UNHEARD && t->vertices[from].out_head == TOPO_NONE &&
		from != t->kept)
		topo_vertex_remove(t, from);
}

// May a go sooner than b, of two edges to one node? Stale ones first, the oldest of them; then the one that
// makes the longer path.
static bool goes_sooner(const struct topo *t, uint32_t a, uint32_t b)
{
	const struct topo_edge *ea = &t->edges[a];
	const struct topo_edge *eb = &t->edges[b];

	if (ea->is_stale != eb->is_stale)
		return ea->is_stale;
	if (ea->is_stale)
		return ea->last_ms < eb->last_ms;
	struct topo_dist da = t->vertices[ea->from].dist;
	struct topo_dist db = t->vertices[eb->from].dist;
	if (!topo_dist_is_path(da) || !topo_dist_is_path(db))
		return !topo_dist_is_path(da) && topo_dist_is_path(db);
	return topo_dist_cmp(topo_dist_plus(da, ea), topo_dist_plus(db, eb)) > 0;
}

// Of a vertex's edges in that a port described, but that of its path, the one that may go first; TOPO_NONE
// when there is no other.
static uint32_t least_useful(struct topo *t, uint32_t vertex, uint8_t port)
{
	uint32_t found = TOPO_NONE;

	topo_work(t, t->vertices[vertex].n_in);
	for (uint32_t e = t->vertices[vertex].in_head; e != TOPO_NONE; e = t->edges[e].in_next) {
		if (e == t->vertices[vertex].parent_edge || t->edges[e].port != port)
			continue;
		if (found == TOPO_NONE || goes_sooner(t, e, found))
			found = e;
	}
	return found;
}

static bool is_better_path(const struct topo *t, const struct topo_edge *e)
{
	struct topo_dist from = t->vertices[e->from].dist;

	return topo_dist_is_path(from) && topo_dist_cmp(topo_dist_plus(from, e), t->vertices[e->to].dist) < 0;
}

// Which port described most of so many, unless this one did.
static uint8_t port_of_most(const uint16_t n_of[TOPO_SHARES], uint8_t port)
{
	uint8_t most = port;

	for (uint8_t i = 0; i < TOPO_SHARES; i++) {
		if (n_of[i] > n_of[most])
			most = i;
	}
	return most;
}

// Room for an edge at its node.
static bool node_makes_room(struct topo *t, const struct topo_edge *key)
{
	uint16_t n_of[TOPO_SHARES] = {0};

	if (t->vertices[key->to].n_in < TOPO_IN_MAX)
		return true;
	for (uint32_t e = t->vertices[key->to].in_head; e != TOPO_NONE; e = t->edges[e].in_next)
		n_of[t->edges[e].port]++;
	uint8_t most = port_of_most(n_of, key->port);
	uint32_t victim = least_useful(t, key->to, most);
	if (victim == TOPO_NONE ||
		(most == key->port && !t->edges[victim].is_stale && !is_better_path(t, key)))
		return false;
	t->counts.edges_refused++;
	topo_edge_remove(t, victim);
	return true;
}

// Room for an edge at the node that it leads from. What is looked at is paid for.
static bool parent_makes_room(struct topo *t, const struct topo_edge *key)
{
	uint16_t n_of[TOPO_SHARES] = {0};
	uint32_t victim_of[TOPO_SHARES];
	bool is_free_of[TOPO_SHARES] = {false}; // the victim is no path, or stale

	if (key->from == TOPO_US || t->vertices[key->from].n_out < TOPO_OUT_MAX)
		return true;
	topo_work(t, TOPO_OUT_MAX);
	for (uint32_t e = t->vertices[key->from].out_head; e != TOPO_NONE; e = t->edges[e].out_next) {
		uint8_t port = t->edges[e].port;
		bool is_free = t->edges[e].is_stale || t->vertices[t->edges[e].to].parent_edge != e;

		if (n_of[port]++ == 0 || (is_free && !is_free_of[port])) {
			victim_of[port] = e;
			is_free_of[port] = is_free;
		}
	}
	uint8_t most = port_of_most(n_of, key->port);
	if (n_of[most] == 0 || (most == key->port && !t->edges[victim_of[most]].is_stale))
		return false;
	t->counts.edges_refused++;
	topo_edge_remove(t, victim_of[most]);
	return true;
}

// The oldest edge of a port, if possible one that is no path.
static uint32_t oldest_of(const struct topo *t, uint8_t port)
{
	uint32_t oldest = t->shares[port].ages.head;
	uint32_t e = oldest;

	for (uint32_t i = 0; i < LOOKED_AT && e != TOPO_NONE; i++, e = t->edges[e].age_next) {
		if (t->vertices[t->edges[e].to].parent_edge != e)
			return e;
	}
	return oldest;
}

// Room for an edge among all.
static bool all_make_room(struct topo *t, const struct topo_edge *key)
{
	uint32_t n_in = t->vertices[key->to].n_in;
	uint32_t most = TOPO_IN_MAX;
	uint8_t port = key->port;
	uint32_t victim;

	if (t->counts.n_edges < t->nodes_max * (uint64_t)TOPO_EDGES_A_NODE + 1024)
		return true;
	for (uint8_t i = 0; i < TOPO_SHARES; i++) {
		if (t->shares[i].n_edges > t->shares[port].n_edges)
			port = i;
	}
	if (port != key->port) {
		victim = oldest_of(t, port);
	} else {
		while (most > 1 && t->crowds[most] == TOPO_NONE)
			most--;
		if (most < 2 || most <= n_in)
			return false;
		victim = least_useful(t, t->crowds[most], port);
	}
	if (victim == TOPO_NONE)
		return false;
	t->counts.edges_refused++;
	topo_edge_remove(t, victim);
	return true;
}

static int edges_grow(struct topo *t)
{
	if (t->edges_free != TOPO_NONE || t->edges_end < t->edges_size)
		return 0;
	uint32_t size = t->edges_size == 0 ? 256 : t->edges_size + t->edges_size / 2;
	struct topo_edge *edges = reallocarray(t->edges, size, sizeof(*edges));
	if (edges == NULL)
		return base_errno_set(ENOMEM);
	t->edges = edges;
	int err = topo_map_reserve(&t->keys, size);
	if (err != 0)
		return err;
	t->edges_size = size;
	return 0;
}

uint32_t topo_edge_add(struct topo *t, const struct topo_edge *key)
{
	t->kept = key->from;
	bool has_room = node_makes_room(t, key) && parent_makes_room(t, key) && all_make_room(t, key) &&
			edges_grow(t) == 0;
	t->kept = TOPO_NONE;
	topo_path_repair(t); // what made room may have been somebody's path
	if (!has_room) {
		t->counts.edges_refused++;
		return TOPO_NONE;
	}
	uint32_t edge = t->edges_free;
	if (edge != TOPO_NONE)
		t->edges_free = t->edges[edge].age_next;
	else
		edge = t->edges_end++;
	t->edges[edge] = *key;
	t->edges[edge].is_stale = false;
	t->edges[edge].last_ms = t->asking.now_ms;
	t->edges[edge].port_s = seconds(t);
	t->shares[key->port].n_edges++;
	topo_map_insert(&t->keys, edge, key_hash(t, key->from, key->out_link, key->to, key->in_link));
	ends_link(t, edge);
	age_append(t, edge);
	t->counts.n_edges++;
	return edge;
}
