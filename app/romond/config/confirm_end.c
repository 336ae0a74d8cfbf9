// SPDX-License-Identifier: BSD-3-Clause
// How a trial ends. Control thread, under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "config_file.h"
#include "confirm.h"
#include "confirm_end.h"
#include "events.h"
#include "overlay.h"
#include "reload.h"

LOG_TYPE("config");

int confirm_accept(struct app *app, const char *by)
{
	if (app->confirm == NULL)
		return base_errno_set(ENOENT);
	int err = overlay_write(app, app->conf->overlay);
	if (err != 0)
		return err; // it stays on trial
	if (!conf_text_equal(app->confirm->before->overlay, app->conf->overlay))
		overlay_undo_push(app, app->confirm->before->overlay);
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
		app->config->source = c->source;
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
