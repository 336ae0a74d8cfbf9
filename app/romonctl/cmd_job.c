// SPDX-License-Identifier: BSD-3-Clause
// A running command and its connection. Main thread.
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_server.h"
#include "base_file.h"
#include "cmd_job.h"
#include "conf.h"
#include "target_seek.h"

#define PATIENCE_MS       2000  // then people are told that we wait
#define CHANGE_TIMEOUT_MS 60000 // of the answer to what changes something

static void connect_explain(const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		fprintf(stderr,
			"romonctl: not permitted to use %s: join its group (usermod -aG romon USER, then log in again), or become root\n",
			path);
	else if (err == ENOENT || err == ECONNREFUSED)
		fprintf(stderr,
			"romonctl: nobody serves %s: is romond running (`pgrep -a romond`)? Another socket is named by -s or $" CMD_SOCKET_ENV
			"\n",
			path);
	else
		fprintf(stderr, "romonctl: cannot connect to %s: %s\n", path, strerror(err));
}

// Whether the other end of a kept connection is still there. What is left of a cancelled feed may wait in
// it.
static bool is_alive(const struct api_client *client)
{
	char byte;
	ssize_t n = recv(api_client_fd(client), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n > 0 || (n < 0 && errno == EAGAIN);
}

// Whether the command shares the shell's connection.
static bool is_shared(const struct cmd_call *call)
{
	return call->session != NULL && strcmp(call->session->socket, call->socket) == 0;
}

bool cmd_session_open(struct cmd_session *kept)
{
	if (kept->client != NULL && !is_alive(kept->client))
		cmd_session_close(kept);
	if (kept->client != NULL)
		return true;
	kept->client = api_client_connect(kept->socket, CMD_TIMEOUT_MS);
	kept->n_opened += kept->client != NULL;
	return kept->client != NULL;
}

void cmd_session_close(struct cmd_session *kept)
{
	api_client_close(kept->client);
	kept->client = NULL;
}

static enum cmd_exit job_connect(struct cmd_job *job)
{
	const struct cmd_call *call = job->call;

	if (is_shared(call))
		job->client = cmd_session_open(call->session) ? call->session->client : NULL;
	else
		job->client = api_client_connect(call->socket, CMD_TIMEOUT_MS);
	if (job->client != NULL)
		return CMD_EXIT_OK;
	connect_explain(call->socket, errno);
	return CMD_EXIT_NOT_CONNECTED;
}

enum cmd_exit cmd_job_open(struct cmd_job *job, const struct cmd_call *call)
{
	struct out_style style;

	*job = (struct cmd_job){.call = call};
	job->args = cmd_request_make(call);
	if (job->args == NULL)
		return CMD_EXIT_USAGE;
	enum cmd_exit code = job_connect(job);
	if (code != CMD_EXIT_OK)
		return code;
	out_style_detect(&style, stdout, call->no_color);
	job->out = out_create(call->format, &style);
	out_style_detect(&style, stderr, call->no_color);
	job->err = out_create(OUT_FORMAT_TABLE, &style);
	return CMD_EXIT_OK;
}

enum cmd_exit cmd_job_close(struct cmd_job *job, enum cmd_exit code)
{
	bool is_kept = is_shared(job->call);

	if (!is_kept || job->is_lost)
		api_client_close(job->client);
	if (is_kept && job->is_lost)
		job->call->session->client = NULL;
	json_decref(job->args);
	out_destroy(job->out);
	out_destroy(job->err);
	return code;
}

// Faults of a configuration that came with an error, as a compiler writes them.
void cmd_job_issues(struct cmd_job *job, json_t *issues)
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

static enum cmd_exit refusal_explain(struct cmd_job *job, const struct api_error *err)
{
	cmd_job_issues(job, json_object_get(err->extra, "issues"));
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
	case API_ERROR_NOT_PERMITTED:
	case API_ERROR_BUSY:
	case API_ERROR_FAILED:
		break;
	}
	return CMD_EXIT_FAILURE;
}

// A change may open and close devices, which takes as long as the kernel takes: ten seconds were seen on a
// busy machine. What is only read comes at once, or something is wrong.
static int timeout_ms(const char *api_cmd)
{
	const struct schema_command *command = api_cmd == NULL ? NULL : schema_command_find(api_cmd);

	return command != NULL && command->tier != API_TIER_READ ? CHANGE_TIMEOUT_MS : CMD_TIMEOUT_MS;
}

enum cmd_exit cmd_job_explain(struct cmd_job *job, int rc, struct api_error *err)
{
	enum cmd_exit code = CMD_EXIT_NOT_CONNECTED;

	job->is_lost = rc != -EREMOTEIO;
	if (rc == -EREMOTEIO) {
		code = refusal_explain(job, err);
	} else if (rc == -ETIMEDOUT) {
		fprintf(stderr, "romonctl: romond did not answer within %d s\n",
			timeout_ms(job->asked) / 1000);
	} else if (rc == -ECONNRESET) {
		fprintf(stderr,
			"romonctl: romond closed the connection without an answer; its log says why\n");
	} else {
		fprintf(stderr, "romonctl: no usable answer from romond: %s\n", strerror(-rc));
		code = CMD_EXIT_FAILURE;
	}
	api_error_clear(err);
	return code;
}

// Arguments that name a file: romond opens none for a client, so its descriptor goes with the request, in
// this order.
static const char *const file_args[API_FDS_MAX] = {"path", "secrets-file"};

// Open what args name, as the user who runs us: how many, or -1, said.
static int files_open(struct cmd_job *job, json_t *args, int fds[API_FDS_MAX])
{
	int n = 0;

	for (size_t i = 0; i < BASE_ARRAY_LEN(file_args); i++) {
		const char *path = json_string_value(json_object_get(args, file_args[i]));
		char why_buf[256];
		struct base_text why;
		struct stat st;

		if (path == NULL)
			continue;
		base_text_init(&why, why_buf, sizeof(why_buf));
		fds[n] = base_file_open(path, CONF_FILE_SIZE_MAX, &st, &why);
		if (fds[n] >= 0) {
			n++;
			continue;
		}
		out_print(job->err, "romonctl: %s %s\n", path, why_buf);
		while (n > 0)
			close(fds[--n]);
		return -1;
	}
	return n;
}

// As api_client_call(), with a word to people who wait.
static int call(struct cmd_job *job, const char *api_cmd, json_t *args, json_t **data, struct api_error *err)
{
	int all_ms = timeout_ms(api_cmd);
	bool is_last = false;

	job->asked = api_cmd;
	int rc = api_client_open(job->client, api_cmd, args, CMD_TIMEOUT_MS);
	if (rc == 0)
		rc = api_client_next(job->client, PATIENCE_MS, data, &is_last, err);
	if (rc != -ETIMEDOUT)
		return rc;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "romonctl: romond works on it\n");
	return api_client_next(job->client, all_ms - PATIENCE_MS, data, &is_last, err);
}

enum cmd_exit cmd_job_ask_for(struct cmd_job *job, const char *api_cmd, json_t *args, json_t **data)
{
	struct api_error err = API_ERROR_INIT;
	int fds[API_FDS_MAX];

	int n = files_open(job, args, fds);
	if (n < 0)
		return CMD_EXIT_FAILURE;
	api_client_attach(job->client, fds, (unsigned)n);
	int rc = call(job, api_cmd, args, data, &err);
	if (rc == -EREMOTEIO && target_seek_for(job, args, &err)) {
		api_error_clear(&err);
		rc = call(job, api_cmd, args, data, &err);
	}
	while (n > 0)
		close(fds[--n]);
	return rc == 0 ? CMD_EXIT_OK : cmd_job_explain(job, rc, &err);
}

enum cmd_exit cmd_job_ask(struct cmd_job *job, json_t **data)
{
	return cmd_job_ask_for(job, job->call->cmd->api_cmd, job->args, data);
}

enum cmd_exit cmd_job_ask_pages(struct cmd_job *job, const char *api_cmd, json_t *args, json_t *all)
{
	json_t *with_page = args == NULL ? out_must(json_object()) : out_must(json_copy(args));
	enum cmd_exit code = CMD_EXIT_OK;
	json_int_t at = 0;

	for (bool has_more = true; has_more;) {
		json_t *data = NULL;

		json_object_set_new(with_page, "offset", json_integer(at));
		json_object_set_new(with_page, "count", json_integer(CMD_PAGE_ROWS));
		code = cmd_job_ask_for(job, api_cmd, with_page, &data);
		if (code != CMD_EXIT_OK)
			break;
		json_t *rows = json_object_get(data, "rows");
		json_t *next = json_object_get(data, "next");
		if (!json_is_array(rows)) {
			code = cmd_job_strange(data);
			break;
		}
		json_array_extend(all, rows);
		has_more = json_is_integer(next) && json_integer_value(next) > at;
		at = json_integer_value(next);
		json_decref(data);
	}
	json_decref(with_page);
	return code;
}

enum cmd_exit cmd_job_strange(json_t *data)
{
	json_decref(data);
	fputs("romonctl: romond's answer has another form than expected: are both of one version?\n", stderr);
	return CMD_EXIT_FAILURE;
}
