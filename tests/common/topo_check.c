// SPDX-License-Identifier: BSD-3-Clause
// Looks at everything inside a topology. Tests only.
#include <string.h>

#include "topo_check.h"
#include "topo_private.h"

#define SOUND(condition)                   \
	do {                               \
		if (!(condition))          \
			return #condition; \
	} while (0)

// Of equally long paths: the least (parent's id, its link, the link in).
static bool comes_before(const struct topo *t, const struct topo_edge *a, const struct topo_edge *b)
{
	uint64_t ia = t->vertices[a->from].id;
	uint64_t ib = t->vertices[b->from].id;

	if (ia != ib)
		return ia < ib;
	return a->out_link != b->out_link ? a->out_link < b->out_link : a->in_link < b->in_link;
}

// Every link makes a path strictly longer, so paths that are least edge by edge are least in all.
static const char *edge_check(const struct topo *t, uint32_t i)
{
	const struct topo_edge *e = &t->edges[i];
	const struct topo_vertex *from = &t->vertices[e->from];
	const struct topo_vertex *to = &t->vertices[e->to];

	SOUND(e->from < t->vertices_end && from->id != 0);
	SOUND(e->to < t->vertices_end && to->id != 0 && e->to != TOPO_US && e->to != e->from);
	SOUND(topo_vertex_is_row(to));
	SOUND(topo_edge_find(t, e->from, e->out_link, e->to, e->in_link) == i);
	SOUND(e->last_ms <= t->asking.now_ms);
	if (!topo_dist_is_path(from->dist)) {
		SOUND(to->parent_edge != i);
		return NULL;
	}
	struct topo_dist dist = topo_dist_plus(from->dist, e);
	SOUND(topo_dist_is_path(to->dist));
	SOUND(topo_dist_cmp(dist, to->dist) >= 0);
	SOUND(topo_dist_cmp(from->dist, dist) < 0);
	if (to->parent_edge == i)
		SOUND(topo_dist_cmp(dist, to->dist) == 0);
	else if (topo_dist_cmp(dist, to->dist) == 0)
		SOUND(comes_before(t, &t->edges[to->parent_edge], e));
	return NULL;
}

static const char *edges_check(const struct topo *t)
{
	uint32_t n = 0;
	uint32_t n_stale = 0;

	for (uint32_t i = 0; i < t->edges_end; i++) {
		if (t->edges[i].from == TOPO_NONE)
			continue;
		const char *fault = edge_check(t, i);
		if (fault != NULL)
			return fault;
		n++;
		n_stale += t->edges[i].is_stale;
	}
	SOUND(n == t->counts.n_edges && n_stale == t->counts.n_edges_stale && n == t->keys.n_used);

	uint64_t last_ms = 0;
	bool is_judged = t->ages.cursor != t->ages.head;
	for (uint32_t i = t->ages.head; i != TOPO_NONE; i = t->edges[i].age_next) {
		if (i == t->ages.cursor)
			is_judged = false;
		SOUND(t->edges[i].is_stale == is_judged);
		SOUND(t->edges[i].last_ms >= last_ms);
		last_ms = t->edges[i].last_ms;
		n--;
	}
	SOUND(n == 0);
	return NULL;
}

static const char *ends_check(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];
	uint32_t n = 0;

	for (uint32_t e = v->in_head; e != TOPO_NONE; e = t->edges[e].in_next, n++)
		SOUND(t->edges[e].to == row);
	SOUND(n == v->n_in && n <= TOPO_IN_MAX);
	for (uint32_t e = v->out_head; e != TOPO_NONE; e = t->edges[e].out_next)
		SOUND(t->edges[e].from == row);
	return NULL;
}

static const char *vertex_check(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];

	SOUND(topo_vertex_find(t, v->id) == row);
	SOUND(v->heap_pos == TOPO_NONE && !v->is_suspect);
	SOUND(topo_dist_is_path(v->dist) == (v->parent_edge != TOPO_NONE || row == TOPO_US));
	if (v->parent_edge != TOPO_NONE)
		SOUND(t->edges[v->parent_edge].from != TOPO_NONE && t->edges[v->parent_edge].to == row);
	switch ((enum topo_list_id)v->list) {
	case TOPO_LIST_NONE:
		SOUND(row == TOPO_US && !topo_vertex_is_row(v));
		break;
	case TOPO_LIST_HEARD:
		SOUND((v->status == TOPO_OK || v->status == TOPO_LATE) && v->via_master == 0);
		break;
	case TOPO_LIST_REPORTED:
		SOUND((v->status == TOPO_OK || v->status == TOPO_LATE) && v->via_master != 0);
		break;
	case TOPO_LIST_DOWN:
		SOUND(v->status == TOPO_DOWN);
		break;
	case TOPO_LIST_UNHEARD:
		SOUND(!topo_vertex_is_row(v) && v->out_head != TOPO_NONE && v->in_head == TOPO_NONE);
		break;
	case TOPO_N_LISTS:
		return "a vertex is in no list that there is";
	}
	return ends_check(t, row);
}

static const char *list_check(const struct topo *t, enum topo_list_id list, uint32_t n_wanted)
{
	const struct topo_list *l = &t->lists[list];
	uint32_t n = 0;
	uint64_t last_ms = 0;
	bool has_cursor = l->cursor == TOPO_NONE;

	for (uint32_t i = l->head; i != TOPO_NONE; i = t->vertices[i].list_next, n++) {
		SOUND(t->vertices[i].list == list);
		has_cursor |= i == l->cursor;
		if (list != TOPO_LIST_HEARD && list != TOPO_LIST_REPORTED)
			continue;
		SOUND(t->vertices[i].last_ms >= last_ms);
		SOUND(has_cursor || t->vertices[i].status == TOPO_LATE);
		last_ms = t->vertices[i].last_ms;
	}
	SOUND(n == n_wanted && has_cursor);
	return NULL;
}

static const char *vertices_check(const struct topo *t)
{
	uint32_t n_status[TOPO_DOWN + 1] = {0};
	uint32_t n_lists[TOPO_N_LISTS] = {0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->vertices_end; i++) {
		if (t->vertices[i].id == 0)
			continue;
		const char *fault = vertex_check(t, i);
		if (fault != NULL)
			return fault;
		n++;
		n_status[t->vertices[i].status]++;
		n_lists[t->vertices[i].list]++;
	}
	SOUND(n == t->ids.n_used && t->n_heap == 0 && t->n_suspects == 0);
	SOUND(t->counts.n_ok == n_status[TOPO_OK] && t->counts.n_late == n_status[TOPO_LATE]);
	SOUND(t->counts.n_down == n_status[TOPO_DOWN]);
	SOUND(t->counts.n_nodes == t->counts.n_ok + t->counts.n_late + t->counts.n_down);
	SOUND(t->counts.n_reported == n_lists[TOPO_LIST_REPORTED]);
	SOUND(t->counts.n_unheard == n_lists[TOPO_LIST_UNHEARD]);
	for (uint32_t l = TOPO_LIST_HEARD; l < TOPO_N_LISTS; l++) {
		const char *fault = list_check(t, (enum topo_list_id)l, n_lists[l]);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}

static const char *crowds_check(const struct topo *t)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i <= TOPO_IN_MAX; i++) {
		for (uint32_t v = t->crowds[i]; v != TOPO_NONE; v = t->vertices[v].crowd_next) {
			SOUND(t->vertices[v].n_in == i);
			n += i;
		}
	}
	SOUND(n == t->counts.n_edges);
	return NULL;
}

static const char *texts_check(const struct topo *t)
{
	uint64_t n_refs = 0;
	uint64_t n_used = 0;

	for (uint32_t i = 1; i < t->texts_end; i++) {
		if (t->texts[i] == NULL)
			continue;
		SOUND(t->texts[i]->n_refs > 0 && t->texts[i]->len == strlen(t->texts[i]->bytes));
		n_refs += t->texts[i]->n_refs;
		n_used++;
	}
	SOUND(n_used == t->words.n_used);
	for (uint32_t i = 0; i < t->vertices_end; i++) {
		const struct topo_vertex *v = &t->vertices[i];

		n_refs -= (v->identity != 0) + (v->board != 0) + (v->master != 0);
	}
	SOUND(n_refs == 0);
	return NULL;
}

const char *topo_check(const struct topo *t)
{
	const char *fault = edges_check(t);

	if (fault == NULL)
		fault = vertices_check(t);
	if (fault == NULL)
		fault = crowds_check(t);
	return fault != NULL ? fault : texts_check(t);
}
