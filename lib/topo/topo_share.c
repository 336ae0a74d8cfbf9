// SPDX-License-Identifier: BSD-3-Clause
// Who has how many rows of the inventory: each port of ours has a share, and so have rows from the store and
// what other masters report. A full inventory takes from who has most, never from a port that has less than
// its part. Denied ids. One thread.
#include <stdlib.h>
#include <string.h>

#include "topo_private.h"

#define SETTLED_MS   600000 // a row that its share has for so long is not taken by others for a few newcomers
#define DOWN_KEPT_MS 3600000 // a row that is down for so long is anybody's
#define FEW_OF       16 // newcomers of a port that may take settled rows of others: this part of all rows

static bool is_settled(const struct topo *t, const struct topo_vertex *v)
{
	return v->since_ms == 0 || t->now_ms - v->since_ms >= SETTLED_MS;
}

void topo_share_enter(struct topo *t, uint32_t row, uint8_t share, bool was_settled)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_share *s = &t->shares[share];
	struct topo_list *l = &s->rows;

	v->share = share;
	v->since_ms = was_settled ? 0 : t->now_ms;
	v->share_prev = was_settled ? TOPO_NONE : l->tail;
	v->share_next = was_settled ? l->head : TOPO_NONE;
	if (v->share_prev != TOPO_NONE)
		t->vertices[v->share_prev].share_next = row;
	else
		l->head = row;
	if (v->share_next != TOPO_NONE)
		t->vertices[v->share_next].share_prev = row;
	else
		l->tail = row;
	s->n_rows++;
	s->text_bytes +=
		topo_text_cost(t, v->identity) + topo_text_cost(t, v->board) + topo_text_cost(t, v->master);
}

void topo_share_leave(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_share *s = &t->shares[v->share];

	if (v->share_prev != TOPO_NONE)
		t->vertices[v->share_prev].share_next = v->share_next;
	else
		s->rows.head = v->share_next;
	if (v->share_next != TOPO_NONE)
		t->vertices[v->share_next].share_prev = v->share_prev;
	else
		s->rows.tail = v->share_prev;
	s->n_rows--;
	s->text_bytes -=
		topo_text_cost(t, v->identity) + topo_text_cost(t, v->board) + topo_text_cost(t, v->master);
}

uint32_t topo_share_longest_down(const struct topo *t)
{
	uint32_t found = TOPO_NONE;

	for (uint32_t i = 0; i < TOPO_SHARES; i++) {
		uint32_t head = t->shares[i].down.head;

		if (head != TOPO_NONE &&
			(found == TOPO_NONE || t->vertices[head].last_ms < t->vertices[found].last_ms))
			found = head;
	}
	return found;
}

// The share with the most rows; *n_used: how many have some, share counted in any case.
static uint8_t largest(const struct topo *t, uint8_t share, uint32_t *n_used)
{
	uint8_t most = share;

	*n_used = 0;
	for (uint8_t i = 0; i < TOPO_SHARES; i++) {
		*n_used += i == share || t->shares[i].n_rows > 0;
		if (t->shares[i].n_rows > t->shares[most].n_rows)
			most = i;
	}
	return most;
}

static bool is_anybodys(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];

	return v->share == TOPO_SHARE_NONE || t->now_ms - v->last_ms >= DOWN_KEPT_MS;
}

// Which row makes room for one more of this share; TOPO_NONE: none may be asked to.
static uint32_t victim_find(const struct topo *t, uint8_t share)
{
	uint32_t n_used;
	uint8_t most = largest(t, share, &n_used);
	uint32_t n_own = t->shares[share].n_rows;
	uint32_t newest = t->shares[most].rows.tail;
	bool has_less = most != share && n_own < t->nodes_max / n_used;

	if (has_less && newest != TOPO_NONE && !is_settled(t, &t->vertices[newest]))
		return newest;
	uint32_t down = topo_share_longest_down(t);
	if (down != TOPO_NONE && is_anybodys(t, down))
		return down;
	if (t->shares[share].down.head != TOPO_NONE)
		return t->shares[share].down.head;
	if (!has_less)
		return TOPO_NONE;
	if (t->shares[most].down.head != TOPO_NONE)
		return t->shares[most].down.head;
	return n_own < 1 + t->nodes_max / FEW_OF ? newest : TOPO_NONE;
}

int topo_share_room(struct topo *t, uint8_t share)
{
	if (t->counts.n_nodes < t->nodes_max)
		return 0;
	uint32_t victim = t->nodes_max == 0 ? TOPO_NONE : victim_find(t, share);
	if (victim == TOPO_NONE) {
		t->counts.nodes_refused++;
		return base_errno_set(ENOSPC);
	}
	topo_vertex_forget(t, victim, "made room for another node");
	return 0;
}

static int id_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool topo_is_denied(const struct topo *t, uint64_t id)
{
	return t->n_denied > 0 && bsearch(&id, t->denied, t->n_denied, sizeof(id), id_cmp) != NULL;
}

int topo_deny_set(struct topo *t, const uint64_t *ids, uint32_t n, uint64_t now_ms)
{
	uint64_t *denied = NULL;

	topo_clock_advance(t, now_ms);
	if (n > TOPO_DENIED_MAX)
		n = TOPO_DENIED_MAX;
	if (n > 0) {
		denied = malloc(n * sizeof(*denied));
		if (denied == NULL)
			return base_errno_set(ENOMEM);
		memcpy(denied, ids, n * sizeof(*denied));
		qsort(denied, n, sizeof(*denied), id_cmp);
	}
	free(t->denied);
	t->denied = denied;
	t->n_denied = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = topo_vertex_find(t, denied[i]);

		if (row != TOPO_NONE && topo_vertex_is_row(&t->vertices[row]))
			topo_vertex_forget(t, row, "denied by a filter");
	}
	return 0;
}
