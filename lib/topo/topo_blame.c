// SPDX-License-Identifier: BSD-3-Clause
// Paths that carry nothing. Whoever is heard can claim to have anybody behind it, at no cost; whether the way
// is there shows when something is sent. An edge by which answers do not come is avoided for a time, longer
// each time, and others are tried first. Nothing here judges what was never tried. One thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "topo_private.h"

#define LOST_IN_A_ROW 2   // one may be lost by chance
#define SETTLE_MS     500 // answers to a Discover of before may be under way for so long
#define AVOID_MS      60000
#define AVOID_SHIFT   6 // at most AVOID_MS << 6: an hour

const char *topo_carry_name(enum topo_carry carry)
{
	switch (carry) {
	case TOPO_CARRY_UNTRIED:
		break;
	case TOPO_CARRY_WORKS:
		return "works";
	case TOPO_CARRY_FAILS:
		return "fails";
	}
	return "untried";
}

void topo_blame_drop(struct topo *t, uint32_t edge)
{
	uint32_t i = 0;

	if (t->edges[edge].avoid == 0)
		return;
	while (t->avoided[i].edge != edge)
		i++;
	t->avoided[i] = t->avoided[--t->n_avoided];
	t->edges[edge].avoid = 0;
	t->counts.n_avoided--;
}

// Avoid no more. Its paths are put right.
static void pardon(struct topo *t, uint32_t edge)
{
	topo_blame_drop(t, edge);
	topo_path_update(t, edge);
}

static uint32_t soonest(const struct topo *t)
{
	uint32_t found = 0;

	for (uint32_t i = 1; i < t->n_avoided; i++) {
		if (t->avoided[i].until_ms < t->avoided[found].until_ms)
			found = i;
	}
	return t->avoided[found].edge;
}

// Leaves a suspect behind where the edge is in the tree: repair follows.
static void avoid(struct topo *t, uint32_t edge)
{
	struct topo_edge *e = &t->edges[edge];
	uint32_t shift = e->strikes < AVOID_SHIFT ? e->strikes : AVOID_SHIFT;

	if (e->strikes < TOPO_STRIKES_MAX)
		e->strikes++;
	topo_blame_drop(t, edge);
	if (t->n_avoided == TOPO_AVOIDED_MAX)
		pardon(t, soonest(t));
	e->avoid = e->strikes;
	t->avoided[t->n_avoided++] =
		(struct topo_avoided){.edge = edge, .until_ms = t->now_ms + ((uint64_t)AVOID_MS << shift)};
	t->counts.n_avoided++;
}

// Is there a way to the edge's parent that does not pass its node?
static bool is_way(const struct topo *t, uint32_t edge)
{
	uint32_t v = t->edges[edge].from;

	if (!topo_dist_is_path(t->vertices[v].dist))
		return false;
	for (uint32_t i = 0; i < TOPO_PATH_MAX && v != TOPO_US; i++) {
		if (v == t->edges[edge].to)
			return false;
		v = t->edges[t->vertices[v].parent_edge].from;
	}
	return v == TOPO_US;
}

// Of the other edges to the node that the edge leads to: has one a way?
static bool has_other(const struct topo *t, uint32_t edge)
{
	for (uint32_t e = t->vertices[t->edges[edge].to].in_head; e != TOPO_NONE; e = t->edges[e].in_next) {
		if (e != edge && is_way(t, e))
			return true;
	}
	return false;
}

// Of the path to a node: the edge that failed least often until now and that there is a way round of, the
// nearest to the node among equals. TOPO_NONE: there is one path only.
static uint32_t suspect_find(const struct topo *t, uint32_t row)
{
	uint32_t found = TOPO_NONE;

	for (uint32_t i = 0; i < TOPO_PATH_MAX && row != TOPO_US; i++) {
		uint32_t e = t->vertices[row].parent_edge;

		if ((found == TOPO_NONE || t->edges[e].strikes < t->edges[found].strikes) && has_other(t, e))
			found = e;
		row = t->edges[e].from;
	}
	return found;
}

// Who described this edge may have described more to the same node. If another port knows a way, try that
// before any of them.
static void avoid_kin(struct topo *t, uint32_t edge)
{
	uint32_t to = t->edges[edge].to;
	uint8_t port = t->edges[edge].port;
	bool is_elsewhere = false;

	for (uint32_t e = t->vertices[to].in_head; e != TOPO_NONE; e = t->edges[e].in_next)
		is_elsewhere |= t->edges[e].port != port && is_way(t, e);
	for (uint32_t e = t->vertices[to].in_head; is_elsewhere && e != TOPO_NONE; e = t->edges[e].in_next) {
		if (e != edge && t->edges[e].port == port)
			avoid(t, e);
	}
	avoid(t, edge);
	for (uint32_t e = t->vertices[to].in_head; e != TOPO_NONE; e = t->edges[e].in_next) {
		if (t->edges[e].avoid > 0 && t->vertices[to].parent_edge == e)
			topo_path_suspect(t, to);
	}
	topo_path_repair(t);
}

void topo_blame_inherit(struct topo *t, uint32_t edge)
{
	const struct topo_edge *by = &t->edges[edge];
	uint32_t found = TOPO_NONE;

	if (t->n_avoided == 0)
		return;
	for (uint32_t e = t->vertices[by->to].in_head; e != TOPO_NONE; e = t->edges[e].in_next) {
		if (e == edge || t->edges[e].port != by->port)
			continue;
		if (t->edges[e].avoid == 0)
			return;
		found = e;
	}
	if (found == TOPO_NONE)
		return;
	t->edges[edge].strikes = (t->edges[found].strikes - 1) & TOPO_STRIKES_MAX;
	avoid(t, edge);
}

static void failure_tell(struct topo *t, uint32_t row, uint32_t edge, uint32_t n_lost)
{
	struct base_mac from = base_mac_from_u64(t->vertices[t->edges[edge].from].id);
	struct base_mac to = base_mac_from_u64(t->vertices[t->edges[edge].to].id);
	char text[TOPO_EVENT_TEXT_LEN];
	char a[BASE_MAC_TEXT_LEN];
	char b[BASE_MAC_TEXT_LEN];

	snprintf(text, sizeof(text),
		"no answer to %u in a row: the link from %s to %s is avoided, another way is tried", n_lost,
		base_mac_format(&from, a), base_mac_format(&to, b));
	topo_event_add(t, TOPO_NODE_PATH_FAILED, row, text);
}

// Was each edge of the path described since the first lost one was sent? If not, a link on it may just have
// been cut, and the edge will be stale soon.
static bool is_upheld(const struct topo *t, uint32_t row, uint64_t lost_ms)
{
	for (uint32_t i = 0; i < TOPO_PATH_MAX && row != TOPO_US; i++) {
		const struct topo_edge *e = &t->edges[t->vertices[row].parent_edge];

		if (e->last_ms <= lost_ms + SETTLE_MS)
			return false;
		row = e->from;
	}
	return true;
}

uint32_t topo_path_mark(const struct topo *t, uint32_t row)
{
	uint32_t mark = 0;

	for (uint32_t i = 0; i < TOPO_PATH_MAX && row != TOPO_US; i++) {
		mark = (mark ^ t->vertices[row].parent_edge) * 0x9e3779b1u;
		row = t->edges[t->vertices[row].parent_edge].from;
	}
	return mark | 1;
}

// The path may be another one than that of which something was known: then what was sent until now tells
// nothing of it. Returns whether it is the same.
static bool path_follow(struct topo *t, uint32_t row)
{
	struct topo_vertex *v = &t->vertices[row];
	uint32_t mark = topo_path_mark(t, row);
	bool was_tried = v->lost_path != 0;

	if (v->lost_path == mark)
		return true;
	v->lost_path = mark;
	v->n_lost = 0;
	v->carry = TOPO_CARRY_UNTRIED;
	if (was_tried)
		v->judged_ms = t->now_ms;
	return !was_tried;
}

// One more was lost. True: it is time to judge.
static bool loss_count(struct topo *t, uint32_t row, uint64_t ago_ms)
{
	struct topo_vertex *v = &t->vertices[row];
	uint64_t now_ms = t->asking.now_ms;

	if (v->n_lost == 0)
		v->lost_ms = now_ms > ago_ms ? now_ms - ago_ms : 0;
	if (v->n_lost < UINT8_MAX)
		v->n_lost++;
	return v->n_lost >= LOST_IN_A_ROW && is_upheld(t, row, v->lost_ms);
}

void topo_path_failed(struct topo *t, uint64_t id, uint64_t sent_ms, uint64_t now_ms)
{
	uint32_t row = topo_vertex_find(t, id);

	topo_clock_advance(t, now_ms);
	if (row == TOPO_NONE || row == TOPO_US || !topo_dist_is_path(t->vertices[row].dist))
		return;
	struct topo_vertex *v = &t->vertices[row];
	if (!path_follow(t, row) || sent_ms < v->judged_ms ||
		!loss_count(t, row, now_ms > sent_ms ? now_ms - sent_ms : 0))
		return;
	uint32_t n_lost = v->n_lost;
	v->n_lost = 0;
	v->judged_ms = now_ms;
	v->carry = TOPO_CARRY_FAILS;
	topo_change_add(t, row);
	uint32_t edge = suspect_find(t, row);
	if (edge == TOPO_NONE)
		return;
	failure_tell(t, row, edge, n_lost);
	t->payer = TOPO_SHARE_NONE;
	avoid_kin(t, edge);
}

void topo_path_worked(struct topo *t, uint64_t id, uint64_t now_ms)
{
	uint32_t row = topo_vertex_find(t, id);

	topo_clock_advance(t, now_ms);
	if (row == TOPO_NONE || row == TOPO_US || !topo_dist_is_path(t->vertices[row].dist))
		return;
	struct topo_vertex *v = &t->vertices[row];
	if (!path_follow(t, row))
		return;
	v->n_lost = 0;
	if (v->carry != TOPO_CARRY_WORKS)
		topo_change_add(t, row);
	v->carry = TOPO_CARRY_WORKS;
	t->payer = TOPO_SHARE_NONE;
	for (uint32_t i = 0; i < TOPO_PATH_MAX && row != TOPO_US; i++) {
		uint32_t e = t->vertices[row].parent_edge;

		row = t->edges[e].from;
		t->edges[e].strikes = 0;
		if (t->edges[e].avoid > 0)
			pardon(t, e);
	}
}

void topo_blame_tick(struct topo *t)
{
	for (uint32_t i = 0; i < t->n_avoided;) {
		if (t->avoided[i].until_ms <= t->now_ms)
			pardon(t, t->avoided[i].edge); // another one takes its place
		else
			i++;
	}
}
