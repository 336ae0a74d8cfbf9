// SPDX-License-Identifier: BSD-3-Clause
// Where signing counters begin, and the mark in state.dir that makes sure that they never begin lower.
// Control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;
struct dp_signing;

// Around the life of workers, who draw counters from what signing_shared() gives.
BASE_MUST_USE int signing_begin(struct app *app);
void signing_end(struct app *app);
struct dp_signing *signing_shared(const struct app *app);

// The mark as the file in state.dir says; 0 = none is kept.
uint64_t signing_kept(const struct app *app);

// A row of the start table: only with a state.dir that is ours.
BASE_MUST_USE int signing_start(struct app *app);
void signing_stop(struct app *app);

void signing_tick(struct app *app, uint64_t now_ms);
