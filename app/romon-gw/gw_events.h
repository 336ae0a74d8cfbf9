// SPDX-License-Identifier: BSD-3-Clause
// Events of romond, followed over one connection for all who listen, from the first of them on. Any thread.
#pragma once

#include "gw_ring.h"

struct gw_events;

struct gw_events *gw_events_create(const char *socket); // which must outlive it. NULL: out of memory

// Listen from now on; end it by gw_watcher_destroy(). NULL: out of memory.
struct gw_watcher *gw_events_join(struct gw_events *events);
