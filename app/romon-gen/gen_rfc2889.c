// SPDX-License-Identifier: BSD-3-Clause
// Address caching capacity and learning rate, after RFC 2889. Control thread.
//
// The profile has one flow to stations behind a port. N stations are heard there once each; then the flow
// sends a frame to each. An address that is not known any more shows: a relay group floods the frame, so it
// comes out astray at a third port; a node finds no way for the answer, and it is lost. Each try takes fresh
// addresses.
#include <stdio.h>

#include "gen_search.h"
#include "gen_test.h"

#define LEARN_PPS     100000u // of a caching test without --rate
#define ADDRS_DEFAULT 1000u   // of a learning test without --frames
#define CACHE_MAX     (1u << 20)
#define RATE_TOP      20000000u
#define TRY_MS        60000u

struct lesson {
	struct gen_run *run;
	struct gen_profile learn; // one flow: the stations are heard
	struct gen_profile ask;   // one flow: frames to them
	uint32_t next_base;
	uint32_t n_addrs; // learning: how many
	uint64_t rate;    // caching: of the frames that are learned from
	bool is_rate;     // the value is a rate, else a number of addresses
	struct gen_trial *kept;
};

static bool lesson_is(const struct gen_profile *p, const struct gen_flow *f)
{
	bool is_answer = p->through == GEN_THROUGH_NODE && f->type == WIRE_TYPE_DISCOVER_RESP;

	return (is_answer || f->to_addr == GEN_TO_ADDR_STATION) && __builtin_popcount(f->to_mask) == 1;
}

static int lesson_make(struct lesson *l, struct gen_run *run)
{
	const struct gen_flow *found = NULL;
	uint32_t n = 0;

	*l = (struct lesson){.run = run, .learn = *run->profile, .ask = *run->profile, .next_base = 1u << 24};
	for (uint32_t f = 0; f < run->profile->n_flows; f++) {
		if (lesson_is(run->profile, &run->profile->flows[f])) {
			found = &run->profile->flows[f];
			n++;
		}
	}
	if (n != 1) {
		gen_report_problem(run->report,
			"the profile needs one flow to stations (to-address: station, or answers through a node), and has %u",
			n);
		return -ENOENT;
	}
	l->ask.n_flows = 1;
	l->ask.flows[0] = *found;
	l->ask.flows[0].is_random = false;
	l->learn.n_flows = 1;
	l->learn.flows[0] = (struct gen_flow){
		.name = "learn",
		.type = WIRE_TYPE_HELLO,
		.from = (uint32_t)__builtin_ctz(found->to_mask),
		.share = 1,
		.n_sizes = 1,
		.channel = found->channel,
		.to_addr = run->profile->through == GEN_THROUGH_NODE ? GEN_TO_ADDR_PEER : GEN_TO_ADDR_GROUP,
		.origins = 1,
		.stations = 1,
	};
	l->learn.duration_ms = l->ask.duration_ms = TRY_MS;
	return 0;
}

static struct gen_trial *part_run(struct lesson *l, const struct gen_profile *p, uint32_t n)
{
	struct gen_frames *frames = gen_frames_create(p);
	struct gen_trial *t = frames == NULL ? NULL : gen_test_trial(l->run, p, frames, n);

	gen_frames_destroy(frames);
	return t;
}

static int lesson_try(void *ctx, uint64_t value, bool *passes)
{
	struct lesson *l = ctx;
	uint32_t n = l->is_rate ? l->n_addrs : (uint32_t)value;
	struct gen_sum heard;
	struct gen_sum asked;

	l->learn.rate_pps = l->is_rate ? value : l->rate;
	l->learn.flows[0].neighbors = n;
	l->ask.flows[0].stations = n;
	l->learn.flows[0].addr_base = l->ask.flows[0].addr_base = l->next_base;
	l->next_base += n;
	struct gen_trial *learned = part_run(l, &l->learn, n);
	if (learned == NULL)
		return -ENOMEM;
	gen_trial_sum(learned, GEN_FLOWS_MAX, &heard);
	uint64_t behind = learned->behind;
	gen_trial_destroy(learned);
	struct gen_trial *t = part_run(l, &l->ask, n);
	if (t == NULL)
		return -ENOMEM;
	gen_trial_sum(t, GEN_FLOWS_MAX, &asked);
	*passes = behind == 0 && heard.refused == 0 && asked.lost + asked.stray + asked.damaged == 0;
	gen_report_step(l->run->report, value, &asked, *passes);
	gen_trial_destroy(*passes ? l->kept : t);
	if (*passes)
		l->kept = t;
	return gen_bed_is_stopped() ? -EINTR : 0;
}

static int lesson_search(struct lesson *l, uint64_t min, uint64_t max, const char *name, const char *unit)
{
	const struct gen_search search = {.min = min, .max = max, .precision = l->run->options->precision};
	struct gen_found found;
	int err = gen_search_run(&search, lesson_try, l, &found);

	// the trial's profile is the lesson's, which ends here: the report tells of the steps instead
	gen_trial_destroy(l->kept);
	if (err != 0)
		return err;
	gen_report_finding(l->run->report, name, unit, (double)found.passed);
	if (found.passed == 0)
		gen_report_problem(
			l->run->report, "%s: nothing passes, not even %.0f %s", name, (double)min, unit);
	return 0;
}

int gen_rfc2889_caching(struct gen_run *run)
{
	const struct gen_options *o = run->options;
	static struct lesson l;

	if (lesson_make(&l, run) != 0)
		return 0;
	l.rate = o->has_rate && o->rate_pps > 0 ? o->rate_pps : LEARN_PPS;
	return lesson_search(&l, 1,
		o->frames_max > 0 && o->frames_max < CACHE_MAX ? o->frames_max : CACHE_MAX, "caching",
		"addresses");
}

int gen_rfc2889_learning(struct gen_run *run)
{
	const struct gen_options *o = run->options;
	static struct lesson l;

	if (lesson_make(&l, run) != 0)
		return 0;
	l.is_rate = true;
	l.n_addrs = o->frames_max > 0 && o->frames_max < CACHE_MAX ? (uint32_t)o->frames_max : ADDRS_DEFAULT;
	return lesson_search(
		&l, 100, o->has_rate && o->rate_pps > 0 ? o->rate_pps : RATE_TOP, "learning", "addresses/s");
}
