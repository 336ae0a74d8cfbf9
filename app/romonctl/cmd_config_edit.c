// SPDX-License-Identifier: BSD-3-Clause
// config set, add, remove, reset: words of the command line as the arguments of an edit. Main thread.
#include <string.h>

#include "cmd_job.h"

#define VALUE_MAX 4096 // that standard input gives

// A value that shall stand in no list of processes: the first line of standard input.
static json_t *stdin_read(struct cmd_job *job)
{
	char line[VALUE_MAX];
	json_t *value = NULL;

	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	value = json_string(line);
	explicit_bzero(line, sizeof(line));
	if (value == NULL)
		out_print(job->err, "romonctl: standard input is not UTF-8 text\n");
	return value;
}

// KEY VALUE KEY VALUE...: an object, or NULL, said.
static json_t *values_make(struct cmd_job *job, char **words, int n)
{
	json_t *values = out_must(json_object());

	for (int i = 0; i + 1 < n; i += 2) {
		json_t *value = strcmp(words[i + 1], "-") == 0 ? stdin_read(job) : json_string(words[i + 1]);

		if (json_object_set_new(values, words[i], value) == 0)
			continue;
		out_print(job->err, "romonctl: %s: is not UTF-8 text\n", words[i]);
		json_decref(values);
		return NULL;
	}
	return values;
}

static enum cmd_exit usage(struct cmd_job *job, const char *words)
{
	out_print(job->err, "romonctl: `%s` wants %s\n", job->call->cmd->name, words);
	return CMD_EXIT_USAGE;
}

// The first n_names words are said already.
static enum cmd_exit values_ask(struct cmd_job *job, int n_names)
{
	const struct cmd_call *call = job->call;
	json_t *values = values_make(job, call->rest_argv + n_names, call->rest_argc - n_names);
	json_t *data = NULL;

	if (values == NULL)
		return CMD_EXIT_USAGE;
	json_object_set_new(job->args, "values", values);
	enum cmd_exit code = cmd_job_ask(job, &data);
	if (code == CMD_EXIT_OK)
		out_object(job->out, data, call->cmd->print);
	json_decref(data);
	return code;
}

enum cmd_exit cmd_run_config_set(const struct cmd_call *call)
{
	struct cmd_job job;
	enum cmd_exit code = cmd_job_open(&job, call);

	if (code == CMD_EXIT_OK && (call->rest_argc == 0 || call->rest_argc % 2 != 0))
		code = usage(&job, "a KEY and its VALUE, as often as you like");
	if (code == CMD_EXIT_OK)
		code = values_ask(&job, 0);
	return cmd_job_close(&job, code);
}

enum cmd_exit cmd_run_config_add(const struct cmd_call *call)
{
	static const char *const names[] = {"map", "name"};
	struct cmd_job job;
	enum cmd_exit code = cmd_job_open(&job, call);

	if (code == CMD_EXIT_OK && (call->rest_argc < 2 || call->rest_argc % 2 != 0))
		code = usage(&job, "a MAP and a NAME, then KEY and VALUE, as often as you like");
	for (size_t i = 0; code == CMD_EXIT_OK && i < BASE_ARRAY_LEN(names); i++) {
		if (json_object_set_new(job.args, names[i], json_string(call->rest_argv[i])) != 0)
			code = usage(&job, "names in UTF-8");
	}
	if (code == CMD_EXIT_OK)
		code = values_ask(&job, 2);
	return cmd_job_close(&job, code);
}
