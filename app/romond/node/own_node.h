// SPDX-License-Identifier: BSD-3-Clause
// This node as lib/node sees it: its ports, what it says of itself, how it sends. Control thread, under
// app_lock().
#pragma once

#include "node_io.h"

struct app;

// The TSC in nanoseconds: the clock that workers stamp Data with.
uint64_t own_node_ns(uint64_t tsc);

// For the parts of lib/node; good as long as app is.
struct node_io own_node_io(struct app *app);
