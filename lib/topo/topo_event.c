// SPDX-License-Identifier: BSD-3-Clause
// What changed, on its way to others: a ring of events, the queue of rows to store, and the queue of rows
// whose path may have moved. One thread.
#include <string.h>

#include "base_text.h"
#include "topo_private.h"

void topo_event_add(struct topo *t, enum topo_event_type type, uint32_t row, const char *text)
{
	if (t->n_events == TOPO_EVENTS) {
		t->counts.events_lost++;
		return;
	}
	struct topo_event *e = &t->events[(t->events_head + t->n_events++) % TOPO_EVENTS];
	e->type = type;
	e->row = row;
	e->id = t->vertices[row].id;
	(void)base_text_copy(e->text, sizeof(e->text), text); // cut is well enough
}

bool topo_event_next(struct topo *t, struct topo_event *out)
{
	if (t->n_events == 0)
		return false;
	*out = t->events[t->events_head];
	t->events_head = (t->events_head + 1) % TOPO_EVENTS;
	t->n_events--;
	return true;
}

uint64_t topo_events_lost(const struct topo *t)
{
	return t->counts.events_lost;
}

void topo_dirty_add(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];

	if (v->is_dirty)
		return;
	v->is_dirty = true;
	v->dirty_next = TOPO_NONE;
	if (t->dirty.tail != TOPO_NONE)
		t->vertices[t->dirty.tail].dirty_next = row;
	else
		t->dirty.head = row;
	t->dirty.tail = row;
}

bool topo_dirty_next(struct topo *t, uint32_t *row)
{
	while (t->dirty.head != TOPO_NONE) {
		uint32_t i = t->dirty.head;
		struct topo_vertex *v = &t->vertices[i];

		t->dirty.head = v->dirty_next;
		if (t->dirty.head == TOPO_NONE)
			t->dirty.tail = TOPO_NONE;
		v->is_dirty = false;
		if (v->id == 0 || !topo_vertex_is_row(v)) // forgotten meanwhile
			continue;
		v->given_ms = t->now_ms;
		*row = i;
		return true;
	}
	return false;
}

void topo_touched_add(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];

	if (v->is_touched)
		return;
	v->is_touched = true;
	v->touched_next = TOPO_NONE;
	if (t->touched.tail != TOPO_NONE)
		t->vertices[t->touched.tail].touched_next = row;
	else
		t->touched.head = row;
	t->touched.tail = row;
}

uint32_t topo_touched_next(struct topo *t)
{
	uint32_t i = t->touched.head;

	if (i == TOPO_NONE)
		return TOPO_NONE;
	t->touched.head = t->vertices[i].touched_next;
	if (t->touched.head == TOPO_NONE)
		t->touched.tail = TOPO_NONE;
	t->vertices[i].is_touched = false;
	return i;
}
