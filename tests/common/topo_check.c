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

static const char *ages_check(const struct topo *t, uint32_t share)
{
	const struct topo_list *l = &t->shares[share].ages;
	uint32_t n = t->shares[share].n_edges;
	uint64_t last_ms = 0;
	uint32_t prev = TOPO_NONE;
	bool is_judged = l->cursor != l->head;

	for (uint32_t i = l->head; i != TOPO_NONE; i = t->edges[i].age_next) {
		SOUND(t->edges[i].age_prev == prev);
		prev = i;
		if (i == l->cursor)
			is_judged = false;
		SOUND(t->edges[i].is_stale == is_judged && t->edges[i].port == share);
		SOUND(t->edges[i].last_ms >= last_ms);
		last_ms = t->edges[i].last_ms;
		n--;
	}
	SOUND(n == 0 && l->tail == prev && (l->head != TOPO_NONE || l->cursor == TOPO_NONE));
	return NULL;
}

static const char *edges_check(const struct topo *t)
{
	uint32_t n = 0;
	uint32_t n_stale = 0;
	uint32_t n_avoided = 0;

	for (uint32_t i = 0; i < t->edges_end; i++) {
		if (t->edges[i].from == TOPO_NONE)
			continue;
		const char *fault = edge_check(t, i);
		if (fault != NULL)
			return fault;
		n++;
		n_stale += t->edges[i].is_stale;
		n_avoided += t->edges[i].avoid > 0;
	}
	SOUND(n == t->counts.n_edges && n_stale == t->counts.n_edges_stale && n == t->keys.n_used);
	SOUND(n_avoided == t->n_avoided && n_avoided == t->counts.n_avoided);
	for (uint32_t i = 0; i < t->n_avoided; i++)
		SOUND(t->edges[t->avoided[i].edge].from != TOPO_NONE &&
			t->edges[t->avoided[i].edge].avoid > 0);
	for (uint32_t i = 0; i < TOPO_SHARES; i++) {
		const char *fault = ages_check(t, i);

		if (fault != NULL)
			return fault;
		n -= t->shares[i].n_edges;
	}
	SOUND(n == 0);
	return NULL;
}

static const char *ends_check(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];
	uint32_t prev = TOPO_NONE;
	uint32_t n = 0;

	for (uint32_t e = v->in_head; e != TOPO_NONE; e = t->edges[e].in_next, n++) {
		SOUND(t->edges[e].to == row && t->edges[e].in_prev == prev);
		prev = e;
	}
	SOUND(n == v->n_in && n <= TOPO_IN_MAX);
	n = 0;
	prev = TOPO_NONE;
	for (uint32_t e = v->out_head; e != TOPO_NONE; e = t->edges[e].out_next, n++) {
		SOUND(t->edges[e].from == row && t->edges[e].out_prev == prev);
		prev = e;
	}
	SOUND(n == v->n_out && (row == TOPO_US || n <= TOPO_OUT_MAX));
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

static const char *list_check(
	const struct topo *t, const struct topo_list *l, enum topo_list_id list, uint32_t *n_left)
{
	uint32_t n = 0;
	uint32_t prev = TOPO_NONE;
	uint64_t last_ms = 0;
	bool has_cursor = l->cursor == TOPO_NONE;

	for (uint32_t i = l->head; i != TOPO_NONE; i = t->vertices[i].list_next, n++) {
		SOUND(t->vertices[i].list == list && t->vertices[i].list_prev == prev);
		prev = i;
		has_cursor |= i == l->cursor;
		if (list != TOPO_LIST_HEARD && list != TOPO_LIST_REPORTED)
			continue;
		SOUND(t->vertices[i].last_ms >= last_ms);
		SOUND(has_cursor || t->vertices[i].status == TOPO_LATE);
		last_ms = t->vertices[i].last_ms;
	}
	SOUND(n <= *n_left && has_cursor && l->tail == prev);
	*n_left -= n;
	return NULL;
}

// The rows of a share, and what they take of it.
static const char *share_check(const struct topo *t, uint8_t share, uint64_t *n_bytes)
{
	const struct topo_share *s = &t->shares[share];
	uint32_t prev = TOPO_NONE;
	uint64_t since_ms = 0;
	uint32_t n = 0;

	for (uint32_t i = s->rows.head; i != TOPO_NONE; i = t->vertices[i].share_next, n++) {
		const struct topo_vertex *v = &t->vertices[i];

		SOUND(v->share == share && topo_vertex_is_row(v) && v->share_prev == prev);
		SOUND(v->since_ms >= since_ms && v->since_ms <= t->now_ms);
		since_ms = v->since_ms;
		prev = i;
	}
	SOUND(n == s->n_rows && s->rows.tail == prev);
	*n_bytes += s->text_bytes;
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
	const char *fault =
		list_check(t, &t->lists[TOPO_LIST_HEARD], TOPO_LIST_HEARD, &n_lists[TOPO_LIST_HEARD]);
	if (fault == NULL)
		fault = list_check(
			t, &t->lists[TOPO_LIST_REPORTED], TOPO_LIST_REPORTED, &n_lists[TOPO_LIST_REPORTED]);
	for (uint8_t i = 0; i < TOPO_SHARES && fault == NULL; i++) {
		const struct topo_share *s = &t->shares[i];

		uint32_t n_unheard = n_lists[TOPO_LIST_UNHEARD];

		fault = list_check(t, &s->down, TOPO_LIST_DOWN, &n_lists[TOPO_LIST_DOWN]);
		if (fault == NULL)
			fault = list_check(t, &s->unheard, TOPO_LIST_UNHEARD, &n_lists[TOPO_LIST_UNHEARD]);
		SOUND(fault != NULL || s->n_unheard == n_unheard - n_lists[TOPO_LIST_UNHEARD]);
	}
	if (fault != NULL)
		return fault;
	SOUND(n_lists[TOPO_LIST_HEARD] == 0 && n_lists[TOPO_LIST_REPORTED] == 0);
	SOUND(n_lists[TOPO_LIST_DOWN] == 0 && n_lists[TOPO_LIST_UNHEARD] == 0);
	return NULL;
}

static const char *crowds_check(const struct topo *t)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i <= TOPO_IN_MAX; i++) {
		uint32_t prev = TOPO_NONE;

		for (uint32_t v = t->crowds[i]; v != TOPO_NONE; v = t->vertices[v].crowd_next) {
			SOUND(t->vertices[v].n_in == i && t->vertices[v].crowd_prev == prev);
			prev = v;
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
	uint64_t n_bytes = 0;
	uint64_t n_shared = 0;

	for (uint32_t i = 1; i < t->texts_end; i++) {
		if (t->texts[i] == NULL)
			continue;
		SOUND(t->texts[i]->n_refs > 0 && t->texts[i]->len == strlen(t->texts[i]->bytes));
		n_refs += t->texts[i]->n_refs;
		n_used++;
		n_bytes += topo_text_cost(t, i);
	}
	SOUND(n_used == t->words.n_used && n_used + t->n_texts_spare == t->texts_end - 1);
	SOUND(n_bytes == t->text_bytes);
	for (uint32_t i = 0; i < t->n_texts_spare; i++)
		SOUND(t->texts[t->texts_spare[i]] == NULL);
	n_bytes = 0;
	for (uint32_t i = 0; i < t->vertices_end; i++) {
		const struct topo_vertex *v = &t->vertices[i];

		n_refs -= (v->identity != 0) + (v->board != 0) + (v->master != 0);
		n_refs -= (v->rival.identity != 0) + (v->rival.board != 0);
		n_bytes += topo_text_cost(t, v->identity) + topo_text_cost(t, v->board) +
			   topo_text_cost(t, v->master) + topo_text_cost(t, v->rival.identity) +
			   topo_text_cost(t, v->rival.board);
	}
	SOUND(n_refs == 0);
	for (uint8_t i = 0; i < TOPO_SHARES; i++) {
		const char *fault = share_check(t, i, &n_shared);

		if (fault != NULL)
			return fault;
	}
	SOUND(n_bytes == n_shared);
	return NULL;
}

// Rows that may be used again: all that hold nothing.
static const char *free_check(const struct topo *t)
{
	uint32_t n = 0;

	for (uint32_t i = t->vertices_free; i != TOPO_NONE; i = t->vertices[i].list_next, n++)
		SOUND(i < t->vertices_end && t->vertices[i].id == 0 && n < t->vertices_end);
	SOUND(n + t->ids.n_used == t->vertices_end);
	n = 0;
	for (uint32_t i = t->edges_free; i != TOPO_NONE; i = t->edges[i].age_next, n++)
		SOUND(i < t->edges_end && t->edges[i].from == TOPO_NONE && n < t->edges_end);
	SOUND(n + t->counts.n_edges == t->edges_end && t->kept == TOPO_NONE);
	return NULL;
}

static const char *dirty_check(const struct topo *t, const struct topo_list *l, uint32_t *n_left)
{
	uint32_t prev = TOPO_NONE;

	for (uint32_t i = l->head; i != TOPO_NONE; i = t->vertices[i].dirty_next) {
		SOUND(i < t->vertices_end && t->vertices[i].is_dirty && *n_left > 0);
		*n_left -= 1;
		prev = i;
	}
	SOUND(l->tail == prev);
	return NULL;
}

// Each row that waits is in one queue, once.
static const char *queues_check(const struct topo *t)
{
	uint32_t n_dirty = 0;
	uint32_t n_touched = 0;
	uint32_t prev = TOPO_NONE;

	for (uint32_t i = 0; i < t->vertices_end; i++) {
		n_dirty += t->vertices[i].is_dirty;
		n_touched += t->vertices[i].is_touched;
	}
	for (uint32_t i = t->touched.head; i != TOPO_NONE; i = t->vertices[i].touched_next) {
		SOUND(i < t->vertices_end && t->vertices[i].is_touched && n_touched > 0);
		n_touched--;
		prev = i;
	}
	SOUND(n_touched == 0 && t->touched.tail == prev);
	for (uint32_t i = 0; i < TOPO_SHARES; i++) {
		const char *fault = dirty_check(t, &t->shares[i].dirty, &n_dirty);

		if (fault == NULL)
			fault = dirty_check(t, &t->shares[i].later, &n_dirty);
		if (fault != NULL)
			return fault;
	}
	SOUND(n_dirty == 0);
	return NULL;
}

// What waits for nothing was told as it is; two voices are counted; nobody has more to spend than may be
// left.
static const char *told_check(const struct topo *t)
{
	uint32_t n_twins = 0;

	for (uint32_t i = 0; i < t->vertices_end; i++) {
		const struct topo_vertex *v = &t->vertices[i];

		if (v->id == 0)
			continue;
		n_twins += v->rival.port < TOPO_PORTS && v->rival.n_turns >= TOPO_TURNS_TWIN;
		if (v->is_touched || !topo_vertex_is_row(v) || v->via_master != 0 ||
			!topo_dist_is_path(v->dist))
			continue;
		struct topo_told now = topo_told_of(t, i);
		SOUND(v->told.parent_id == now.parent_id && v->told.cost == now.cost &&
			v->told.hops == now.hops && v->told.l2mtu == now.l2mtu);
	}
	SOUND(n_twins == t->counts.n_twins);
	for (uint32_t i = 0; i < TOPO_SHARES; i++)
		SOUND(t->shares[i].work_left <= TOPO_WORK_BURST);
	for (uint32_t i = 1; i < t->n_denied; i++)
		SOUND(t->denied[i - 1] <= t->denied[i]);
	return NULL;
}

const char *topo_check(const struct topo *t)
{
	const char *fault = edges_check(t);

	if (fault == NULL)
		fault = vertices_check(t);
	if (fault == NULL)
		fault = crowds_check(t);
	if (fault == NULL)
		fault = texts_check(t);
	if (fault == NULL)
		fault = free_check(t);
	if (fault == NULL)
		fault = queues_check(t);
	return fault != NULL ? fault : told_check(t);
}
