// SPDX-License-Identifier: BSD-3-Clause
// Where signing counters begin, and the mark in state.dir that makes sure that they never begin lower.
// Control thread.
#pragma once

#include "app.h"

// Before workers run.
void signing_begin(struct app *app);

// A row of the start table: only with a state.dir that is ours.
BASE_MUST_USE int signing_start(struct app *app);
void signing_stop(struct app *app);

void signing_tick(struct app *app, uint64_t now_ms);
