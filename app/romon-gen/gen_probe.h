// SPDX-License-Identifier: BSD-3-Clause
// Waiting until what is tested is ready. Control thread.
#pragma once

#include "gen_bed.h"

// Send a few frames until something has come out of each port that flows go to, at most wait_ms; what stays
// silent is named on standard error, and the trial will tell. 0 or -errno, said.
BASE_MUST_USE int gen_probe_run(struct gen_bed *bed, const struct gen_profile *p, uint32_t wait_ms);
