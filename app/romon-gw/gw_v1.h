// SPDX-License-Identifier: BSD-3-Clause
// /api/v1: the tree with JSON types, by pages, and what changes as Server-Sent Events. The thread of the
// connection.
#pragma once

#include "gw_http.h"

enum MHD_Result gw_v1_answer(struct gw_http *h);

// A row with the types of JSON.
void gw_v1_row(struct gw_out *out, const struct gw_menu *menu, json_t *json);

// The settings of the menu, or its item with that key (NULL = settings), with the status; 404 if there is
// none.
enum MHD_Result gw_v1_one(
	struct gw_http *h, enum gw_status status, const struct gw_menu *menu, const char *item);
