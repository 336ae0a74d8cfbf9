// SPDX-License-Identifier: BSD-3-Clause
// The rows of each menu, from the answers of romond's control socket. Any thread.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "base_hash.h"
#include "base_mac.h"
#include "gw_tree.h"

#define PAGE 500 // nodes of one question

static const struct gw_prop romon_props[] = {{"enabled", "status/enabled", GW_KIND_PLAIN},
	{"id", "config/romon/id", GW_KIND_MAC}, {"secrets", "config/romon/secrets", GW_KIND_SECRETS},
	{"secret", "config/romon/secrets", GW_KIND_SECRETS}, {"current-id", "status/id", GW_KIND_MAC},
	{"channel", "status/channel", GW_KIND_PLAIN}, {"master-id", "config/romon/master-id", GW_KIND_PLAIN},
	{NULL}};

static const struct gw_prop port_props[] = {{"interface", "name", GW_KIND_PLAIN},
	{"forbid", "config/forbid", GW_KIND_PLAIN}, {"cost", "config/cost", GW_KIND_PLAIN},
	{"secrets", "config/secrets", GW_KIND_SECRETS}, {"comment", "config/comment", GW_KIND_PLAIN},
	{"default", "is-default", GW_KIND_PLAIN}, {"dynamic", "false", GW_KIND_SAID},
	{"disabled", "config/disabled", GW_KIND_PLAIN}, {"status", "port/state", GW_KIND_PLAIN}, {NULL}};

static const struct gw_prop neighbor_props[] = {{"id", "address", GW_KIND_MAC},
	{"mac-address", "address", GW_KIND_MAC}, {"address", "address", GW_KIND_MAC},
	{"interface", "heard-on", GW_KIND_PLAIN}, {"identity", "identity", GW_KIND_PLAIN},
	{"status", "status", GW_KIND_PLAIN}, {"cost", "cost", GW_KIND_PLAIN}, {"hops", "hops", GW_KIND_PLAIN},
	{"path", "path", GW_KIND_MACS}, {"l2mtu", "l2mtu", GW_KIND_PLAIN},
	{"version", "version", GW_KIND_PLAIN}, {"board", "board", GW_KIND_PLAIN},
	{"first-seen", "first-seen", GW_KIND_TIME}, {"last-seen", "last-seen", GW_KIND_TIME}, {NULL}};

static const struct gw_prop identity_props[] = {{"name", "identity", GW_KIND_PLAIN}, {NULL}};

static const struct gw_prop resource_props[] = {{"uptime", "uptime-s", GW_KIND_UPTIME},
	{"version", "version", GW_KIND_PLAIN}, {"platform", "romond", GW_KIND_SAID},
	{"board-name", "romond", GW_KIND_SAID}, {NULL}};

static const struct gw_prop interface_props[] = {{"name", "name", GW_KIND_PLAIN},
	{"type", "ether", GW_KIND_SAID}, {"l2mtu", "l2mtu", GW_KIND_PLAIN},
	{"mac-address", "mac", GW_KIND_MAC}, {"rx-byte", "rx-bytes", GW_KIND_PLAIN},
	{"tx-byte", "tx-bytes", GW_KIND_PLAIN}, {"rx-packet", "rx-frames", GW_KIND_PLAIN},
	{"tx-packet", "tx-frames", GW_KIND_PLAIN}, {"rx-drop", "rx-drops", GW_KIND_PLAIN},
	{"tx-drop", "tx-drops", GW_KIND_PLAIN}, {"comment", "comment", GW_KIND_PLAIN},
	{"running", "is-running", GW_KIND_PLAIN}, {"disabled", "is-disabled", GW_KIND_PLAIN}, {NULL}};

// A row whose .id stays the same while others come and go: that of a port follows from its name.
static void row_begin(struct gw_row *row, uint64_t id)
{
	char text[24];

	gw_row_clear(row);
	snprintf(text, sizeof(text), "*%llX", (unsigned long long)id);
	gw_row_add(row, ".id", text); // first: some clients take the first of .id and id for both
}

// The 48 bits of a RoMON id, in the order in which people write them.
static uint64_t mac_id(const char *text)
{
	struct base_mac mac;

	if (text == NULL || base_mac_parse(text, &mac) != 0)
		return 0;
	return (uint64_t)base_be16_load(mac.b) << 32 | base_be32_load(mac.b + 2);
}

static int settings_walk(const struct gw_prop *props, json_t *json, gw_row_fn fn, void *ctx)
{
	struct gw_row row;

	if (json == NULL)
		return -EIO;
	gw_row_clear(&row);
	gw_row_fill(&row, props, json);
	json_decref(json);
	return fn(ctx, &row);
}

// {"NAME_A": answer to a, "NAME_B": the member of the answer to b}, or NULL with why.
static json_t *both_ask(struct gw_link *link, const char *a, const char *b, struct base_text *why)
{
	json_t *first = gw_link_ask(link, a, NULL, why);
	json_t *second = first == NULL ? NULL : gw_link_ask(link, b, NULL, why);

	if (second == NULL) {
		json_decref(first);
		return NULL;
	}
	json_t *both = json_pack("{s:o, s:O}", a, first, "config", json_object_get(second, "config"));
	json_decref(second);
	return both;
}

int gw_walk_romon(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	return settings_walk(romon_props, both_ask(link, "status", "config-show", why), fn, ctx);
}

int gw_walk_identity(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	return settings_walk(identity_props, gw_link_ask(link, "status", NULL, why), fn, ctx);
}

int gw_walk_resource(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	return settings_walk(resource_props, gw_link_ask(link, "status", NULL, why), fn, ctx);
}

// The row of that name in `ports`, borrowed, or NULL.
static json_t *port_find(json_t *ports, const char *name)
{
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		const char *is = json_string_value(json_object_get(port, "name"));

		if (is != NULL && strcmp(is, name) == 0)
			return port;
	}
	return NULL;
}

int gw_walk_ports(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	json_t *both = both_ask(link, "ports", "config-show", why);
	json_t *config = json_object_get(json_object_get(both, "config"), "ports");
	struct gw_row row;
	const char *name;
	json_t *values;
	int rc = 0;

	if (both == NULL)
		return -EIO;
	json_object_foreach (config, name, values) {
		bool is_default = strcmp(name, "all") == 0;
		json_t *port = port_find(json_object_get(both, "ports"), name);
		json_t *json = json_pack("{s:s, s:O, s:b, s:O*}", "name", name, "config", values,
			"is-default", is_default, "port", port);

		row_begin(&row, is_default ? 1 : base_hash_name(name));
		gw_row_fill(&row, port_props, json);
		if (is_default)
			gw_row_add(&row, "disabled", "false");
		json_decref(json);
		rc = fn(ctx, &row);
		if (rc != 0)
			break;
	}
	json_decref(both);
	return rc;
}

int gw_walk_interfaces(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	json_t *ports = gw_link_ask(link, "ports", NULL, why);
	struct gw_row row;
	json_t *port;
	int rc = 0;
	size_t i;

	if (ports == NULL)
		return -EIO;
	json_array_foreach (ports, i, port) {
		const char *name = json_string_value(json_object_get(port, "name"));
		const char *state = json_string_value(json_object_get(port, "state"));

		if (name == NULL || state == NULL)
			continue;
		json_object_set_new(port, "is-running", json_boolean(strcmp(state, "up") == 0));
		json_object_set_new(port, "is-disabled", json_boolean(strcmp(state, "disabled") == 0));
		row_begin(&row, base_hash_name(name));
		gw_row_fill(&row, interface_props, port);
		rc = fn(ctx, &row);
		if (rc != 0)
			break;
	}
	json_decref(ports);
	return rc;
}

static int nodes_walk(json_t *nodes, gw_row_fn fn, void *ctx)
{
	struct gw_row row;
	json_t *node;
	size_t i;

	json_array_foreach (nodes, i, node) {
		row_begin(&row, mac_id(json_string_value(json_object_get(node, "address"))));
		gw_row_fill(&row, neighbor_props, node);
		int rc = fn(ctx, &row);
		if (rc != 0)
			return rc;
	}
	return 0;
}

// Page by page: no answer grows with the inventory.
int gw_walk_neighbors(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why)
{
	json_int_t offset = 0;
	bool is_last = false;
	int rc = 0;

	while (!is_last && rc == 0) {
		json_t *args = json_pack("{s:I, s:i}", "offset", offset, "count", PAGE);
		json_t *page = gw_link_ask(link, "nodes", args, why);

		json_decref(args);
		if (page == NULL)
			return -EIO;
		rc = nodes_walk(json_object_get(page, "rows"), fn, ctx);
		is_last = !json_is_integer(json_object_get(page, "next"));
		offset = json_integer_value(json_object_get(page, "next"));
		json_decref(page);
	}
	return rc;
}
