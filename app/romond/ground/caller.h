// SPDX-License-Identifier: BSD-3-Clause
// Who gave the command that runs. Under app_lock().
#pragma once

#include <stdint.h>

#include "api_peer.h"

struct app;

// For the log and events. Returns buf.
const char *caller_name(const struct app *app, char buf[API_PEER_TEXT_SIZE]);

// How many of max places for feeds of a kind he may take who asks: the last CALLER_PLACES_ROOT are for
// root.
#define CALLER_PLACES_ROOT 2
uint32_t caller_places(const struct app *app, uint32_t max);
