// SPDX-License-Identifier: BSD-3-Clause
// The responder: Discovers that workers handed up are answered, each after a short random pause
// (docs/protocol.md section 5, "Receive a Discover", step 2). Control thread, under app_lock().
#pragma once

#include "app.h"

struct rte_mbuf;

BASE_MUST_USE int answers_start(struct app *app);
void answers_stop(struct app *app);

// Answer a Discover that came in on slot. m stays the caller's.
void answers_take(struct app *app, uint8_t slot, const struct rte_mbuf *m);

// Send what is due. Returns whether answers still wait.
bool answers_tick(struct app *app, uint64_t now_ms);

struct answers_counts {
	uint64_t sent;
	uint64_t unsent; // no buffer, the port went down, the answer was too long
};

struct answers_counts answers_counts(const struct app *app);
