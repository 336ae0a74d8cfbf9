// SPDX-License-Identifier: BSD-3-Clause
// What whoever started us wants to hear, as sd_notify(3) has it: ready, reloading, stopping, and alive.
// Without $NOTIFY_SOCKET nothing is told. Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;

// Ready: after all else has started. Programs that we start do not inherit the socket.
BASE_MUST_USE int supervisor_start(struct app *app);
// Stopping: before anything stops.
void supervisor_stop(struct app *app);

// Alive, four times in the time that the watchdog waits, by the real clock: if each worker made a turn since
// the last word. So a worker that stands still silences us as much as control that does.
bool supervisor_tick(struct app *app, uint64_t now_ms);

// Around a reload.
void supervisor_reloading(struct app *app);
void supervisor_reloaded(struct app *app);
