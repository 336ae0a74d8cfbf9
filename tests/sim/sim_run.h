// SPDX-License-Identifier: BSD-3-Clause
// One run of the simulator: a graph and a seed, from the first Discover to an empty queue. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim_graph.h"

// What runs add up, for the line at the end.
struct sim_totals {
	uint64_t n_runs;
	uint64_t n_lossy;
	uint64_t n_hostile;
	uint64_t n_cuts;
	uint64_t n_partitions;
	uint64_t n_frames;   // that were sent
	uint64_t n_late;     // nodes that dice kept from being found within three rounds
	uint32_t rounds_max; // until all nodes were found, in lossy runs
};

// True: all held. Else what did not is in fault (SIM_FAULT_LEN bytes).
// troubles: a set of enum sim_trouble.
bool sim_run(enum sim_shape shape, uint64_t seed, uint32_t troubles, struct sim_totals *totals, char *fault);
