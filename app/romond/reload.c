// SPDX-License-Identifier: BSD-3-Clause
// A new configuration for the running daemon. Control thread.
#include "reload.h"
#include "base_clock.h"
#include "base_log.h"
#include "events.h"
#include "ports.h"
#include "store.h"
#include "trend.h"

LOG_TYPE("config");

static struct conf *load_and_diff(struct app *app, const char *path, struct reload_result *out)
{
	out->n_changes = 0;
	out->reload = CONF_RELOAD_NONE;
	struct conf *conf = conf_load(path, &out->issues);
	if (conf != NULL)
		out->n_changes = conf_diff(app->conf, conf, out->changes, RELOAD_CHANGES_MAX, &out->reload);
	return conf;
}

int reload_plan(struct app *app, const char *path, struct reload_result *out)
{
	struct conf *conf = load_and_diff(app, path, out);

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
			LOG(WARNING, "%s:%u:%u: %s", path, issue->line, issue->column, issue->text);
		else
			LOG(ERROR, "%s:%u:%u: %s", path, issue->line, issue->column, issue->text);
	}
}

int reload_apply(struct app *app, const char *path, struct reload_result *out)
{
	struct conf *conf = load_and_diff(app, path, out);

	reload_issues_log(&out->issues, path);
	if (conf == NULL) {
		events_add(app, EVENT_CONFIG_FAILED, "", 0, "%s is invalid: the running configuration stays",
			path);
		return base_errno_set(EINVAL);
	}
	if (conf->log.level != app->conf->log.level) // else what --log-level or log-level asked for stays
		base_log_level_set(conf->log.level);
	base_log_json_set(conf->log.format == CONF_LOG_JSON);
	int err = ports_apply(app, conf);
	if (err != 0) {
		if (app->conf != conf)
			conf_free(conf);
		events_add(app, EVENT_CONFIG_FAILED, "", 0, "%s could not be applied", path);
		return err;
	}
	if (app->store != NULL)
		store_max_set(app->store, conf->discovery.inventory_max, conf->state.history_max);
	events_configure(app);
	app->issues = out->issues;
	app->generation++;
	trend_look(app); // what was wrong until now is judged by the old configuration
	app->loaded_us = base_wall_us();
	events_add(app, EVENT_CONFIG_APPLIED, "", 0, "%s applied: %zu keys changed (%s)", path,
		out->n_changes, conf_reload_name(out->reload));
	for (size_t i = 0; i < out->n_changes && i < RELOAD_CHANGES_MAX; i++)
		LOG(INFO, "%s: %s -> %s (%s)", out->changes[i].key, out->changes[i].before,
			out->changes[i].after, conf_reload_name(out->changes[i].reload));
	return 0;
}
