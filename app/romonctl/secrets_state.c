// SPDX-License-Identifier: BSD-3-Clause
// What the rotation assistant knows. Main thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_secmem.h"
#include "rotation.h"
#include "secret_file.h"
#include "secrets_state.h"

#define WHY_SIZE 512

// romond's file as an absolute path: it may have been named relative to romond's directory.
static enum cmd_exit config_path_take(struct secrets_state *s, json_t *status)
{
	const char *path = json_string_value(json_object_get(status, "config-file"));
	char link[64];
	char cwd[PATH_MAX];
	struct base_text text;

	base_text_init(&text, s->config_path, sizeof(s->config_path));
	if (path == NULL || path[0] == '(') {
		fputs("romonctl: this romond runs on no file: there is nothing to rotate\n", stderr);
		return CMD_EXIT_FAILURE;
	}
	if (path[0] != '/') {
		snprintf(link, sizeof(link), "/proc/%" JSON_INTEGER_FORMAT "/cwd",
			json_integer_value(json_object_get(status, "pid")));
		ssize_t n = readlink(link, cwd, sizeof(cwd));
		if (n <= 0 || (size_t)n == sizeof(cwd)) {
			fprintf(stderr, "romonctl: %s: where romond found its file cannot be read: %s\n",
				link, strerror(errno));
			return CMD_EXIT_FAILURE;
		}
		base_text_add(&text, "%.*s/", (int)n, cwd);
	}
	base_text_add(&text, "%s", path);
	return CMD_EXIT_OK;
}

static enum cmd_exit conf_take(struct secrets_state *s)
{
	struct conf_issues *issues = out_must(calloc(1, sizeof(*issues)));

	s->conf = conf_load(s->config_path, issues);
	if (s->conf == NULL)
		conf_issues_print(issues, s->config_path, stderr);
	free(issues);
	if (s->conf == NULL)
		return CMD_EXIT_FAILURE;
	(void)base_text_copy(s->secrets_path, sizeof(s->secrets_path), s->conf->romon.secrets_file);
	snprintf(s->candidate_path, sizeof(s->candidate_path), "%.*s" SECRETS_CANDIDATE, CONF_PATH_LEN_MAX,
		s->secrets_path);
	return CMD_EXIT_OK;
}

static enum cmd_exit new_take(struct secrets_state *s, const char *path)
{
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	s->is_removal = path == NULL;
	if (s->is_removal) {
		s->new_secret = out_must(base_secmem_alloc(sizeof(*s->new_secret)));
		s->new_secret->n = 1; // and it is ""
	} else {
		s->new_secret = secret_file_read_one(path, true, &why);
	}
	if (s->new_secret == NULL) {
		fprintf(stderr, "romonctl: %s: %s\n", path, why_buf);
		return CMD_EXIT_FAILURE;
	}
	const char *weak = s->is_removal ? NULL : conf_secret_weakness(s->new_secret->text[0]);
	s->is_weak = weak != NULL;
	(void)base_text_copy(s->weakness, sizeof(s->weakness), weak == NULL ? "" : weak);
	s->stage = rotation_stage_of(&s->conf->romon.secrets, s->new_secret->text[0]);
	return CMD_EXIT_OK;
}

static enum cmd_exit ports_take(struct secrets_state *s, struct cmd_job *job)
{
	json_t *rows = NULL;
	json_t *row;
	size_t i;

	s->ports = out_must(json_array());
	s->own = out_must(json_array());
	enum cmd_exit code = cmd_job_ask_for(job, "secrets", NULL, &rows);
	if (code != CMD_EXIT_OK)
		return code;
	json_array_foreach (rows, i, row)
		json_array_append(
			json_integer_value(json_object_get(row, "own")) > 0 ? s->own : s->ports, row);
	json_decref(rows);
	return CMD_EXIT_OK;
}

enum cmd_exit secrets_state_init(struct secrets_state *s, struct cmd_job *job, const char *new_path)
{
	json_t *status = NULL;

	memset(s, 0, sizeof(*s));
	enum cmd_exit code = cmd_job_ask_for(job, "status", NULL, &status);
	if (code == CMD_EXIT_OK)
		code = config_path_take(s, status);
	json_decref(status);
	if (code == CMD_EXIT_OK)
		code = conf_take(s);
	if (code == CMD_EXIT_OK)
		code = new_take(s, new_path);
	if (code == CMD_EXIT_OK)
		code = ports_take(s, job);
	return code;
}

void secrets_state_fini(struct secrets_state *s)
{
	conf_free(s->conf);
	base_secmem_free(s->new_secret);
	json_decref(s->ports);
	json_decref(s->own);
	memset(s, 0, sizeof(*s));
}

enum cmd_exit secrets_state_diff(struct cmd_job *job, const struct secrets_state *s, const char *secrets_file,
	bool *differs, size_t *n_other)
{
	json_t *args = out_must(json_pack("{s:s}", "path", s->config_path));
	json_t *data = NULL;
	json_t *change;
	size_t i;

	if (secrets_file != NULL)
		json_object_set_new(args, "secrets-file", json_string(secrets_file));
	enum cmd_exit code = cmd_job_ask_for(job, "config-diff", args, &data);
	json_decref(args);
	*differs = false;
	*n_other = 0;
	json_array_foreach (json_object_get(data, "changes"), i, change) {
		const char *key = json_string_value(json_object_get(change, "key"));

		if (key != NULL && strcmp(key, "romon.secrets") == 0)
			*differs = true;
		else
			(*n_other)++;
	}
	json_decref(data);
	return code;
}

// Does the row stand on a port that takes part?
static bool takes_part(const struct secrets_state *s, json_t *neighbor)
{
	const char *name = json_string_value(json_object_get(neighbor, "port"));
	json_t *port;
	size_t i;

	json_array_foreach (s->ports, i, port) {
		const char *own = json_string_value(json_object_get(port, "port"));

		if (name != NULL && own != NULL && strcmp(name, own) == 0)
			return true;
	}
	return false;
}

json_t *secrets_neighbors(struct cmd_job *job, const struct secrets_state *s)
{
	json_t *all = out_must(json_array());
	json_t *ours = out_must(json_array());
	json_t *row;
	size_t i;

	enum cmd_exit code = cmd_job_ask_pages(job, "neighbors", NULL, all);
	json_array_foreach (all, i, row) {
		if (takes_part(s, row))
			json_array_append(ours, row);
	}
	json_decref(all);
	if (code == CMD_EXIT_OK)
		return ours;
	json_decref(ours);
	return NULL;
}

int secrets_entry_of(json_t *neighbor)
{
	json_t *entry = json_object_get(neighbor, "secret");

	return json_is_integer(entry) ? (int)json_integer_value(entry) : -1;
}
