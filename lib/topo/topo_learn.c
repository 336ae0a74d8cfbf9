// SPDX-License-Identifier: BSD-3-Clause
// What comes in: answers, reports of other masters, stored rows, lost ports, an operator's wish to forget.
// One thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_text.h"
#include "topo_private.h"
#include "wire_name.h"

#define OWN_ID_TOLD_MS 60000

static void lists_init(struct topo *t)
{
	const struct topo_list none = {TOPO_NONE, TOPO_NONE, TOPO_NONE};

	t->touched = none;
	t->changed = none;
	for (uint32_t i = 0; i < TOPO_N_LISTS; i++)
		t->lists[i] = none;
	for (uint32_t i = 0; i < TOPO_SHARES; i++)
		t->shares[i] = (struct topo_share){.rows = none,
			.down = none,
			.unheard = none,
			.ages = none,
			.dirty = none,
			.later = none,
			.work_left = TOPO_WORK_BURST};
	t->payer = TOPO_SHARE_NONE;
}

struct topo *topo_create(const struct topo_cfg *cfg)
{
	struct base_mac own = base_mac_from_u64(cfg->own_id);
	uint32_t row;

	if (!base_mac_is_unicast(&own) || cfg->own_id >> 48 != 0)
		return base_errno_null(EINVAL);
	struct topo *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return base_errno_null(ENOMEM);
	t->seed = cfg->seed;
	t->late_after = 1;
	t->down_after = 1;
	t->vertices_free = TOPO_NONE;
	t->edges_free = TOPO_NONE;
	t->kept = TOPO_NONE;
	t->texts_end = 1;
	lists_init(t);
	memset(t->crowds, 0xff, sizeof(t->crowds));
	topo_max_set(t, cfg->nodes_max);
	t->events = calloc(TOPO_EVENTS, sizeof(*t->events));
	if (t->events == NULL || topo_map_init(&t->ids) != 0 || topo_map_init(&t->keys) != 0 ||
		topo_map_init(&t->words) != 0 || topo_vertex_add(t, cfg->own_id, &row) != 0) {
		topo_destroy(t);
		return base_errno_null(ENOMEM);
	}
	t->vertices[row].dist = (struct topo_dist){0, 0};
	return t;
}

void topo_destroy(struct topo *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 1; i < t->texts_end; i++)
		free(t->texts[i]);
	free(t->texts);
	free(t->texts_spare);
	free(t->vertices);
	free(t->edges);
	free(t->heap);
	free(t->suspects);
	free(t->events);
	free(t->denied);
	topo_map_fini(&t->ids);
	topo_map_fini(&t->keys);
	topo_map_fini(&t->words);
	free(t);
}

void topo_max_set(struct topo *t, uint32_t nodes_max)
{
	t->nodes_max = nodes_max < TOPO_NODES_LIMIT ? nodes_max : TOPO_NODES_LIMIT;
}

static bool is_station(uint64_t id)
{
	return id != 0 && (id & 1) == 0 && id >> 48 == 0;
}

// Why an answer describes no edge that can be; NULL: it does.
static const char *answer_fault(const struct topo *t, const struct topo_answer *a)
{
	uint64_t own_id = t->vertices[TOPO_US].id;

	if (!is_station(a->parent_id) || !is_station(a->node_id))
		return "the parent's or the responder's id is zero or a group address";
	if (a->port >= TOPO_PORTS)
		return "it came in on no port of ours";
	if (a->node_id == own_id)
		return "the responder has our own id";
	if (a->parent_id == a->node_id)
		return "the responder is its own parent";
	if (a->n_hops == 0 && a->parent_id != own_id)
		return "no forwarder, but the parent is not us";
	if (a->n_hops > 0 && a->parent_id == own_id)
		return "forwarders, but the parent is us";
	if (!is_station(a->node_in.mac))
		return "the responder's port has a zero or group MAC";
	return NULL;
}

int topo_vertex_make(struct topo *t, uint64_t id, uint8_t share, bool is_settled, uint32_t *row)
{
	int err = 0;
	uint32_t i = topo_vertex_find(t, id); // perhaps a parent that did not answer until now
	if (i == TOPO_NONE)
		err = topo_vertex_add(t, id, &i);
	if (err != 0)
		return err;
	topo_vertex_list(t, i, TOPO_LIST_NONE);
	topo_vertex_status(t, i, TOPO_OK);
	topo_share_enter(t, i, share, is_settled);
	*row = i;
	return 0;
}

static void change_describe(struct base_text *out, const char *what, const char *was, const char *now)
{
	char was_text[80];
	char now_text[80];

	base_text_escape(was_text, sizeof(was_text), was, strlen(was));
	base_text_escape(now_text, sizeof(now_text), now, strlen(now));
	base_text_add(out, "%s%s %s -> %s", out->len > 0 ? ", " : "", what,
		was_text[0] != '\0' ? was_text : "none", now_text[0] != '\0' ? now_text : "none");
}

// Take over one text of a node and say what changed. bytes NULL: nothing was said of it.
static void text_take_over(struct topo *t, uint8_t share, struct base_text *out, uint32_t *text,
	const char *what, const char *bytes, uint32_t len)
{
	char was[TOPO_TEXT_LEN_MAX + 1];

	if (bytes == NULL)
		return;
	(void)base_text_copy(was, sizeof(was), topo_text_of(t, *text));
	if (topo_text_set(t, share, text, bytes, len))
		change_describe(out, what, was, topo_text_of(t, *text));
}

static void version_take_over(
	struct base_text *out, struct wire_version *version, const struct wire_version *now)
{
	char was_text[WIRE_VERSION_TEXT_LEN];
	char now_text[WIRE_VERSION_TEXT_LEN];

	if (now == NULL || memcmp(version, now, sizeof(*now)) == 0)
		return;
	change_describe(
		out, "version", wire_version_format(version, was_text), wire_version_format(now, now_text));
	*version = *now;
}

// What a node says of itself. Returns whether something changed; out says what.
static bool self_take_over(struct topo *t, uint32_t row, const struct topo_answer *a, struct base_text *out)
{
	struct topo_vertex *v = &t->vertices[row];

	text_take_over(t, v->share, out, &v->identity, "identity", a->identity, a->identity_len);
	version_take_over(out, &v->version, a->version);
	text_take_over(t, v->share, out, &v->board, "board", a->board, a->board_len);
	text_take_over(
		t, v->share, out, &v->master, "master", a->master != NULL ? a->master : "", a->master_len);
	return out->len > 0;
}

// Of a new node: its identity, board and version.
static void self_describe(const struct topo *t, uint32_t row, struct base_text *out)
{
	const struct topo_vertex *v = &t->vertices[row];
	const char *identity = topo_text_of(t, v->identity);
	const char *board = topo_text_of(t, v->board);
	char text[80];

	base_text_escape(text, sizeof(text), identity, strlen(identity));
	base_text_add(out, "%s", text);
	base_text_escape(text, sizeof(text), board, strlen(board));
	base_text_add(out, "%s%s", out->len > 0 && text[0] != '\0' ? ", " : "", text);
	wire_version_format(&v->version, text);
	base_text_add(out, "%s%s", out->len > 0 && text[0] != '\0' ? ", " : "", text);
}

void topo_vertex_seen(
	struct topo *t, uint32_t row, enum topo_list_id list, enum topo_status status, uint64_t wall_us)
{
	struct topo_vertex *v = &t->vertices[row];
	enum topo_status was = (enum topo_status)v->status;
	uint64_t quiet_ms = t->asking.interval_ms;

	topo_vertex_list(t, row, status == TOPO_DOWN ? TOPO_LIST_DOWN : list);
	topo_vertex_status(t, row, status);
	v->last_seen_us = wall_us;
	if (quiet_ms < TOPO_DIRTY_MS)
		quiet_ms = TOPO_DIRTY_MS;
	if (was != status || t->now_ms - v->given_ms >= quiet_ms)
		topo_dirty_add(t, row);
	if (was == status)
		return;
	if (status == TOPO_OK)
		topo_event_add(t, TOPO_NODE_UP, row, was == TOPO_DOWN ? "was down" : "was late");
	else
		topo_event_add(t, status == TOPO_LATE ? TOPO_NODE_LATE : TOPO_NODE_DOWN, row, "");
}

void topo_vertex_new(struct topo *t, uint32_t row, uint64_t wall_us, const char *how)
{
	char buf[TOPO_EVENT_TEXT_LEN];
	struct base_text text;

	t->vertices[row].first_seen_us = wall_us;
	base_text_init(&text, buf, sizeof(buf));
	self_describe(t, row, &text);
	base_text_add(&text, "%s%s", text.len > 0 && how[0] != '\0' ? ", " : "", how);
	topo_event_add(t, TOPO_NODE_NEW, row, buf);
	topo_dirty_add(t, row);
}

static void node_take_up(
	struct topo *t, uint32_t row, bool is_new, const struct topo_answer *a, uint64_t wall_us)
{
	struct topo_vertex *v = &t->vertices[row];
	char buf[TOPO_EVENT_TEXT_LEN];
	struct base_text text;

	if (is_new)
		topo_claim_first(t, row, a);
	base_text_init(&text, buf, sizeof(buf));
	bool is_other = (is_new || topo_claim_take(t, row, a)) && self_take_over(t, row, a, &text);
	if (v->via_master != 0) { // from now on as we see it
		v->via_master = 0;
		v->told = (struct topo_told){0};
		topo_touched_add(t, row);
	}
	if (is_new) {
		topo_vertex_new(t, row, wall_us, "");
	} else if (is_other) {
		topo_event_add(t, TOPO_NODE_CHANGED, row, buf);
		topo_dirty_add(t, row);
	}
	topo_vertex_seen(t, row, TOPO_LIST_HEARD, TOPO_OK, wall_us);
}

// An edge by which a frame that leaves `from` by the port `out` comes in on the port `in` of `to`. Both
// vertices exist.
static void edge_take_up(struct topo *t, uint8_t port, uint32_t from, const struct topo_link_end *out,
	uint32_t to, const struct topo_link_end *in)
{
	uint32_t edge = topo_edge_find(t, from, out->link_id, to, in->link_id);
	struct topo_edge key = {.from = from,
		.to = to,
		.out_link = out->link_id,
		.in_link = in->link_id,
		.cost = ((uint32_t)out->cost + in->cost) & 0x1ffff,
		.port = port,
		.l2mtu = out->l2mtu < in->l2mtu ? out->l2mtu : in->l2mtu,
		.in_mac = base_mac_from_u64(in->mac)};

	struct topo_edge *e = edge == TOPO_NONE ? NULL : &t->edges[edge];
	bool is_same = e != NULL && e->cost == key.cost && e->l2mtu == key.l2mtu && !e->is_stale;

	if (e != NULL && !(is_same && base_mac_equal(&e->in_mac, &key.in_mac)) &&
		!topo_edge_is_its(t, e, port)) {
		t->counts.edges_disputed++;
		return;
	}
	if (!is_same && !topo_path_may_work(t, port)) {
		t->counts.edges_deferred++;
		return;
	}
	if (e == NULL) {
		edge = topo_edge_add(t, &key);
		if (edge != TOPO_NONE)
			topo_blame_inherit(t, edge);
	} else {
		topo_edge_described(t, edge, port);
		e->cost = key.cost;
		e->l2mtu = key.l2mtu;
		e->in_mac = key.in_mac;
	}
	if (!is_same && edge != TOPO_NONE)
		topo_path_update(t, edge);
}

// Somebody else answers by our own id. Told once a minute at most.
static void own_id_note(struct topo *t, const struct topo_answer *a)
{
	struct base_mac mac = base_mac_from_u64(a->node_in.mac);
	struct base_mac from = base_mac_from_u64(a->from_mac);
	char text[TOPO_EVENT_TEXT_LEN];
	char name[48];
	char mac_text[BASE_MAC_TEXT_LEN];
	char from_text[BASE_MAC_TEXT_LEN];

	if (a->node_id != t->vertices[TOPO_US].id || a->port >= TOPO_PORTS)
		return;
	if (t->counts.own_id_answers++ > 0 && t->now_ms - t->own_id_told_ms < OWN_ID_TOLD_MS)
		return;
	t->own_id_told_ms = t->now_ms;
	base_text_escape(name, sizeof(name), a->identity != NULL ? a->identity : "", a->identity_len);
	snprintf(text, sizeof(text), "%s at %s, heard from %s, answers with our own id",
		name[0] != '\0' ? name : "a node without a name", base_mac_format(&mac, mac_text),
		base_mac_format(&from, from_text));
	topo_event_add_by(t, TOPO_OWN_ID, TOPO_US, a->port, text);
}

int topo_learn(
	struct topo *t, const struct topo_answer *a, uint64_t now_ms, uint64_t wall_us, const char **why)
{
	const char *fault = answer_fault(t, a);
	uint32_t row = topo_vertex_find(t, a->node_id);
	int err = 0;

	topo_clock_advance(t, now_ms);
	if (fault != NULL) {
		own_id_note(t, a);
		if (why != NULL)
			*why = fault;
		return base_errno_set(EINVAL);
	}
	if (topo_is_denied(t, a->node_id))
		return base_errno_set(EPERM);
	t->payer = a->port;
	bool is_new = row == TOPO_NONE || !topo_vertex_is_row(&t->vertices[row]);
	if (is_new)
		err = topo_share_room(t, a->port);
	if (err == 0 && is_new)
		err = topo_vertex_make(t, a->node_id, a->port, false, &row);
	if (err != 0)
		return err;
	node_take_up(t, row, is_new, a, wall_us);

	uint32_t parent = topo_vertex_find(t, a->parent_id);
	if (parent == TOPO_NONE) {
		err = topo_vertex_add(t, a->parent_id, &parent);
		if (err != 0)
			return err;
	}
	if (parent != TOPO_US && !topo_vertex_is_row(&t->vertices[parent]))
		topo_vertex_unheard(t, parent, a->port);
	edge_take_up(t, a->port, parent, &a->parent_out, row, &a->node_in);
	// A node never floods back into the port that it first heard by, so which direction of a link is
	// described is a race. Both ends are known from either: without the other direction, paths would
	// follow the race.
	if (parent != TOPO_US && topo_vertex_is_row(&t->vertices[parent]))
		edge_take_up(t, a->port, row, &a->node_in, parent, &a->parent_out);
	if (t->vertices[parent].list == TOPO_LIST_UNHEARD && t->vertices[parent].out_head == TOPO_NONE)
		topo_vertex_remove(t, parent);
	if (is_new && topo_dist_is_path(t->vertices[row].dist))
		t->vertices[row].told = topo_told_of(t, row);
	return 0;
}

void topo_port_lost(struct topo *t, uint32_t link_id, uint64_t now_ms)
{
	uint32_t edge = t->vertices[TOPO_US].out_head;

	topo_clock_advance(t, now_ms);
	t->payer = TOPO_SHARE_NONE;
	while (edge != TOPO_NONE) {
		uint32_t next = t->edges[edge].out_next;

		if (t->edges[edge].out_link == link_id)
			topo_edge_remove(t, edge);
		edge = next;
	}
	topo_path_repair(t);
}
