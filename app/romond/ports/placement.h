// SPDX-License-Identifier: BSD-3-Clause
// Which worker polls which device. Control thread.
#pragma once

#include "snap.h"

struct app;

// The worker of each device in app->devs for conf. All devices of a relay group get one worker, since a
// group's table of sources is that worker's; with workers.cores: auto so do all node ports, since the memory
// of flood-hold is. Beyond that, a device stays where it is and a new one goes to the worker with the fewest.
void placement_compute(const struct app *app, const struct conf *conf, uint8_t workers[SNAP_DEVS_MAX]);
