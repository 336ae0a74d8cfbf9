// SPDX-License-Identifier: BSD-3-Clause
// What changed, for those who follow: rows, each in the queue once, and ids that went. One thread, one
// reader. While nobody reads, a queue of rows costs nothing more, and that ids were lost is all that is kept
// of them.
#include "topo_private.h"

void topo_change_add(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];

	if (v->is_changed || row == TOPO_US)
		return;
	v->is_changed = true;
	v->changed_next = TOPO_NONE;
	if (t->changed.tail != TOPO_NONE)
		t->vertices[t->changed.tail].changed_next = row;
	else
		t->changed.head = row;
	t->changed.tail = row;
}

void topo_change_gone(struct topo *t, uint64_t id)
{
	if (t->n_gone == TOPO_GONE_MAX)
		t->is_gone_lost = true;
	else
		t->gone[t->n_gone++] = id;
}

static bool row_next(struct topo *t, uint32_t *row)
{
	while (t->changed.head != TOPO_NONE) {
		uint32_t i = t->changed.head;
		struct topo_vertex *v = &t->vertices[i];

		t->changed.head = v->changed_next;
		if (t->changed.head == TOPO_NONE)
			t->changed.tail = TOPO_NONE;
		v->is_changed = false;
		if (v->id == 0 || !topo_vertex_is_row(v))
			continue; // forgotten meanwhile
		*row = i;
		return true;
	}
	return false;
}

enum topo_change topo_change_next(struct topo *t, uint32_t *row, uint64_t *id)
{
	if (t->is_gone_lost) {
		topo_changes_drop(t);
		return TOPO_CHANGE_LOST;
	}
	if (t->n_gone > t->n_gone_given) {
		*id = t->gone[t->n_gone_given++];
		return TOPO_CHANGE_GONE;
	}
	t->n_gone = t->n_gone_given = 0;
	return row_next(t, row) ? TOPO_CHANGE_ROW : TOPO_CHANGE_NONE;
}

void topo_changes_drop(struct topo *t)
{
	uint32_t row;

	t->is_gone_lost = false;
	t->n_gone = t->n_gone_given = 0;
	while (row_next(t, &row))
		;
}
