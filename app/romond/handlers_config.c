// SPDX-License-Identifier: BSD-3-Clause
// config-show, config-diff, config-apply, reload. Under app_lock().
#include <stdlib.h>
#include <string.h>

#include "api_args.h"
#include "handlers.h"
#include "reload.h"

json_t *handle_config_show(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	char *text = conf_show(app->conf);
	if (text == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	json_t *data = json_pack("{s:s}", "text", text);
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

static json_t *plan(struct app *app, const char *path, struct api_error *err)
{
	struct reload_result *r = malloc(sizeof(*r));
	json_t *data = NULL;

	if (r == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	if (reload_plan(app, path, r) == 0)
		data = result_json(r);
	else
		invalid(err, path, r);
	free(r);
	return data;
}

static json_t *apply(struct app *app, const char *path, struct api_error *err)
{
	struct reload_result *r = malloc(sizeof(*r));
	json_t *data = NULL;

	if (r == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	int res = reload_apply(app, path, r);
	if (res == 0) {
		data = result_json(r);
		json_object_set_new(data, "applied", json_true());
		json_object_set_new(data, "generation", json_integer((json_int_t)app->generation));
	} else if (r->issues.n_errors > 0) {
		invalid(err, path, r);
	} else {
		api_fail(err, API_ERROR_FAILED, "%s: %s; the log says more", path, strerror(-res));
	}
	free(r);
	return data;
}

// The file that a command means: args.path, else the one that romond runs on.
static int path_arg(struct app *app, json_t *args, const char **path, struct api_error *err)
{
	static const char *const names[] = {"path"};

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_text(args, "path", NULL, path, err) != 0)
		return -EINVAL;
	if (*path != NULL)
		return 0;
	if (app->demo != NULL) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "path: a demo runs on no file: name one");
		return -EINVAL;
	}
	*path = app->config_path;
	return 0;
}

json_t *handle_config_diff(void *ctx, json_t *args, struct api_error *err)
{
	const char *path;

	return path_arg(ctx, args, &path, err) == 0 ? plan(ctx, path, err) : NULL;
}

json_t *handle_config_apply(void *ctx, json_t *args, struct api_error *err)
{
	const char *path;

	return path_arg(ctx, args, &path, err) == 0 ? apply(ctx, path, err) : NULL;
}

json_t *handle_reload(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	if (app->demo != NULL)
		return api_fail(
			err, API_ERROR_FAILED, "a demo runs on no file: there is nothing to read again");
	return apply(app, app->config_path, err);
}
