// SPDX-License-Identifier: BSD-3-Clause
// One trial, and the choice of a test. Control thread.
#include <stdio.h>

#include <rte_cycles.h>

#include "gen_test.h"

#define DRAIN_MS 500

struct gen_trial *gen_test_trial(
	struct gen_run *run, const struct gen_profile *p, struct gen_frames *frames, uint64_t frames_max)
{
	const struct gen_options *o = run->options;
	uint64_t hz = rte_get_tsc_hz();
	const struct gen_trial_cfg cfg = {
		.rate_pps = p->rate_pps,
		.duration = p->duration_ms * hz / 1000,
		.frames_max = frames_max,
		.drain = DRAIN_MS * hz / 1000,
		.slice = o->slice_ms * hz / 1000,
		.then_pps = o->then_pps,
		.then_at = o->then_ms * hz / 1000,
		.burst = o->burst,
		.is_patient = o->is_patient || p->rate_pps == 0,
	};

	return gen_bed_trial(run->bed, p, frames, &cfg);
}

static int load(struct gen_run *run)
{
	run->report->trial = gen_test_trial(run, run->profile, run->frames, run->options->frames_max);
	if (run->report->trial == NULL)
		return -errno;
	gen_report_judge(run->report);
	return 0;
}

int gen_test_run(struct gen_run *run)
{
	switch (run->options->test) {
	case GEN_TEST_LOAD:
		return load(run);
	case GEN_TEST_THROUGHPUT:
		return gen_rfc2544_throughput(run);
	case GEN_TEST_BACK_TO_BACK:
		return gen_rfc2544_back_to_back(run);
	case GEN_TEST_FLOOD:
		return gen_rfc2889_flood(run);
	case GEN_TEST_CACHING:
		return gen_rfc2889_caching(run);
	case GEN_TEST_LEARNING:
		return gen_rfc2889_learning(run);
	case GEN_TEST_INVALID:
		break;
	}
	return -EINVAL;
}
