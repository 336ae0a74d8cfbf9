// SPDX-License-Identifier: BSD-3-Clause
// Masters of masters: a master asks the masters that it hears for the nodes that they hear, and answers when
// it is asked. What is learned so is marked with the master it came from, and never overrides what we hear
// ourselves. Control thread, under app_lock().
#pragma once

#include "data.h"

BASE_MUST_USE int rosters_start(struct app *app);
void rosters_stop(struct app *app);

// Another master asks us.
void rosters_serve(struct app *app, const struct data_in *in);

// A master that we asked answers.
void rosters_take(struct app *app, const struct data_in *in);

// Ask on. Returns whether answers are waited for.
bool rosters_tick(struct app *app, uint64_t now_ms);

struct rosters_counts {
	uint64_t asked;  // requests that left
	uint64_t taken;  // answers to them
	uint64_t served; // answers that we gave
	uint64_t unsent; // requests and answers that could not be sent
};

struct rosters_counts rosters_counts(const struct app *app);
