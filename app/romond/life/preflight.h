// SPDX-License-Identifier: BSD-3-Clause
// What would keep the daemon from running, found before EAL starts: one sentence per problem. Control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;
struct conf;

// Log every problem. Returns how many would keep the daemon from running.
BASE_MUST_USE uint32_t preflight_run(struct app *app, const struct conf *conf);
