// SPDX-License-Identifier: BSD-3-Clause
// What happened: a bounded list for `romonctl events`, and the log. Control thread.
#pragma once

#include "app.h"

// type is one word: "port", "neighbor", "relay", "config". port may be "", mac 0. text is a sentence
// without a full stop; the event is logged as it stands.
void events_add(struct app *app, const char *type, const char *port, uint64_t mac, const char *fmt, ...)
	BASE_PRINTF(5, 6);

// Take what the workers posted.
void events_drain(struct app *app);
