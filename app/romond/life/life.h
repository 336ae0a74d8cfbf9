// SPDX-License-Identifier: BSD-3-Clause
// That romond started, stopped, and whether the run before ended in order: events, so that the list, the log,
// the history and events.exec tell it. A mark in state.dir stands while a romond runs on it. Control thread.
#pragma once

#include <sys/signalfd.h>

#include "base_err.h"

struct app;
struct signalfd_siginfo;

// After all else has started, and before anything stops.
BASE_MUST_USE int life_start(struct app *app);
void life_stop(struct app *app);

// A signal asks us to stop: remember which, and who sent it.
void life_signal(struct app *app, const struct signalfd_siginfo *info);

// "" = nobody asked. Between life_start() and life_stop().
const char *life_stop_reason(const struct app *app);
