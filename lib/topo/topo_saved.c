// SPDX-License-Identifier: BSD-3-Clause
// Rows that come from elsewhere than an answer: from the store at start, from another master; and rows that
// go. One thread.
#include <stdio.h>
#include <string.h>

#include "topo_private.h"

static bool is_station(uint64_t id)
{
	struct base_mac mac = base_mac_from_u64(id);

	return id >> 48 == 0 && base_mac_is_unicast(&mac);
}

static bool saved_is_sound(const struct topo *t, const struct topo_saved *s)
{
	return is_station(s->id) && s->id != t->vertices[TOPO_US].id && s->path_n <= TOPO_PATH_MAX &&
	       (s->status == TOPO_OK || s->status == TOPO_LATE || s->status == TOPO_DOWN);
}

// The path as the last one known: seen from root.
static void told_set(struct topo_vertex *v, const struct topo_saved *s, uint64_t root)
{
	v->told = (struct topo_told){.cost = s->cost, .hops = s->hops, .l2mtu = s->l2mtu};
	if (s->path_n == 1)
		v->told.parent_id = root;
	else if (s->path_n > 1)
		v->told.parent_id = s->path[s->path_n - 2];
}

static bool text_put(struct topo *t, uint8_t share, uint32_t *text, const char *bytes)
{
	const char *b = bytes != NULL ? bytes : "";

	return topo_text_set(t, share, text, b, (uint32_t)strnlen(b, TOPO_TEXT_LEN_MAX));
}

// True: something is other than it was.
static bool self_put(struct topo *t, uint32_t row, const struct topo_saved *s)
{
	struct topo_vertex *v = &t->vertices[row];
	bool is_other = memcmp(&v->version, &s->version, sizeof(s->version)) != 0;

	v->version = s->version;
	is_other |= text_put(t, v->share, &v->identity, s->identity);
	is_other |= text_put(t, v->share, &v->board, s->board);
	is_other |= text_put(t, v->share, &v->master, s->master);
	return is_other;
}

int topo_restore(struct topo *t, const struct topo_saved *s, uint64_t now_ms)
{
	uint32_t row = topo_vertex_find(t, s->id);

	if (!saved_is_sound(t, s) || (s->via_master != 0 && !is_station(s->via_master)))
		return base_errno_set(EINVAL);
	if (topo_is_denied(t, s->id))
		return base_errno_set(EPERM);
	if (row != TOPO_NONE && topo_vertex_is_row(&t->vertices[row]))
		return base_errno_set(EEXIST);
	if (t->counts.n_nodes >= t->nodes_max) {
		t->counts.nodes_refused++;
		return base_errno_set(ENOSPC);
	}
	topo_clock_advance(t, now_ms);
	int err = topo_vertex_make(t, s->id, TOPO_SHARE_NONE, true, &row);
	if (err != 0)
		return err;
	struct topo_vertex *v = &t->vertices[row];
	v->was_given = true;
	v->via_master = s->via_master;
	v->first_seen_us = s->first_seen_us;
	v->last_seen_us = s->last_seen_us;
	v->given_ms = t->now_ms;
	(void)self_put(t, row, s);
	told_set(v, s, s->via_master != 0 ? s->via_master : t->vertices[TOPO_US].id);
	topo_vertex_status(t, row, s->status);
	topo_vertex_list(t, row,
		s->status == TOPO_DOWN ? TOPO_LIST_DOWN
		: s->via_master != 0   ? TOPO_LIST_REPORTED
				       : TOPO_LIST_HEARD);
	return 0;
}

// Whoever knows a node best speaks for it: we ourselves while we hear it, then the master that reported it
// first, until they have it down.
static bool is_ours_to_say(const struct topo_vertex *v, uint64_t master_id)
{
	return v->via_master == master_id || v->status == TOPO_DOWN;
}

static bool told_is_same(const struct topo_told *a, const struct topo_told *b)
{
	return a->parent_id == b->parent_id && a->cost == b->cost && a->hops == b->hops &&
	       a->l2mtu == b->l2mtu;
}

int topo_report(
	struct topo *t, uint64_t master_id, const struct topo_saved *s, uint64_t now_ms, uint64_t wall_us)
{
	uint64_t own_id = t->vertices[TOPO_US].id;
	uint32_t row = topo_vertex_find(t, s->id);
	char text[64];
	char id_text[BASE_MAC_TEXT_LEN];
	struct base_mac master = base_mac_from_u64(master_id);

	topo_clock_advance(t, now_ms);
	if (!saved_is_sound(t, s) || !is_station(master_id) || master_id == own_id || master_id == s->id)
		return base_errno_set(EINVAL);
	if (topo_is_denied(t, s->id))
		return base_errno_set(EPERM);
	bool is_new = row == TOPO_NONE || !topo_vertex_is_row(&t->vertices[row]);
	if (s->via_master == own_id || (!is_new && !is_ours_to_say(&t->vertices[row], master_id)))
		return 0;
	if (!is_new && t->vertices[row].via_master != master_id && s->status == TOPO_DOWN)
		return 0; // down for all
	int err = is_new ? topo_share_room(t, TOPO_SHARE_OTHERS) : 0;
	if (err == 0 && is_new)
		err = topo_vertex_make(t, s->id, TOPO_SHARE_OTHERS, false, &row);
	if (err != 0)
		return err;

	struct topo_vertex *v = &t->vertices[row];
	if (v->share != TOPO_SHARE_OTHERS) { // it was ours, or another's, and is down
		topo_vertex_list(t, row, TOPO_LIST_NONE);
		topo_share_leave(t, row);
		topo_share_enter(t, row, TOPO_SHARE_OTHERS, v->since_ms == 0);
		topo_claim_drop(t, &v->rival);
		v->voice = (struct topo_claim){.port = TOPO_SHARE_NONE};
	}
	struct topo_told was = v->told;
	bool is_other = self_put(t, row, s);
	v->via_master = master_id;
	told_set(v, s, master_id);
	is_other |= !told_is_same(&was, &v->told);
	if (is_other) {
		topo_dirty_add(t, row);
		topo_change_add(t, row);
	}
	snprintf(text, sizeof(text), "reported by %s", base_mac_format(&master, id_text));
	if (is_new)
		topo_vertex_new(t, row, wall_us, text);
	topo_vertex_seen(
		t, row, TOPO_LIST_REPORTED, s->status, s->last_seen_us != 0 ? s->last_seen_us : wall_us);
	return 0;
}

int topo_forget(struct topo *t, uint64_t id)
{
	uint32_t row = topo_vertex_find(t, id);

	if (row == TOPO_NONE || !topo_vertex_is_row(&t->vertices[row]))
		return base_errno_set(ENOENT);
	topo_vertex_forget(t, row, "by an operator");
	return 0;
}
