// SPDX-License-Identifier: BSD-3-Clause
// nodes, node, links, and the feed discover. Under app_lock().
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_glob.h"
#include "base_mac.h"
#include "base_text.h"
#include "discovery.h"
#include "events.h"
#include "handlers.h"
#include "target.h"
#include "topo.h"
#include "wire_name.h"

#define LOOKED_MAX 20000 // rows that one request looks at: a filter may fit none of 100,000

static const char *version_text(const struct wire_version *v, struct schema_mem *mem)
{
	char text[WIRE_VERSION_TEXT_LEN];

	return schema_mem_text(mem, "%s", wire_version_format(v, text));
}

static const char *port_name(const struct app *app, uint8_t port)
{
	return port < SNAP_PORTS_MAX && app->slots[port].is_used ? app->slots[port].name : NULL;
}

static void speaker_fill(
	const struct app *app, uint8_t port, uint64_t from, uint64_t mac, struct schema_speaker *out)
{
	const char *name = port_name(app, port);

	*out = (struct schema_speaker){name != NULL ? name : "", from, mac};
}

// The other node with this id, and the way to both; NULL = there is none.
static struct schema_duplicate *twin_make(
	const struct app *app, const struct topo_twin *w, struct schema_mem *mem)
{
	if (!w->is_there)
		return NULL;
	struct schema_duplicate *d = schema_mem_new(mem, sizeof(*d));
	speaker_fill(app, w->shown_port, w->shown_from, w->shown_mac, &d->shown);
	speaker_fill(app, w->port, w->from_mac, w->mac, &d->other.speaker);
	d->other.identity = schema_mem_text(mem, "%s", w->identity);
	d->other.board = schema_mem_text(mem, "%s", w->board);
	d->other.version = version_text(&w->version, mem);
	return d;
}

bool handlers_node_fill(const struct app *app, uint32_t row, struct schema_node *out, struct schema_mem *mem)
{
	const struct topo *t = discovery_topo(app);
	uint64_t ids[TOPO_PATH_MAX];
	struct topo_node n;

	if (!topo_node_at(t, row, &n))
		return false;
	out->address = n.id;
	out->identity = schema_mem_text(mem, "%s", n.identity);
	out->version = version_text(&n.version, mem);
	out->board = schema_mem_text(mem, "%s", n.board);
	out->status = topo_status_name(n.status);
	out->cost = n.cost;
	out->hops = n.hops;
	out->l2mtu = n.l2mtu;
	uint32_t n_path = topo_path_ids(t, row, ids, BASE_ARRAY_LEN(ids));
	for (uint32_t i = 0; i < n_path; i++)
		*schema_add(mem, &out->path) = ids[i];
	out->reachable = n.has_path;
	out->master = n.master[0] == '\0' ? NULL : schema_mem_text(mem, "%s", n.master);
	out->via_master = n.via_master;
	out->first_seen = n.first_seen_us;
	out->last_seen = n.last_seen_us;
	out->heard_on = port_name(app, n.port);
	out->path_state = topo_carry_name(n.carry);
	out->paths_avoided = n.n_avoided;
	out->duplicate_id = twin_make(app, &n.twin, mem);
	return true;
}

json_t *handlers_node_json(const struct app *app, uint32_t row)
{
	struct schema_node node = {0};
	struct schema_mem mem;

	schema_mem_init(&mem);
	bool is_there = handlers_node_fill(app, row, &node, &mem);
	json_t *data = is_there ? schema_encode(schema_node_table(), &node) : NULL;
	schema_mem_fini(&mem);
	return data;
}

// Does a node fit what was asked for? match fits identity, board, address or label of a master.
static bool node_is_asked(const struct topo_node *n, const char *status, const char *match)
{
	struct base_mac id = base_mac_from_u64(n->id);
	char address[BASE_MAC_TEXT_LEN];
	struct base_mac whole;

	if (status != NULL && strcmp(status, topo_status_name(n->status)) != 0)
		return false;
	if (match != NULL && base_mac_digits(match, &whole) == 2 * BASE_MAC_LEN &&
		base_mac_equal(&whole, &id))
		return true; // in any notation
	return match == NULL || base_glob_match(match, n->identity) || base_glob_match(match, n->board) ||
	       base_glob_match(match, n->master) || base_glob_match(match, base_mac_format(&id, address));
}

void handle_nodes(struct app *app, const struct schema_nodes_args *in, struct schema_nodes *out,
	struct schema_call *call)
{
	const struct topo *t = discovery_topo(app);

	out->next = SCHEMA_NONE;
	out->total = topo_nodes_used(t);
	for (uint64_t row = in->offset; row < topo_rows_end(t); row++) {
		struct topo_node n;

		if (out->rows.n == in->count || row - in->offset == LOOKED_MAX) {
			out->next = row;
			return;
		}
		if (topo_node_at(t, (uint32_t)row, &n) && node_is_asked(&n, in->status, in->match))
			handlers_node_fill(
				app, (uint32_t)row, schema_add(&call->mem, &out->rows), &call->mem);
	}
}

static int node_row_find(const struct app *app, const char *name, uint32_t *row, struct api_error *err)
{
	struct target node;

	if (target_read_other(app, name, &node, err) != 0)
		return -EINVAL;
	int64_t found = node.id == 0 ? -ENOENT : topo_find(discovery_topo(app), node.id);
	if (found < 0) {
		api_fail(err, API_ERROR_NOT_FOUND,
			"no node %s is known; `romonctl nodes` lists them, `romonctl discover` asks",
			node.name);
		return -ENOENT;
	}
	*row = (uint32_t)found;
	return 0;
}

void handle_node(struct app *app, const struct schema_node_args *in, struct schema_node_way *out,
	struct schema_call *call)
{
	struct topo_hop hops[TOPO_PATH_MAX];
	uint32_t row;

	if (node_row_find(app, in->id, &row, call->err) != 0)
		return;
	handlers_node_fill(app, row, &out->node, &call->mem);
	int n = topo_path_hops(discovery_topo(app), row, hops, BASE_ARRAY_LEN(hops));
	for (int i = 0; i < n; i++)
		*schema_add(&call->mem, &out->links) = (struct schema_hop){hops[i].link_id, hops[i].mac};
}

void handle_node_forget(
	struct app *app, const struct schema_node_args *in, struct schema_node *out, struct schema_call *call)
{
	char mac[BASE_MAC_TEXT_LEN];
	char by[API_PEER_TEXT_SIZE];
	uint32_t row;

	if (node_row_find(app, in->id, &row, call->err) != 0)
		return;
	if (!handlers_node_fill(app, row, out, &call->mem) ||
		topo_forget(discovery_topo(app), out->address) != 0) {
		api_fail(call->err, API_ERROR_FAILED, "the node could not be forgotten");
		return;
	}
	struct base_mac id = base_mac_from_u64(out->address);
	events_add(app, EVENT_OPERATED, "", 0, "node %s forgotten, by %s", base_mac_format(&id, mac),
		caller_name(app, by));
}

void handle_links(struct app *app, const struct schema_links_args *in, struct schema_links *out,
	struct schema_call *call)
{
	const struct topo *t = discovery_topo(app);
	struct topo_counts counts;

	topo_counts_get(t, &counts);
	out->total = counts.n_edges;
	out->next = SCHEMA_NONE;
	for (uint64_t row = in->offset; row < topo_links_end(t); row++) {
		struct topo_link l;

		if (!topo_link_at(t, (uint32_t)row, &l))
			continue;
		if (out->rows.n == in->count) {
			out->next = row;
			return;
		}
		*schema_add(&call->mem, &out->rows) = (struct schema_link){
			l.from, l.to, l.from_link, l.to_link, l.cost, l.l2mtu, l.is_used, l.is_stale};
	}
}
