// SPDX-License-Identifier: BSD-3-Clause
// How commands that ask romond run: connect, ask, write, exit code. Main thread; blocks for at most
// CMD_TIMEOUT_MS an answer.
#include <inttypes.h>
#include <string.h>

#include "api_client.h"
#include "cmd.h"
#include "out_text.h"

#define PAGE_ROWS 1000 // the most that romond gives at once (docs/control-socket.md)

// What a running command holds.
struct job {
	const struct cmd_call *call;
	struct api_client *client;
	json_t *args;
	struct out *out;
	struct out *err; // standard error, for people
};

static void connect_explain(const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		fprintf(stderr,
			"romonctl: not permitted to use %s: join its group (usermod -aG romon USER, then log "
			"in "
			"again), or become root\n",
			path);
	else if (err == ENOENT || err == ECONNREFUSED)
		fprintf(stderr,
			"romonctl: nobody serves %s: is romond running (systemctl status romond)? "
			"Another socket is named by -s or $" CMD_SOCKET_ENV "\n",
			path);
	else
		fprintf(stderr, "romonctl: cannot connect to %s: %s\n", path, strerror(err));
}

static enum cmd_exit job_open(struct job *job, const struct cmd_call *call)
{
	struct out_style style;

	*job = (struct job){.call = call};
	job->args = cmd_request_make(call);
	if (job->args == NULL)
		return CMD_EXIT_USAGE;
	job->client = api_client_connect(call->socket, CMD_TIMEOUT_MS);
	if (job->client == NULL) {
		connect_explain(call->socket, errno);
		return CMD_EXIT_NOT_CONNECTED;
	}
	out_style_detect(&style, stdout, call->no_color);
	job->out = out_create(call->format, &style);
	out_style_detect(&style, stderr, call->no_color);
	job->err = out_create(OUT_FORMAT_TABLE, &style);
	return CMD_EXIT_OK;
}

// Frees what job_open() made, also when it failed.
static enum cmd_exit job_close(struct job *job, enum cmd_exit code)
{
	api_client_close(job->client);
	json_decref(job->args);
	out_destroy(job->out);
	out_destroy(job->err);
	return code;
}

// Faults of a configuration that came with an error, as a compiler writes them.
static void issues_print(struct job *job, json_t *issues)
{
	const char *path = json_string_value(json_object_get(job->args, "path"));
	json_t *issue;
	size_t i;

	json_array_foreach (issues, i, issue) {
		const char *level = json_string_value(json_object_get(issue, "level"));
		const char *text = json_string_value(json_object_get(issue, "text"));
		bool is_warning = level != NULL && strcmp(level, "warning") == 0;

		json_int_t line = json_integer_value(json_object_get(issue, "line"));

		out_print(job->err, "%s:", path == NULL ? "configuration" : path);
		if (line > 0) // 0: the file as a whole
			out_print(job->err, "%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ":", line,
				json_integer_value(json_object_get(issue, "column")));
		out_print(job->err, " %s%s\n", is_warning ? "warning: " : "", text == NULL ? "" : text);
	}
}

static enum cmd_exit refusal_explain(struct job *job, const struct api_error *err)
{
	issues_print(job, json_object_get(err->extra, "issues"));
	out_print(job->err, "romonctl: %s\n", err->message);
	switch (err->code) {
	case API_ERROR_NOT_FOUND:
		return CMD_EXIT_NOT_FOUND;
	case API_ERROR_BAD_ARGUMENT:
		return CMD_EXIT_USAGE;
	case API_ERROR_INVALID:
	case API_ERROR_BAD_REQUEST:
	case API_ERROR_UNKNOWN_COMMAND:
	case API_ERROR_INVALID_CONFIG:
	case API_ERROR_FAILED:
		break;
	}
	return CMD_EXIT_FAILURE;
}

// Ask once. CMD_EXIT_OK with a new reference in *data; else the reason is on standard error.
static enum cmd_exit job_ask(struct job *job, json_t **data)
{
	struct api_error err = API_ERROR_INIT;
	enum cmd_exit code = CMD_EXIT_NOT_CONNECTED;

	int rc = api_client_call(job->client, job->call->cmd->api_cmd, job->args, CMD_TIMEOUT_MS, data, &err);
	if (rc == 0)
		return CMD_EXIT_OK;
	if (rc == -EREMOTEIO) {
		code = refusal_explain(job, &err);
	} else if (rc == -ETIMEDOUT) {
		fprintf(stderr, "romonctl: romond did not answer within %d s\n", CMD_TIMEOUT_MS / 1000);
	} else if (rc == -ECONNRESET) {
		fprintf(stderr,
			"romonctl: romond closed the connection without an answer; its log says why\n");
	} else {
		fprintf(stderr, "romonctl: no usable answer from romond: %s\n", strerror(-rc));
		code = CMD_EXIT_FAILURE;
	}
	api_error_clear(&err);
	return code;
}

static enum cmd_exit answer_is_strange(json_t *data)
{
	json_decref(data);
	fputs("romonctl: romond's answer has another form than expected: are both of one version?\n", stderr);
	return CMD_EXIT_FAILURE;
}

static void empty_explain(const struct job *job)
{
	if (job->out->n_rows == 0 && out_is_human(job->out))
		fprintf(stderr, "%s\n", job->call->cmd->empty);
}

static void rows_write(struct job *job, json_t *rows)
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
	struct job job;

	enum cmd_exit code = job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = job_ask(&job, &data);
	if (code != CMD_EXIT_OK)
		return job_close(&job, code);
	if (!json_is_array(data))
		return job_close(&job, answer_is_strange(data));
	out_begin(job.out, cmd->columns, cmd->n_columns);
	rows_write(&job, data);
	out_end(job.out);
	empty_explain(&job);
	json_decref(data);
	return job_close(&job, CMD_EXIT_OK);
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
	struct job job;

	enum cmd_exit code = job_open(&job, call);
	for (unsigned page = 0; code == CMD_EXIT_OK && has_more; page++) {
		json_object_set_new(job.args, "offset", json_integer(at));
		json_object_set_new(job.args, "count", json_integer(PAGE_ROWS));
		code = job_ask(&job, &data);
		if (code == CMD_EXIT_OK && !json_is_array(json_object_get(data, "rows")))
			code = answer_is_strange(data);
		if (code != CMD_EXIT_OK && page > 0) {
			out_end(job.out);
			return job_close(&job, CMD_EXIT_PARTIAL);
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
	return job_close(&job, code);
}

enum cmd_exit cmd_run_object(const struct cmd_call *call)
{
	json_t *data = NULL;
	struct job job;

	enum cmd_exit code = job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = job_ask(&job, &data);
	if (code == CMD_EXIT_OK)
		out_object(job.out, data, call->cmd->print);
	if (code == CMD_EXIT_OK && json_is_object(data))
		issues_print(&job, json_object_get(data, "issues"));
	json_decref(data);
	return job_close(&job, code);
}

// Gather all pages of events into one value of the same shape as a page.
static enum cmd_exit events_gather(struct job *job, json_t **all)
{
	json_int_t at = json_integer_value(json_object_get(job->args, "since"));
	json_int_t lost = 0;
	json_t *rows = out_must(json_array());
	enum cmd_exit code = CMD_EXIT_OK;
	bool has_more = true;

	while (has_more && code == CMD_EXIT_OK) {
		json_t *data = NULL;

		json_object_set_new(job->args, "since", json_integer(at));
		code = job_ask(job, &data);
		json_t *page = json_object_get(data, "rows");
		if (code == CMD_EXIT_OK && !json_is_array(page))
			code = answer_is_strange(json_incref(data));
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
	struct job job;

	enum cmd_exit code = job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = events_gather(&job, &all);
	json_t *rows = json_object_get(all, "rows");
	if (code != CMD_EXIT_OK && json_array_size(rows) > 0)
		code = CMD_EXIT_PARTIAL;
	if (code == CMD_EXIT_OK || code == CMD_EXIT_PARTIAL) {
		json_int_t lost = json_integer_value(json_object_get(all, "lost"));

		if (call->format == OUT_FORMAT_JSON) {
			out_object(job.out, all, NULL);
		} else {
			out_begin(job.out, call->cmd->columns, call->cmd->n_columns);
			rows_write(&job, rows);
			out_end(job.out);
			empty_explain(&job);
		}
		if (lost > 0)
			fprintf(stderr,
				"romonctl: %" JSON_INTEGER_FORMAT
				" events came faster than they could be kept and are lost\n",
				lost);
	}
	json_decref(all);
	return job_close(&job, code);
}
