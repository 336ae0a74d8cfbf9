// SPDX-License-Identifier: BSD-3-Clause
// nodes, node, links, and the stream discover. Under app_lock().
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api_args.h"
#include "base_clock.h"
#include "base_glob.h"
#include "base_suggest.h"
#include "base_text.h"
#include "discovery.h"
#include "events.h"
#include "handlers.h"
#include "topo.h"
#include "wire_name.h"

#define PAGE_MAX    1000
#define SIMILAR_MAX 3
#define LIKE_MAX    4096  // rows that a name is compared with
#define LOOKED_MAX  20000 // rows that one request looks at: a filter may fit none of 100,000

static json_t *version_json(const struct wire_version *v)
{
	char text[WIRE_VERSION_TEXT_LEN];

	return json_string(wire_version_format(v, text));
}

static json_t *path_json(const struct topo *t, uint32_t row)
{
	uint64_t ids[TOPO_PATH_MAX];
	uint32_t n = topo_path_ids(t, row, ids, BASE_ARRAY_LEN(ids));
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(list, handlers_mac(ids[i]));
	return list;
}

static json_t *speaker_json(const struct app *app, uint8_t port, uint64_t from, uint64_t mac)
{
	const char *name = port < SNAP_PORTS_MAX && app->slots[port].is_used ? app->slots[port].name : "";

	return json_pack("{s:s, s:o, s:o}", "port", name, "last-hop", handlers_mac(from), "mac-address",
		handlers_mac(mac));
}

// The other node with this id, and the way to both.
static json_t *twin_json(const struct app *app, const struct topo_twin *w)
{
	if (!w->is_there)
		return json_null();
	json_t *other = speaker_json(app, w->port, w->from_mac, w->mac);
	json_object_set_new(other, "identity", handlers_text(w->identity));
	json_object_set_new(other, "board", handlers_text(w->board));
	json_object_set_new(other, "version", version_json(&w->version));
	return json_pack("{s:o, s:o}", "shown", speaker_json(app, w->shown_port, w->shown_from, w->shown_mac),
		"other", other);
}

static json_t *port_json(const struct app *app, uint8_t port)
{
	if (port >= SNAP_PORTS_MAX || !app->slots[port].is_used)
		return json_null();
	return json_string(app->slots[port].name);
}

json_t *handlers_node_json(const struct app *app, uint32_t row)
{
	const struct topo *t = discovery_topo(app);
	struct topo_node n;

	if (!topo_node_at(t, row, &n))
		return NULL;
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:I, s:i, s:o, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:o}",
		"address", handlers_mac(n.id), "identity", handlers_text(n.identity), "version",
		version_json(&n.version), "board", handlers_text(n.board), "cost", (json_int_t)n.cost, "hops",
		(int)n.hops, "path", path_json(t, row), "l2mtu", (int)n.l2mtu, "status",
		topo_status_name(n.status), "reachable", n.has_path, "master",
		n.master[0] == '\0' ? json_null() : handlers_text(n.master), "via-master",
		handlers_mac(n.via_master), "first-seen", handlers_time(n.first_seen_us), "last-seen",
		handlers_time(n.last_seen_us), "heard-on", port_json(app, n.port), "path-state",
		topo_carry_name(n.carry), "paths-avoided", (json_int_t)n.n_avoided, "duplicate-id",
		twin_json(app, &n.twin));
}

uint64_t handlers_node_named(const struct app *app, const char *name, uint32_t *n_found)
{
	const struct topo *t = discovery_topo(app);
	uint64_t ids[2] = {0, 0}; // named exactly, and but for the case of letters
	uint32_t n[2] = {0, 0};

	for (uint32_t row = 0; row < topo_rows_end(t); row++) {
		struct topo_node node;

		if (!topo_node_at(t, row, &node) || strcasecmp(node.identity, name) != 0)
			continue;
		bool is_other_case = strcmp(node.identity, name) != 0;
		ids[is_other_case] = node.id;
		n[is_other_case]++;
	}
	uint32_t k = n[0] > 0 ? 0 : 1;
	if (n_found != NULL)
		*n_found = n[k];
	return n[k] == 1 ? ids[k] : 0;
}

// The identity nearest to name that is not among the n of told; NULL = none is near.
static const char *similar_next(
	const struct app *app, const char *name, const char *const *told, uint32_t n_told)
{
	const struct topo *t = discovery_topo(app);
	const char *best = NULL;

	for (uint32_t row = 0; row < topo_rows_end(t) && row < LIKE_MAX; row++) {
		const char *words[2] = {best, NULL};
		struct topo_node node;

		if (!topo_node_at(t, row, &node) || node.identity[0] == '\0')
			continue;
		bool is_told = false;
		for (uint32_t i = 0; i < n_told; i++)
			is_told |= strcmp(told[i], node.identity) == 0;
		words[1] = is_told ? NULL : node.identity;
		best = base_suggest(name, words, BASE_ARRAY_LEN(words));
	}
	return best;
}

bool handlers_nodes_similar(const struct app *app, const char *name, char *out, size_t size)
{
	const char *told[SIMILAR_MAX];
	struct base_text t;
	uint32_t n = 0;

	base_text_init(&t, out, size);
	for (; n < SIMILAR_MAX; n++) {
		char escaped[4 * TOPO_TEXT_LEN_MAX + 1];

		told[n] = similar_next(app, name, told, n);
		if (told[n] == NULL)
			break;
		base_text_escape(escaped, sizeof(escaped), told[n], strlen(told[n]));
		base_text_add(&t, "%s%s", n > 0 ? " or " : "", escaped);
	}
	return n > 0;
}

int handlers_node_arg(const struct app *app, json_t *args, struct handlers_node *out, struct api_error *err)
{
	struct base_mac mac;
	const char *text;
	uint32_t n = 1;

	if (api_args_text(args, "id", NULL, &text, err) != 0)
		return -EINVAL;
	if (text == NULL || text[0] == '\0' || strlen(text) > TOPO_TEXT_LEN_MAX) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"id: expected a RoMON id (aa:bb:cc:dd:ee:ff) or an identity");
		return -EINVAL;
	}
	base_text_copy(out->name, sizeof(out->name), text);
	bool is_id = base_mac_parse(text, &mac) == 0;
	out->id = is_id ? base_mac_u64(&mac) : handlers_node_named(app, text, &n);
	bool is_own_name = !is_id && strcasecmp(text, app->conf->romon.identity) == 0;
	if (is_own_name && n == 0)
		out->id = app->own_id;
	else if (is_own_name)
		n++; // another one is called like this node
	if (n > 1) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"%u nodes are called %s: name one by its id; `romonctl nodes`", n, text);
		return -EINVAL;
	}
	if (is_own_name ? n == 0 : out->id != 0 && out->id == app->own_id) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s is this node itself", text);
		return -EINVAL;
	}
	return 0;
}

// Does a node fit what was asked for? match fits identity, board, address or label of a master.
static bool node_is_asked(const struct topo_node *n, const char *status, const char *match)
{
	struct base_mac id = base_mac_from_u64(n->id);
	char address[BASE_MAC_TEXT_LEN];

	if (status != NULL && strcmp(status, topo_status_name(n->status)) != 0)
		return false;
	return match == NULL || base_glob_match(match, n->identity) || base_glob_match(match, n->board) ||
	       base_glob_match(match, n->master) || base_glob_match(match, base_mac_format(&id, address));
}

json_t *handle_nodes(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"offset", "count", "status", "match"};
	struct app *app = ctx;
	const struct topo *t = discovery_topo(app);
	const char *status;
	const char *match;
	uint64_t offset;
	uint64_t count;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "offset", 0, INT64_MAX, 0, &offset, err) != 0 ||
		api_args_u64(args, "count", 1, PAGE_MAX, PAGE_MAX, &count, err) != 0 ||
		api_args_text(args, "status", NULL, &status, err) != 0 ||
		api_args_text(args, "match", NULL, &match, err) != 0)
		return NULL;
	if (match != NULL && strlen(match) > TOPO_TEXT_LEN_MAX)
		return api_fail(err, API_ERROR_BAD_ARGUMENT, "match: longer than any name");
	json_t *rows = json_array();
	json_t *next = NULL;
	for (uint64_t row = offset; row < topo_rows_end(t) && next == NULL; row++) {
		struct topo_node n;

		bool is_page_full = json_array_size(rows) == count || row - offset == LOOKED_MAX;
		if (!is_page_full &&
			(!topo_node_at(t, (uint32_t)row, &n) || !node_is_asked(&n, status, match)))
			continue;
		if (is_page_full)
			next = json_integer((json_int_t)row);
		else
			json_array_append_new(rows, handlers_node_json(app, (uint32_t)row));
	}
	return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)topo_nodes_used(t), "next",
		next == NULL ? json_null() : next, "rows", rows);
}

static int node_row_find(const struct app *app, json_t *args, uint32_t *row, struct api_error *err)
{
	struct handlers_node node;

	if (handlers_node_arg(app, args, &node, err) != 0)
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

json_t *handle_node(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"id"};
	struct app *app = ctx;
	const struct topo *t = discovery_topo(app);
	struct topo_hop hops[TOPO_PATH_MAX];
	uint32_t row;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		node_row_find(app, args, &row, err) != 0)
		return NULL;
	json_t *data = handlers_node_json(app, row);
	json_t *list = json_array();
	int n = topo_path_hops(t, row, hops, BASE_ARRAY_LEN(hops));
	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:I, s:o}", "link-id", (json_int_t)hops[i].link_id,
						    "mac-address", handlers_mac(hops[i].mac)));
	json_object_set_new(data, "links", list);
	return data;
}

json_t *handle_node_forget(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"id"};
	struct app *app = ctx;
	struct topo_node n;
	char mac[BASE_MAC_TEXT_LEN];
	char by[API_PEER_TEXT_SIZE];
	uint32_t row;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		node_row_find(app, args, &row, err) != 0)
		return NULL;
	json_t *data = handlers_node_json(app, row);
	if (!topo_node_at(discovery_topo(app), row, &n) || topo_forget(discovery_topo(app), n.id) != 0) {
		json_decref(data);
		return api_fail(err, API_ERROR_FAILED, "the node could not be forgotten");
	}
	struct base_mac id = base_mac_from_u64(n.id);
	events_add(app, EVENT_OPERATED, "", 0, "node %s forgotten, by %s", base_mac_format(&id, mac),
		handlers_who(app, by));
	return data;
}

json_t *handle_links(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"offset", "count"};
	struct app *app = ctx;
	const struct topo *t = discovery_topo(app);
	struct topo_counts counts;
	uint64_t offset;
	uint64_t count;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "offset", 0, INT64_MAX, 0, &offset, err) != 0 ||
		api_args_u64(args, "count", 1, PAGE_MAX, PAGE_MAX, &count, err) != 0)
		return NULL;
	json_t *rows = json_array();
	json_t *next = NULL;
	for (uint64_t row = offset; row < topo_links_end(t) && next == NULL; row++) {
		struct topo_link l;

		if (!topo_link_at(t, (uint32_t)row, &l))
			continue;
		if (json_array_size(rows) == count) {
			next = json_integer((json_int_t)row);
			continue;
		}
		json_array_append_new(rows,
			json_pack("{s:o, s:o, s:I, s:I, s:I, s:i, s:b, s:b}", "from", handlers_mac(l.from),
				"to", handlers_mac(l.to), "from-link", (json_int_t)l.from_link, "to-link",
				(json_int_t)l.to_link, "cost", (json_int_t)l.cost, "l2mtu", (int)l.l2mtu,
				"used", l.is_used, "stale", l.is_stale));
	}
	topo_counts_get(t, &counts);
	return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)counts.n_edges, "next",
		next == NULL ? json_null() : next, "rows", rows);
}
