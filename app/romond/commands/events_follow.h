// SPDX-License-Identifier: BSD-3-Clause
// Who follows the events, and the form of an event in an answer. Control thread.
#pragma once

#include "app.h"
#include "store.h"

// An event as a row (docs/control-socket.md, "events"). A new reference, or NULL without memory.
json_t *events_follow_row(const struct store_event *e);

// Send e to all who follow: an events_fn, ctx = struct app.
void events_follow_send(void *ctx, const struct app_event *e);

// Opens the stream `events-follow`.
BASE_MUST_USE int events_follow_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err);
