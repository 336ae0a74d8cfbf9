// SPDX-License-Identifier: BSD-3-Clause
// Masters of masters (node_rosters.h). Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "node_rosters.h"

struct app;

BASE_MUST_USE int rosters_start(struct app *app);
void rosters_stop(struct app *app);

// Another master asks us.
void rosters_serve(struct app *app, const struct node_data *in);

// A master that we asked answers.
void rosters_take(struct app *app, const struct node_data *in);

// Ask on. Returns whether answers are waited for.
bool rosters_tick(struct app *app, uint64_t now_ms);

struct node_rosters_counts rosters_counts(const struct app *app);
