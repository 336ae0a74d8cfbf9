// SPDX-License-Identifier: BSD-3-Clause
// Two by four lanes: what every x86-64 CPU has. Any thread.
#define LANES_W 4
#define LANES_TARGET
#define LANES_RUN auth_md5_sse2_run
#include "auth_md5_lanes.h"
