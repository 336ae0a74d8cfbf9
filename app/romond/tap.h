// SPDX-License-Identifier: BSD-3-Clause
// The tap: who watches frames by `capture` and `torch`, what workers are told of it, and the rings by which
// copies and records come up. Control thread, under app_lock().
#pragma once

#include "app.h"

struct api_stream;
struct tap_session;

// A copy that came up.
struct tap_frame {
	const struct xchg_tap *about;
	uint64_t time_ns; // wall clock
	const uint8_t *bytes;
	uint32_t len;
};

// What a kind of session does. frame and flow are called for what passes the session's slots and filters.
struct tap_ops {
	void (*frame)(struct tap_session *s, const struct tap_frame *f);
	void (*flow)(struct tap_session *s, const struct xchg_flow *flow);
	void (*tick)(struct tap_session *s, uint64_t now_ms); // may end the session
	// The last answer, once nothing more comes. A new reference.
	json_t *(*finish)(struct tap_session *s);
	void (*free)(struct tap_session *s);
};

// The part that sessions have in common: first member of capture's and torch's own.
struct tap_session {
	const struct tap_ops *ops;
	struct app *app;
	struct api_stream *stream;
	struct tap_session *next;
	bool is_closing;                  // workers are told no more of it
	char port[CONF_NAME_LEN_MAX + 1]; // "" = all ports
	bool wants_in, wants_out, wants_flows;
	struct snap_tap filter;             // its slots and filters; the pool is not set
	uint64_t start_tsc;                 // what came before is not its own
	uint64_t end_ms;                    // monotonic; UINT64_MAX = none
	uint64_t lost_base[SNAP_PORTS_MAX]; // of workers, when it began
	uint64_t flows_lost_base;
};

int tap_start(struct app *app);
void tap_stop(struct app *app);

// What workers have to do for all sessions together: for the next snapshot.
void tap_snap(const struct app *app, struct snap_tap *out);

// Take what came up. True while somebody watches: call again soon.
bool tap_tick(struct app *app, uint64_t now_ms);

// Begin a session that is filled in but for the common part's own bookkeeping. 0, or -errno with err set:
// then s is still the caller's.
BASE_MUST_USE int tap_session_open(struct tap_session *s, struct api_error *err);

// End it: what has passed until now is still taken, then finish() gives the last answer. s is gone.
void tap_session_end(struct tap_session *s);

// Frames of one slot, or records of torch, that were lost on their way up since the session began.
uint64_t tap_session_lost(const struct tap_session *s, uint32_t slot);
uint64_t tap_session_flows_lost(const struct tap_session *s);
