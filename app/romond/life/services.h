// SPDX-License-Identifier: BSD-3-Clause
// The table of services: the order in which the daemon starts, its reverse, and whose turn it is. Control
// thread.
#pragma once

#include "base_err.h"
#include "service.h"

struct app;

// Start every row in order. When one fails, stop those before it in reverse, and return its -errno.
BASE_MUST_USE int services_start(struct app *app);

// Stop every row in reverse.
void services_stop(struct app *app);

// The turns that are due. frames_only: those of services that wait for frames. When one of them wants its
// next turn soon, app->services->brisk_until_ms says until when turns are short.
void services_tick(struct app *app, uint64_t now_ms, bool frames_only);
