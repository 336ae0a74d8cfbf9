// SPDX-License-Identifier: BSD-3-Clause
// The command `stream-open`: a byte stream to a service of a node. The answer is its last line; behind it the
// connection carries the bytes. Control thread, under app_lock().
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;

BASE_MUST_USE int stream_opens_start(struct app *app);
void stream_opens_stop(struct app *app);

// Returns whether somebody waits for a node to be found.
bool stream_opens_tick(struct app *app, uint64_t now_ms);
