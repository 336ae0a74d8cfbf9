// SPDX-License-Identifier: BSD-3-Clause
// The simulator as a program: romond_sim [--seeds A..B] [--graph NAME] [--nodes N] [--troubles LIST |
// --streams]. Prints a line per graph, and how to repeat what failed. Tests only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim_net.h"
#include "sim_run.h"
#include "sim_stream_run.h"

#define BIG_EVERY 50 // seeds: of the graph of a thousand nodes

struct wanted {
	unsigned long long first;
	unsigned long long last;
	enum sim_shape shape; // SIM_SHAPE_INVALID = all
	uint32_t troubles;    // set of enum sim_trouble
	const char *troubles_text;
	bool wants_streams;
};

static const struct {
	const char *name;
	enum sim_trouble trouble;
} troubles[] = {{"reorder", SIM_REORDER}, {"duplicate", SIM_DUPLICATE}, {"partition", SIM_PARTITION}};

// "reorder,partition"
static bool troubles_parse(const char *text, struct wanted *w)
{
	w->troubles_text = text;
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		uint32_t i = 0;

		while (i < 3 &&
			(strlen(troubles[i].name) != len || strncmp(text, troubles[i].name, len) != 0))
			i++;
		if (i == 3)
			return false;
		w->troubles |= troubles[i].trouble;
		text += len + (text[len] == ',');
	}
	return true;
}

static bool wanted_parse(int argc, char **argv, struct wanted *w)
{
	if (argc > 1 && strcmp(argv[argc - 1], "--streams") == 0) {
		w->wants_streams = true;
		argc--;
	}
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seeds") == 0) {
			if (sscanf(argv[i + 1], "%llu..%llu", &w->first, &w->last) != 2)
				return false;
		} else if (strcmp(argv[i], "--graph") == 0) {
			w->shape = sim_shape_find(argv[i + 1]);
			if (w->shape == SIM_SHAPE_INVALID)
				return false;
		} else if (strcmp(argv[i], "--nodes") == 0) {
			uint32_t n;

			if (sscanf(argv[i + 1], "%u", &n) != 1 || n < 1000 || n > SIM_ATTACH_MAX)
				return false;
			sim_graph_attach_set(n);
		} else if (strcmp(argv[i], "--troubles") == 0) {
			if (!troubles_parse(argv[i + 1], w))
				return false;
		} else {
			return false;
		}
	}
	return argc % 2 == 1 && w->first <= w->last;
}

// Returns the number of runs that failed.
static uint64_t shape_run(const struct wanted *w, enum sim_shape shape)
{
	const char *name = sim_shape_name(shape);
	struct sim_totals totals = {0};
	char fault[SIM_FAULT_LEN];
	uint64_t n_failed = 0;
	struct timespec t0;
	struct timespec t1;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (unsigned long long seed = w->first; seed <= w->last; seed++) {
		if (shape == SIM_ATTACH && w->shape != shape && seed % BIG_EVERY != 0)
			continue;
		if (sim_run(shape, seed, w->troubles, &totals, fault))
			continue;
		n_failed++;
		printf("FAIL %s, seed %llu: %s\n     again: romond_sim --graph %s --seeds %llu..%llu%s%s\n",
			name, seed, fault, name, seed, seed, w->troubles != 0 ? " --troubles " : "",
			w->troubles_text);
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	if (totals.n_runs == 0)
		return 0;
	printf("%-4s %-8s %lu seeds: %lu with loss (%lu nodes later than the third round, all by round %u), "
	       "%lu hostile, %lu cuts, %lu partitions, %lu frames, %.1f s\n",
		n_failed == 0 ? "ok" : "FAIL", name, totals.n_runs, totals.n_lossy, totals.n_late,
		totals.rounds_max, totals.n_hostile, totals.n_cuts, totals.n_partitions, totals.n_frames,
		(double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9);
	fflush(stdout);
	return n_failed;
}

static uint64_t streams_run(const struct wanted *w, enum sim_shape shape)
{
	const char *name = sim_shape_name(shape);
	struct sim_stream_totals totals = {0};
	char fault[SIM_FAULT_LEN];
	uint64_t n_failed = 0;

	for (unsigned long long seed = w->first; seed <= w->last; seed++) {
		if (sim_stream_run(shape, seed, &totals, fault))
			continue;
		n_failed++;
		printf("FAIL %s, seed %llu: %s\n     again: romond_sim --graph %s --seeds %llu..%llu "
		       "--streams\n",
			name, seed, fault, name, seed, seed);
	}
	printf("%-4s %-8s %lu seeds: %lu streams, %lu whole, %lu with an error that has a name, "
	       "%lu made-up segments beside %lu runs, %lu frames\n",
		n_failed == 0 ? "ok" : "FAIL", name, totals.n_runs, totals.n_streams, totals.n_whole,
		totals.n_named, totals.n_forged, totals.n_hostile, totals.n_frames);
	fflush(stdout);
	return n_failed;
}

int main(int argc, char **argv)
{
	struct wanted w = {.first = 1, .last = 100, .troubles_text = ""};
	uint32_t n_shapes = 0;
	uint32_t n_bad = 0;

	if (!wanted_parse(argc, argv, &w)) {
		fprintf(stderr,
			"usage: romond_sim [--seeds FIRST..LAST] [--graph NAME] [--nodes N] [--troubles "
			"LIST] [--streams]\n"
			"--nodes: of the graph attach, 1000 to %d\n"
			"--troubles: some of reorder,duplicate,partition, in every run\n"
			"--streams: connections and what may happen to them, in place of discovery\n",
			SIM_ATTACH_MAX);
		return 2;
	}
	sim_net_start();
	for (uint32_t s = SIM_LINE; s < SIM_N_SHAPES; s++) {
		if (w.shape != SIM_SHAPE_INVALID && w.shape != s)
			continue;
		if (w.wants_streams && s == SIM_ATTACH)
			continue;
		n_shapes++;
		n_bad += (w.wants_streams ? streams_run : shape_run)(&w, (enum sim_shape)s) > 0;
	}
	sim_net_stop();
	printf("%u passed, %u failed\n", n_shapes - n_bad, n_bad);
	return n_bad == 0 ? 0 : 1;
}
