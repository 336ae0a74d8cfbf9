// SPDX-License-Identifier: BSD-3-Clause
// DPDK, the devices and the worker: what trials run on. Control thread.
#pragma once

#include "gen_options.h"
#include "gen_trial.h"
#include "port.h"

struct gen_bed {
	uint32_t n_devices;
	struct port_dev *devices[GEN_PORTS_MAX];
	uint16_t run; // number of trials so far
	bool is_huge;
	bool is_started;    // DPDK is
	bool is_own_prefix; // nobody else has files in DPDK's folder
	int core;
};

// Start DPDK, open the devices, wait for their links. 0 or -errno, said; gen_bed_stop() in either case.
BASE_MUST_USE int gen_bed_start(
	struct gen_bed *bed, const struct gen_options *o, const struct gen_profile *p);
void gen_bed_stop(struct gen_bed *bed);

// Run a trial on the worker, and wait for its end. NULL with errno, said; free with gen_trial_destroy(). Ends
// early when a signal asks for it.
BASE_MUST_USE struct gen_trial *gen_bed_trial(struct gen_bed *bed, const struct gen_profile *p,
	struct gen_frames *frames, const struct gen_trial_cfg *cfg);

// Has a signal asked for the end?
bool gen_bed_is_stopped(void);
