// SPDX-License-Identifier: BSD-3-Clause
// config-show, config-diff, config-apply, config-confirm, config-rollback, config-save, reload. Under
// app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_edit.h"
#include "config_file.h"
#include "config_json.h"
#include "config_saved.h"
#include "confirm.h"
#include "confirm_end.h"
#include "handlers.h"
#include "reload.h"

void handlers_config_source(const struct app *app, struct schema_config_source *out)
{
	const struct config_source *s = &app->config->source;

	out->path = s->path;
	out->secrets_file = s->secrets_file[0] == '\0' ? NULL : s->secrets_file;
	out->by = s->by[0] == '\0' ? NULL : s->by;
	out->at = s->at_us;
}

void handle_config_show(struct app *app, const struct schema_nothing_args *in, struct schema_config_show *out,
	struct schema_call *call)
{
	char *text = conf_show(app->conf);

	(void)in;
	if (text == NULL) {
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
		return;
	}
	out->text = schema_mem_text(&call->mem, "%s", text);
	free(text);
	json_t *config = config_json_make(out->text);
	if (config == NULL) {
		api_fail(call->err, API_ERROR_FAILED, "the configuration holds text that is not UTF-8");
		return;
	}
	out->config = schema_mem_keep(&call->mem, config);
	out->config_file = app->config_path;
	handlers_config_source(app, &out->config_source);
	out->differs_from_file = config_file_look(app)->differs;
	handlers_overlay_fill(app, &out->overlay, &call->mem);
	handlers_edits_add(app, &out->edits, &call->mem);
}

static void issues_add(
	struct schema_issue_list *list, struct schema_mem *mem, const struct conf_issues *issues)
{
	for (uint32_t i = 0; i < issues->n; i++) {
		const struct conf_issue *issue = &issues->list[i];

		*schema_add(mem, list) = (struct schema_issue){issue->line, issue->column,
			issue->is_warning ? "warning" : "error", schema_mem_text(mem, "%s", issue->text)};
	}
}

// The faults of a file, as the member issues of the error.
void handlers_issues_tell(struct api_error *err, const struct conf_issues *issues)
{
	struct schema_issue_list list = {0};
	struct schema_mem mem;

	schema_mem_init(&mem);
	issues_add(&list, &mem, issues);
	err->extra = json_pack("{s:o}", "issues", schema_encode_list(schema_issue_table(), &list));
	schema_mem_fini(&mem);
}

static void plan_fill(const struct app *app, struct schema_config_plan *out, struct schema_mem *mem,
	const struct reload_result *r)
{
	handlers_overlay_fill(app, &out->overlay, mem);
	out->reload = conf_reload_name(r->reload);
	for (size_t i = 0; i < r->n_changes && i < RELOAD_CHANGES_MAX; i++) {
		const struct conf_change *c = &r->changes[i];

		*schema_add(mem, &out->changes) = (struct schema_change){schema_mem_text(mem, "%s", c->key),
			schema_mem_text(mem, "%s", c->before), schema_mem_text(mem, "%s", c->after),
			conf_reload_name(c->reload)};
	}
	issues_add(&out->issues, mem, &r->issues);
}

static void invalid(struct api_error *err, const char *path, const struct reload_result *r)
{
	api_fail(err, API_ERROR_INVALID_CONFIG, "%s: %u errors; the running configuration stays", path,
		r->issues.n_errors);
	handlers_issues_tell(err, &r->issues);
}

void handlers_trial_refuse(const struct app *app, struct api_error *err)
{
	api_fail(err, API_ERROR_FAILED,
		"the running configuration is on trial for %" PRIu64
		" ms more: config confirm or config rollback comes first",
		confirm_left_ms(app));
}

void handlers_applied_fill(struct app *app, const struct reload_result *r, uint64_t confirm_ms,
	struct schema_config_applied *out, struct schema_mem *mem)
{
	plan_fill(app, &out->plan, mem, r);
	out->applied = true;
	out->generation = app->generation;
	out->confirm_within_ms = confirm_ms > 0 ? confirm_ms : SCHEMA_NONE;
}

static void apply_refused(
	struct app *app, int res, const char *path, const struct reload_result *r, struct api_error *err)
{
	if (res == -EBUSY)
		handlers_trial_refuse(app, err);
	else if (r->issues.n_errors > 0)
		invalid(err, path, r);
	else
		api_fail(err, API_ERROR_FAILED, "%s: %s; the log says more", path, strerror(-res));
}

static void apply(struct app *app, const struct reload_request *request, struct schema_config_applied *out,
	struct schema_call *call)
{
	struct reload_result *r = malloc(sizeof(*r));

	if (r == NULL) {
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
		return;
	}
	int res = reload_apply(app, request, r);
	if (res == 0) {
		handlers_applied_fill(app, r, request->confirm_ms, out, &call->mem);
	} else {
		apply_refused(app, res, request->file.path, r, call->err);
	}
	free(r);
}

// The open file that the client sent for an argument: romond opens no file that a client names, since it may
// read more than he.
static int fd_read(const struct app *app, const char *arg, unsigned idx, int *fd, struct api_error *err)
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	*fd = call == NULL ? -1 : call->fds[idx];
	if (*fd >= 0)
		return 0;
	api_fail(err, API_ERROR_BAD_ARGUMENT,
		"%s: the open file has to come with the request, as a descriptor (SCM_RIGHTS): romond opens none that a client names",
		arg);
	return -EINVAL;
}

// The file that a command asks for: path, else the one that romond runs on; and secrets from another. The
// paths are names: the files come as descriptors, in that order.
static int source_read(const struct app *app, const char *path, const char *secrets_file,
	struct conf_source *out, struct api_error *err)
{
	unsigned n_fds = 0;

	*out = (struct conf_source){.path = path, .secrets_file = secrets_file, .fd = -1, .secrets_fd = -1};
	if (path != NULL && fd_read(app, "path", n_fds++, &out->fd, err) != 0)
		return -EINVAL;
	if (secrets_file != NULL && fd_read(app, "secrets-file", n_fds++, &out->secrets_fd, err) != 0)
		return -EINVAL;
	if (path != NULL)
		return 0;
	if (app->demo != NULL) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "path: a demo runs on no file: name one");
		return -EINVAL;
	}
	out->path = app->config_path;
	return 0;
}

void handle_config_diff(struct app *app, const struct schema_config_diff_args *in,
	struct schema_config_plan *out, struct schema_call *call)
{
	struct reload_request request = {.by = ""};

	if (source_read(app, in->path, in->secrets_file, &request.file, call->err) != 0)
		return;
	struct reload_result *r = malloc(sizeof(*r));
	if (r == NULL)
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
	else if (reload_plan(app, &request, r) == 0)
		plan_fill(app, out, &call->mem, r);
	else
		invalid(call->err, request.file.path, r);
	free(r);
}

void handle_config_apply(struct app *app, const struct schema_config_apply_args *in,
	struct schema_config_applied *out, struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];
	struct reload_request request = {.by = caller_name(app, by), .confirm_ms = in->confirm_within_ms};

	if (source_read(app, in->path, in->secrets_file, &request.file, call->err) == 0)
		apply(app, &request, out, call);
}

static void trial_end(struct app *app, int res, struct schema_config_trial *out, struct schema_call *call)
{
	if (res == -ENOENT)
		api_fail(call->err, API_ERROR_FAILED, "no configuration is on trial");
	else if (res != 0)
		api_fail(call->err, API_ERROR_FAILED, "%s; the log says more", strerror(-res));
	out->generation = app->generation;
}

void handle_config_confirm(struct app *app, const struct schema_nothing_args *in,
	struct schema_config_trial *out, struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];

	(void)in;
	trial_end(app, confirm_accept(app, caller_name(app, by)), out, call);
}

static void undo(struct app *app, const char *by, struct schema_config_trial *out, struct schema_call *call)
{
	struct reload_result *r = malloc(sizeof(*r));
	int res = r == NULL ? -ENOMEM : config_edit_undo(app, by, r);

	if (res == -ENOENT)
		api_fail(call->err, API_ERROR_FAILED,
			"no configuration is on trial, and no key was edited since romond began");
	else if (res != 0)
		api_fail(call->err, API_ERROR_FAILED, "%s; the log says more", strerror(-res));
	out->generation = app->generation;
	free(r);
}

void handle_config_rollback(struct app *app, const struct schema_nothing_args *in,
	struct schema_config_trial *out, struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];
	char why[API_PEER_TEXT_SIZE + 48];

	(void)in;
	snprintf(why, sizeof(why), "taken back by config rollback of %s", caller_name(app, by));
	if (app->confirm != NULL)
		trial_end(app, confirm_rollback(app, why), out, call);
	else
		undo(app, by, out, call);
}

static void save_refused(
	struct app *app, int res, const char *path, const struct conf_issues *issues, struct api_error *err)
{
	if (res == -EBUSY) {
		handlers_trial_refuse(app, err);
	} else if (res == -ENOENT) {
		api_fail(err, API_ERROR_FAILED, "what is in force came from no file");
	} else if (res == -EEXIST) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "path: expected an empty, regular file");
	} else if (res != -EINVAL || issues->n_errors == 0) {
		api_fail(err, API_ERROR_FAILED, "%s: %s", path, strerror(-res));
	} else {
		api_fail(err, API_ERROR_INVALID_CONFIG, "romond would not start on %s", path);
		handlers_issues_tell(err, issues);
	}
}

// The text may hold secrets: it goes into the file that root opened, and never into an answer.
static void save_write(
	struct app *app, const char *path, struct schema_config_saved *out, struct api_error *err)
{
	int fd;

	if (fd_read(app, "path", 0, &fd, err) != 0)
		return;
	struct conf_issues *issues = malloc(sizeof(*issues));
	if (issues == NULL) {
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return;
	}
	int res = config_file_write(app, fd, path, issues);
	app->config->look.is_known = false;
	if (res == 0)
		out->is_unchanged = app->conf->overlay == NULL && config_file_look(app)->is_same_text
					    ? SCHEMA_MAYBE_YES
					    : SCHEMA_MAYBE_NO;
	else
		save_refused(app, res, path, issues, err);
	free(issues);
}

// In two steps, since romond needs no right to write its configuration: with path the text in force goes to
// that open file; without it the configuration file is looked at, after the client has put the other in its
// place.
void handle_config_save(struct app *app, const struct schema_config_save_args *in,
	struct schema_config_saved *out, struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];

	out->config_file = app->config_path;
	out->is_saved = in->path == NULL;
	if (app->demo != NULL)
		api_fail(call->err, API_ERROR_FAILED, "a demo runs on no file: there is none to save to");
	else if (in->path != NULL)
		save_write(app, in->path, out, call->err);
	else if (config_saved(app, caller_name(app, by)) != 0)
		api_fail(call->err, API_ERROR_FAILED, "%s does not hold what is in force", app->config_path);
	else
		out->differs_from_file = config_file_look(app)->differs ? SCHEMA_MAYBE_YES : SCHEMA_MAYBE_NO;
}

void handle_reload(struct app *app, const struct schema_nothing_args *in, struct schema_config_applied *out,
	struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];
	struct reload_request request = {
		.file = {.path = app->config_path, .fd = -1, .secrets_fd = -1}, .by = caller_name(app, by)};

	(void)in;
	if (app->demo != NULL)
		api_fail(call->err, API_ERROR_FAILED,
			"a demo runs on no file: there is nothing to read again");
	else
		apply(app, &request, out, call);
}
