// SPDX-License-Identifier: BSD-3-Clause
// torch: who sends how much through a port, by RoMON id, type, service and direction
// (docs/control-socket.md). Control thread, under app_lock().
#pragma once

#include "app.h"

// Opens the stream `torch`.
BASE_MUST_USE int torch_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err);
