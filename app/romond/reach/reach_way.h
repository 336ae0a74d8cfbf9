// SPDX-License-Identifier: BSD-3-Clause
// How segments travel: by the path that the topology knows now, or back by the way that the peer's newest
// frame came. Control thread, under app_lock().
#pragma once

#include "stream_table.h"

struct app;

// For stream_table_create(); good as long as app is.
struct stream_io reach_way_io(struct app *app);
