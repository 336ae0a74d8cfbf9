// SPDX-License-Identifier: BSD-3-Clause
// The forwards of the configuration: TCP ports of this machine that lead to services of nodes. Control
// thread, under app_lock().
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;

BASE_MUST_USE int reach_forward_start(struct app *app);
void reach_forward_stop(struct app *app);

// app->conf is a new one: ports that it has no more are closed, those that are as before stay open, and
// sessions go on in any case.
void reach_forward_configure(struct app *app);

// Sessions whose node has no path yet. Returns whether there is any.
bool reach_forward_tick(struct app *app, uint64_t now_ms);
