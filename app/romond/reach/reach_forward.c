// SPDX-License-Identifier: BSD-3-Clause
// Forwards. Control thread; nothing here waits.
#include "reach_forward.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_endpoint.h"
#include "base_log.h"
#include "discovery.h"
#include "loop.h"
#include "reach.h"
#include "target.h"

LOG_TYPE("reach");

#define WAITING_MAX 64   // sessions that are being opened, at once
#define FIND_MS     5000 // a node without a path is looked for so long
#define RETRY_MS    1000 // an address that cannot be listened on is tried again

struct listener {
	struct conf_forward conf; // as it was opened; "" = none
	int fd;                   // -1: it could not be opened yet
	bool is_told;             // that it could not
};

struct waiting {
	struct app *app; // NULL = free
	int fd;
	struct pipe *pipe; // NULL: its node is looked for
	struct conf_forward conf;
	uint64_t until_ms;
};

struct reach_forwards {
	int epoll_fd; // listeners; the control loop watches it
	uint64_t retry_ms;
	struct listener listeners[CONF_FORWARDS_MAX];
	struct waiting waiting[WAITING_MAX];
};

// ---- sessions that are being opened

static void give_up(struct waiting *w, const char *why)
{
	LOG(WARNING, "forwards.%s: no session with service %s of %s: %s", w->conf.name, w->conf.service,
		w->conf.to, why);
	close(w->fd);
	w->app = NULL;
}

static void told(void *ctx, struct pipe *p, enum stream_end end)
{
	struct waiting *w = ctx;

	if (end != STREAM_END_NONE) {
		give_up(w, stream_end_name(end)); // the pipe goes by itself
		return;
	}
	if (pipe_bind(p, w->fd, false, base_mono_ns() / 1000) == 0) {
		w->app = NULL;
		return;
	}
	pipe_close(p, STREAM_END_ABORTED, base_mono_ns() / 1000);
	give_up(w, "out of memory");
}

static void find(struct waiting *w, uint64_t now_ms)
{
	uint64_t id = target_sought(w->app, w->conf.to, now_ms >= w->until_ms);
	int err = id == 0 ? -EHOSTUNREACH
			  : reach_dial(w->app, id, conf_service_parse(w->conf.service), (uint32_t)getuid(),
				    told, w, &w->pipe);

	if (err == 0)
		return;
	if (err != -EHOSTUNREACH)
		give_up(w, "as many streams as may be are open");
	else if (now_ms >= w->until_ms)
		give_up(w, id == 0 ? "no such node" : "no path to it");
	else
		discovery_want(w->app, w->until_ms);
}

bool reach_forward_tick(struct app *app, uint64_t now_ms)
{
	struct reach_forwards *f = app->forwards;
	bool is_any = false;

	for (uint32_t i = 0; i < WAITING_MAX; i++) {
		if (f->waiting[i].app != NULL && f->waiting[i].pipe == NULL)
			find(&f->waiting[i], now_ms);
		is_any |= f->waiting[i].app != NULL;
	}
	if (now_ms >= f->retry_ms) {
		f->retry_ms = now_ms + RETRY_MS;
		reach_forward_configure(app);
	}
	return is_any;
}

static void session_begin(struct app *app, const struct listener *l, int fd)
{
	struct reach_forwards *f = app->forwards;
	struct waiting *w = f->waiting;
	int one = 1;

	while (w < f->waiting + WAITING_MAX && w->app != NULL)
		w++;
	if (w == f->waiting + WAITING_MAX) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*w = (struct waiting){.app = app, .fd = fd, .conf = l->conf, .until_ms = base_mono_ms() + FIND_MS};
	find(w, base_mono_ms());
}

static void ready(void *ctx)
{
	struct app *app = ctx;
	struct epoll_event events[8];

	int n = epoll_wait(app->forwards->epoll_fd, events, BASE_ARRAY_LEN(events), 0);
	for (int i = 0; i < n; i++) {
		const struct listener *l = events[i].data.ptr;
		int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			session_begin(app, l, fd);
	}
}

// ---- listeners

static int listen_at(const char *text)
{
	struct sockaddr_storage at;
	socklen_t len = base_endpoint_parse(text, &at); // the configuration was checked

	return base_endpoint_listen((struct sockaddr *)&at, len, SOCK_NONBLOCK);
}

static void listener_close(struct reach_forwards *f, struct listener *l)
{
	if (l->fd >= 0) {
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
		close(l->fd);
	}
	*l = (struct listener){.fd = -1};
}

static void listener_open(struct reach_forwards *f, struct listener *l)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};

	l->fd = listen_at(l->conf.listen);
	if (l->fd >= 0 && epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, l->fd, &ev) == 0) {
		LOG(INFO, "forwards.%s: %s leads to service %s of %s", l->conf.name, l->conf.listen,
			l->conf.service, l->conf.to);
		return;
	}
	if (!l->is_told)
		LOG(WARNING, "forwards.%s.listen: %s: %s; it is tried again every second", l->conf.name,
			l->conf.listen, strerror(l->fd < 0 ? -l->fd : errno));
	if (l->fd >= 0)
		close(l->fd);
	l->is_told = true;
	l->fd = -1;
}

static const struct conf_forward *wanted_find(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_forwards; i++) {
		if (strcmp(conf->forwards[i].name, name) == 0)
			return &conf->forwards[i];
	}
	return NULL;
}

static struct listener *listener_find(struct reach_forwards *f, const char *name)
{
	for (uint32_t i = 0; i < CONF_FORWARDS_MAX; i++) {
		if (strcmp(f->listeners[i].conf.name, name) == 0)
			return &f->listeners[i];
	}
	return NULL;
}

void reach_forward_configure(struct app *app)
{
	struct reach_forwards *f = app->forwards;

	for (uint32_t i = 0; i < CONF_FORWARDS_MAX; i++) {
		struct listener *l = &f->listeners[i];
		const struct conf_forward *now =
			l->conf.name[0] != '\0' ? wanted_find(app->conf, l->conf.name) : NULL;

		if (now == NULL || strcmp(now->listen, l->conf.listen) != 0)
			listener_close(f, l);
		else
			l->conf = *now; // the next session goes there
	}
	for (uint32_t i = 0; i < app->conf->n_forwards; i++) {
		const struct conf_forward *now = &app->conf->forwards[i];
		struct listener *l = listener_find(f, now->name);

		if (l == NULL)
			l = listener_find(f, ""); // there are as many as forwards may be
		l->conf = *now;
		if (l->fd < 0)
			listener_open(f, l);
	}
}

int reach_forward_start(struct app *app)
{
	struct reach_forwards *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < CONF_FORWARDS_MAX; i++)
		f->listeners[i].fd = -1;
	app->forwards = f;
	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int err = f->epoll_fd < 0 ? -errno : loop_watch(app->loop, f->epoll_fd, ready, app);
	if (err != 0) {
		reach_forward_stop(app);
		return err;
	}
	reach_forward_configure(app);
	return 0;
}

// Before the pipes go: those of sessions that are being opened point here.
void reach_forward_stop(struct app *app)
{
	struct reach_forwards *f = app->forwards;

	if (f == NULL)
		return;
	for (uint32_t i = 0; i < WAITING_MAX; i++) {
		if (f->waiting[i].app == NULL)
			continue;
		if (f->waiting[i].pipe != NULL)
			pipe_close(f->waiting[i].pipe, STREAM_END_ABORTED, base_mono_ns() / 1000);
		close(f->waiting[i].fd);
	}
	for (uint32_t i = 0; i < CONF_FORWARDS_MAX; i++)
		listener_close(f, &f->listeners[i]);
	if (f->epoll_fd >= 0) {
		loop_forget(app->loop, f->epoll_fd);
		close(f->epoll_fd);
	}
	free(f);
	app->forwards = NULL;
}
