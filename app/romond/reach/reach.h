// SPDX-License-Identifier: BSD-3-Clause
// Byte streams to and from other nodes: lib/stream with the daemon's frames, paths and clock, and at the end
// of each stream a descriptor (pipe.h). Everything waits in one epoll set of its own, of which the control
// loop watches one descriptor. Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "node_data.h"
#include "pipe.h"
#include "stream_table.h"

struct app;

BASE_MUST_USE int reach_start(struct app *app);
void reach_stop(struct app *app); // what is open is let go: the far ends hear of it

// app->conf is a new one: services that are offered no more take no new streams; sessions go on.
void reach_configure(struct app *app);

// Data that no other service took.
void reach_take(struct app *app, const struct node_data *in);

// A turn, also after frames were taken. Returns whether segments came since the last one: more are to be
// expected at once.
bool reach_tick(struct app *app, uint64_t now_ms);

// Open a stream to a service of a node. told is called once: when it is open (end is STREAM_END_NONE; then
// the caller gives the pipe a descriptor by pipe_bind()), or when that failed, after which the pipe is gone.
// -EHOSTUNREACH: no path is known now; -ENOSPC: limits. *out may be given up before by pipe_close().
BASE_MUST_USE int reach_dial(struct app *app, uint64_t id, uint16_t service, uint32_t uid,
	void (*told)(void *ctx, struct pipe *p, enum stream_end end), void *ctx, struct pipe **out);

// The streams that are open, by number, ascending. NULL = there is no further one behind number.
const struct pipe *reach_next(const struct app *app, uint32_t number);

// How a stream ended that is open no more; STREAM_END_NONE: it is open, or so long over that nobody knows.
enum stream_end reach_ended(const struct app *app, uint32_t number);

// Close one. -ENOENT.
BASE_MUST_USE int reach_close(struct app *app, uint32_t number);

// How the newest stream from here to a node ended. False: none did lately.
BASE_MUST_USE bool reach_past(const struct app *app, uint64_t id, struct pipe_past *out);
