// SPDX-License-Identifier: BSD-3-Clause
// Reading: rows, paths, links, counts. Changes nothing. One thread.
#include "topo_private.h"

const char *topo_status_name(enum topo_status status)
{
	switch (status) {
	case TOPO_OK:
		return "ok";
	case TOPO_LATE:
		return "late";
	case TOPO_DOWN:
		return "down";
	case TOPO_STATUS_INVALID:
		break;
	}
	return "unknown";
}

static const struct topo_vertex *row_of(const struct topo *t, uint32_t row)
{
	if (row >= t->vertices_end || t->vertices[row].id == 0 || !topo_vertex_is_row(&t->vertices[row]))
		return NULL;
	return &t->vertices[row];
}

uint32_t topo_rows_end(const struct topo *t)
{
	return t->vertices_end;
}

int64_t topo_find(const struct topo *t, uint64_t id)
{
	uint32_t row = topo_vertex_find(t, id);

	return row == TOPO_NONE || row_of(t, row) == NULL ? base_errno_set(ENOENT) : (int64_t)row;
}

uint32_t topo_nodes_used(const struct topo *t)
{
	return t->counts.n_nodes;
}

struct topo_told topo_told_of(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];
	const struct topo_edge *e = &t->edges[v->parent_edge];
	uint64_t cost = topo_dist_cost(v->dist);
	uint32_t hops = topo_dist_hops(v->dist);

	return (struct topo_told){
		.parent_id = t->vertices[e->from].id,
		.cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX,
		.link = e->out_link,
		.hops = hops < UINT16_MAX ? (uint16_t)hops : UINT16_MAX,
		.l2mtu = topo_dist_l2mtu(v->dist),
	};
}

// Is the path that is shown one of our own tree? A reported row shows what was reported.
static bool shows_tree(const struct topo_vertex *v)
{
	return v->via_master == 0 && topo_dist_is_path(v->dist);
}

static struct topo_twin twin_of(const struct topo *t, const struct topo_vertex *v)
{
	const struct topo_claim *r = &v->rival;

	if (!topo_claim_is_twin(t, v))
		return (struct topo_twin){.is_there = false, .identity = "", .board = ""};
	return (struct topo_twin){
		.is_there = true,
		.port = r->port,
		.shown_port = v->voice.port,
		.mac = base_mac_u64(&r->mac),
		.shown_mac = base_mac_u64(&v->voice.mac),
		.from_mac = r->from,
		.shown_from = v->voice.from,
		.identity = topo_text_of(t, r->identity),
		.board = topo_text_of(t, r->board),
		.version = r->version,
	};
}

static enum topo_carry carry_of(const struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];

	if (topo_dist_is_avoided(v->dist))
		return TOPO_CARRY_FAILS;
	if (v->carry == TOPO_CARRY_UNTRIED || v->lost_path != topo_path_mark(t, row))
		return TOPO_CARRY_UNTRIED;
	return (enum topo_carry)v->carry;
}

static uint32_t n_avoided_to(const struct topo *t, const struct topo_vertex *v)
{
	uint32_t n = 0;

	for (uint32_t e = t->n_avoided > 0 ? v->in_head : TOPO_NONE; e != TOPO_NONE; e = t->edges[e].in_next)
		n += t->edges[e].avoid > 0;
	return n;
}

bool topo_node_at(const struct topo *t, uint32_t row, struct topo_node *out)
{
	const struct topo_vertex *v = row_of(t, row);

	if (v == NULL)
		return false;
	bool has_path = shows_tree(v);
	struct topo_told path = has_path ? topo_told_of(t, row) : v->told;
	*out = (struct topo_node){
		.id = v->id,
		.port = v->voice.port,
		.carry = has_path ? carry_of(t, row) : TOPO_CARRY_UNTRIED,
		.n_avoided = n_avoided_to(t, v),
		.twin = twin_of(t, v),
		.identity = topo_text_of(t, v->identity),
		.board = topo_text_of(t, v->board),
		.master = topo_text_of(t, v->master),
		.version = v->version,
		.status = (enum topo_status)v->status,
		.has_path = has_path,
		.is_stale = has_path && topo_dist_is_stale(v->dist),
		.cost = path.cost,
		.hops = path.hops,
		.l2mtu = path.l2mtu,
		.parent_id = path.parent_id,
		.via_master = v->via_master,
		.first_seen_us = v->first_seen_us,
		.last_seen_us = v->last_seen_us,
	};
	return true;
}

static void reverse(uint64_t *ids, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		uint64_t id = ids[i];

		ids[i] = ids[n - 1 - i];
		ids[n - 1 - i] = id;
	}
}

// The path from root to v by what each node on it was last told to hang on. These may be of different times:
// a path that does not reach root within TOPO_PATH_MAX is none.
static uint32_t told_path(
	const struct topo *t, const struct topo_vertex *v, uint64_t root, uint64_t ids[TOPO_PATH_MAX])
{
	uint32_t n = 0;

	while (n < TOPO_PATH_MAX) {
		ids[n++] = v->id;
		if (v->told.parent_id == root) {
			reverse(ids, n);
			return n;
		}
		uint32_t up = v->told.parent_id != 0 ? topo_vertex_find(t, v->told.parent_id) : TOPO_NONE;
		if (up == TOPO_NONE)
			return 0;
		v = &t->vertices[up];
	}
	return 0;
}

static uint32_t tree_path(const struct topo *t, const struct topo_vertex *v, uint64_t ids[TOPO_PATH_MAX])
{
	uint32_t n = topo_dist_hops(v->dist);

	if (n > TOPO_PATH_MAX)
		return 0;
	for (uint32_t i = n; i > 0; i--) {
		ids[i - 1] = v->id;
		v = &t->vertices[t->edges[v->parent_edge].from];
	}
	return n;
}

static uint32_t path_of(const struct topo *t, const struct topo_vertex *v, uint64_t ids[TOPO_PATH_MAX])
{
	if (shows_tree(v))
		return tree_path(t, v, ids);
	return told_path(t, v, v->via_master != 0 ? v->via_master : t->vertices[TOPO_US].id, ids);
}

uint32_t topo_path_ids(const struct topo *t, uint32_t row, uint64_t *ids, uint32_t max)
{
	const struct topo_vertex *v = row_of(t, row);
	uint64_t path[TOPO_PATH_MAX];

	if (v == NULL)
		return 0;
	uint32_t n = path_of(t, v, path);
	if (n > max)
		n = max;
	for (uint32_t i = 0; i < n; i++)
		ids[i] = path[i];
	return n;
}

int topo_path_hops(const struct topo *t, uint32_t row, struct topo_hop *hops, uint32_t max)
{
	const struct topo_vertex *v = row_of(t, row);

	if (v == NULL)
		return base_errno_set(ENOENT);
	if (!topo_dist_is_path(v->dist))
		return base_errno_set(ENETUNREACH);
	uint32_t n = topo_dist_hops(v->dist);
	if (n > max || n > TOPO_PATH_MAX)
		return base_errno_set(E2BIG);
	for (uint32_t i = n; i > 0; i--) {
		const struct topo_edge *e = &t->edges[v->parent_edge];

		hops[i - 1] = (struct topo_hop){.link_id = e->out_link, .mac = base_mac_u64(&e->in_mac)};
		v = &t->vertices[e->from];
	}
	return (int)n;
}

bool topo_saved_at(const struct topo *t, uint32_t row, struct topo_saved *out)
{
	struct topo_node node;

	if (!topo_node_at(t, row, &node))
		return false;
	out->id = node.id;
	out->identity = node.identity;
	out->board = node.board;
	out->master = node.master;
	out->version = node.version;
	out->status = node.status;
	out->cost = node.cost;
	out->hops = node.hops;
	out->l2mtu = node.l2mtu;
	out->path_n = path_of(t, &t->vertices[row], out->path);
	out->first_seen_us = node.first_seen_us;
	out->last_seen_us = node.last_seen_us;
	out->via_master = node.via_master;
	return true;
}

uint32_t topo_links_end(const struct topo *t)
{
	return t->edges_end;
}

// Is a the direction that stands for both? The one that leads away from us.
static bool leads(const struct topo *t, uint32_t a, uint32_t b)
{
	int cmp = topo_dist_cmp(t->vertices[t->edges[a].from].dist, t->vertices[t->edges[b].from].dist);

	return cmp != 0 ? cmp < 0 : a < b;
}

bool topo_link_at(const struct topo *t, uint32_t row, struct topo_link *out)
{
	if (row >= t->edges_end || t->edges[row].from == TOPO_NONE)
		return false;
	const struct topo_edge *e = &t->edges[row];
	uint32_t twin = topo_edge_find(t, e->to, e->in_link, e->from, e->out_link);
	if (twin != TOPO_NONE && !leads(t, row, twin))
		return false;
	*out = (struct topo_link){
		.from = t->vertices[e->from].id,
		.to = t->vertices[e->to].id,
		.from_link = e->out_link,
		.to_link = e->in_link,
		.cost = e->cost,
		.l2mtu = e->l2mtu,
		.is_used = t->vertices[e->to].parent_edge == row ||
			   (twin != TOPO_NONE && t->vertices[e->from].parent_edge == twin),
		.is_stale = e->is_stale && (twin == TOPO_NONE || t->edges[twin].is_stale),
	};
	return true;
}

void topo_counts_get(const struct topo *t, struct topo_counts *out)
{
	*out = t->counts;
	out->bytes = sizeof(*t) + TOPO_EVENTS * sizeof(*t->events) +
		     (uint64_t)t->vertices_size *
			     (sizeof(*t->vertices) + sizeof(*t->heap) + sizeof(*t->suspects)) +
		     (uint64_t)t->edges_size * sizeof(*t->edges) +
		     (uint64_t)t->texts_size * (sizeof(*t->texts) + sizeof(*t->texts_spare)) + t->text_bytes +
		     topo_map_bytes(&t->ids) + topo_map_bytes(&t->keys) + topo_map_bytes(&t->words);
}
