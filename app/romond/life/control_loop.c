// SPDX-License-Identifier: BSD-3-Clause
// The control thread's loop.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "control_loop.h"
#include "life.h"
#include "loop.h"
#include "punts.h"
#include "reload.h"
#include "services.h"
#include "stall.h"
#include "supervisor.h"

LOG_TYPE("control");

#define TICK_MS       50 // turns of services
#define TICK_MS_BRISK 2  // the same while one of them asks for it
#define WAKE_MS \
	1 // frames wake us no more often: so it costs workers no more than 1,000 system calls a second

struct control {
	int signal_fd;
	int timer_fd;
	bool is_stopping;
	uint64_t frames_taken_ns;
};

static int tick_set(struct app *app, uint32_t tick_ms)
{
	struct itimerspec tick = {
		.it_value.tv_nsec = tick_ms * 1000000, .it_interval.tv_nsec = tick_ms * 1000000};

	if (app->tick_ms == tick_ms)
		return 0;
	app->tick_ms = tick_ms;
	if (app->control == NULL) // a test turns by hand
		return 0;
	return timerfd_settime(app->control->timer_fd, 0, &tick, NULL) == 0 ? 0 : -errno;
}

static void signals_read(void *ctx)
{
	struct app *app = ctx;
	struct signalfd_siginfo info;

	while (read(app->control->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGHUP) {
			life_signal(app, &info);
			app->control->is_stopping = true;
			continue;
		}
		char who[API_PEER_TEXT_SIZE];
		char by[API_PEER_TEXT_SIZE + 16];

		snprintf(by, sizeof(by), "SIGHUP of %s",
			api_peer_describe(info.ssi_uid, (pid_t)info.ssi_pid, who));
		struct reload_request request = {
			.file = {.path = app->config_path, .fd = -1, .secrets_fd = -1}, .by = by};
		struct reload_result *r = malloc(sizeof(*r));

		supervisor_reloading(app);
		int err = r == NULL ? -ENOMEM : reload_apply(app, &request, r);

		supervisor_reloaded(app);
		if (err == -EBUSY)
			LOG(ERROR,
				"no reload: the running configuration waits for `romonctl config confirm`");
		else if (err != 0)
			LOG(ERROR, "reload failed: the running configuration stays");
		free(r);
	}
}

void control_loop_tick(struct app *app, uint64_t now_ms)
{
	base_log_poll();
	services_tick(app, now_ms, false);
	(void)tick_set(app, now_ms < app->services->brisk_until_ms ? TICK_MS_BRISK : TICK_MS);
}

static void timer_read(void *ctx)
{
	struct app *app = ctx;
	uint64_t n_ticks;

	if (read(app->control->timer_fd, &n_ticks, sizeof(n_ticks)) == sizeof(n_ticks))
		control_loop_tick(app, base_mono_ms());
}

// ---- frames of workers

static void frames_take(struct app *app)
{
	app->control->frames_taken_ns = base_mono_ns();
	services_tick(app, base_mono_ms(), true);
}

static void word_read(void *ctx)
{
	struct app *app = ctx;
	uint64_t n;

	(void)!read(app->wake.fd, &n, sizeof(n));
	if (punts_wait(app))
		frames_take(app);
}

// How long to wait at most: -1 = until something happens, and a worker that has a frame for us will wake us.
// Else to look for frames ourselves then.
static int frames_watch(struct app *app)
{
	if (base_mono_ns() - app->control->frames_taken_ns < WAKE_MS * 1000000)
		return WAKE_MS;
	xchg_wake_arm(&app->wake);
	return punts_wait(app) ? 0 : -1;
}

static void wait_once(struct app *app)
{
	int timeout_ms = frames_watch(app);

	(void)tick_set(app, base_mono_ms() < app->services->brisk_until_ms ? TICK_MS_BRISK : TICK_MS);
	stall_sleep(app);
	app_unlock(app);
	loop_wait(app->loop, timeout_ms);
	app_lock(app);
	stall_wake(app);
	xchg_wake_disarm(&app->wake);
	if (timeout_ms >= 0 && punts_wait(app))
		frames_take(app);
	loop_run(app->loop);
}

// ---- from the first to the last turn

static int descriptors_open(struct app *app)
{
	struct control *c = app->control;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	c->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->signal_fd < 0 || c->timer_fd < 0)
		return -errno;
	int err = tick_set(app, TICK_MS);
	if (err == 0)
		err = loop_watch(app->loop, c->signal_fd, signals_read, app);
	if (err == 0)
		err = loop_watch(app->loop, c->timer_fd, timer_read, app);
	if (err == 0)
		err = loop_watch(app->loop, app->wake.fd, word_read, app);
	return err;
}

static void descriptors_close(struct app *app)
{
	struct control *c = app->control;

	loop_forget(app->loop, c->signal_fd);
	loop_forget(app->loop, c->timer_fd);
	loop_forget(app->loop, app->wake.fd);
	if (c->signal_fd >= 0)
		close(c->signal_fd);
	if (c->timer_fd >= 0)
		close(c->timer_fd);
}

int control_loop_run(struct app *app)
{
	struct control control = {.signal_fd = -1, .timer_fd = -1};

	app->control = &control;
	int err = descriptors_open(app);
	if (err != 0)
		LOG(ERROR, "no descriptor for signals or the timer: %s", strerror(-err));
	while (err == 0 && !control.is_stopping)
		wait_once(app);
	descriptors_close(app);
	app->control = NULL;
	return err;
}
