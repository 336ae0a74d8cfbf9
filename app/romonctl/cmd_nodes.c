// SPDX-License-Identifier: BSD-3-Clause
// Commands about nodes: how a node, the end of a ping and of a discovery look, the table of answers that
// stays in place. Main thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd_feed.h"
#include "out_text.h"

#define SCREEN_ROWS_DEFAULT 24

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL || value[0] == '\0' ? "-" : value;
}

static void line(struct out *o, const char *name, const char *value)
{
	out_print(o, "  %-11s %s\n", name, value);
}

static void path_print(struct out *o, json_t *data)
{
	json_t *hop;
	size_t i;

	out_print(o, "  %-11s ", "path");
	json_array_foreach (json_object_get(data, "path"), i, hop)
		out_print(o, "%s%s", i > 0 ? " > " : "", json_is_string(hop) ? json_string_value(hop) : "-");
	out_print(o, "%s\n", json_array_size(json_object_get(data, "path")) == 0 ? "not known" : "");
	json_array_foreach (json_object_get(data, "links"), i, hop)
		out_print(o, "  %-11s %zu: by link %" JSON_INTEGER_FORMAT " to %s\n", i == 0 ? "links" : "",
			i + 1, number(hop, "link-id"), text(hop, "mac-address"));
}

void cmd_print_node(struct out *o, json_t *data)
{
	const char *status = text(data, "status");

	out_color(o, OUT_BOLD);
	out_print(o, "%s %s", text(data, "address"), text(data, "identity"));
	out_color(o, OUT_PLAIN);
	out_print(o, "\n  %-11s ", "status");
	out_color(o, out_state_color(status));
	out_print(o, "%s", status);
	out_color(o, OUT_PLAIN);
	out_print(o, "%s\n", json_is_false(json_object_get(data, "reachable")) ? ", no path now" : "");
	line(o, "version", text(data, "version"));
	line(o, "board", text(data, "board"));
	if (json_is_string(json_object_get(data, "master")))
		line(o, "master", text(data, "master"));
	if (json_is_string(json_object_get(data, "via-master")))
		line(o, "via-master", text(data, "via-master"));
	out_print(o,
		"  %-11s %" JSON_INTEGER_FORMAT " over %" JSON_INTEGER_FORMAT
		" hops, l2mtu %" JSON_INTEGER_FORMAT "\n",
		"cost", number(data, "cost"), number(data, "hops"), number(data, "l2mtu"));
	path_print(o, data);
	line(o, "first seen", text(data, "first-seen"));
	line(o, "last seen", text(data, "last-seen"));
}

static void us_print(struct out *o, const char *name, json_t *data, const char *key)
{
	char cell[64];

	out_cell_format(cell, sizeof(cell), &o->style, OUT_KIND_US, json_object_get(data, key));
	out_print(o, " %s=%s", name, cell);
}

// As RouterOS ends a ping.
void cmd_print_ping(struct out *o, json_t *data)
{
	json_t *row;
	size_t i;

	out_print(o, "sent=%" JSON_INTEGER_FORMAT " received=%" JSON_INTEGER_FORMAT " packet-loss=%g%%",
		number(data, "sent"), number(data, "received"),
		json_number_value(json_object_get(data, "packet-loss")));
	if (number(data, "received") > 0) {
		us_print(o, "min-rtt", data, "min-rtt-us");
		us_print(o, "avg-rtt", data, "avg-rtt-us");
		us_print(o, "max-rtt", data, "max-rtt-us");
		us_print(o, "stddev", data, "stddev-rtt-us");
	}
	out_print(o, "\n");
	json_array_foreach (json_object_get(data, "refused"), i, row)
		out_print(o, "%" JSON_INTEGER_FORMAT " answers refused: %s\n", number(row, "count"),
			text(row, "reason"));
}

enum cmd_exit cmd_verdict_ping(json_t *summary)
{
	return number(summary, "received") > 0 ? CMD_EXIT_OK : CMD_EXIT_FAILURE;
}

void cmd_print_discover(struct out *o, json_t *data)
{
	if (number(data, "answered") > 0)
		out_print(o, "%" JSON_INTEGER_FORMAT " nodes answered, %" JSON_INTEGER_FORMAT " are known\n",
			number(data, "answered"), number(data, "known"));
}

enum cmd_exit cmd_verdict_discover(json_t *summary)
{
	return number(summary, "answered") > 0 ? CMD_EXIT_OK : CMD_EXIT_FAILURE;
}

// The table that stays in place: one row for each node, written anew when something came.
struct live {
	json_t *rows;     // by address
	unsigned n_lines; // on the screen
};

static unsigned screen_rows(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4)
		return SCREEN_ROWS_DEFAULT;
	return size.ws_row;
}

static void live_row(void *user, struct cmd_job *job, json_t *row)
{
	struct live *l = user;
	const char *address = json_string_value(json_object_get(row, "address"));

	(void)job;
	if (address != NULL)
		json_object_set(l->rows, address, row);
}

// Write over what stands there: drawn in memory first, which also tells how many lines it has.
static void live_draw(void *user, struct cmd_job *job)
{
	struct live *l = user;
	struct out_style style = job->out->style;
	unsigned max = screen_rows() - 3;
	char *drawn = NULL;
	size_t size = 0;
	const char *address;
	json_t *row;
	unsigned n = 0;

	style.file = out_must(open_memstream(&drawn, &size));
	struct out *o = out_create(job->call->format, &style);
	out_begin(o, job->call->cmd->columns, job->call->cmd->n_columns);
	json_object_foreach (l->rows, address, row) {
		if (n++ < max)
			out_row(o, row);
	}
	out_end(o);
	if (n > max)
		out_print(o, "(%u more: `-o jsonl` lists all)\n", n - max);
	out_destroy(o);
	fclose(style.file);
	if (l->n_lines > 0)
		fprintf(job->out->style.file, "\033[%uA\033[J", l->n_lines);
	fputs(drawn, job->out->style.file);
	fflush(job->out->style.file);
	l->n_lines = 0;
	for (size_t i = 0; i < size; i++)
		l->n_lines += drawn[i] == '\n';
	free(drawn);
}

enum cmd_exit cmd_run_discover(const struct cmd_call *call)
{
	struct live l = {.rows = NULL};
	struct cmd_feed_hooks hooks = {.row = live_row, .idle = live_draw, .user = &l};
	bool is_live = (call->format == OUT_FORMAT_TABLE || call->format == OUT_FORMAT_WIDE) &&
		       cmd_given(call, "--once") == NULL && isatty(STDOUT_FILENO) != 0;

	if (!is_live)
		return cmd_run_feed(call);
	l.rows = out_must(json_object());
	enum cmd_exit code = cmd_feed(call, call->cmd->api_cmd, &hooks);
	json_decref(l.rows);
	return code;
}

// For people: each node as a line of the table; what begins and ends is for programs.
static void follow_row(void *user, struct cmd_job *job, json_t *row)
{
	bool *has_begun = user;
	const struct cmd *cmd = job->call->cmd;
	const char *what = text(row, "what");

	job->out->is_live = true;
	if (!*has_begun)
		out_begin(job->out, cmd->columns, cmd->n_columns);
	*has_begun = true;
	if (strcmp(what, "row") == 0)
		out_row(job->out, row);
	else if (strcmp(what, "gone") == 0)
		out_print(job->out, "%s is gone\n", text(row, "gone"));
}

static void follow_idle(void *user, struct cmd_job *job)
{
	const bool *has_begun = user;

	if (*has_begun)
		out_flush(job->out);
}

static enum cmd_exit follow_end(void *user, struct cmd_job *job, json_t *summary)
{
	const bool *has_begun = user;

	(void)summary;
	if (*has_begun)
		out_end(job->out);
	return CMD_EXIT_OK;
}

enum cmd_exit cmd_run_nodes(const struct cmd_call *call)
{
	bool has_begun = false;
	struct cmd_feed_hooks hooks = {
		.row = follow_row, .idle = follow_idle, .end = follow_end, .user = &has_begun};
	bool is_human = call->format == OUT_FORMAT_TABLE || call->format == OUT_FORMAT_WIDE;

	if (cmd_given(call, "--follow") == NULL)
		return cmd_run_pages(call);
	return cmd_feed(call, "nodes-follow", is_human ? &hooks : NULL);
}
