// SPDX-License-Identifier: BSD-3-Clause
// Preparing a trial, and adding its results up. Control thread.
#include <stdlib.h>
#include <string.h>

#include "gen_trial.h"

// Flows by their shares, spread evenly: each step all gain their share, and who has most goes (smooth
// weighted round robin). It repeats after the sum of all shares.
static void schedule_make(struct gen_trial *t)
{
	const struct gen_profile *p = t->profile;
	int64_t credit[GEN_FLOWS_MAX] = {0};
	int64_t sum = 0;

	for (uint32_t f = 0; f < p->n_flows; f++)
		sum += p->flows[f].share;
	t->schedule_len = sum < GEN_SCHEDULE_MAX ? (uint32_t)sum : GEN_SCHEDULE_MAX;
	for (uint32_t i = 0; i < t->schedule_len; i++) {
		uint32_t best = 0;

		for (uint32_t f = 0; f < p->n_flows; f++) {
			credit[f] += p->flows[f].share;
			if (credit[f] > credit[best])
				best = f;
		}
		credit[best] -= sum;
		t->schedule[i] = (uint8_t)best;
	}
}

static int arrivals_make(struct gen_trial *t)
{
	for (uint32_t f = 0; f < t->profile->n_flows; f++) {
		for (uint32_t p = 0; p < t->profile->n_ports; p++) {
			if ((t->profile->flows[f].to_mask & 1u << p) == 0)
				continue;
			t->arrivals[f][p] = calloc(1, sizeof(*t->arrivals[f][p]));
			if (t->arrivals[f][p] == NULL)
				return -ENOMEM;
			// the pages are there before the worker writes to them
			memset(t->arrivals[f][p], 0, sizeof(*t->arrivals[f][p]));
		}
	}
	return 0;
}

static void ways_make(struct gen_trial *t)
{
	for (uint32_t f = 0; f < t->profile->n_flows; f++) {
		t->n_to[f] = (uint32_t)__builtin_popcount(t->profile->flows[f].to_mask);
		t->devices[f] = (uint8_t)t->profile->ports[t->profile->flows[f].from].device;
	}
	for (uint32_t i = 0; i < t->profile->n_ports; i++) {
		const struct gen_port *port = &t->profile->ports[i];

		t->ports_of_vid[port->device][port->vlan] = (uint8_t)(i + 1);
	}
}

struct gen_trial *gen_trial_create(
	const struct gen_profile *p, struct gen_frames *frames, const struct gen_trial_cfg *cfg)
{
	struct gen_trial *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->cfg = *cfg;
	if (cfg->frames_max == 0 || cfg->frames_max > UINT32_MAX)
		t->cfg.frames_max = UINT32_MAX; // sequence numbers do not wrap
	t->profile = p;
	t->frames = frames;
	schedule_make(t);
	ways_make(t);
	if (arrivals_make(t) != 0) {
		gen_trial_destroy(t);
		return base_errno_null(ENOMEM);
	}
	return t;
}

void gen_trial_destroy(struct gen_trial *t)
{
	if (t == NULL)
		return;
	for (uint32_t f = 0; f < GEN_FLOWS_MAX; f++) {
		for (uint32_t p = 0; p < GEN_PORTS_MAX; p++)
			free(t->arrivals[f][p]);
	}
	free(t);
}

static void flow_sum(const struct gen_trial *t, uint32_t f, struct gen_sum *out)
{
	const struct gen_flow_result *r = &t->flows[f];

	out->offered += r->offered;
	out->refused += r->refused;
	out->stray += r->stray;
	for (uint32_t p = 0; p < GEN_PORTS_MAX; p++) {
		const struct gen_arrivals *a = t->arrivals[f][p];

		if (a == NULL)
			continue;
		out->expected += r->offered;
		out->received += a->track.unique;
		out->duplicates += a->track.duplicates;
		out->reordered += a->track.reordered;
		out->ancient += a->track.ancient;
		out->damaged += a->damaged;
		gen_histogram_merge(&out->latency, &a->latency);
	}
}

void gen_trial_sum(const struct gen_trial *t, uint32_t flow, struct gen_sum *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t f = 0; f < t->profile->n_flows; f++) {
		if (flow == f || flow == GEN_FLOWS_MAX)
			flow_sum(t, f, out);
	}
	out->lost = out->expected - out->received;
}
