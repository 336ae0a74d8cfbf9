// SPDX-License-Identifier: BSD-3-Clause
// The highest value (frames a second, frames in a burst, addresses) at which a trial still passes, by halving
// (RFC 2544 section 26.1). Knows nothing of frames. Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

struct gen_search {
	uint64_t min; // at least 1
	uint64_t max;
	double precision; // ends when the bounds are so near, as a share of the upper one; also when they
			  // touch
};

struct gen_found {
	uint64_t passed; // highest value that passed; 0 = not even min
	uint64_t failed; // lowest value that failed; 0 = max passed
	uint32_t n_trials;
};

// One trial at a value. 0 with *passes, or -errno: the search ends with it.
typedef int (*gen_search_fn)(void *ctx, uint64_t value, bool *passes);

BASE_MUST_USE int gen_search_run(
	const struct gen_search *search, gen_search_fn trial, void *ctx, struct gen_found *out);
