// SPDX-License-Identifier: BSD-3-Clause
// The binary API's listening socket: a thread that takes clients, and one for each of them.
#pragma once

#include "gw_session.h"

// Listen on the endpoint of the configuration and serve from then on; shared must outlive the process. 0, or
// -errno with why: a sentence.
BASE_MUST_USE int gw_api_start(const struct gw_shared *shared, struct base_text *why);
