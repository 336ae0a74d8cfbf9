// SPDX-License-Identifier: BSD-3-Clause
// Counters begin at the clock, or at the mark where the clock lies behind it; they follow it when it is set
// ahead.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "events.h"
#include "signing.h"
#include "signing_mark.h"
#include "store.h"

#define LOOK_MS       1000
#define START_MS      5000             // for the disk to take the first mark
#define TELL_AGAIN_MS (10 * 60 * 1000) // an event of one port at most this often
#define US_PER_DAY    ((uint64_t)86400 * 1000000)

LOG_TYPE("signing");

struct signing {
	struct dp_signing shared; // workers: rw
	uint64_t mark;            // as the file in state.dir says; 0 = none is kept
	uint64_t looked_ms;
	uint64_t told_ms[SNAP_PORTS_MAX]; // when clock-behind was told last, 0 = not yet
};

int signing_begin(struct app *app)
{
	app->signing = calloc(1, sizeof(*app->signing));
	if (app->signing == NULL)
		return base_errno_set(ENOMEM);
	uint64_t clock_us = base_wall_us();
	uint64_t mark = app->conf->state.dir[0] == '\0' ? 0 : signing_mark_load(app->conf->state.dir);

	if (clock_us < mark)
		LOG(NOTICE, "the clock is %s behind what was signed before: counters go on from there",
			mark - clock_us < SIGNING_MARK_AHEAD ? "a little" : "far");
	dp_signing_init(
		&app->signing->shared, clock_us < mark ? mark : clock_us, rte_rdtsc(), rte_get_tsc_hz());
	return 0;
}

void signing_end(struct app *app)
{
	free(app->signing);
	app->signing = NULL;
}

struct dp_signing *signing_shared(const struct app *app)
{
	return &app->signing->shared;
}

uint64_t signing_kept(const struct app *app)
{
	return app->signing->mark;
}

static uint64_t counter_max(const struct app *app)
{
	uint64_t max = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		uint64_t counter =
			atomic_load_explicit(&app->signing->shared.counter[s], memory_order_relaxed);

		max = counter > max ? counter : max;
	}
	return max;
}

static void mark_put(struct app *app, uint64_t mark)
{
	char text[SIGNING_MARK_TEXT_SIZE];

	if (mark == app->signing->mark)
		return;
	signing_mark_format(mark, text);
	store_mark_put(app->store, SIGNING_MARK_NAME, text);
	app->signing->mark = mark; // not tried again before it is used up
}

// Nothing is signed before the mark is on the disk: who crashes now must not begin at the same counter again.
// Later there is time: the mark lies half a minute ahead.
int signing_start(struct app *app)
{
	if (app->store == NULL)
		return 0;
	mark_put(app, signing_mark_next(0, counter_max(app)));
	if (store_flush(app->store, START_MS) == -ETIMEDOUT)
		LOG(WARNING,
			"state.dir: %s: the disk does not answer: after a crash signing counters may come again",
			app->conf->state.dir);
	return 0;
}

// The wall clock was set ahead, as by NTP after a start without a battery: counters follow, else neighbors
// that remember the life before would refuse all that this node signs.
static void clock_follow(struct app *app)
{
	uint64_t step_us = dp_signing_follow(&app->signing->shared, base_wall_us(), rte_rdtsc());

	if (step_us == 0)
		return;
	LOG(NOTICE, "the clock was set %" PRIu64 " s ahead: signing counters follow it", step_us / 1000000);
	memset(app->signing->told_ms, 0, sizeof(app->signing->told_ms));
}

// Neighbors remember counters that lie too far ahead of our clock to be taken up from them: most likely it is
// the clock that is wrong, and nothing else at this node would say so.
static void refused_tell(struct app *app, uint64_t now_ms)
{
	uint64_t clock_us = base_wall_us();

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		uint64_t asked =
			atomic_exchange_explicit(&app->signing->shared.refused[s], 0, memory_order_relaxed);
		uint64_t *told_ms = &app->signing->told_ms[s];

		if (asked <= clock_us || (*told_ms != 0 && now_ms - *told_ms < TELL_AGAIN_MS))
			continue;
		*told_ms = now_ms;
		events_add(app, EVENT_CLOCK_BEHIND, app->slots[s].name, 0,
			"clock: a neighbor on %s remembers signatures of this node %" PRIu64
			" days ahead of this clock: set the clock",
			app->slots[s].name, (asked - clock_us) / US_PER_DAY);
	}
}

void signing_tick(struct app *app, uint64_t now_ms)
{
	if (now_ms - app->signing->looked_ms < LOOK_MS)
		return;
	app->signing->looked_ms = now_ms;
	clock_follow(app);
	refused_tell(app, now_ms);
	if (app->signing->mark != 0)
		mark_put(app, signing_mark_next(app->signing->mark, counter_max(app)));
}

// Workers still run, and may sign a little more.
void signing_stop(struct app *app)
{
	if (app->signing->mark != 0)
		mark_put(app, counter_max(app) + SIGNING_MARK_AHEAD / 64);
}
