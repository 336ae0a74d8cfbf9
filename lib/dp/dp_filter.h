// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port: RoMON ids and service ports that it refuses, whichever way a frame goes. lib/dp only;
// worker thread.
#pragma once

#include <stdbool.h>

#include "snap.h"
#include "wire_parse.h"

// services: of Data, else NULL. A service is recognised at either end: the answer of a denied service is
// denied too.
bool dp_filter_denies(
	const struct snap_filter *filter, const struct wire_hdr *h, const struct wire_services *services);

static inline bool filter_denies(
	const struct snap_port *port, const uint8_t *romon, const struct wire_frame *f)
{
	if (__builtin_expect(port->filter == NULL, 1))
		return false;
	const uint8_t *services = f->type == WIRE_TYPE_DATA ? romon + f->body_off : NULL;
	return dp_filter_denies(
		port->filter, (const struct wire_hdr *)romon, (const struct wire_services *)services);
}
