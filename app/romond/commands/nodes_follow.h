// SPDX-License-Identifier: BSD-3-Clause
// The feed "nodes-follow": all rows of the inventory, then what changes of them. Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;

BASE_MUST_USE int nodes_follow_start(struct app *app);
void nodes_follow_stop(struct app *app);
bool nodes_follow_tick(struct app *app, uint64_t now_ms);
