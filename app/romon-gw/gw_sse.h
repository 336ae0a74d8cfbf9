// SPDX-License-Identifier: BSD-3-Clause
// Server-Sent Events. The thread of the connection, which waits for what there is to tell.
#pragma once

#include "gw_http.h"

// Events of romond: `event: event`, with Last-Event-ID those that were missed.
enum MHD_Result gw_sse_events(struct gw_http *h);

// Rows of a menu: first all of them as `event: row`, then `event: snapshot-end`, then each that changes as
// `row` or `dead`. With a Last-Event-ID that is kept only what changed since.
enum MHD_Result gw_sse_menu(struct gw_http *h, const struct gw_menu *menu);
