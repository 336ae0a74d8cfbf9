// SPDX-License-Identifier: BSD-3-Clause
// The report of a run: a table for people, JSON of a fixed shape for scripts (docs/romon-gen.md). Control
// thread.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "gen_options.h"
#include "gen_trial.h"

#define GEN_PROBLEMS_MAX 16
#define GEN_PROBLEM_LEN  200
#define GEN_FINDINGS_MAX 8
#define GEN_STEPS_MAX    256

// A figure that a test finds.
struct gen_finding {
	const char *name;
	const char *unit;
	double value;
};

// One trial of a search.
struct gen_step {
	uint64_t value;
	uint64_t offered;
	uint64_t lost;
	uint64_t stray;
	bool passed;
};

struct gen_report {
	const struct gen_options *options;
	const struct gen_profile *profile;
	uint64_t tsc_hz;
	bool is_huge;
	int core;
	struct gen_trial *trial; // the one that counts; NULL where a test has none
	uint32_t n_findings;
	struct gen_finding findings[GEN_FINDINGS_MAX];
	uint32_t n_steps;
	struct gen_step steps[GEN_STEPS_MAX];
	uint32_t n_problems; // 0 = passed
	char problems[GEN_PROBLEMS_MAX][GEN_PROBLEM_LEN];
};

void gen_report_problem(struct gen_report *r, const char *fmt, ...) BASE_PRINTF(2, 3);

void gen_report_finding(struct gen_report *r, const char *name, const char *unit, double value);
void gen_report_step(struct gen_report *r, uint64_t value, const struct gen_sum *s, bool passed);

// Is the trial what was promised: no more loss than allowed, and nothing twice, out of order, damaged or
// astray?
void gen_report_judge(struct gen_report *r);

void gen_report_text(const struct gen_report *r, FILE *out);

// 0 or -errno.
BASE_MUST_USE int gen_report_json(const struct gen_report *r, const char *path);

// Seconds from the first frame due to the last.
double gen_report_seconds(const struct gen_report *r);
double gen_report_ns(const struct gen_report *r, uint64_t ticks);

// The latencies that are reported: name, and share of the frames.
struct gen_quantile {
	const char *name;
	const char *key;
	double share;
};
extern const struct gen_quantile gen_quantiles[];
extern const uint32_t gen_n_quantiles;
