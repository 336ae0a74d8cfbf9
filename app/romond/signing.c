// SPDX-License-Identifier: BSD-3-Clause
// Counters begin at the clock, or at the mark where the clock lies behind it.
#include <string.h>

#include <rte_cycles.h>

#include "base_clock.h"
#include "base_log.h"
#include "signing.h"
#include "signing_mark.h"

#define LOOK_MS 1000

LOG_TYPE("signing");

void signing_begin(struct app *app)
{
	uint64_t clock_us = base_wall_us();
	uint64_t mark = app->conf->state.dir[0] == '\0' ? 0 : signing_mark_load(app->conf->state.dir);

	if (clock_us < mark)
		LOG(NOTICE, "the clock is %s behind what was signed before: counters go on from there",
			mark - clock_us < SIGNING_MARK_AHEAD ? "a little" : "far");
	dp_signing_init(&app->signing, clock_us < mark ? mark : clock_us, rte_rdtsc(), rte_get_tsc_hz());
}

static uint64_t counter_max(const struct app *app)
{
	uint64_t max = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		uint64_t counter = atomic_load_explicit(&app->signing.counter[s], memory_order_relaxed);

		max = counter > max ? counter : max;
	}
	return max;
}

static void mark_put(struct app *app, uint64_t mark)
{
	if (mark == app->signing_mark)
		return;
	int err = signing_mark_save(app->conf->state.dir, mark);
	if (err != 0)
		LOG(WARNING, "state.dir: %s: the signing mark cannot be written: %s", app->conf->state.dir,
			strerror(-err));
	app->signing_mark = mark; // not tried again before it is used up
}

int signing_start(struct app *app)
{
	if (app->store != NULL)
		mark_put(app, signing_mark_next(0, counter_max(app)));
	return 0;
}

void signing_tick(struct app *app, uint64_t now_ms)
{
	if (app->signing_mark == 0 || now_ms - app->signing_looked_ms < LOOK_MS)
		return;
	app->signing_looked_ms = now_ms;
	mark_put(app, signing_mark_next(app->signing_mark, counter_max(app)));
}

// Workers still run, and may sign a little more.
void signing_stop(struct app *app)
{
	if (app->signing_mark != 0)
		mark_put(app, counter_max(app) + SIGNING_MARK_AHEAD / 64);
}
