// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port: RoMON ids and service ports that it refuses, whichever way a frame goes. lib/dp only;
// worker thread.
#pragma once

#include <stdbool.h>

#include "snap.h"
#include "wire_parse.h"

bool dp_filter_denies(const struct snap_filter *filter, const uint8_t *romon, const struct wire_frame *f);

static inline bool filter_denies(
	const struct snap_port *port, const uint8_t *romon, const struct wire_frame *f)
{
	return __builtin_expect(port->filter != NULL, 0) && dp_filter_denies(port->filter, romon, f);
}
