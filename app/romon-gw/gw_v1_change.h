// SPDX-License-Identifier: BSD-3-Clause
// Changes by /api/v1: POST adds to a list, PATCH sets, DELETE removes. The thread of the connection.
#pragma once

#include "gw_http.h"

// item: the key of one of the list; NULL = the menu itself.
enum MHD_Result gw_v1_change(struct gw_http *h, const struct gw_menu *menu, const char *item);
