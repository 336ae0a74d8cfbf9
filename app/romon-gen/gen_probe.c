// SPDX-License-Identifier: BSD-3-Clause
// Before the first trial: is what is tested ready? Its ports notice their links when they do, and answers
// need addresses to be known. A few frames of each flow are sent until something has come out of every port.
// Control thread.
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "base_clock.h"
#include "gen_probe.h"

#define PROBE_PPS   1000
#define PROBE_TURNS 2 // frames of each flow

// Ports that a frame came out of.
static uint32_t ports_heard(const struct gen_trial *t)
{
	uint32_t heard = 0;

	for (uint32_t f = 0; f < t->profile->n_flows; f++) {
		for (uint32_t p = 0; p < t->profile->n_ports; p++) {
			if (t->arrivals[f][p] != NULL && t->arrivals[f][p]->track.unique > 0)
				heard |= 1u << p;
		}
	}
	return heard;
}

static int probe(struct gen_bed *bed, const struct gen_profile *p, uint32_t *heard)
{
	uint64_t hz = rte_get_tsc_hz();
	const struct gen_trial_cfg cfg = {
		.rate_pps = PROBE_PPS,
		.duration = hz,
		.frames_max = (uint64_t)PROBE_TURNS * p->n_flows,
		.drain = hz / 10,
		.burst = 1,
	};
	struct gen_frames *frames = gen_frames_create(p);
	struct gen_trial *t = frames == NULL ? NULL : gen_bed_trial(bed, p, frames, &cfg);

	if (t != NULL)
		*heard |= ports_heard(t);
	gen_trial_destroy(t);
	gen_frames_destroy(frames);
	return t == NULL ? -ENOMEM : 0;
}

int gen_probe_run(struct gen_bed *bed, const struct gen_profile *p, uint32_t wait_ms)
{
	struct gen_profile one = *p;
	uint64_t end = base_mono_ms() + wait_ms;
	uint32_t wanted = 0;
	uint32_t heard = 0;

	for (uint32_t f = 0; f < one.n_flows; f++) {
		one.flows[f].share = 1;
		one.flows[f].origins = one.flows[f].neighbors = one.flows[f].stations = 1;
		wanted |= one.flows[f].to_mask;
	}
	while ((heard & wanted) != wanted && base_mono_ms() < end && !gen_bed_is_stopped()) {
		// addresses that the trials do not use, and fresh ones each time: a node floods a Discover of
		// one origin once in a while only
		for (uint32_t f = 0; f < one.n_flows; f++)
			one.flows[f].addr_base = GEN_ADDRS_MAX + bed->run;
		int err = probe(bed, &one, &heard);
		if (err != 0)
			return err;
	}
	for (uint32_t i = 0; i < p->n_ports; i++) {
		if ((wanted & ~heard & 1u << i) != 0)
			fprintf(stderr, "romon-gen: nothing comes out of port %s within %u ms; going on\n",
				p->ports[i].name, wait_ms);
	}
	return 0;
}
