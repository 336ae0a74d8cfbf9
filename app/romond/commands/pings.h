// SPDX-License-Identifier: BSD-3-Clause
// Pings to nodes of the overlay, each run a feed of the control socket. Control thread, under app_lock().
#pragma once

#include "api_feed.h"
#include "base_err.h"
#include "node_pings.h"

struct app;

BASE_MUST_USE int pings_start(struct app *app);
void pings_stop(struct app *app); // after the control socket, which ends runs

// Take up the answer to a ping.
void pings_take(struct app *app, const struct node_data *in);

// Send what is due, tell what came or did not. Returns whether runs are there.
bool pings_tick(struct app *app, uint64_t now_ms);
