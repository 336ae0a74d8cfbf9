// SPDX-License-Identifier: BSD-3-Clause
// The properties of each menu, and its rows from the answers of romond's control socket. Any thread.
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "gw_active.h"
#include "gw_tree.h"

#define PAGE 500 // nodes of one question

const struct gw_prop gw_romon_props[] = {
	{"enabled", "status/enabled", GW_KIND_BOOL, "whether this node takes part"},
	{"id", "config/romon/id", GW_KIND_MAC, "the RoMON id asked for; zeros: romond chooses"},
	{"secrets", "config/romon/secrets", GW_KIND_SECRETS, "***** where there are some"},
	{"secret", "config/romon/secrets", GW_KIND_SECRETS, "the same"},
	{"current-id", "status/id", GW_KIND_MAC, "the RoMON id in force"},
	{"channel", "status/channel", GW_KIND_TEXT, "a word kept for scripts: default"},
	{"master-id", "config/romon/master-id", GW_KIND_TEXT, "label of this master"},
	{NULL},
};

const struct gw_prop gw_port_props[] = {
	{"interface", "name", GW_KIND_TEXT, "name of the port, or all"},
	{"forbid", "config/forbid", GW_KIND_BOOL, "RoMON is refused here"},
	{"cost", "config/cost", GW_KIND_NUMBER, "of a path through this port"},
	{"secrets", "config/secrets", GW_KIND_SECRETS, "***** where there are some of its own"},
	{"comment", "config/comment", GW_KIND_TEXT, "of the configuration"},
	{"default", "is-default", GW_KIND_BOOL, "it is the row all"},
	{"dynamic", "false", GW_KIND_SAID, "no port is"},
	{"disabled", "disabled", GW_KIND_BOOL, "switched off by the configuration"},
	{"status", "port/state", GW_KIND_TEXT, "state of its device"},
	{NULL},
};

const struct gw_prop gw_neighbor_props[] = {
	{"id", "address", GW_KIND_MAC, "the RoMON id"},
	{"mac-address", "address", GW_KIND_MAC, "the same"},
	{"address", "address", GW_KIND_MAC, "the same, as discover names it"},
	{"interface", "heard-on", GW_KIND_TEXT, "our port that its answers come in by"},
	{"identity", "identity", GW_KIND_TEXT, "its name"},
	{"status", "status", GW_KIND_TEXT, "ok, late or down"},
	{"cost", "cost", GW_KIND_NUMBER, "of the path to it"},
	{"hops", "hops", GW_KIND_NUMBER, "links of the path"},
	{"path", "path", GW_KIND_MACS, "RoMON ids, from the first behind us to the node"},
	{"l2mtu", "l2mtu", GW_KIND_NUMBER, "bytes, the least of the path"},
	{"version", "version", GW_KIND_TEXT, "of RouterOS or romond"},
	{"board", "board", GW_KIND_TEXT, "its hardware"},
	{"first-seen", "first-seen", GW_KIND_TIME, "when it first answered, UTC"},
	{"last-seen", "last-seen", GW_KIND_TIME, "when it last did, UTC", .is_counter = true},
	{NULL},
};

const struct gw_prop gw_identity_props[] = {
	{"name", "identity", GW_KIND_TEXT, "of this node"},
	{NULL},
};

const struct gw_prop gw_resource_props[] = {
	{"uptime", "uptime-s", GW_KIND_UPTIME, "of romond", .is_counter = true},
	{"version", "version", GW_KIND_TEXT, "of romond"},
	{"platform", "romond", GW_KIND_SAID, ""},
	{"board-name", "romond", GW_KIND_SAID, ""},
	{NULL},
};

const struct gw_prop gw_interface_props[] = {
	{"name", "name", GW_KIND_TEXT, "of the port"},
	{"type", "ether", GW_KIND_SAID, ""},
	{"l2mtu", "l2mtu", GW_KIND_NUMBER, "bytes"},
	{"mac-address", "mac", GW_KIND_MAC, "of its device"},
	{"rx-byte", "rx-bytes", GW_KIND_NUMBER, "received", .is_counter = true},
	{"tx-byte", "tx-bytes", GW_KIND_NUMBER, "sent", .is_counter = true},
	{"rx-packet", "rx-frames", GW_KIND_NUMBER, "received", .is_counter = true},
	{"tx-packet", "tx-frames", GW_KIND_NUMBER, "sent", .is_counter = true},
	{"rx-drop", "rx-drops", GW_KIND_NUMBER, "lost before they were looked at", .is_counter = true},
	{"tx-drop", "tx-drops", GW_KIND_NUMBER, "that the device did not take", .is_counter = true},
	{"comment", "comment", GW_KIND_TEXT, "of the configuration"},
	{"running", "is-running", GW_KIND_BOOL, "its device is up"},
	{"disabled", "is-disabled", GW_KIND_BOOL, "switched off by the configuration"},
	{NULL},
};

const struct gw_prop gw_log_props[] = {
	{"number", "key", GW_KIND_TEXT, "of the event, since romond started"},
	{"time", "time", GW_KIND_TIME, "UTC"},
	{"buffer", "memory", GW_KIND_SAID, ""},
	{"topics", "topics", GW_KIND_TEXT, "romon, the severity, and the kind of event"},
	{"message", "text", GW_KIND_TEXT, "what happened"},
	{NULL},
};

const struct gw_prop gw_active_props[] = {
	{"number", "key", GW_KIND_TEXT, "of the login, since romon-gw started"},
	{"when", "when", GW_KIND_TIME, "the login, UTC"},
	{"name", "name", GW_KIND_TEXT, "of the user"},
	{"address", "address", GW_KIND_TEXT, "that he came from"},
	{"via", "via", GW_KIND_TEXT, "api or api-ssl"},
	{"group", "group", GW_KIND_TEXT, "read, write or full"},
	{NULL},
};

// What is not one list of romond's becomes one: rows is a new reference, NULL = out of memory.
static int page_make(struct gw_page *page, json_t *rows, struct base_text *why)
{
	*page = (struct gw_page){rows, -1};
	if (rows != NULL)
		return 0;
	base_text_add(why, "out of memory");
	return -EIO;
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

int gw_ask_romon(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *both = both_ask(link, "status", "config-show", why);

	(void)offset;
	return both == NULL ? -EIO : page_make(page, json_pack("[o]", both), why);
}

int gw_ask_status(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *status = gw_link_ask(link, "status", NULL, why);

	(void)offset;
	return status == NULL ? -EIO : page_make(page, json_pack("[o]", status), why);
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

int gw_ask_ports(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *both = both_ask(link, "ports", "config-show", why);
	json_t *config = json_object_get(json_object_get(both, "config"), "ports");
	json_t *rows = json_array();
	const char *name;
	json_t *values;

	(void)offset;
	json_object_foreach (config, name, values) {
		bool is_default = strcmp(name, "all") == 0;
		bool is_disabled = !is_default && json_is_true(json_object_get(values, "disabled"));
		json_t *port = port_find(json_object_get(both, "ports"), name);

		json_array_append_new(
			rows, json_pack("{s:s, s:O, s:b, s:b, s:O*}", "name", name, "config", values,
				      "is-default", is_default, "disabled", is_disabled, "port", port));
	}
	if (both == NULL) {
		json_decref(rows);
		return -EIO;
	}
	json_decref(both);
	return page_make(page, rows, why);
}

int gw_ask_interfaces(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *ports = gw_link_ask(link, "ports", NULL, why);
	json_t *port;
	size_t i;

	(void)offset;
	json_array_foreach (ports, i, port) {
		const char *state = json_string_value(json_object_get(port, "state"));

		if (state == NULL)
			continue;
		json_object_set_new(port, "is-running", json_boolean(strcmp(state, "up") == 0));
		json_object_set_new(port, "is-disabled", json_boolean(strcmp(state, "disabled") == 0));
	}
	return ports == NULL ? -EIO : page_make(page, ports, why);
}

// Page by page: no answer grows with the inventory.
int gw_ask_neighbors(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *args = json_pack("{s:I, s:i}", "offset", offset, "count", PAGE);
	json_t *answer = gw_link_ask(link, "nodes", args, why);

	json_decref(args);
	if (answer == NULL)
		return -EIO;
	int rc = page_make(page, json_incref(json_object_get(answer, "rows")), why);
	json_t *next = json_object_get(answer, "next");
	if (json_is_integer(next))
		page->next = json_integer_value(next);
	json_decref(answer);
	return rc;
}

int gw_ask_log(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	json_t *args = json_pack("{s:I, s:i}", "since", offset, "count", PAGE);
	json_t *answer = gw_link_ask(link, "events", args, why), *row;
	char key[24], topics[128];
	size_t i;

	json_decref(args);
	if (answer == NULL)
		return -EIO;
	json_t *rows = json_object_get(answer, "rows");
	json_array_foreach (rows, i, row) {
		const char *severity = json_string_value(json_object_get(row, "severity"));
		const char *type = json_string_value(json_object_get(row, "type"));

		snprintf(key, sizeof(key), "%" JSON_INTEGER_FORMAT,
			json_integer_value(json_object_get(row, "seq")));
		snprintf(topics, sizeof(topics), "romon,%s,%s", severity == NULL ? "" : severity,
			type == NULL ? "" : type);
		json_object_set_new(row, "key", json_string(key));
		json_object_set_new(row, "topics", json_string(topics));
	}
	json_int_t next = json_integer_value(json_object_get(answer, "next"));
	int rc = page_make(page, json_incref(rows), why);
	if (json_array_size(rows) == PAGE)
		page->next = next;
	json_decref(answer);
	return rc;
}

// Of ourselves: romond is not asked.
int gw_ask_active(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why)
{
	(void)link;
	(void)offset;
	return page_make(page, gw_active_list(), why);
}
