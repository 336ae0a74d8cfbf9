// SPDX-License-Identifier: BSD-3-Clause
// The tests: many trials each, and what they find. Control thread.
//
//	load          one trial at the profile's rate
//	throughput    RFC 2544 section 26.1: the highest rate without loss (NDR), and with at most 0.5 % (PDR)
//	back-to-back  RFC 2544 section 26.4: the longest burst without loss
//	flood         RFC 2889 section 5.10: throughput of frames that leave by several ports
//	caching       RFC 2889 section 5.7: how many addresses are kept
//	learning      RFC 2889 section 5.8: how fast they are learned
#pragma once

#include "gen_bed.h"
#include "gen_report.h"

struct gen_run {
	struct gen_bed *bed;
	const struct gen_options *options;
	const struct gen_profile *profile;
	struct gen_frames *frames; // of the profile
	struct gen_report *report; // takes steps, findings and problems; its trial is the caller's to destroy
};

// Run the test that the options name. 0 with the report filled, or -errno, said.
BASE_MUST_USE int gen_test_run(struct gen_run *run);

// One trial of a profile: its own rate and duration, at most frames_max frames (0 = any number). NULL with
// errno, said.
BASE_MUST_USE struct gen_trial *gen_test_trial(
	struct gen_run *run, const struct gen_profile *p, struct gen_frames *frames, uint64_t frames_max);

BASE_MUST_USE int gen_rfc2544_throughput(struct gen_run *run);
BASE_MUST_USE int gen_rfc2544_back_to_back(struct gen_run *run);
BASE_MUST_USE int gen_rfc2889_flood(struct gen_run *run);
BASE_MUST_USE int gen_rfc2889_caching(struct gen_run *run);
BASE_MUST_USE int gen_rfc2889_learning(struct gen_run *run);
