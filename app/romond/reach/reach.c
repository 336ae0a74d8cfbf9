// SPDX-License-Identifier: BSD-3-Clause
// Streams of this node. Control thread.
#include "reach.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "events.h"
#include "loop.h"
#include "node_stream.h"
#include "reach_offer.h"
#include "reach_way.h"

struct reach {
	struct stream_table *streams;
	struct pipe_set *pipes;
	int epoll_fd; // the pipes' set, and the timer
	int timer_fd;
	uint64_t segments_in; // at the last tick
	uint64_t due_us;      // that the timer is set to, UINT64_MAX = not
};

static uint64_t now_us(void)
{
	return base_mono_ns() / 1000;
}

static int watch(struct reach *r, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN};

	return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

// Sessions of others are news; our own users see theirs.
static void ended(void *ctx, const struct pipe *p, enum stream_end why)
{
	struct stream_facts f;

	if (p->uid != PIPE_OF_OTHERS || p->fd < 0)
		return;
	stream_facts_get(p->conn, &f);
	events_node(ctx, EVENT_SESSION_ENDED, SNAP_PORTS_MAX, f.peer, "",
		"its session with service %u here ended (%s): %" PRIu64 " bytes in, %" PRIu64 " out", f.here,
		stream_end_name(why), f.bytes_in, f.bytes_out);
}

// What waits for an answer may have another way now.
static void moved(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (app->reach != NULL && (e->kind == EVENT_NODE_MOVED || e->kind == EVENT_NODE_UP ||
					  e->kind == EVENT_NODE_PATH_FAILED))
		stream_route_changed(app->reach->streams, e->id, now_us());
}

static void timer_set(struct reach *r, uint64_t due_us)
{
	struct itimerspec at = {0};

	if (due_us == r->due_us)
		return;
	r->due_us = due_us;
	if (due_us != UINT64_MAX) {
		at.it_value.tv_sec = (time_t)(due_us / 1000000);
		at.it_value.tv_nsec = (long)(due_us % 1000000) * 1000;
	}
	timerfd_settime(r->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void accepted(void *ctx, struct pipe *p)
{
	reach_offer_accept(ctx, p);
}

static void reach_run(struct app *app)
{
	struct reach *r = app->reach;
	uint64_t at_us = now_us();
	uint64_t n;

	(void)!read(r->timer_fd, &n, sizeof(n));
	if (at_us >= r->due_us)
		r->due_us = UINT64_MAX; // it has run out
	pipe_set_run(r->pipes, at_us);
	stream_tick(r->streams, at_us);
	uint64_t pipes_us = pipe_set_news(r->pipes, at_us, accepted, app);
	uint64_t streams_us = stream_tick(r->streams, at_us); // what the news made due
	timer_set(r, pipes_us < streams_us ? pipes_us : streams_us);
}

static void ready(void *ctx)
{
	reach_run(ctx);
}

static struct stream_cfg limits_of(const struct app *app)
{
	const struct conf_limits *l = &app->conf->limits;
	struct stream_cfg cfg = stream_cfg_default;

	cfg.conns_max = l->streams;
	cfg.peer_max = l->streams_per_node;
	cfg.half_open_max = l->streams_half_open;
	cfg.opens_peer_s = l->stream_opens_pps;
	return cfg;
}

int reach_start(struct app *app)
{
	struct stream_io io = reach_way_io(app);
	struct stream_cfg limits = limits_of(app);
	struct reach *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	app->reach = r;
	r->due_us = UINT64_MAX;
	r->streams = stream_table_create(&limits, &io);
	r->pipes = r->streams != NULL ? pipe_set_create(r->streams, ended, app) : NULL;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	r->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	int err = r->pipes == NULL || r->epoll_fd < 0 || r->timer_fd < 0 ? -ENOMEM : 0;
	if (err == 0)
		err = watch(r, r->timer_fd);
	if (err == 0)
		err = watch(r, pipe_set_fd(r->pipes));
	if (err != 0) {
		reach_stop(app);
		return err;
	}
	err = loop_watch(app->loop, r->epoll_fd, ready, app);
	if (err != 0) {
		reach_stop(app);
		return err;
	}
	events_listen(app, moved, app);
	reach_offer_configure(app, r->streams);
	return 0;
}

void reach_stop(struct app *app)
{
	struct reach *r = app->reach;

	if (r == NULL)
		return;
	pipe_set_destroy(r->pipes);
	stream_table_destroy(r->streams);
	if (r->epoll_fd >= 0) {
		loop_forget(app->loop, r->epoll_fd);
		close(r->epoll_fd);
	}
	if (r->timer_fd >= 0)
		close(r->timer_fd);
	free(r);
	app->reach = NULL;
}

void reach_configure(struct app *app)
{
	struct stream_cfg limits = limits_of(app);

	stream_limits_set(app->reach->streams, &limits);
	reach_offer_configure(app, app->reach->streams);
}

bool reach_tick(struct app *app, uint64_t now_ms)
{
	struct reach *r = app->reach;
	struct stream_counts counts;

	(void)now_ms;
	reach_run(app);
	stream_counts_get(r->streams, &counts);
	bool has_more = counts.segments_in != r->segments_in;
	r->segments_in = counts.segments_in;
	return has_more;
}

void reach_take(struct app *app, const struct node_data *in)
{
	uint8_t way[STREAM_WAY_MAX];
	struct reach *r = app->reach;
	uint32_t way_len = node_stream_way(in, way);
	uint32_t len;
	const uint8_t *segment = node_stream_segment(in, &len);

	if (r == NULL || way_len == 0 || in->slot >= STREAM_SLOTS)
		return;
	(void)stream_input(r->streams, in->src_id, in->slot, segment, len, way, way_len, now_us());
}

int reach_dial(struct app *app, uint64_t id, uint16_t service, uint32_t uid,
	void (*told)(void *ctx, struct pipe *p, enum stream_end end), void *ctx, struct pipe **out)
{
	struct reach *r = app->reach;
	struct stream_conn *c;

	int err = stream_open(r->streams, id, service, NULL, now_us(), &c);
	if (err != 0)
		return err;
	struct pipe *p = pipe_create(r->pipes, c, uid);
	if (p == NULL) {
		stream_release(c, now_us());
		return -ENOMEM;
	}
	p->told = told;
	p->ctx = ctx;
	*out = p;
	reach_run(app); // the time of its first repetition
	return 0;
}

const struct pipe *reach_next(const struct app *app, uint32_t number)
{
	return pipe_after(app->reach->pipes, number);
}

enum stream_end reach_ended(const struct app *app, uint32_t number)
{
	return pipe_ended(app->reach->pipes, number);
}

int reach_close(struct app *app, uint32_t number)
{
	struct pipe *p = pipe_find(app->reach->pipes, number);

	if (p == NULL)
		return -ENOENT;
	pipe_close(p, STREAM_END_ABORTED, now_us());
	return 0;
}

bool reach_past(const struct app *app, uint64_t id, struct pipe_past *out)
{
	return app->reach != NULL && pipe_past_get(app->reach->pipes, id, out);
}
