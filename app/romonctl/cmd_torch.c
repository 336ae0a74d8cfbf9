// SPDX-License-Identifier: BSD-3-Clause
// torch: who sends how much through a port. On a terminal a table that stays in place, else a table for each
// interval, or a row a line. Main thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd_feed.h"

#define SCREEN_ROWS_DEFAULT 24
#define LINES_BESIDE        4 // of the screen: headline, titles, "more", and the cursor's

struct torch_view {
	bool is_screen;
	bool has_begun;   // JSON: the list
	unsigned n_lines; // on the screen
	uint64_t n_lost;
};

static unsigned rows_fitting(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row <= LINES_BESIDE)
		size.ws_row = SCREEN_ROWS_DEFAULT;
	return size.ws_row - LINES_BESIDE;
}

// One interval as a headline and a table of at most max rows.
static void table_write(struct out *o, const struct cmd *cmd, json_t *data, size_t max)
{
	json_t *rows = json_object_get(data, "rows");
	json_int_t rest = json_integer_value(json_object_get(json_object_get(data, "rest"), "frames"));
	const char *time = json_string_value(json_object_get(data, "time"));
	json_t *row;
	size_t i;

	out_print(o, "%s, over %.1f s%s%s\n", time == NULL ? "-" : time,
		(double)json_integer_value(json_object_get(data, "interval-ms")) / 1000,
		json_array_size(rows) == 0 ? ": " : "", json_array_size(rows) == 0 ? cmd->empty : "");
	if (json_array_size(rows) == 0)
		return;
	out_begin(o, cmd->columns, cmd->n_columns);
	json_array_foreach (rows, i, row) {
		if (i < max)
			out_row(o, row);
	}
	out_end(o);
	if (json_array_size(rows) > max)
		out_print(o, "(%zu more: `-o jsonl` lists all)\n", json_array_size(rows) - max);
	if (rest > 0)
		out_print(o, "(%" JSON_INTEGER_FORMAT " frames of further flows)\n", rest);
}

// Write over what stands there: drawn in memory first, which also tells how many lines it has.
static void screen_draw(struct torch_view *v, struct cmd_job *job, json_t *data)
{
	struct out_style style = job->out->style;
	char *drawn = NULL;
	size_t size = 0;

	style.file = out_must(open_memstream(&drawn, &size));
	struct out *o = out_create(job->call->format, &style);
	table_write(o, job->call->cmd, data, rows_fitting());
	out_destroy(o);
	fclose(style.file);
	if (v->n_lines > 0)
		fprintf(job->out->style.file, "\033[%uA\033[J", v->n_lines);
	fputs(drawn, job->out->style.file);
	v->n_lines = 0;
	for (size_t i = 0; i < size; i++)
		v->n_lines += drawn[i] == '\n';
	free(drawn);
}

static void json_rows_write(struct torch_view *v, struct cmd_job *job, json_t *data)
{
	json_t *row;
	size_t i;

	if (!v->has_begun)
		out_begin(job->out, job->call->cmd->columns, job->call->cmd->n_columns);
	v->has_begun = true;
	json_array_foreach (json_object_get(data, "rows"), i, row) {
		json_object_set(row, "time", json_object_get(data, "time"));
		json_object_set(row, "interval-ms", json_object_get(data, "interval-ms"));
		out_row(job->out, row);
	}
}

static void torch_row(void *user, struct cmd_job *job, json_t *data)
{
	struct torch_view *v = user;

	v->n_lost += (uint64_t)json_integer_value(json_object_get(data, "lost"));
	if (!out_is_human(job->out))
		json_rows_write(v, job, data);
	else if (v->is_screen)
		screen_draw(v, job, data);
	else
		table_write(job->out, job->call->cmd, data, SIZE_MAX);
	if (out_is_human(job->out) && !v->is_screen)
		out_print(job->out, "\n");
}

static void torch_idle(void *user, struct cmd_job *job)
{
	(void)user;
	fflush(job->out->style.file);
}

// The last answer has the interval that was cut short.
static enum cmd_exit torch_end(void *user, struct cmd_job *job, json_t *summary)
{
	struct torch_view *v = user;
	json_t *last = json_object_get(summary, "last");

	if (json_array_size(json_object_get(last, "rows")) > 0 || (!v->has_begun && !out_is_human(job->out)))
		torch_row(v, job, last);
	if (v->has_begun)
		out_end(job->out);
	if (out_is_human(job->out))
		out_print(job->out, "%" JSON_INTEGER_FORMAT " frames, %" JSON_INTEGER_FORMAT " bytes\n",
			json_integer_value(json_object_get(summary, "frames")),
			json_integer_value(json_object_get(summary, "bytes")));
	if (json_integer_value(json_object_get(summary, "lost")) > 0)
		fprintf(stderr,
			"romonctl: %" JSON_INTEGER_FORMAT
			" frames passed faster than they could be counted\n",
			json_integer_value(json_object_get(summary, "lost")));
	return CMD_EXIT_OK;
}

enum cmd_exit cmd_run_torch(const struct cmd_call *call)
{
	struct torch_view v = {.is_screen = isatty(STDOUT_FILENO) != 0};
	struct cmd_feed_hooks hooks = {.row = torch_row, .idle = torch_idle, .end = torch_end, .user = &v};

	return cmd_feed(call, call->cmd->api_cmd, &hooks);
}
