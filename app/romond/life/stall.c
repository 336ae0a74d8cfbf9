// SPDX-License-Identifier: BSD-3-Clause
// Was it we who were late? Control thread.
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "dp.h"
#include "events.h"
#include "stall.h"

#define NS_PER_MS     1000000ull
#define LOOK_MS       50    // workers and clocks are looked at
#define TOLD_EVERY_MS 10000 // events of stalls
#define CLOCK_SET_MS  2000  // by which the wall clock has to jump to be told

struct turn {
	uint64_t n; // turns that the worker had made
	uint64_t at_ms;
};

struct stall {
	int sched_fd; // /proc/thread-self/schedstat; negative = there is none
	uint64_t looked_ms;
	uint64_t ran_ns;
	uint64_t waited_ns;
	int64_t boot_ms;     // by which the uptime is ahead of the monotonic clock
	int64_t wall_ms;     // by which the wall clock is ahead of the uptime
	uint64_t skipped_ns; // of the clock, at the last look
	uint64_t untold_ms;
	uint64_t told_ms;
	const char *reason;
	uint32_t worker_ran_ms; // clock of the first worker
	uint32_t stuck;         // worker, or n_workers = none
	struct turn turns[SNAP_WORKERS_MAX];
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const char *stall_reason(const struct stall_facts *f)
{
	if (f->suspended_ms >= f->gap_ms / 2 && f->suspended_ms > 0)
		return "suspended: the machine slept";
	if (f->ran_ms >= f->gap_ms / 2)
		return "busy: control had too much to do";
	if (f->waited_ms >= f->gap_ms / 2)
		return "starved: it got no CPU";
	if (f->worker_ms >= f->gap_ms / 2)
		return "blocked: control waited for a disk or another program";
	return "stopped: by a signal, a debugger, or with its virtual machine";
}

// Time that this thread waited for a CPU.
static uint64_t waited_ns(const struct stall *s)
{
	char text[96];
	char *end;
	ssize_t n = s->sched_fd < 0 ? -1 : pread(s->sched_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	(void)strtoull(text, &end, 10);
	return strtoull(end, NULL, 10);
}

// Looks at how far the workers are.
static void workers_look(struct app *app, uint64_t real_ms)
{
	struct stall *s = app->stall;

	s->stuck = app->n_workers;
	for (uint32_t w = 0; w < app->n_workers; w++) {
		struct turn *t = &s->turns[w];
		uint64_t n = dp_counter_read(&dp_worker_counters(app->workers[w])->polls);
		uint64_t still_ms = real_ms - t->at_ms;

		if (n != t->n || dp_worker_is_waiting(app->workers[w]))
			*t = (struct turn){.n = n, .at_ms = real_ms};
		else if (still_ms >= STALL_GAP_MS && still_ms < STALL_HELD_MS)
			s->stuck = w;
	}
	s->worker_ran_ms = app->n_workers > 0 ? dp_worker_ran_ms(app->workers[0]) : 0;
}

static void clocks_look(struct stall *s)
{
	int64_t boot = clock_ms(CLOCK_BOOTTIME);

	s->boot_ms = boot - clock_ms(CLOCK_MONOTONIC);
	s->wall_ms = clock_ms(CLOCK_REALTIME) - boot;
	s->ran_ns = (uint64_t)clock_ms(CLOCK_THREAD_CPUTIME_ID) * NS_PER_MS;
	s->waited_ns = waited_ns(s);
}

static void wall_tell(struct app *app, int64_t was_ms)
{
	int64_t by_ms = app->stall->wall_ms - was_ms;

	if (llabs(by_ms) >= CLOCK_SET_MS)
		events_add(app, EVENT_CLOCK_SET, "", 0,
			"the wall clock was set %lld s %s: times of events before are by the old one",
			llabs(by_ms) / 1000, by_ms > 0 ? "ahead" : "back");
}

static void stall_tell(struct app *app, uint64_t real_ms)
{
	struct stall *s = app->stall;

	if (s->untold_ms < STALL_TOLD_MS || (s->told_ms != 0 && real_ms - s->told_ms < TOLD_EVERY_MS))
		return;
	events_add(app, EVENT_STALLED, "", 0,
		"romond did not run for %" PRIu64 ".%" PRIu64 " s (%s): nobody is judged for that time",
		s->untold_ms / 1000, s->untold_ms / 100 % 10, s->reason);
	s->untold_ms = 0;
	s->told_ms = real_ms;
}

// What was left out since the last look was a stall, of ours or of the worker that was seen standing
// still.
static void skipped_look(struct app *app, const struct stall *was, uint64_t real_ms)
{
	struct stall *s = app->stall;
	uint64_t skipped_ns = base_clock_skipped_ns();
	uint64_t skipped_ms = (skipped_ns - was->skipped_ns) / NS_PER_MS;

	s->skipped_ns = skipped_ns;
	if (s->boot_ms - was->boot_ms >=
		STALL_GAP_MS) // the monotonic clock stands still in a suspended machine
		skipped_ms += (uint64_t)(s->boot_ms - was->boot_ms);
	if (skipped_ms == 0)
		return;
	struct stall_facts f = {.gap_ms = real_ms - was->looked_ms,
		.suspended_ms = (uint64_t)(s->boot_ms > was->boot_ms ? s->boot_ms - was->boot_ms : 0),
		.ran_ms = (s->ran_ns - was->ran_ns) / NS_PER_MS,
		.waited_ms = (s->waited_ns - was->waited_ns) / NS_PER_MS,
		.worker_ms = (uint32_t)(s->worker_ran_ms - was->worker_ran_ms)};
	s->reason = was->stuck < app->n_workers ? "starved: a worker got no CPU" : stall_reason(&f);
	s->untold_ms += skipped_ms;
	app->stalled_ms += skipped_ms;
}

void stall_sleep(struct app *app)
{
	// with a worker that stands still only what control does takes time, not what it waits
	base_clock_watch(app->stall->stuck < app->n_workers ? 1 : STALL_GAP_MS * NS_PER_MS);
}

void stall_wake(struct app *app)
{
	struct stall *s = app->stall;

	(void)base_mono_ms(); // the clock notices
	base_clock_watch(STALL_GAP_MS * NS_PER_MS);
	uint64_t real_ms = base_real_ms();
	if (real_ms - s->looked_ms < LOOK_MS)
		return;
	struct stall was = *s;
	workers_look(app, real_ms);
	clocks_look(s);
	s->looked_ms = real_ms;
	skipped_look(app, &was, real_ms);
	wall_tell(app, was.wall_ms);
	stall_tell(app, real_ms);
}

int stall_start(struct app *app)
{
	struct stall *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return base_errno_set(ENOMEM);
	s->sched_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	s->looked_ms = base_real_ms();
	s->skipped_ns = base_clock_skipped_ns();
	app->stall = s;
	for (uint32_t w = 0; w < app->n_workers; w++)
		s->turns[w].at_ms = s->looked_ms;
	s->stuck = app->n_workers;
	clocks_look(s);
	return 0;
}

void stall_stop(struct app *app)
{
	base_clock_watch(0);
	if (app->stall->sched_fd >= 0)
		close(app->stall->sched_fd);
	free(app->stall);
	app->stall = NULL;
}
