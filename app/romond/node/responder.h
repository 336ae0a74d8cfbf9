// SPDX-License-Identifier: BSD-3-Clause
// The responder (node_responder.h) over frames of workers. Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "node_responder.h"

struct app;
struct rte_mbuf;

BASE_MUST_USE int responder_start(struct app *app);
void responder_stop(struct app *app);

// Answer a Discover that came in on slot. m stays the caller's.
void responder_take(struct app *app, uint8_t slot, const struct rte_mbuf *m);

// Send what is due. Returns whether answers still wait.
bool responder_tick(struct app *app, uint64_t now_ms);
