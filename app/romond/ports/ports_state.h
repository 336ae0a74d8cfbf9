// SPDX-License-Identifier: BSD-3-Clause
// What the room of ports keeps for itself: app->ports, from ports_begin() to ports_end(). Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct app;
struct worker_rate;

struct ports_state {
	bool is_snap_due; // what control knows is newer than what workers do: no room, or no memory, for it
	uint64_t polled_ms;
	int links_fd; // word of changes of interfaces (links_watch.c); -1 = none
	uint64_t links_looked_ms;
	struct worker_rate *rates; // rates.h, one for each worker
};

BASE_MUST_USE int ports_begin(struct app *app);
void ports_end(struct app *app);
