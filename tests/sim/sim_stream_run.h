// SPDX-License-Identifier: BSD-3-Clause
// One run of streams in the simulator: a graph and a seed. Tests only.
#pragma once

#include "sim_graph.h"

struct sim_stream_totals {
	uint64_t n_runs;
	uint64_t n_streams;
	uint64_t n_whole;
	uint64_t n_named; // that ended by an error that says what it was
	uint64_t n_hostile;
	uint64_t n_forged; // segments that were refused or ignored
	uint64_t n_frames;
};

// True: all held. Else what did not is in fault (SIM_FAULT_LEN bytes).
bool sim_stream_run(enum sim_shape shape, uint64_t seed, struct sim_stream_totals *totals, char *fault);
