// SPDX-License-Identifier: BSD-3-Clause
// How a trial ends: it is confirmed, taken back, or its time is over. Control thread, under app_lock().
#pragma once

#include "base_err.h"

struct app;

// The configuration on trial stays; by: who said so. -ENOENT when there is none.
BASE_MUST_USE int confirm_accept(struct app *app, const char *by);

// The one before comes back now. -ENOENT when there is none on trial; -errno when it cannot be applied, and
// then the running one stays.
BASE_MUST_USE int confirm_rollback(struct app *app, const char *why);

void confirm_tick(struct app *app);
