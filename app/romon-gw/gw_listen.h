// SPDX-License-Identifier: BSD-3-Clause
// The verbs listen and monitor of the binary API. The thread of the session.
#pragma once

#include "gw_job.h"

// Begin to tell what changes in the menu.
void gw_listen(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_shared *shared,
	const struct gw_menu *menu, const struct rosapi_request *q);

// Begin to tell, once or every second, how interfaces do.
void gw_monitor(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_shared *shared,
	const struct gw_menu *menu, const struct rosapi_request *q);
