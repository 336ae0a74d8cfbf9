// SPDX-License-Identifier: BSD-3-Clause
// The order in which the daemon starts, and its reverse. Control thread.
#pragma once

#include "app.h"

// Start every row in order. When one fails, stop those before it in reverse, and return its -errno.
BASE_MUST_USE int start_table_run(struct app *app);

// Stop every row in reverse.
void start_table_undo(struct app *app);
