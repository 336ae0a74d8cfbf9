// SPDX-License-Identifier: BSD-3-Clause
// Who follows the events, and the form of an event in an answer. Control thread.
#pragma once

#include "event_kind.h"
#include "schema_events.h"
#include "store.h"

struct schema_event;

// An event as a row; its texts live in mem.
void events_follow_fill(const struct store_event *e, struct schema_event *out, struct schema_mem *mem);

// Send e to all who follow: an events_fn, ctx = struct app.
void events_follow_send(void *ctx, const struct app_event *e);
