// SPDX-License-Identifier: BSD-3-Clause
// config-show, config-diff, config-apply, config-confirm, config-rollback, config-save, reload. Under
// app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_args.h"
#include "config_file.h"
#include "confirm.h"
#include "confirm_end.h"
#include "handlers.h"
#include "reload.h"

json_t *handlers_config_source(const struct app *app)
{
	const struct config_source *s = &app->source;

	return json_pack("{s:o, s:o, s:o, s:o}", "path", handlers_text(s->path), "secrets-file",
		s->secrets_file[0] == '\0' ? json_null() : handlers_text(s->secrets_file), "by",
		s->by[0] == '\0' ? json_null() : handlers_text(s->by), "at", handlers_time(s->at_us));
}

json_t *handle_config_show(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	char *text = conf_show(app->conf);
	if (text == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	json_t *data = json_pack("{s:s, s:s, s:o, s:b}", "text", text, "config-file", app->config_path,
		"config-source", handlers_config_source(app), "differs-from-file",
		config_file_look(app)->differs);
	free(text);
	if (data == NULL)
		return api_fail(err, API_ERROR_FAILED, "the configuration holds text that is not UTF-8");
	return data;
}

static json_t *issues_json(const struct conf_issues *issues)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < issues->n; i++) {
		const struct conf_issue *issue = &issues->list[i];

		json_array_append_new(
			list, json_pack("{s:i, s:i, s:s, s:o}", "line", (int)issue->line, "column",
				      (int)issue->column, "level", issue->is_warning ? "warning" : "error",
				      "text", handlers_text(issue->text)));
	}
	return list;
}

static json_t *result_json(const struct reload_result *r)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < r->n_changes && i < RELOAD_CHANGES_MAX; i++) {
		const struct conf_change *c = &r->changes[i];

		json_array_append_new(
			changes, json_pack("{s:o, s:o, s:o, s:s}", "key", handlers_text(c->key), "before",
					 handlers_text(c->before), "after", handlers_text(c->after), "reload",
					 conf_reload_name(c->reload)));
	}
	return json_pack("{s:s, s:o, s:o}", "reload", conf_reload_name(r->reload), "changes", changes,
		"issues", issues_json(&r->issues));
}

static json_t *invalid(struct api_error *err, const char *path, const struct reload_result *r)
{
	api_fail(err, API_ERROR_INVALID_CONFIG, "%s: %u errors; the running configuration stays", path,
		r->issues.n_errors);
	err->extra = json_pack("{s:o}", "issues", issues_json(&r->issues));
	return NULL;
}

static json_t *plan(struct app *app, const struct reload_request *request, struct api_error *err)
{
	struct reload_result *r = malloc(sizeof(*r));
	json_t *data = NULL;

	if (r == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	if (reload_plan(app, request, r) == 0)
		data = result_json(r);
	else
		invalid(err, request->file.path, r);
	free(r);
	return data;
}

static json_t *apply(struct app *app, const struct reload_request *request, struct api_error *err)
{
	struct reload_result *r = malloc(sizeof(*r));
	json_t *data = NULL;

	if (r == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	int res = reload_apply(app, request, r);
	if (res == 0) {
		data = result_json(r);
		json_object_set_new(data, "applied", json_true());
		json_object_set_new(data, "generation", json_integer((json_int_t)app->generation));
		json_object_set_new(data, "confirm-within-ms",
			request->confirm_ms > 0 ? json_integer((json_int_t)request->confirm_ms)
						: json_null());
	} else if (res == -EBUSY) {
		api_fail(err, API_ERROR_FAILED,
			"the running configuration is on trial for %" PRIu64
			" ms more: config confirm or config rollback comes first",
			confirm_left_ms(app));
	} else if (r->issues.n_errors > 0) {
		invalid(err, request->file.path, r);
	} else {
		api_fail(err, API_ERROR_FAILED, "%s: %s; the log says more", request->file.path,
			strerror(-res));
	}
	free(r);
	return data;
}

#define CONFIRM_MS_MIN 1000
#define CONFIRM_MS_MAX 86400000

// The open file that the client sent for an argument: romond opens no file that a client names, since it may
// read more than he.
static int fd_read(const struct app *app, const char *arg, unsigned idx, int *fd, struct api_error *err)
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	*fd = call == NULL ? -1 : call->fds[idx];
	if (*fd >= 0)
		return 0;
	api_fail(err, API_ERROR_BAD_ARGUMENT,
		"%s: the open file has to come with the request, as a descriptor (SCM_RIGHTS): romond opens "
		"none "
		"that a client names",
		arg);
	return -EINVAL;
}

// What a command asks for: args.path, else the file that romond runs on; secrets from another file; and,
// where has_confirm, the time of a trial. The paths are names: the files come as descriptors, in that order.
// by: who asks.
static int request_read(struct app *app, json_t *args, bool has_confirm, const char *by,
	struct reload_request *out, struct api_error *err)
{
	static const char *const names[] = {"path", "secrets-file", "confirm-within"};

	*out = (struct reload_request){.file = {.fd = -1, .secrets_fd = -1}, .by = by};
	if (api_args_only(args, names, has_confirm ? 3 : 2, err) != 0 ||
		api_args_text(args, "path", NULL, &out->file.path, err) != 0 ||
		api_args_text(args, "secrets-file", NULL, &out->file.secrets_file, err) != 0 ||
		api_args_u64(args, "confirm-within", CONFIRM_MS_MIN, CONFIRM_MS_MAX, 0, &out->confirm_ms,
			err) != 0)
		return -EINVAL;
	unsigned n_fds = 0;
	if (out->file.path != NULL && fd_read(app, "path", n_fds++, &out->file.fd, err) != 0)
		return -EINVAL;
	if (out->file.secrets_file != NULL &&
		fd_read(app, "secrets-file", n_fds++, &out->file.secrets_fd, err) != 0)
		return -EINVAL;
	if (out->file.path != NULL)
		return 0;
	if (app->demo != NULL) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "path: a demo runs on no file: name one");
		return -EINVAL;
	}
	out->file.path = app->config_path;
	return 0;
}

json_t *handle_config_diff(void *ctx, json_t *args, struct api_error *err)
{
	struct reload_request request;
	char by[API_PEER_TEXT_SIZE];

	if (request_read(ctx, args, false, handlers_who(ctx, by), &request, err) != 0)
		return NULL;
	return plan(ctx, &request, err);
}

json_t *handle_config_apply(void *ctx, json_t *args, struct api_error *err)
{
	struct reload_request request;
	char by[API_PEER_TEXT_SIZE];

	if (request_read(ctx, args, true, handlers_who(ctx, by), &request, err) != 0)
		return NULL;
	return apply(ctx, &request, err);
}

static json_t *trial_end(struct app *app, int res, struct api_error *err)
{
	if (res == -ENOENT)
		return api_fail(err, API_ERROR_FAILED, "no configuration is on trial");
	if (res != 0)
		return api_fail(err, API_ERROR_FAILED, "%s; the log says more", strerror(-res));
	return json_pack("{s:I}", "generation", (json_int_t)app->generation);
}

json_t *handle_config_confirm(void *ctx, json_t *args, struct api_error *err)
{
	char by[API_PEER_TEXT_SIZE];

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	return trial_end(ctx, confirm_accept(ctx, handlers_who(ctx, by)), err);
}

json_t *handle_config_rollback(void *ctx, json_t *args, struct api_error *err)
{
	char by[API_PEER_TEXT_SIZE];
	char why[API_PEER_TEXT_SIZE + 48];

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	snprintf(why, sizeof(why), "taken back by config rollback of %s", handlers_who(ctx, by));
	return trial_end(ctx, confirm_rollback(ctx, why), err);
}

static json_t *save_refused(
	struct app *app, int res, const char *path, const struct conf_issues *issues, struct api_error *err)
{
	if (res == -EBUSY)
		return api_fail(err, API_ERROR_FAILED,
			"the running configuration is on trial for %" PRIu64
			" ms more: config confirm or config rollback comes first",
			confirm_left_ms(app));
	if (res == -ENOENT)
		return api_fail(err, API_ERROR_FAILED, "what is in force came from no file");
	if (res == -EEXIST)
		return api_fail(err, API_ERROR_BAD_ARGUMENT, "path: expected an empty, regular file");
	if (res != -EINVAL || issues->n_errors == 0)
		return api_fail(err, API_ERROR_FAILED, "%s: %s", path, strerror(-res));
	api_fail(err, API_ERROR_INVALID_CONFIG, "romond would not start on %s", path);
	err->extra = json_pack("{s:o}", "issues", issues_json(issues));
	return NULL;
}

// The text may hold secrets: it goes into the file that root opened, and never into an answer.
static json_t *save_write(struct app *app, const char *path, struct api_error *err)
{
	struct conf_issues *issues = NULL;
	json_t *data = NULL;
	int fd;

	if (fd_read(app, "path", 0, &fd, err) != 0)
		return NULL;
	issues = malloc(sizeof(*issues));
	if (issues == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	int res = config_file_write(app, fd, path, issues);
	app->look.is_known = false;
	if (res == 0)
		data = json_pack("{s:o, s:b, s:b}", "config-file", handlers_text(app->config_path),
			"is-saved", false, "is-unchanged", config_file_look(app)->is_same_text);
	else
		save_refused(app, res, path, issues, err);
	free(issues);
	return data;
}

// In two steps, since romond needs no right to write its configuration: with path the text in force goes to
// that open file; without it the configuration file is looked at, after the client has put the other in its
// place.
json_t *handle_config_save(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"path"};
	struct app *app = ctx;
	char by[API_PEER_TEXT_SIZE];
	const char *path;

	if (api_args_only(args, names, 1, err) != 0 || api_args_text(args, "path", NULL, &path, err) != 0)
		return NULL;
	if (app->demo != NULL)
		return api_fail(err, API_ERROR_FAILED, "a demo runs on no file: there is none to save to");
	if (path != NULL)
		return save_write(app, path, err);
	if (config_file_saved(app, handlers_who(app, by)) != 0)
		return api_fail(err, API_ERROR_FAILED, "%s does not hold what is in force", app->config_path);
	return json_pack("{s:o, s:b, s:b}", "config-file", handlers_text(app->config_path), "is-saved", true,
		"differs-from-file", config_file_look(app)->differs);
}

json_t *handle_reload(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;
	char by[API_PEER_TEXT_SIZE];
	struct reload_request request = {
		.file = {.path = app->config_path, .fd = -1, .secrets_fd = -1}, .by = handlers_who(app, by)};

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	if (app->demo != NULL)
		return api_fail(
			err, API_ERROR_FAILED, "a demo runs on no file: there is nothing to read again");
	return apply(app, &request, err);
}
