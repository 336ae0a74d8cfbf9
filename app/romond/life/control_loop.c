// SPDX-License-Identifier: BSD-3-Clause
// The control thread's loop.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_log.h"
#include "confirm_end.h"
#include "control_loop.h"
#include "demo.h"
#include "discover.h"
#include "discovery.h"
#include "events.h"
#include "exec_hook.h"
#include "life.h"
#include "links_watch.h"
#include "mbufs.h"
#include "pings.h"
#include "ports.h"
#include "punts.h"
#include "rates.h"
#include "reload.h"
#include "responder.h"
#include "rosters.h"
#include "signing.h"
#include "stall.h"
#include "tap.h"
#include "trend.h"

LOG_TYPE("control");

#define TICK_MS       50  // events and punts are taken up
#define TICK_MS_BRISK 2   // the same while a service waits for frames or for its time
#define BRISK_MS      100 // so long after the last such need
#define PORTS_MS      200 // links are looked at
#define RATES_MS      1000

static int watch(struct app *app, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(app->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

static int tick_set(struct app *app, uint32_t tick_ms)
{
	struct itimerspec tick = {
		.it_value.tv_nsec = tick_ms * 1000000, .it_interval.tv_nsec = tick_ms * 1000000};

	if (app->tick_ms == tick_ms)
		return 0;
	app->tick_ms = tick_ms;
	return timerfd_settime(app->timer_fd, 0, &tick, NULL) == 0 ? 0 : -errno;
}

int control_loop_start(struct app *app)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	app->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	app->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	app->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (app->epoll_fd < 0 || app->signal_fd < 0 || app->timer_fd < 0)
		return -errno;
	int err = tick_set(app, TICK_MS);
	if (err == 0)
		err = watch(app, app->signal_fd);
	if (err == 0)
		err = watch(app, app->timer_fd);
	if (err == 0)
		err = watch(app, exec_hook_fd(app->exec_hook));
	if (err == 0)
		err = watch(app, api_server_fd(app->api));
	links_watch_start(app);
	if (err == 0 && app->links_fd >= 0)
		err = watch(app, app->links_fd);
	return err;
}

void control_loop_stop(struct app *app)
{
	close(app->epoll_fd);
	close(app->signal_fd);
	close(app->timer_fd);
	links_watch_stop(app);
}

static void signals_read(struct app *app)
{
	struct signalfd_siginfo info;

	while (read(app->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGHUP) {
			life_signal(app, &info);
			app->is_stopping = true;
			continue;
		}
		char who[API_PEER_TEXT_SIZE];
		char by[API_PEER_TEXT_SIZE + 16];

		snprintf(by, sizeof(by), "SIGHUP of %s",
			api_peer_describe(info.ssi_uid, (pid_t)info.ssi_pid, who));
		struct reload_request request = {
			.file = {.path = app->config_path, .fd = -1, .secrets_fd = -1}, .by = by};
		struct reload_result *r = malloc(sizeof(*r));
		int err = r == NULL ? -ENOMEM : reload_apply(app, &request, r);

		if (err == -EBUSY)
			LOG(ERROR,
				"no reload: the running configuration waits for `romonctl config confirm`");
		else if (err != 0)
			LOG(ERROR, "reload failed: the running configuration stays");
		free(r);
	}
}

// The node's services. Returns whether one of them wants to be called again soon.
static bool services_tick(struct app *app, uint64_t now_ms)
{
	bool is_busy = punts_drain(app);

	is_busy |= discovery_tick(app, now_ms);
	is_busy |= responder_tick(app, now_ms);
	is_busy |= discover_tick(app, now_ms);
	is_busy |= pings_tick(app, now_ms);
	is_busy |= rosters_tick(app, now_ms);
	is_busy |= tap_tick(app, now_ms);
	return is_busy;
}

void control_loop_tick(struct app *app, uint64_t now_ms)
{
	base_log_poll();
	if (services_tick(app, now_ms))
		app->brisk_until_ms = now_ms + BRISK_MS;
	events_drain(app);
	confirm_tick(app);
	if (now_ms - app->ports_polled_ms >= PORTS_MS) {
		app->ports_polled_ms = now_ms;
		ports_poll(app);
	}
	if (now_ms - app->rates_sampled_ms >= RATES_MS) {
		app->rates_sampled_ms = now_ms;
		rates_sample(app);
		if (app->api != NULL) // a test may have none
			api_server_tick(app->api);
		trend_look(app);
	}
	signing_tick(app, now_ms);
	mbufs_tick(app);
	if (app->demo != NULL)
		demo_tick(app->demo, now_ms);
	(void)tick_set(app, now_ms < app->brisk_until_ms ? TICK_MS_BRISK : TICK_MS);
}

static void timer_read(struct app *app)
{
	uint64_t n_ticks;

	if (read(app->timer_fd, &n_ticks, sizeof(n_ticks)) == sizeof(n_ticks))
		control_loop_tick(app, base_mono_ms());
}

void control_loop_run(struct app *app)
{
	while (!app->is_stopping) {
		struct epoll_event ev[8];

		stall_sleep(app);
		app_unlock(app);
		int n = epoll_wait(app->epoll_fd, ev, BASE_ARRAY_LEN(ev), -1);
		app_lock(app);
		stall_wake(app);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd == app->signal_fd)
				signals_read(app);
			else if (ev[i].data.fd == app->timer_fd)
				timer_read(app);
			else if (ev[i].data.fd == exec_hook_fd(app->exec_hook))
				exec_hook_poll(app->exec_hook);
			else if (ev[i].data.fd == app->links_fd)
				links_watch_read(app);
			else
				api_server_run_once(app->api);
		}
	}
}
