// SPDX-License-Identifier: BSD-3-Clause
// What this node says of itself in discovery. Control thread, under app_lock().
#pragma once

#include "app.h"
#include "topo_frame.h"

// Points into app->conf: valid until the next reload.
struct topo_self node_self(const struct app *app);

// A node port as discovery describes it.
struct topo_port node_port(const struct snap_port *port);

// Parts of it that do not depend on the configuration.
struct wire_version node_version(void);
const char *node_board(void);
