// SPDX-License-Identifier: BSD-3-Clause
// The binary API's listening sockets: a thread for each that takes clients, and one for each client.
#pragma once

#include "gw_shared.h"

// Listen on the endpoints of the configuration and serve from then on; shared must outlive the process. 0, or
// -errno with why: a sentence.
BASE_MUST_USE int gw_api_start(const struct gw_shared *shared, struct base_text *why);

uint32_t gw_api_count(void); // clients that are connected
