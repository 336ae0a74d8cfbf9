// SPDX-License-Identifier: BSD-3-Clause
// The feed "discover": who answers now. Control thread, under app_lock().
#pragma once

#include <stdint.h>

#include "api_feed.h"
#include "base_err.h"

struct app;

BASE_MUST_USE int discover_start(struct app *app);
void discover_stop(struct app *app);

// Ask on, tell who answered. Returns whether somebody listens.
bool discover_tick(struct app *app, uint64_t now_ms);
