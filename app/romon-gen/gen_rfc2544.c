// SPDX-License-Identifier: BSD-3-Clause
// Throughput and back-to-back frames, after RFC 2544; and the throughput of floods, after RFC 2889. Control
// thread.
#include <inttypes.h>
#include <stdio.h>

#include "gen_search.h"
#include "gen_test.h"

#define PDR_LOSS    0.005 // as FD.io CSIT has it
#define ABOVE_MOST  1.2   // of what a closed loop brings through: the search begins there
#define RATE_SPAN   1000  // the search ends at so small a share of where it begins
#define BURST_MS    2000  // RFC 2544: 2 s at the highest rate
#define BURST_SPARE 10000 // ms that a trial of a burst may take

// What a search tries.
struct hunt {
	struct gen_run *run;
	struct gen_profile profile; // the rate changes
	double loss_max;
	bool is_burst;          // the value is a number of frames, not a rate
	bool was_slow;          // a trial failed for the generator's sake alone
	struct gen_trial *kept; // of the highest value that passed
};

static int hunt_try(void *ctx, uint64_t value, bool *passes)
{
	struct hunt *h = ctx;
	struct gen_sum s;

	if (!h->is_burst)
		h->profile.rate_pps = value;
	struct gen_trial *t = gen_test_trial(h->run, &h->profile, h->run->frames, h->is_burst ? value : 0);
	if (t == NULL)
		return -errno;
	gen_trial_sum(t, GEN_FLOWS_MAX, &s);
	*passes = (double)s.lost <= h->loss_max * (double)s.expected && t->behind == 0 &&
		  s.damaged + s.stray + s.duplicates == 0;
	h->was_slow = h->was_slow || (t->behind > 0 && s.lost == 0);
	gen_report_step(h->run->report, value, &s, *passes);
	if (*passes) {
		gen_trial_destroy(h->kept);
		h->kept = t;
	} else {
		gen_trial_destroy(t);
	}
	return gen_bed_is_stopped() ? -EINTR : 0;
}

// Frames a second that come through, and that are taken, when the devices set the pace.
static int most_find(struct gen_run *run, double *most, double *taken)
{
	struct gen_profile p = *run->profile;
	struct gen_sum s;

	p.rate_pps = 0;
	struct gen_trial *t = gen_test_trial(run, &p, run->frames, 0);
	if (t == NULL)
		return -errno;
	gen_trial_sum(t, GEN_FLOWS_MAX, &s);
	double seconds = (double)(t->ended - t->started) / (double)run->report->tsc_hz;
	*most = (double)s.received / seconds;
	*taken = (double)(s.offered - s.refused) / seconds;
	gen_trial_destroy(t);
	if (*taken < 1) {
		gen_report_problem(run->report, "the devices take no frames");
		return 0;
	}
	gen_report_finding(run->report, "most", "frames/s", *most);
	return 0;
}

static uint64_t rate_top(const struct gen_run *run, double taken)
{
	const struct gen_options *o = run->options;

	return o->has_rate && o->rate_pps > 0 ? o->rate_pps : (uint64_t)(taken * ABOVE_MOST) + 1;
}

static void found_report(
	struct gen_run *run, const char *name, const struct gen_found *found, const char *unit)
{
	gen_report_finding(run->report, name, unit, (double)found->passed);
	if (found->passed == 0)
		gen_report_problem(
			run->report, "%s: nothing passes, down to %" PRIu64 " %s", name, found->failed, unit);
}

// The trial outlives the search; its profile is that of the run but for rate and duration.
static void kept_report(struct gen_run *run, struct hunt *h)
{
	run->report->trial = h->kept;
	if (h->kept != NULL)
		h->kept->profile = run->profile;
}

int gen_rfc2544_throughput(struct gen_run *run)
{
	struct hunt h = {.run = run, .profile = *run->profile, .loss_max = PDR_LOSS};
	struct gen_found pdr;
	struct gen_found ndr;
	double most;
	double taken;
	int err = most_find(run, &most, &taken);

	if (err != 0 || run->report->n_problems > 0)
		return err;
	struct gen_search search = {.max = rate_top(run, taken), .precision = run->options->precision};
	search.min = search.max / RATE_SPAN + 1;
	err = gen_search_run(&search, hunt_try, &h, &pdr);
	if (err == 0 && pdr.passed > 0) {
		search.max = pdr.passed;
		h.loss_max = 0;
		gen_trial_destroy(h.kept);
		h.kept = NULL;
		err = gen_search_run(&search, hunt_try, &h, &ndr);
	} else {
		ndr = pdr;
	}
	kept_report(run, &h);
	if (err != 0)
		return err;
	found_report(run, "pdr", &pdr, "frames/s");
	found_report(run, "ndr", &ndr, "frames/s");
	if (h.was_slow)
		gen_report_problem(run->report,
			"at some rates the generator itself was too slow: what is tested may do more");
	return 0;
}

int gen_rfc2544_back_to_back(struct gen_run *run)
{
	struct hunt h = {.run = run, .profile = *run->profile, .is_burst = true};
	struct gen_found found;
	double most;
	double taken;
	int err = most_find(run, &most, &taken);

	if (err != 0 || run->report->n_problems > 0)
		return err;
	// without a rate all frames are due at once: as close together as the generator builds them
	h.profile.rate_pps =
		run->options->has_rate && run->options->rate_pps > 0 ? run->options->rate_pps : GEN_RATE_MAX;
	h.profile.duration_ms = BURST_MS + BURST_SPARE;
	const struct gen_search search = {.min = 1,
		.max = (uint64_t)(taken * BURST_MS / 1000) + 1,
		.precision = run->options->precision};
	err = gen_search_run(&search, hunt_try, &h, &found);
	kept_report(run, &h);
	if (err == 0)
		found_report(run, "back-to-back", &found, "frames");
	return err;
}

int gen_rfc2889_flood(struct gen_run *run)
{
	double seconds;
	struct gen_sum s;
	uint32_t n_flooded = 0;

	for (uint32_t f = 0; f < run->profile->n_flows; f++)
		n_flooded += __builtin_popcount(run->profile->flows[f].to_mask) > 1;
	if (n_flooded == 0) {
		gen_report_problem(run->report, "no flow of the profile goes to several ports");
		return 0;
	}
	int err = gen_rfc2544_throughput(run);
	if (err != 0 || run->report->trial == NULL)
		return err;
	gen_trial_sum(run->report->trial, GEN_FLOWS_MAX, &s);
	seconds = gen_report_seconds(run->report);
	gen_report_finding(run->report, "flooded", "frames/s", (double)s.received / seconds);
	return 0;
}
