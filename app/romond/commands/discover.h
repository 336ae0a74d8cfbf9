// SPDX-License-Identifier: BSD-3-Clause
// The feed "discover": who answers now. Control thread, under app_lock().
#pragma once

#include "api_feed.h"
#include "app.h"

BASE_MUST_USE int discover_start(struct app *app);
void discover_stop(struct app *app);

// Ask on, tell who answered. Returns whether somebody listens.
bool discover_tick(struct app *app, uint64_t now_ms);
