// SPDX-License-Identifier: BSD-3-Clause
// Who watches frames, and what workers have to do for all of them together. Control thread, under app_lock().
#pragma once

#include <jansson.h>

#include "conf.h"
#include "snap.h"

struct api_feed;
struct app;
struct tap_session;
struct xchg_flow;
struct xchg_tap;

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
	struct api_feed *feed;
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

struct tap {
	struct tap_session *sessions;
	uint32_t n_sessions;
	uint64_t told_ns; // time of the last frame that was given
};

// For the next snapshot.
void tap_snap(const struct app *app, struct snap_tap *out);
