// SPDX-License-Identifier: BSD-3-Clause
// Vertices: rows of the inventory, parents that did not answer yet, and ourselves. Found by id, aged in
// lists, counted by status. One thread.
#include <stdlib.h>
#include <string.h>

#include "topo_private.h"

uint32_t topo_vertex_find(const struct topo *t, uint64_t id)
{
	uint32_t i = topo_map_first(&t->ids, topo_hash_words(t->seed, &id, 1));

	while (i != TOPO_NONE && t->vertices[i].id != id)
		i = topo_map_next(&t->ids, i);
	return i;
}

static int vertices_grow(struct topo *t)
{
	if (t->vertices_free != TOPO_NONE || t->vertices_end < t->vertices_size)
		return 0;
	uint32_t size = t->vertices_size == 0 ? 64 : t->vertices_size + t->vertices_size / 2;
	struct topo_vertex *vertices = reallocarray(t->vertices, size, sizeof(*vertices));
	if (vertices == NULL)
		return base_errno_set(ENOMEM);
	t->vertices = vertices;
	struct topo_heap_cell *heap = reallocarray(t->heap, size, sizeof(*heap));
	if (heap == NULL)
		return base_errno_set(ENOMEM);
	t->heap = heap;
	uint32_t *suspects = reallocarray(t->suspects, size, sizeof(*suspects));
	if (suspects == NULL)
		return base_errno_set(ENOMEM);
	t->suspects = suspects;
	int err = topo_map_reserve(&t->ids, size);
	if (err != 0)
		return err;
	t->vertices_size = size;
	return 0;
}

int topo_vertex_add(struct topo *t, uint64_t id, uint32_t *row)
{
	struct topo_vertex fresh = {.id = id,
		.dist = TOPO_UNREACHABLE,
		.parent_edge = TOPO_NONE,
		.out_head = TOPO_NONE,
		.in_head = TOPO_NONE,
		.heap_pos = TOPO_NONE,
		.share = TOPO_SHARE_NONE,
		.voice = {.port = TOPO_SHARE_NONE},
		.rival = {.port = TOPO_SHARE_NONE},
		.list = TOPO_LIST_NONE};
	int err = vertices_grow(t);

	if (err != 0)
		return err;
	uint32_t i = t->vertices_free;
	if (i != TOPO_NONE) {
		const struct topo_vertex *old = &t->vertices[i];

		t->vertices_free = old->list_next;
		// the row may still wait in queues from the node that it was given to before
		fresh.is_dirty = old->is_dirty;
		fresh.dirty_next = old->dirty_next;
		fresh.is_changed = old->is_changed;
		fresh.changed_next = old->changed_next;
		fresh.is_touched = old->is_touched;
		fresh.touched_next = old->touched_next;
	} else {
		i = t->vertices_end++;
	}
	t->vertices[i] = fresh;
	topo_map_insert(&t->ids, i, topo_hash_words(t->seed, &id, 1));
	*row = i;
	return 0;
}

static struct topo_list *list_of(struct topo *t, const struct topo_vertex *v, enum topo_list_id list)
{
	if (list == TOPO_LIST_DOWN)
		return &t->shares[v->share].down;
	return list == TOPO_LIST_UNHEARD ? &t->shares[v->share].unheard : &t->lists[list];
}

static void list_leave(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_list *l = list_of(t, v, (enum topo_list_id)v->list);

	if (v->list == TOPO_LIST_NONE)
		return;
	if (l->cursor == row)
		l->cursor = v->list_next;
	if (v->list_prev != TOPO_NONE)
		t->vertices[v->list_prev].list_next = v->list_next;
	else
		l->head = v->list_next;
	if (v->list_next != TOPO_NONE)
		t->vertices[v->list_next].list_prev = v->list_prev;
	else
		l->tail = v->list_prev;
	t->counts.n_reported -= v->list == TOPO_LIST_REPORTED;
	t->counts.n_unheard -= v->list == TOPO_LIST_UNHEARD;
	t->shares[v->share].n_unheard -= v->list == TOPO_LIST_UNHEARD;
	v->list = TOPO_LIST_NONE;
}

void topo_vertex_list(struct topo *t, uint32_t row, enum topo_list_id list)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_list *l = list_of(t, v, list);

	list_leave(t, row);
	if (list == TOPO_LIST_NONE)
		return;
	v->list = list;
	v->list_prev = l->tail;
	v->list_next = TOPO_NONE;
	if (l->tail != TOPO_NONE)
		t->vertices[l->tail].list_next = row;
	else
		l->head = row;
	l->tail = row;
	if (l->cursor == TOPO_NONE)
		l->cursor = row;
	t->counts.n_reported += list == TOPO_LIST_REPORTED;
	t->counts.n_unheard += list == TOPO_LIST_UNHEARD;
	t->shares[v->share].n_unheard += list == TOPO_LIST_UNHEARD;
	if (list == TOPO_LIST_HEARD)
		v->last_ms = t->asking.now_ms;
	else if (list == TOPO_LIST_REPORTED)
		v->last_ms = t->reports.now_ms;
	else if (list == TOPO_LIST_DOWN)
		v->last_ms = t->now_ms;
}

static uint32_t *status_count(struct topo *t, uint8_t status)
{
	switch ((enum topo_status)status) {
	case TOPO_OK:
		return &t->counts.n_ok;
	case TOPO_LATE:
		return &t->counts.n_late;
	case TOPO_DOWN:
		return &t->counts.n_down;
	case TOPO_STATUS_INVALID:
		break;
	}
	return NULL;
}

void topo_vertex_status(struct topo *t, uint32_t row, enum topo_status status)
{
	struct topo_vertex *v = &t->vertices[row];
	uint32_t *was = status_count(t, v->status);
	uint32_t *now = status_count(t, (uint8_t)status);

	if (was != NULL) {
		*was -= 1;
		t->counts.n_nodes--;
	}
	if (now != NULL) {
		*now += 1;
		t->counts.n_nodes++;
	}
	v->status = (uint8_t)status;
}

void topo_vertex_crowd(struct topo *t, uint32_t row, uint32_t n_in)
{
	struct topo_vertex *v = &t->vertices[row];

	if (v->n_in > 0) {
		if (v->crowd_prev != TOPO_NONE)
			t->vertices[v->crowd_prev].crowd_next = v->crowd_next;
		else
			t->crowds[v->n_in] = v->crowd_next;
		if (v->crowd_next != TOPO_NONE)
			t->vertices[v->crowd_next].crowd_prev = v->crowd_prev;
	}
	v->n_in = n_in;
	if (n_in == 0)
		return;
	v->crowd_prev = TOPO_NONE;
	v->crowd_next = t->crowds[n_in];
	if (v->crowd_next != TOPO_NONE)
		t->vertices[v->crowd_next].crowd_prev = row;
	t->crowds[n_in] = row;
}

void topo_vertex_remove(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];

	topo_vertex_list(t, row, TOPO_LIST_NONE);
	topo_map_remove(&t->ids, row);
	v->id = 0;
	v->list_next = t->vertices_free;
	t->vertices_free = row;
}

static void topo_text_drop_row(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];

	// the share that it left has given them up already
	t->shares[TOPO_SHARE_NONE].text_bytes +=
		topo_text_cost(t, v->identity) + topo_text_cost(t, v->board) + topo_text_cost(t, v->master);
	topo_text_drop(t, TOPO_SHARE_NONE, &v->identity);
	topo_text_drop(t, TOPO_SHARE_NONE, &v->board);
	topo_text_drop(t, TOPO_SHARE_NONE, &v->master);
}

void topo_vertex_forget(struct topo *t, uint32_t row, const char *why)
{
	struct topo_vertex *v = &t->vertices[row];

	topo_event_add(t, TOPO_NODE_FORGOTTEN, row, why);
	while (v->in_head != TOPO_NONE)
		topo_edge_remove(t, v->in_head);
	topo_path_repair(t);
	topo_vertex_list(t, row, TOPO_LIST_NONE);
	topo_share_leave(t, row);
	topo_claim_drop(t, &v->rival);
	topo_text_drop_row(t, row);
	topo_vertex_status(t, row, TOPO_STATUS_INVALID);
	v->voice = (struct topo_claim){.port = TOPO_SHARE_NONE};
	v->lost_path = 0;
	v->judged_ms = 0;
	v->was_given = false;
	v->version = (struct wire_version){0};
	v->told = (struct topo_told){0};
	v->via_master = 0;
	v->first_seen_us = 0;
	v->last_seen_us = 0;
	if (v->out_head != TOPO_NONE)
		topo_vertex_unheard(t, row, v->share);
	else
		topo_vertex_remove(t, row);
}

static uint32_t unheard_max(const struct topo *t)
{
	return t->nodes_max / 2 + 1024;
}

void topo_vertex_unheard(struct topo *t, uint32_t row, uint8_t share)
{
	struct topo_vertex *v = &t->vertices[row];
	uint8_t most = share;

	if (v->list == TOPO_LIST_UNHEARD) { // stays with who named it first: nobody else can make it go
		if (v->share == share)
			topo_vertex_list(t, row, TOPO_LIST_UNHEARD);
		return;
	}
	for (uint8_t i = 0; i < TOPO_SHARES && t->counts.n_unheard >= unheard_max(t); i++) {
		if (t->shares[i].n_unheard > t->shares[most].n_unheard)
			most = i;
	}
	// without a path, so none of its edges is in the tree, and the last one takes the vertex along
	uint32_t oldest = t->shares[most].unheard.head;
	if (t->counts.n_unheard >= unheard_max(t) && oldest != TOPO_NONE) {
		while (t->vertices[oldest].id != 0)
			topo_edge_remove(t, t->vertices[oldest].out_head);
	}
	v->share = share;
	topo_vertex_list(t, row, TOPO_LIST_UNHEARD);
}
