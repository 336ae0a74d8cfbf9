// SPDX-License-Identifier: BSD-3-Clause
// A configuration on trial. Control thread, under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_text.h"
#include "confirm.h"
#include "events.h"
#include "reload.h"

LOG_TYPE("config");

struct confirm {
	struct conf *before;
	struct conf_issues issues; // of it
	struct config_source source;
	char path[256];    // of what is on trial, cut
	uint64_t until_ms; // base_real_ms(), also of what we were stopped; 0 = not yet begun
};

int confirm_prepare(struct app *app, const char *path)
{
	struct confirm *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return base_errno_set(ENOMEM);
	c->before = conf_copy(app->conf);
	if (c->before == NULL) {
		free(c);
		return base_errno_set(ENOMEM);
	}
	c->issues = app->issues;
	c->source = app->source;
	(void)base_text_copy(c->path, sizeof(c->path), path);
	app->confirm = c;
	return 0;
}

void confirm_drop(struct app *app)
{
	if (app->confirm == NULL)
		return;
	conf_free(app->confirm->before);
	free(app->confirm);
	app->confirm = NULL;
}

void confirm_begin(struct app *app, uint64_t within_ms)
{
	app->confirm->until_ms = base_real_ms() + within_ms;
	LOG(NOTICE,
		"%s is on trial: without `romonctl config confirm` within %" PRIu64
		" ms the configuration before "
		"comes back",
		app->confirm->path, within_ms);
}

uint64_t confirm_left_ms(const struct app *app)
{
	uint64_t now_ms = base_real_ms();

	if (app->confirm == NULL)
		return 0;
	return app->confirm->until_ms > now_ms ? app->confirm->until_ms - now_ms : 1;
}

int confirm_accept(struct app *app, const char *by)
{
	if (app->confirm == NULL)
		return base_errno_set(ENOENT);
	events_add(app, EVENT_CONFIG_CONFIRMED, "", 0, "%.96s is confirmed by %s", app->confirm->path, by);
	confirm_drop(app);
	config_file_mark(app);
	return 0;
}

int confirm_rollback(struct app *app, const char *why)
{
	struct confirm *c = app->confirm;

	if (c == NULL)
		return base_errno_set(ENOENT);
	app->confirm = NULL; // one try: what cannot be applied now cannot be applied later
	int err = reload_restore(app, c->before, &c->issues, why);
	if (err != 0)
		LOG(ERROR, "the configuration before cannot be applied: %s", strerror(-err));
	else
		app->source = c->source;
	free(c);
	return err;
}

void confirm_tick(struct app *app)
{
	char why[320];

	if (app->confirm == NULL || base_real_ms() < app->confirm->until_ms)
		return;
	snprintf(why, sizeof(why), "%.96s was not confirmed in time", app->confirm->path);
	if (confirm_rollback(app, why) != 0)
		LOG(ERROR, "nobody confirmed what is in force, and there is no way back");
}
