// SPDX-License-Identifier: BSD-3-Clause
// The verb print of the binary API. The thread of the session.
#pragma once

#include "gw_reply.h"
#include "gw_shared.h"
#include "gw_tree.h"
#include "rosapi_request.h"

// The words of a request that a print goes by, each checked. False, and *r was told why: one is wrong.
bool gw_print_check(struct gw_reply *r, const struct rosapi_request *q);

// Answer the request: rows, then !done.
void gw_print(struct gw_reply *r, const struct gw_shared *shared, const struct gw_menu *menu,
	const struct rosapi_request *q);
