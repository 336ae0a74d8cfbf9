// SPDX-License-Identifier: BSD-3-Clause
// How answers that are not lists look to people. Main thread. A member that is missing (a daemon of another
// version) is left out or shown as "-", never a crash.
#include <string.h>

#include "cmd.h"
#include "out_text.h"
#include "schema_config.h"
#include "schema_ports.h"

#define TEXT_SIZE 512

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL || value[0] == '\0' ? "-" : value;
}

// "  ports       3 of 4 up"
static void label(struct out *o, const char *name)
{
	out_print(o, "  %-11s ", name);
}

static void colored(struct out *o, enum out_color color, const char *words)
{
	if (color != OUT_PLAIN)
		out_color(o, color);
	out_print(o, "%s", words);
	if (color != OUT_PLAIN)
		out_color(o, OUT_PLAIN);
}

static void status_head_print(struct out *o, json_t *data)
{
	char age[64];

	out_age_format(age, sizeof(age), (uint64_t)number(data, "uptime-s") * 1000);
	out_color(o, OUT_BOLD);
	out_print(o, "romond %s", text(data, "version"));
	out_color(o, OUT_PLAIN);
	out_print(o, " on DPDK %s, process %" JSON_INTEGER_FORMAT ", up %s\n", text(data, "dpdk"),
		number(data, "pid"), age);
	if (json_is_false(json_object_get(data, "enabled")))
		colored(o, OUT_YELLOW, "  RoMON is disabled: romon.enabled in the configuration\n");
}

static void status_counters_print(struct out *o, json_t *data)
{
	static const char *const keys[] = {"rx-frames", "tx-frames", "forwarded", "delivered", "drops"};

	label(o, "frames");
	for (size_t i = 0; i < BASE_ARRAY_LEN(keys); i++)
		out_print(o, "%s%s %" JSON_INTEGER_FORMAT, i > 0 ? ", " : "", keys[i], number(data, keys[i]));
	out_print(o, "\n");
}

// What control took from no port: forged, late, or beyond its share.
static void status_refused_print(struct out *o, json_t *data)
{
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(data, "refused"), i, row) {
		label(o, i == 0 ? "refused" : "");
		out_print(o, "%" JSON_INTEGER_FORMAT " by %s: %s, %s\n", number(row, "count"),
			text(row, "port"), text(row, "reason"), text(row, "help"));
	}
}

// Where what is in force came from, when that is not the configuration file.
static void status_source_print(struct out *o, json_t *data)
{
	json_t *source = json_object_get(data, "config-source");
	bool differs = json_is_true(json_object_get(data, "differs-from-file"));

	if (source == NULL || (!differs && strcmp(text(source, "path"), text(data, "config-file")) == 0))
		return;
	label(o, "in force");
	out_print(o, "%s, ", text(source, "path"));
	if (json_is_string(json_object_get(source, "by")))
		out_print(o, "applied by %s at %s", text(source, "by"), text(source, "at"));
	else
		out_print(o, "as it was at %s", text(source, "at"));
	out_print(o, "%s\n", differs ? "; differs from the file above" : "");
}

// Edits of single keys: how many there are, and where.
static void overlay_print(struct out *o, json_t *data, const char *before, const char *after)
{
	json_t *overlay = json_object_get(data, "overlay");
	json_int_t n = number(overlay, "edits");
	json_int_t n_out = number(overlay, "left-out");
	json_t *path = json_object_get(overlay, "path");

	if (n == 0)
		return;
	out_print(o, "%s%" JSON_INTEGER_FORMAT " edit%s in %s%s", before, n, n == 1 ? "" : "s",
		json_is_string(path) ? json_string_value(path) : "memory alone", after);
	if (n_out > 0)
		out_print(o, ", %" JSON_INTEGER_FORMAT " left out", n_out);
	out_print(o, "\n");
}

static void status_edits_print(struct out *o, json_t *data)
{
	json_int_t n = number(data, "differing-keys");

	if (n == 0 && number(json_object_get(data, "overlay"), "edits") == 0)
		return;
	label(o, "edits");
	out_print(o, "running differs from %s in %" JSON_INTEGER_FORMAT " key%s\n", text(data, "config-file"),
		n, n == 1 ? "" : "s");
	if (number(json_object_get(data, "overlay"), "edits") > 0)
		label(o, "");
	overlay_print(o, data, "", "");
}

void cmd_print_status(struct out *o, json_t *data)
{
	json_t *mbufs = json_object_get(data, "mbufs");
	json_t *warning;
	char channel[64];
	size_t i;

	status_head_print(o, data);
	out_cell_format(channel, sizeof(channel), &o->style, OUT_KIND_TEXT, json_object_get(data, "channel"));
	label(o, "node");
	out_print(o, "%s, id %s, %s, channel %s\n", text(data, "identity"), text(data, "id"),
		text(data, "role"), channel);
	label(o, "config");
	out_print(o, "%s, generation %" JSON_INTEGER_FORMAT ", loaded %s\n", text(data, "config-file"),
		number(data, "generation"), text(data, "loaded"));
	status_source_print(o, data);
	status_edits_print(o, data);
	label(o, "ports");
	bool all_up = number(data, "ports-up") == number(data, "ports");
	out_color(o, all_up ? OUT_GREEN : OUT_YELLOW);
	out_print(o, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " up", number(data, "ports-up"),
		number(data, "ports"));
	out_color(o, OUT_PLAIN);
	out_print(o, "\n");
	label(o, "neighbors");
	out_print(o, "%" JSON_INTEGER_FORMAT "\n", number(data, "neighbors"));
	label(o, "nodes");
	out_print(o,
		"%" JSON_INTEGER_FORMAT ": %" JSON_INTEGER_FORMAT " ok, %" JSON_INTEGER_FORMAT
		" late, %" JSON_INTEGER_FORMAT " down\n",
		number(data, "nodes"), number(data, "nodes-ok"), number(data, "nodes-late"),
		number(data, "nodes-down"));
	label(o, "workers");
	out_print(o, "%" JSON_INTEGER_FORMAT "\n", number(data, "workers"));
	status_counters_print(o, data);
	label(o, "memory");
	out_print(o, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " mbufs in use, %s\n",
		number(mbufs, "in-use"), number(mbufs, "total"),
		json_is_true(json_object_get(data, "hugepages")) ? "hugepages" : "no hugepages");
	status_refused_print(o, data);
	json_array_foreach (json_object_get(data, "warnings"), i, warning) {
		label(o, i == 0 ? "warnings" : "");
		colored(o, OUT_YELLOW, json_is_string(warning) ? json_string_value(warning) : "-");
		out_print(o, "\n");
	}
}

// is_earlier: it was so once, and is not now.
static void finding_print(struct out *o, json_t *finding, bool is_earlier)
{
	const char *level = is_earlier ? "earlier" : text(finding, "level");
	const char *mend = text(finding, "mend");
	char age[64];

	out_print(o, "  ");
	colored(o, is_earlier ? OUT_PLAIN : out_state_color(level), level);
	out_print(o, "%*s %s", (int)(strlen(level) < 7 ? 7 - strlen(level) : 0), "", text(finding, "cause"));
	if (is_earlier) {
		out_age_format(age, sizeof(age), (uint64_t)number(finding, "age-ms"));
		out_print(o, " (last %s ago)", age);
	}
	out_print(o, "\n");
	if (!is_earlier && strcmp(level, "ok") != 0 && strcmp(mend, "-") != 0)
		out_print(o, "          -> %s\n", mend);
}

static void last_bad_print(struct out *o, json_t *bad)
{
	char age[64];
	json_t *line;
	size_t i;

	if (!json_is_object(bad))
		return;
	out_age_format(age, sizeof(age), (uint64_t)number(bad, "age-ms"));
	out_print(o, "  last bad frame: %s, %s ago, %" JSON_INTEGER_FORMAT " bytes\n", text(bad, "reason"),
		age, number(bad, "length"));
	json_array_foreach (json_object_get(bad, "decoded"), i, line)
		out_print(o, "    %s\n", json_is_string(line) ? json_string_value(line) : "-");
	out_print(o, "    %s\n", text(bad, "hex"));
}

static void findings_print(struct out *o, json_t *data)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(data, "findings"), i, item)
		finding_print(o, item, false);
	json_array_foreach (json_object_get(data, "earlier"), i, item)
		finding_print(o, item, true);
}

static void why_port_print(struct out *o, json_t *port)
{
	json_t *item;
	size_t i;

	out_color(o, OUT_BOLD);
	out_print(o, "%s", text(port, "port"));
	out_color(o, OUT_PLAIN);
	out_print(o, " is ");
	colored(o, out_state_color(text(port, "state")), text(port, "state"));
	out_print(o, "; %" JSON_INTEGER_FORMAT " frames received", number(port, "rx-frames"));
	json_array_foreach (json_object_get(port, "types"), i, item) {
		char age[64];

		out_print(o, "%s %s %" JSON_INTEGER_FORMAT, i == 0 ? ":" : ",", text(item, "type"),
			number(item, "count"));
		if (!json_is_integer(json_object_get(item, "age-ms")))
			continue;
		out_age_format(age, sizeof(age), (uint64_t)number(item, "age-ms"));
		out_print(o, " (%s ago)", age);
	}
	out_print(o, "\n");
	findings_print(o, port);
	json_array_foreach (json_object_get(port, "drops"), i, item)
		out_print(o, "  dropped %" JSON_INTEGER_FORMAT " %s: %s\n", number(item, "count"),
			text(item, "reason"), text(item, "help"));
	last_bad_print(o, json_object_get(port, "last-bad"));
}

static void why_node_print(struct out *o, json_t *node)
{
	json_t *row = json_object_get(node, "node");
	json_t *item;
	size_t i;

	out_color(o, OUT_BOLD);
	out_print(o, "%s", text(node, "id"));
	out_color(o, OUT_PLAIN);
	if (json_is_object(row)) {
		out_print(o, " %s is ", text(row, "identity"));
		colored(o, out_state_color(text(row, "status")), text(row, "status"));
		out_print(o, "; last seen %s", text(row, "last-seen"));
	}
	out_print(o, "\n");
	json_array_foreach (json_object_get(node, "path"), i, item) {
		out_print(o, "%s%s ", i == 0 ? "  path: " : " > ", text(item, "id"));
		colored(o, out_state_color(text(item, "status")), text(item, "status"));
	}
	out_print(o, "%s", i == 0 ? "" : "\n");
	findings_print(o, node);
}

enum cmd_exit cmd_verdict_why(json_t *data)
{
	json_t *about, *finding;
	size_t i, k;

	json_array_foreach (data, i, about) {
		json_array_foreach (json_object_get(about, "findings"), k, finding) {
			if (strcmp(text(finding, "level"), "error") == 0)
				return CMD_EXIT_FAILURE;
		}
	}
	return CMD_EXIT_OK;
}

void cmd_print_why(struct out *o, json_t *data)
{
	json_t *port;
	size_t i;

	if (json_array_size(data) == 0)
		fputs("no ports are configured: add some under ports: in the configuration file\n", stderr);
	json_array_foreach (data, i, port) {
		if (i > 0)
			out_print(o, "\n");
		if (json_object_get(port, "port") != NULL)
			why_port_print(o, port);
		else
			why_node_print(o, port);
	}
}

void cmd_print_config_text(struct out *o, json_t *data)
{
	const char *yaml = json_string_value(json_object_get(data, "text"));
	json_t *source = json_object_get(data, "config-source");
	const char *by = json_string_value(json_object_get(source, "by"));
	json_t *edit;
	size_t i;

	if (source != NULL)
		out_print(o, "# in force: %s%s%s, %s\n", text(source, "path"),
			by == NULL ? "" : ", applied by ", by == NULL ? "" : by, text(source, "at"));
	if (json_is_true(json_object_get(data, "differs-from-file")))
		out_print(o, "# differs from %s: see `romonctl config diff`\n", text(data, "config-file"));
	overlay_print(o, data, "# counted in: ", "");
	json_array_foreach (json_object_get(data, "edits"), i, edit)
		out_print(o, "#   %s %s%s%s%s\n", text(edit, "change"), text(edit, "key"),
			json_is_string(json_object_get(edit, "value")) ? " to " : "",
			json_is_string(json_object_get(edit, "value")) ? text(edit, "value") : "",
			json_is_true(json_object_get(edit, "left-out")) ? " (left out)" : "");
	out_print(o, "%s", yaml == NULL ? "" : yaml);
}

// Also for config apply and reload, whose answer has "applied" and "generation" besides.
void cmd_print_config_diff(struct out *o, json_t *data)
{
	static const struct out_column *columns;
	static size_t n_columns;
	json_t *changes = json_object_get(data, "changes");
	json_t *applied = json_object_get(data, "applied");
	json_t *change;
	size_t i;

	if (columns == NULL)
		n_columns = cmd_columns_of(schema_change_table(), &columns);
	out_begin(o, columns, n_columns);
	json_array_foreach (changes, i, change)
		out_row(o, change);
	out_end(o);
	if (json_array_size(changes) == 0)
		out_print(o, "nothing changes\n");
	else if (applied == NULL)
		out_print(o, "%zu changes, effect: %s\n", json_array_size(changes), text(data, "reload"));
	if (json_is_true(applied))
		out_print(o, "applied as generation %" JSON_INTEGER_FORMAT "\n", number(data, "generation"));
	if (number(data, "confirm-within-ms") > 0)
		out_print(o, "on trial for %" JSON_INTEGER_FORMAT " s: `romonctl config confirm` keeps it\n",
			number(data, "confirm-within-ms") / 1000);
	overlay_print(o, data, "", json_object_get(data, "is-kept") == NULL ? " hold above the file" : "");
	if (json_is_false(json_object_get(data, "is-kept")) && number(data, "confirm-within-ms") == 0)
		out_print(o, "no file keeps it (state.dir is none): it lasts until romond ends\n");
	if (json_is_true(applied))
		return;
	if (applied != NULL)
		out_print(o, "not applied; generation %" JSON_INTEGER_FORMAT " still runs\n",
			number(data, "generation"));
}

void cmd_print_config_trial(struct out *o, json_t *data)
{
	out_print(o, "in force: generation %" JSON_INTEGER_FORMAT "\n", number(data, "generation"));
}

void cmd_print_log_level(struct out *o, json_t *data)
{
	out_print(o, "%s\n", text(data, "level"));
}

// A member a line; what an object has stands further in, a list as how many it has, unless they are texts.
static void members_print(struct out *o, json_t *object, int depth)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		char cell[TEXT_SIZE];

		out_print(o, "%*s%-*s ", 2 * depth, "", 24 - 2 * depth, key);
		if (json_is_object(value)) {
			out_print(o, "\n");
			members_print(o, value, depth + 1);
		} else if (json_is_object(json_array_get(value, 0))) {
			out_print(o, "%zu\n", json_array_size(value));
		} else {
			out_cell_format(cell, sizeof(cell), &o->style, OUT_KIND_TEXT, value);
			out_print(o, "%s\n", cell);
		}
	}
}

static void any_print(struct out *o, json_t *data)
{
	members_print(o, data, 1);
}

void cmd_print_stream_state(struct out *o, json_t *data)
{
	any_print(o, data);
}

static void port_head_print(struct out *o, json_t *port)
{
	const char *state = text(port, "state");

	out_color(o, OUT_BOLD);
	out_print(o, "%s", text(port, "name"));
	out_color(o, OUT_PLAIN);
	out_print(o, " is ");
	colored(o, out_state_color(state), state);
	out_print(o, "; a %s port%s%s\n", text(port, "mode"),
		json_is_string(json_object_get(port, "group")) ? " of the group " : "",
		json_is_string(json_object_get(port, "group")) ? text(port, "group") : "");
	if (json_is_string(json_object_get(port, "error")))
		out_print(o, "  %s\n", text(port, "error"));
	if (json_is_string(json_object_get(port, "warning")))
		out_print(o, "  %s\n", text(port, "warning"));
	label(o, "device");
	out_print(o, "%s by %s, vlan %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " Mbit/s\n",
		text(port, "device"), text(port, "driver"), number(port, "vlan"), number(port, "speed-mbps"));
	label(o, "driver");
	out_print(o, "%s\n", text(port, "driver-why"));
	label(o, "address");
	out_print(o,
		"%s, link id %" JSON_INTEGER_FORMAT ", cost %" JSON_INTEGER_FORMAT
		", l2mtu %" JSON_INTEGER_FORMAT "\n",
		text(port, "mac"), number(port, "link-id"), number(port, "cost"), number(port, "l2mtu"));
}

static void port_counters_print(struct out *o, json_t *port)
{
	label(o, "received");
	out_print(o,
		"%" JSON_INTEGER_FORMAT " frames, now %" JSON_INTEGER_FORMAT "/s; %" JSON_INTEGER_FORMAT
		" dropped, %" JSON_INTEGER_FORMAT " missed\n",
		number(port, "rx-frames"), number(port, "rx-frames-per-s"), number(port, "rx-drops"),
		number(port, "rx-missed"));
	label(o, "sent");
	out_print(o,
		"%" JSON_INTEGER_FORMAT " frames, now %" JSON_INTEGER_FORMAT "/s; %" JSON_INTEGER_FORMAT
		" not sent\n",
		number(port, "tx-frames"), number(port, "tx-frames-per-s"), number(port, "tx-drops"));
	json_t *signing = json_object_get(port, "signing");
	if (!json_is_object(signing))
		return;
	label(o, "signing");
	out_print(o, "%s, %" JSON_INTEGER_FORMAT " secrets (%s)%s\n", text(signing, "sends"),
		number(signing, "effective"), text(signing, "list"),
		json_is_true(json_object_get(signing, "accepts-unsigned")) ? ", unsigned frames are taken"
									   : "");
}

static void port_print(struct out *o, json_t *port)
{
	static const struct out_column *columns;
	static size_t n_columns;
	json_t *rows = json_object_get(json_object_get(port, "heard"), "rows");
	json_t *why = json_object_get(port, "why");
	json_t *row;
	size_t i;

	if (columns == NULL)
		n_columns = cmd_columns_of(schema_neighbor_table(), &columns);
	port_head_print(o, port);
	port_counters_print(o, port);
	findings_print(o, why);
	json_array_foreach (json_object_get(why, "drops"), i, row)
		out_print(o, "  dropped %" JSON_INTEGER_FORMAT " %s: %s\n", number(row, "count"),
			text(row, "reason"), text(row, "help"));
	last_bad_print(o, json_object_get(why, "last-bad"));
	out_begin(o, columns, n_columns);
	json_array_foreach (rows, i, row)
		out_row(o, row);
	out_end(o);
	if (json_is_integer(json_object_get(json_object_get(port, "heard"), "next")))
		out_print(o, "(more neighbors: `romonctl neighbors %s`)\n", text(port, "name"));
}

// Commands that have no row in cmd_table.c, but a page of their own.
static const struct {
	const char *api_cmd;
	out_print_fn print;
} printers[] = {
	{"port", port_print},
};

out_print_fn cmd_printer_find(const char *api_cmd)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(printers); i++) {
		if (strcmp(printers[i].api_cmd, api_cmd) == 0)
			return printers[i].print;
	}
	return any_print;
}
