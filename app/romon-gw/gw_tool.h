// SPDX-License-Identifier: BSD-3-Clause
// /tool/romon/ping and /discover of the binary API, by feeds of romond. The thread of the session.
#pragma once

#include "gw_job.h"

struct gw_tool_ask {
	const struct gw_shared *shared;
	const struct rosapi_request *request;
	const char *on_behalf; // of whom
};

void gw_ping(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_tool_ask *ask);
void gw_discover(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_tool_ask *ask);
