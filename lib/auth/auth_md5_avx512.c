// SPDX-License-Identifier: BSD-3-Clause
// Two by sixteen lanes. Only for CPUs with AVX-512F; any thread.
#define LANES_W      16
#define LANES_TARGET __attribute__((target("avx512f")))
#define LANES_RUN    auth_md5_avx512_run
#include "auth_md5_lanes.h"
