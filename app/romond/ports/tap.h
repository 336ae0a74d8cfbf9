// SPDX-License-Identifier: BSD-3-Clause
// The tap: who watches frames by `capture` and `torch`, what workers are told of it, and the rings by which
// copies and records come up. Control thread, under app_lock().
#pragma once

#include "tap_filter.h"

int tap_start(struct app *app);
void tap_stop(struct app *app);

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
