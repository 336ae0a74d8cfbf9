// SPDX-License-Identifier: BSD-3-Clause
// A configuration on trial: applied with a time in which it must be confirmed, else the one before comes
// back. So an operator who cuts himself off gets in again. Control thread, under app_lock(); kept in memory
// only: a romond that ends meanwhile starts on its file.
#pragma once

#include "base_err.h"
#include "config_state.h"

struct app;

struct confirm {
	struct conf *before;
	struct conf_issues issues; // of it
	struct config_source source;
	char path[256];    // of what is on trial, cut
	uint64_t until_ms; // base_real_ms(), also of what we were stopped; 0 = not yet begun
};

// Keep the running configuration, before another one takes its place. 0 or -ENOMEM.
BASE_MUST_USE int confirm_prepare(struct app *app, const char *path);
void confirm_drop(struct app *app); // forget it; nothing may be kept

void confirm_begin(struct app *app, uint64_t within_ms); // the time runs from now on

uint64_t confirm_left_ms(
	const struct app *app); // until the configuration before comes back; 0 = none is on trial
