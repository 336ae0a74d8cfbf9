// SPDX-License-Identifier: BSD-3-Clause
// What changed, on its way to others: a ring of events, the queue of rows to store, and the queue of rows
// whose path may have moved. One thread.
#include <string.h>

#include "base_text.h"
#include "topo_private.h"

void topo_event_add(struct topo *t, enum topo_event_type type, uint32_t row, const char *text)
{
	topo_event_add_by(t, type, row, t->vertices[row].share, text);
}

void topo_event_add_by(
	struct topo *t, enum topo_event_type type, uint32_t row, uint8_t port, const char *text)
{
	if (type == TOPO_NODE_FORGOTTEN)
		topo_change_gone(t, t->vertices[row].id);
	else if (type != TOPO_OWN_ID)
		topo_change_add(t, row);
	if (t->n_events == TOPO_EVENTS) {
		t->counts.events_lost++;
		return;
	}
	struct topo_event *e = &t->events[(t->events_head + t->n_events++) % TOPO_EVENTS];
	e->type = type;
	e->port = port;
	e->was_kept = t->vertices[row].was_given;
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
	struct topo_share *s = &t->shares[v->share];
	bool is_early = v->was_given && t->now_ms - v->given_ms < TOPO_DIRTY_MS;
	struct topo_list *l = is_early ? &s->later : &s->dirty;

	if (v->is_dirty)
		return;
	v->is_dirty = true;
	v->dirty_next = TOPO_NONE;
	if (l->tail != TOPO_NONE)
		t->vertices[l->tail].dirty_next = row;
	else
		l->head = row;
	l->tail = row;
}

static uint32_t dirty_pop(struct topo *t, struct topo_list *l)
{
	uint32_t i = l->head;

	l->head = t->vertices[i].dirty_next;
	if (l->head == TOPO_NONE)
		l->tail = TOPO_NONE;
	t->vertices[i].is_dirty = false;
	return i;
}

// A row of one of these lists; false: forgotten meanwhile.
static bool dirty_give(struct topo *t, struct topo_list *l, uint32_t *row)
{
	uint32_t i = dirty_pop(t, l);
	struct topo_vertex *v = &t->vertices[i];

	if (v->id == 0 || !topo_vertex_is_row(v))
		return false;
	v->given_ms = t->now_ms;
	v->was_given = true;
	*row = i;
	return true;
}

static bool share_next(struct topo *t, struct topo_share *s, bool wants_all, uint32_t *row)
{
	while (s->dirty.head != TOPO_NONE) {
		if (dirty_give(t, &s->dirty, row))
			return true;
	}
	while (s->later.head != TOPO_NONE &&
		(wants_all || t->now_ms - t->vertices[s->later.head].given_ms >= TOPO_DIRTY_MS)) {
		if (dirty_give(t, &s->later, row))
			return true;
	}
	return false;
}

static bool dirty_next(struct topo *t, bool wants_all, uint32_t *row)
{
	for (uint32_t i = 0; i < TOPO_SHARES; i++) {
		struct topo_share *s = &t->shares[t->dirty_turn];

		t->dirty_turn = (uint8_t)((t->dirty_turn + 1) % TOPO_SHARES);
		if (share_next(t, s, wants_all, row))
			return true;
	}
	return false;
}

bool topo_dirty_next(struct topo *t, uint32_t *row)
{
	return dirty_next(t, false, row);
}

bool topo_dirty_last(struct topo *t, uint32_t *row)
{
	return dirty_next(t, true, row);
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
