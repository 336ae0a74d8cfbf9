// SPDX-License-Identifier: BSD-3-Clause
// REST as RouterOS 7 has it, below /rest, by libmicrohttpd with a thread a connection: a password that is
// hashed, or a romond that does not answer, stops nobody else.
#pragma once

#include "gw_session.h"

// Listen on http.listen of the configuration, a loopback address, and serve from then on; shared must outlive
// the process. 0, or -errno with why: a sentence.
BASE_MUST_USE int gw_rest_start(const struct gw_shared *shared, struct base_text *why);
