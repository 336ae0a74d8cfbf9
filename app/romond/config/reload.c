// SPDX-License-Identifier: BSD-3-Clause
// A new configuration for the running daemon. Control thread.
#include <stdlib.h>

#include "base_clock.h"
#include "base_log.h"
#include "config_file.h"
#include "confirm.h"
#include "discovery.h"
#include "events.h"
#include "exec_events.h"
#include "overlay.h"
#include "ports.h"
#include "reach.h"
#include "reach_forward.h"
#include "reload.h"
#include "store.h"
#include "trend.h"

LOG_TYPE("config");

#define PATH_SHOWN  64  // characters of a path in an event, so that who asked has room too
#define PATH_LOGGED 256 // in a line of the log: a client names it

static struct conf *load_and_diff(
	struct app *app, const struct reload_request *request, struct reload_result *out)
{
	out->n_changes = 0;
	out->reload = CONF_RELOAD_NONE;
	struct conf_source file = request->file;
	file.is_judged = file.fd < 0;
	if (!request->is_edit && !request->drops_overlay)
		file.overlay = app->conf->overlay; // edits hold above whatever comes
	struct conf *conf = conf_load_from(&file, &out->issues);
	if (conf != NULL)
		out->n_changes = conf_diff(app->conf, conf, out->changes, RELOAD_CHANGES_MAX, &out->reload);
	return conf;
}

int reload_plan(struct app *app, const struct reload_request *request, struct reload_result *out)
{
	struct conf *conf = load_and_diff(app, request, out);

	if (conf == NULL)
		return base_errno_set(EINVAL);
	conf_free(conf);
	return 0;
}

void reload_issues_log(const struct conf_issues *issues, const char *path)
{
	for (uint32_t i = 0; i < issues->n; i++) {
		const struct conf_issue *issue = &issues->list[i];

		if (issue->is_warning)
			LOG(WARNING, "%.*s:%u:%u: %s", PATH_LOGGED, path, issue->line, issue->column,
				issue->text);
		else
			LOG(ERROR, "%.*s:%u:%u: %s", PATH_LOGGED, path, issue->line, issue->column,
				issue->text);
	}
}

// conf takes the place of the running one; what names it in events.
static int put_in_force(
	struct app *app, struct conf *conf, const char *what, const struct conf_issues *issues)
{
	if (conf->log.level != app->conf->log.level) // else what --log-level or log-level asked for stays
		base_log_level_set(conf->log.level);
	base_log_json_set(conf->log.format == CONF_LOG_JSON);
	int err = ports_apply(app, conf);
	if (err != 0) {
		if (app->conf != conf)
			conf_free(conf);
		events_add(app, EVENT_CONFIG_FAILED, "", 0, "%s could not be applied", what);
		return err;
	}
	if (app->store != NULL)
		store_max_set(app->store, conf->discovery.inventory_max, conf->state.history_max);
	exec_events_configure(app);
	discovery_configure(app);
	reach_configure(app);
	reach_forward_configure(app);
	app->config->issues = *issues;
	app->generation++;
	trend_look(app); // what was wrong until now is judged by the old configuration
	app->config->loaded_us = base_wall_us();
	return 0;
}

static void changes_log(const struct reload_result *r)
{
	for (size_t i = 0; i < r->n_changes && i < RELOAD_CHANGES_MAX; i++)
		LOG(INFO, "%s: %s -> %s (%s)", r->changes[i].key, r->changes[i].before, r->changes[i].after,
			conf_reload_name(r->changes[i].reload));
}

int reload_apply(struct app *app, const struct reload_request *request, struct reload_result *out)
{
	const char *path = request->file.path;

	out->issues.n = out->issues.n_errors = 0;
	if (confirm_left_ms(app) > 0)
		return base_errno_set(EBUSY);
	struct conf *conf = load_and_diff(app, request, out);
	reload_issues_log(&out->issues, path);
	if (conf == NULL) {
		events_add(app, EVENT_CONFIG_FAILED, "", 0,
			"%.*s is invalid: the running configuration stays (asked for by %s)", PATH_SHOWN,
			path, request->by);
		return base_errno_set(EINVAL);
	}
	int err = request->confirm_ms > 0 ? confirm_prepare(app, path) : 0;
	if (err != 0) {
		conf_free(conf);
		return err;
	}
	struct conf_text *before = conf_text_share(app->conf->overlay);
	bool has_other_edits = !conf_text_equal(before, conf->overlay);
	err = request->confirm_ms > 0 ? 0 : overlay_write(app, conf->overlay);
	if (err != 0)
		conf_free(conf);
	else
		err = put_in_force(app, conf, path, &out->issues);
	if (err != 0) {
		confirm_drop(app);
		(void)!overlay_write(app, before);
		conf_text_release(before);
		return err;
	}
	if (has_other_edits && !request->is_undone && request->confirm_ms == 0)
		overlay_undo_push(app, before);
	conf_text_release(before);
	if (!request->is_edit)
		config_file_came(app, path, request->file.secrets_file, request->by);
	events_add(app, EVENT_CONFIG_APPLIED, "", 0, "%.*s applied: %zu keys changed (%s), by %s", PATH_SHOWN,
		path, out->n_changes, conf_reload_name(out->reload), request->by);
	changes_log(out);
	if (request->confirm_ms > 0)
		confirm_begin(app, request->confirm_ms);
	else
		config_file_mark(app);
	return 0;
}

int reload_restore(struct app *app, struct conf *conf, const struct conf_issues *issues, const char *why)
{
	struct reload_result *r = calloc(1, sizeof(*r));

	if (r != NULL)
		r->n_changes = conf_diff(app->conf, conf, r->changes, RELOAD_CHANGES_MAX, &r->reload);
	int err = put_in_force(app, conf, "the configuration before", issues);
	if (err == 0) {
		events_add(app, EVENT_CONFIG_ROLLED_BACK, "", 0,
			"%s: the configuration before is in force again", why);
		if (r != NULL)
			changes_log(r);
	}
	free(r);
	return err;
}
