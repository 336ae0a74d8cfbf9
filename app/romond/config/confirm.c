// SPDX-License-Identifier: BSD-3-Clause
// A configuration on trial. Control thread, under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "base_text.h"
#include "confirm.h"

LOG_TYPE("config");

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
	c->issues = app->config->issues;
	c->source = app->config->source;
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
		" ms the configuration before comes back",
		app->confirm->path, within_ms);
}

uint64_t confirm_left_ms(const struct app *app)
{
	uint64_t now_ms = base_real_ms();

	if (app->confirm == NULL)
		return 0;
	return app->confirm->until_ms > now_ms ? app->confirm->until_ms - now_ms : 1;
}
