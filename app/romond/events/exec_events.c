// SPDX-License-Identifier: BSD-3-Clause
// The program of events.exec as a listener to events. Control thread.
#include "exec_events.h"
#include "app.h"
#include "events.h"
#include "exec_hook.h"
#include "loop.h"

#define FINISH_MS 1000 // for the program to hear of the stop

static void event_post(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (app->exec_hook != NULL)
		exec_hook_post(app->exec_hook, e);
}

static void program_ended(void *ctx)
{
	struct app *app = ctx;

	exec_hook_poll(app->exec_hook);
}

int exec_events_start(struct app *app)
{
	app->exec_hook = exec_hook_create();
	if (app->exec_hook == NULL)
		return -errno;
	int err = loop_watch(app->loop, exec_hook_fd(app->exec_hook), program_ended, app);
	if (err != 0) {
		exec_hook_destroy(app->exec_hook);
		app->exec_hook = NULL;
		return err;
	}
	events_listen(app, event_post, app);
	exec_events_configure(app);
	return 0;
}

void exec_events_stop(struct app *app)
{
	loop_forget(app->loop, exec_hook_fd(app->exec_hook));
	exec_hook_destroy(app->exec_hook);
	app->exec_hook = NULL;
}

void exec_events_configure(struct app *app)
{
	exec_hook_set(app->exec_hook, app->conf->events.exec, app->conf->events.exec_timeout_ms);
}

bool exec_events_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	exec_hook_poll(app->exec_hook);
	return false;
}

void exec_events_finish(struct app *app)
{
	exec_hook_finish(app->exec_hook, FINISH_MS);
}
