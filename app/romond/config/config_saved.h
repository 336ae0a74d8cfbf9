// SPDX-License-Identifier: BSD-3-Clause
// The configuration file was put in place by somebody. Control thread, under app_lock().
#pragma once

#include "base_err.h"

struct app;

// It is what is in force from now on, which an event tells; edits that it counts in are dropped. -ESTALE when
// it is not; or another -errno.
BASE_MUST_USE int config_saved(struct app *app, const char *by);
