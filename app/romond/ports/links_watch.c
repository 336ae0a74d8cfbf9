// SPDX-License-Identifier: BSD-3-Clause
// Word from the kernel about interfaces: which device does it touch? What has become of it is found out by
// ports_poll(), as at any other time. Control thread, under app_lock().
#include <string.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_log.h"
#include "links_watch.h"
#include "loop.h"
#include "port_link.h"
#include "ports.h"
#include "ports_state.h"

LOG_TYPE("port");

#define LOOK_MS 100 // between two looks at once; what comes faster waits for the next tick

static void word_come(void *ctx)
{
	links_watch_read(ctx);
}

int links_watch_start(struct app *app)
{
	app->ports->links_fd = port_watch_open();
	int err = app->ports->links_fd < 0 ? app->ports->links_fd
					   : loop_watch(app->loop, app->ports->links_fd, word_come, app);
	if (err != 0) {
		LOG(WARNING, "the kernel does not tell of changes of interfaces (%s): they are looked for",
			strerror(-err));
		links_watch_stop(app);
	}
	return 0;
}

void links_watch_stop(struct app *app)
{
	if (app->ports->links_fd >= 0) {
		loop_forget(app->loop, app->ports->links_fd);
		close(app->ports->links_fd);
	}
	app->ports->links_fd = -1;
}

struct look {
	struct app *app;
	bool is_any;
};

static void change_take(void *ctx, const struct port_change *c)
{
	struct look *look = ctx;
	bool is_all = c->index == 0;

	for (int i = 0; i < SNAP_DEVS_MAX; i++) {
		struct app_dev *d = &look->app->devs[i];
		int index = d->dev == NULL ? 0 : d->dev->ifindex;
		bool is_upper = index != 0 && c->lower == index;
		bool is_own = (index != 0 && c->index == index) || strcmp(c->name, d->device) == 0;

		if (!d->is_used || (!is_all && !is_upper && !is_own))
			continue;
		d->is_touched = true;
		if (d->dev != NULL && (is_all || is_upper))
			d->dev->looks_closely = true;
		look->is_any = true;
	}
}

void links_watch_read(struct app *app)
{
	struct look look = {.app = app};
	uint64_t now_ms = base_mono_ms();

	port_watch_read(app->ports->links_fd, change_take, &look);
	if (!look.is_any)
		return;
	if (now_ms - app->ports->links_looked_ms < LOOK_MS) {
		app->ports->polled_ms = 0; // the next tick looks
		return;
	}
	app->ports->links_looked_ms = now_ms;
	ports_poll(app);
}
