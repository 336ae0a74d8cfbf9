// SPDX-License-Identifier: BSD-3-Clause
// capture: frames as they pass, as pcapng over the control socket (docs/control-socket.md). Control thread,
// under app_lock().
#pragma once

#include "app.h"

// Opens the stream `capture`.
BASE_MUST_USE int capture_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err);
