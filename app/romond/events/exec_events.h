// SPDX-License-Identifier: BSD-3-Clause
// The service that runs the program of events.exec for each event (exec_hook.h). Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;

BASE_MUST_USE int exec_events_start(struct app *app); // behind events_start()
void exec_events_stop(struct app *app);

// app->conf is a new one.
void exec_events_configure(struct app *app);

// Tend the programs that run.
bool exec_events_tick(struct app *app, uint64_t now_ms);

// romond ends: give what runs and waits a moment.
void exec_events_finish(struct app *app);
