// SPDX-License-Identifier: BSD-3-Clause
// Time that counts only while somebody asks, and the ageing that runs on it (docs/topology.md, "Ageing"). One
// thread.
#include "base_text.h"
#include "topo_private.h"

static void clock_run(struct topo_clock *c, uint64_t passed_ms)
{
	if (c->interval_ms != 0)
		c->now_ms += passed_ms;
}

// Ports that have all that may be left at once wait for nothing: the others share what comes.
static void work_refill(struct topo *t, uint64_t passed_ms)
{
	uint64_t full_ms = TOPO_WORK_BURST / TOPO_WORK_A_MS;
	int64_t n_short = 0;

	for (uint32_t i = 0; i < TOPO_SHARES; i++)
		n_short += t->shares[i].work_left < TOPO_WORK_BURST;
	if (passed_ms > full_ms)
		passed_ms = full_ms;
	for (uint32_t i = 0; n_short > 0 && i < TOPO_SHARES; i++) {
		int64_t *left = &t->shares[i].work_left;

		*left += (int64_t)passed_ms * TOPO_WORK_A_MS / n_short;
		if (*left > TOPO_WORK_BURST)
			*left = TOPO_WORK_BURST;
	}
}

void topo_clock_advance(struct topo *t, uint64_t now_ms)
{
	uint64_t passed_ms = t->has_now && now_ms > t->now_ms ? now_ms - t->now_ms : 0;

	clock_run(&t->asking, passed_ms);
	clock_run(&t->reports, passed_ms);
	if (passed_ms > 0)
		work_refill(t, passed_ms);
	if (!t->has_now || now_ms > t->now_ms)
		t->now_ms = now_ms;
	t->has_now = true;
}

static void clock_set(struct topo_clock *c, uint32_t interval_ms, bool is_other)
{
	if (interval_ms == c->interval_ms && !is_other)
		return;
	uint32_t was_ms = c->interval_ms != 0 ? c->interval_ms : c->slow_ms;

	c->slow_ms = was_ms > interval_ms ? was_ms : interval_ms;
	c->interval_ms = interval_ms;
	c->changed_ms = c->now_ms;
}

void topo_pace_set(struct topo *t, const struct topo_pace *pace, uint64_t now_ms)
{
	uint32_t late_after = pace->late_after > 0 ? pace->late_after : 1;
	uint32_t down_after = pace->down_after > late_after ? pace->down_after : late_after;
	bool is_other = late_after != t->late_after || down_after != t->down_after;

	topo_clock_advance(t, now_ms);
	t->late_after = late_after;
	t->down_after = down_after;
	clock_set(&t->asking, pace->interval_ms, is_other);
	clock_set(&t->reports, pace->report_interval_ms, is_other);
}

// The second question ends what a pace that changes again and again would put off for ever.
bool topo_clock_is_over(const struct topo_clock *c, uint64_t last_ms, uint32_t after)
{
	uint64_t since_ms = last_ms > c->changed_ms ? last_ms : c->changed_ms;

	if (c->interval_ms == 0)
		return false;
	return c->now_ms - since_ms > (uint64_t)after * c->interval_ms ||
	       c->now_ms - last_ms > 2ull * after * c->slow_ms;
}

// May this tick let the edge grow longer, or go? Not when enough paths are under repair already and others
// hang on this one.
static bool edge_may_age(struct topo *t, uint32_t edge)
{
	const struct topo_vertex *to = &t->vertices[t->edges[edge].to];

	return to->parent_edge != edge || to->is_suspect || topo_path_spread(t) < TOPO_TICK_PATHS;
}

// Edges of one port that were not described lately: the stale ones are used where nothing else is, the old
// ones go. *n_stale, *n_old: how many more may, in this tick.
static void port_edges_age(struct topo *t, struct topo_list *l, uint32_t *n_stale, uint32_t *n_old)
{
	for (; *n_stale > 0 && l->cursor != TOPO_NONE; *n_stale -= 1) {
		struct topo_edge *e = &t->edges[l->cursor];

		if (!topo_clock_is_over(&t->asking, e->last_ms, t->late_after) || !edge_may_age(t, l->cursor))
			break;
		e->is_stale = true;
		t->counts.n_edges_stale++;
		if (t->vertices[e->to].parent_edge == l->cursor)
			topo_path_suspect(t, e->to);
		l->cursor = e->age_next;
	}
	for (; *n_old > 0 && l->head != l->cursor; *n_old -= 1) {
		if (!topo_clock_is_over(&t->asking, t->edges[l->head].last_ms, t->down_after) ||
			!edge_may_age(t, l->head))
			break;
		topo_edge_remove(t, l->head);
	}
}

static void edges_age(struct topo *t)
{
	uint32_t n_stale = TOPO_TICK_EDGES;
	uint32_t n_old = TOPO_TICK_EDGES;

	for (uint32_t i = 0; i < TOPO_SHARES; i++)
		port_edges_age(t, &t->shares[i].ages, &n_stale, &n_old);
	topo_path_repair(t);
}

// Nodes of one list, silent for long: late, then down.
static void nodes_age(struct topo *t, enum topo_list_id list, const struct topo_clock *c)
{
	struct topo_list *l = &t->lists[list];

	for (uint32_t n = 0; n < TOPO_TICK_NODES && l->cursor != TOPO_NONE; n++) {
		uint32_t row = l->cursor;

		if (!topo_clock_is_over(c, t->vertices[row].last_ms, t->late_after))
			break;
		l->cursor = t->vertices[row].list_next;
		if (t->vertices[row].status != TOPO_OK)
			continue;
		topo_vertex_status(t, row, TOPO_LATE);
		topo_event_add(t, TOPO_NODE_LATE, row, "");
		topo_dirty_add(t, row);
	}
	for (uint32_t n = 0; n < TOPO_TICK_NODES && l->head != l->cursor; n++) {
		uint32_t row = l->head;

		if (!topo_clock_is_over(c, t->vertices[row].last_ms, t->down_after))
			break;
		topo_vertex_list(t, row, TOPO_LIST_DOWN);
		topo_vertex_status(t, row, TOPO_DOWN);
		topo_event_add(t, TOPO_NODE_DOWN, row, "");
		topo_dirty_add(t, row);
	}
}

static void told_describe(struct base_text *text, const struct topo_told *was, const struct topo_told *now)
{
	const char *comma = "";

	if (was->cost != now->cost) {
		base_text_add(text, "cost %u -> %u", was->cost, now->cost);
		comma = ", ";
	}
	if (was->hops != now->hops) {
		base_text_add(text, "%shops %u -> %u", comma, was->hops, now->hops);
		comma = ", ";
	}
	if (was->l2mtu != now->l2mtu) {
		base_text_add(text, "%sl2mtu %u -> %u", comma, was->l2mtu, now->l2mtu);
		comma = ", ";
	}
	if (was->parent_id != now->parent_id) {
		struct base_mac a = base_mac_from_u64(was->parent_id);
		struct base_mac b = base_mac_from_u64(now->parent_id);
		char a_text[BASE_MAC_TEXT_LEN];
		char b_text[BASE_MAC_TEXT_LEN];

		base_text_add(text, "%sbehind %s -> %s", comma, base_mac_format(&a, a_text),
			base_mac_format(&b, b_text));
	} else if (was->link != now->link) {
		base_text_add(text, "%slink %u -> %u", comma, was->link, now->link);
	}
}

// Paths that are others than what was told of them. A row without a path keeps the last one; a stored row
// (link 0) does not know its link.
static void moves_tell(struct topo *t)
{
	for (uint32_t n = 0; n < TOPO_TICK_NODES; n++) {
		uint32_t row = topo_touched_next(t);
		struct topo_vertex *v = &t->vertices[row == TOPO_NONE ? TOPO_US : row];

		if (row == TOPO_NONE)
			break;
		topo_change_add(t, row); // also when it lost its path
		if (v->id == 0 || !topo_vertex_is_row(v) || v->via_master != 0 || !topo_dist_is_path(v->dist))
			continue;
		struct topo_told was = v->told;
		struct topo_told now = topo_told_of(t, row);
		char buf[TOPO_EVENT_TEXT_LEN];
		struct base_text text;

		v->told = now;
		if (was.link == 0)
			was.link = now.link;
		base_text_init(&text, buf, sizeof(buf));
		told_describe(&text, &was, &now);
		if (was.parent_id == 0) // the first one that it has
			topo_dirty_add(t, row);
		if (was.parent_id == 0 || text.len == 0)
			continue;
		topo_event_add(t, TOPO_NODE_MOVED, row, buf);
		topo_dirty_add(t, row);
	}
}

void topo_tick(struct topo *t, uint64_t now_ms)
{
	topo_clock_advance(t, now_ms);
	t->payer = TOPO_SHARE_NONE;
	topo_blame_tick(t);
	edges_age(t);
	nodes_age(t, TOPO_LIST_HEARD, &t->asking);
	nodes_age(t, TOPO_LIST_REPORTED, &t->reports);
	for (uint32_t n = 0; n < TOPO_TICK_NODES && t->counts.n_nodes > t->nodes_max; n++) {
		uint32_t down = topo_share_longest_down(t);

		if (down == TOPO_NONE)
			break;
		topo_vertex_forget(t, down, "more than inventory-max");
	}
	moves_tell(t);
}
