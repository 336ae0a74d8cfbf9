// SPDX-License-Identifier: BSD-3-Clause
// The argument "port" of commands. Under app_lock().
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct api_error;
struct app;

// The slot of the port called name: its index, SNAP_PORTS_MAX for NULL, or -errno with err set.
int slot_arg_read(const struct app *app, const char *name, struct api_error *err);

// Is slot s a port, and the one that slot_arg_read() gave, if it gave one?
bool slot_arg_is_asked(const struct app *app, uint32_t s, int only);
