// SPDX-License-Identifier: BSD-3-Clause
// What control takes from no port: answers that nobody asked for, or that came another way than they were
// asked, and requests beyond their share. Counted by port and reason (`romonctl status`). Control thread,
// under app_lock().
#pragma once

#include <stdint.h>

#include "node_refused.h"

struct app;

// slot: where the frame came in.
void refused_count(struct app *app, uint8_t slot, enum node_refused why);
