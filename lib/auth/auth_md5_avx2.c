// SPDX-License-Identifier: BSD-3-Clause
// Two by eight lanes. Only for CPUs with AVX2; any thread.
#define LANES_W      8
#define LANES_TARGET __attribute__((target("avx2")))
#define LANES_RUN    auth_md5_avx2_run
#include "auth_md5_lanes.h"
