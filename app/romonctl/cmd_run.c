// SPDX-License-Identifier: BSD-3-Clause
// How commands that ask romond run: ask, write, exit code. Main thread; blocks for at most CMD_TIMEOUT_MS an
// answer.
#include <string.h>

#include "cmd_feed.h"
#include "cmd_job.h"

static void empty_explain(const struct cmd_job *job)
{
	if (job->out->n_rows == 0 && out_is_human(job->out))
		fprintf(stderr, "%s\n", job->call->cmd->empty);
}

static void rows_write(struct cmd_job *job, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		out_row(job->out, row);
}

enum cmd_exit cmd_run_list(const struct cmd_call *call)
{
	const struct cmd *cmd = call->cmd;
	json_t *data = NULL;
	struct cmd_job job;

	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = cmd_job_ask(&job, &data);
	if (code != CMD_EXIT_OK)
		return cmd_job_close(&job, code);
	if (!json_is_array(data))
		return cmd_job_close(&job, cmd_job_strange(data));
	out_begin(job.out, cmd->columns, cmd->n_columns);
	rows_write(&job, data);
	out_end(job.out);
	empty_explain(&job);
	json_decref(data);
	return cmd_job_close(&job, CMD_EXIT_OK);
}

// The next page's cursor. False at the end, also when romond's cursor does not move on.
static bool cursor_move(json_t *data, const char *key, json_int_t *at)
{
	json_t *next = json_object_get(data, key);

	if (!json_is_integer(next) || json_integer_value(next) <= *at)
		return false;
	*at = json_integer_value(next);
	return true;
}

// A list that romond gives in pages. What was written before a failure stays: that is exit code 5.
enum cmd_exit cmd_run_pages(const struct cmd_call *call)
{
	json_t *data = NULL;
	json_int_t at = 0;
	bool has_more = true;
	struct cmd_job job;

	enum cmd_exit code = cmd_job_open(&job, call);
	for (unsigned page = 0; code == CMD_EXIT_OK && has_more; page++) {
		json_object_set_new(job.args, "offset", json_integer(at));
		json_object_set_new(job.args, "count", json_integer(CMD_PAGE_ROWS));
		code = cmd_job_ask(&job, &data);
		if (code == CMD_EXIT_OK && !json_is_array(json_object_get(data, "rows")))
			code = cmd_job_strange(data);
		if (code != CMD_EXIT_OK && page > 0) {
			out_end(job.out);
			return cmd_job_close(&job, CMD_EXIT_PARTIAL);
		}
		if (code != CMD_EXIT_OK)
			break;
		if (page == 0)
			out_begin(job.out, call->cmd->columns, call->cmd->n_columns);
		rows_write(&job, json_object_get(data, "rows"));
		has_more = cursor_move(data, "next", &at);
		json_decref(data);
	}
	if (code == CMD_EXIT_OK) {
		out_end(job.out);
		empty_explain(&job);
	}
	return cmd_job_close(&job, code);
}

enum cmd_exit cmd_run_object(const struct cmd_call *call)
{
	json_t *data = NULL;
	struct cmd_job job;

	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = cmd_job_ask(&job, &data);
	if (code == CMD_EXIT_OK)
		out_object(job.out, data, call->cmd->print);
	if (code == CMD_EXIT_OK && json_is_object(data))
		cmd_job_issues(&job, json_object_get(data, "issues"));
	if (code == CMD_EXIT_OK && call->cmd->verdict != NULL)
		code = call->cmd->verdict(data);
	json_decref(data);
	return cmd_job_close(&job, code);
}

// Gather all pages of events into one value of the same shape as a page.
static enum cmd_exit events_gather(struct cmd_job *job, json_t **all)
{
	json_int_t at = json_integer_value(json_object_get(job->args, "since"));
	json_int_t lost = 0;
	json_t *rows = out_must(json_array());
	enum cmd_exit code = CMD_EXIT_OK;
	bool has_more = true;

	while (has_more && code == CMD_EXIT_OK) {
		json_t *data = NULL;

		json_object_set_new(job->args, "since", json_integer(at));
		code = cmd_job_ask(job, &data);
		json_t *page = json_object_get(data, "rows");
		if (code == CMD_EXIT_OK && !json_is_array(page))
			code = cmd_job_strange(json_incref(data));
		if (code == CMD_EXIT_OK) {
			json_array_extend(rows, page);
			lost += json_integer_value(json_object_get(data, "lost"));
			has_more = json_array_size(page) > 0 && cursor_move(data, "next", &at);
		}
		json_decref(data);
	}
	*all = out_must(json_pack("{s:I, s:I, s:o}", "next", at, "lost", lost, "rows", rows));
	return code;
}

enum cmd_exit cmd_run_events(const struct cmd_call *call)
{
	json_t *all = NULL;
	struct cmd_job job;

	if (cmd_given(call, "--follow") != NULL)
		return cmd_feed(call, "events-follow", NULL);
	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = events_gather(&job, &all);
	json_t *rows = json_object_get(all, "rows");
	if (code != CMD_EXIT_OK && json_array_size(rows) > 0)
		code = CMD_EXIT_PARTIAL;
	if (code == CMD_EXIT_OK || code == CMD_EXIT_PARTIAL) {
		json_int_t lost = json_integer_value(json_object_get(all, "lost"));

		out_begin(job.out, call->cmd->columns, call->cmd->n_columns);
		rows_write(&job, rows);
		out_end(job.out);
		empty_explain(&job);
		if (lost > 0)
			fprintf(stderr,
				"romonctl: %" JSON_INTEGER_FORMAT
				" events came faster than they could be kept and are lost\n",
				lost);
	}
	json_decref(all);
	return cmd_job_close(&job, code);
}
