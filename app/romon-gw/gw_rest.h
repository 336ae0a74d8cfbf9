// SPDX-License-Identifier: BSD-3-Clause
// REST as RouterOS 7 has it, below /rest. The thread of the connection.
#pragma once

#include "gw_http.h"

enum MHD_Result gw_rest_answer(struct gw_http *h);
