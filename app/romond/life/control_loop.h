// SPDX-License-Identifier: BSD-3-Clause
// The control thread's loop: signals, timers, the control socket, what workers sent up.
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;

// Run until SIGTERM or SIGINT. Holds app_lock() except while it waits. Signals SIGHUP, SIGTERM and SIGINT are
// blocked in the process and read here. 0, or -errno when it cannot begin.
BASE_MUST_USE int control_loop_run(struct app *app);

// One tick of it: everything that is due now. The loop calls it each 50 ms, or each 2 while a service asks
// for that; a test whenever it likes.
void control_loop_tick(struct app *app, uint64_t now_ms);
