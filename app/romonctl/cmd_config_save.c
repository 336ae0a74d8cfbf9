// SPDX-License-Identifier: BSD-3-Clause
// config save: what is in force becomes the configuration file. romonctl makes the file, with the rights of
// who runs it; romond writes into it what it has in force, so that no secret crosses the socket; romonctl
// puts it in place, and romond looks whether it is there. Main thread.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_job.h"
#include "file_replace.h"

static const char *text_of(json_t *data, const char *key)
{
	return json_string_value(json_object_get(data, key));
}

static enum cmd_exit fail(struct cmd_job *job, const char *path, const char *why)
{
	out_print(job->err, "romonctl: %s: %s; it is as it was\n", path, why);
	return CMD_EXIT_FAILURE;
}

// The configuration file itself, not a link to it.
static enum cmd_exit own_find(struct cmd_job *job, char path[PATH_MAX])
{
	json_t *status = NULL;
	json_t *none = out_must(json_object());
	enum cmd_exit code = cmd_job_ask_for(job, "status", none, &status);
	const char *name = text_of(status, "config-file");

	json_decref(none);
	if (code == CMD_EXIT_OK && (name == NULL || name[0] != '/')) {
		out_print(job->err, "romonctl: romond runs on %s: there is no file to save to\n",
			name == NULL ? "no file" : name);
		code = CMD_EXIT_FAILURE;
	} else if (code == CMD_EXIT_OK && realpath(name, path) == NULL) {
		code = fail(job, name, strerror(errno));
	}
	json_decref(status);
	return code;
}

// Have romond write what is in force into fd. *is_same: it is what the configuration file holds already.
static enum cmd_exit content_ask(struct cmd_job *job, const char *path, int fd, bool *is_same)
{
	struct api_error err = API_ERROR_INIT;
	json_t *data = NULL;

	json_object_set_new(job->args, "path", out_must(json_string(path))); // for messages
	api_client_attach(job->client, &fd, 1);
	int rc = api_client_call(job->client, "config-save", job->args, CMD_TIMEOUT_MS, &data, &err);
	json_t *same = json_object_get(data, "is-unchanged");
	*is_same = json_is_true(same);
	json_decref(data);
	return rc == 0 ? CMD_EXIT_OK : cmd_job_explain(job, rc, &err);
}

// is_own: path is the configuration file.
static enum cmd_exit file_put(struct cmd_job *job, const char *path, bool is_own, bool *is_same)
{
	char temp[PATH_MAX];
	char why_buf[256];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int fd = file_replace_begin(path, false, temp, sizeof(temp));
	if (fd < 0)
		return fail(job, path, strerror(-fd));
	enum cmd_exit code = content_ask(job, path, fd, is_same);
	*is_same &= is_own;
	if (code != CMD_EXIT_OK || *is_same) {
		file_replace_cancel(fd, temp);
		return code;
	}
	return file_replace_end(fd, temp, path, true, &why) == 0 ? CMD_EXIT_OK : fail(job, path, why_buf);
}

static void save_print(struct out *o, json_t *data)
{
	const char *path = text_of(data, "config-file");

	if (json_is_null(json_object_get(data, "previous")) &&
		!json_is_true(json_object_get(data, "is-unchanged")))
		out_print(o, "saved to %s\n", path);
	else if (json_is_true(json_object_get(data, "is-unchanged")))
		out_print(o, "%s holds what is in force already\n", path);
	else
		out_print(o, "saved to %s; the file before is %s\n", path, text_of(data, "previous"));
	if (json_is_true(json_object_get(data, "differs-from-file")))
		out_print(o,
			"what is in force still differs: `romonctl config diff` shows it. Secrets that came by --secrets-file belong into the file that romon.secrets-file names\n");
}

// romond looks whether its file holds what is in force now.
static enum cmd_exit own_end(struct cmd_job *job, const char *path, bool is_same)
{
	char previous[PATH_MAX + 2];
	json_t *data = NULL;

	json_object_del(job->args, "path");
	enum cmd_exit code = cmd_job_ask(job, &data);
	if (code == CMD_EXIT_OK) {
		snprintf(previous, sizeof(previous), "%s.1", path);
		json_object_set_new(data, "is-unchanged", json_boolean(is_same));
		json_object_set_new(data, "previous", is_same ? json_null() : json_string(previous));
		out_object(job->out, data, save_print);
	}
	json_decref(data);
	return code;
}

// Another file is of no concern to romond once it is written.
static void other_end(struct cmd_job *job, const char *path)
{
	json_t *data = json_pack(
		"{s:s, s:b, s:b, s:n}", "config-file", path, "is-saved", 1, "is-unchanged", 0, "previous");

	if (data != NULL)
		out_object(job->out, data, save_print);
	json_decref(data);
}

enum cmd_exit cmd_run_config_save(const struct cmd_call *call)
{
	char own[PATH_MAX];
	char given[PATH_MAX];
	const char *path = own;
	bool is_same = false;
	struct cmd_job job;

	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = own_find(&job, own);
	if (code == CMD_EXIT_OK && call->args[0] != NULL)
		path = realpath(call->args[0], given) != NULL ? given
							      : call->args[0]; // it may not be there yet
	bool is_own = code == CMD_EXIT_OK && strcmp(path, own) == 0;
	if (code == CMD_EXIT_OK)
		code = file_put(&job, path, is_own, &is_same);
	if (code == CMD_EXIT_OK && is_own)
		code = own_end(&job, path, is_same);
	else if (code == CMD_EXIT_OK)
		other_end(&job, path);
	return cmd_job_close(&job, code);
}
