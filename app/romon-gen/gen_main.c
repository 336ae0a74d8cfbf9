// SPDX-License-Identifier: BSD-3-Clause
// romon-gen: the run from the command line to the report. Control thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "gen_bed.h"
#include "gen_probe.h"
#include "gen_report.h"
#include "gen_test.h"

// What --loopback sends without a profile: two ways, all sizes, several routers.
static const char loopback_profile[] =
	"name: loopback\n"
	"through: wire\n"
	"rate: 100k\n"
	"ports: { a: { device: 0 }, b: { device: 1 }, b7: { device: 1, vlan: 7 } }\n"
	"flows:\n"
	"  discover: { type: discover, from: a, to: b, origins: 1000, neighbors: 100 }\n"
	"  data:     { type: data, from: a, to: b, share: 6, hops: 3, size: [126, 512, 1514], neighbors: 100 }\n"
	"  back:     { type: data, from: b, to: a, share: 3, hops: 3, size: [126, 1514] }\n"
	"  answers:  { type: discover-resp, from: b, to: a, hops: 2 }\n"
	"  hello:    { type: hello, from: a, to: b }\n"
	"  seq-err:  { type: seq-err, from: b, to: a }\n";

static int profile_load(const struct gen_options *o, struct gen_profile *p)
{
	static struct conf_issues issues;
	const char *path = o->profile_path != NULL ? o->profile_path : "(loopback)";
	int err = o->profile_path != NULL
			  ? gen_profile_load(p, path, &issues)
			  : gen_profile_load_text(p, loopback_profile, strlen(loopback_profile), &issues);

	conf_issues_print(&issues, path, stderr);
	return err == 0 ? gen_options_apply(o, p) : GEN_EXIT_USAGE;
}

static int report_write(struct gen_report *r)
{
	const struct gen_options *o = r->options;

	if (!o->is_quiet && (o->json_path == NULL || strcmp(o->json_path, "-") != 0))
		gen_report_text(r, stdout);
	if (o->json_path != NULL) {
		int err = gen_report_json(r, o->json_path);

		if (err != 0) {
			fprintf(stderr, "romon-gen: %s: cannot be written (%s)\n", o->json_path,
				strerror(-err));
			return GEN_EXIT_START;
		}
	}
	return r->n_problems == 0 ? GEN_EXIT_OK : GEN_EXIT_FAILED;
}

static int test_run(struct gen_bed *bed, const struct gen_options *o, const struct gen_profile *p)
{
	static struct gen_report report;
	struct gen_run run = {.bed = bed, .options = o, .profile = p, .report = &report};

	report = (struct gen_report){
		.options = o,
		.profile = p,
		.tsc_hz = rte_get_tsc_hz(),
		.is_huge = bed->is_huge,
		.core = bed->core,
	};
	run.frames = gen_frames_create(p);
	if (run.frames == NULL) {
		fprintf(stderr, "romon-gen: the frames cannot be built (%s)\n", strerror(errno));
		return GEN_EXIT_START;
	}
	int err = gen_test_run(&run);
	if (err == -EINTR)
		fprintf(stderr, "romon-gen: ended by a signal\n");
	int status = err == 0 ? report_write(&report) : GEN_EXIT_START;
	gen_trial_destroy(report.trial);
	gen_frames_destroy(run.frames);
	return status;
}

// A run for each line. What has been read outlives the options that point into it, as no option of a run
// does.
static int lines_run(struct gen_bed *bed, const struct gen_options *o, const struct gen_profile *p)
{
	static struct gen_options options;
	static struct gen_profile profile;
	char *line = NULL;
	size_t size = 0;
	int worst = 0;

	while (!gen_bed_is_stopped() && getline(&line, &size, stdin) > 0) {
		options = *o;
		profile = *p;
		int status = gen_options_line(&options, line);

		if (status == 0) {
			gen_options_load_apply(&options, &profile);
			status = test_run(bed, &options, &profile);
		}
		worst = status > worst ? status : worst;
		if (status > GEN_EXIT_FAILED)
			break;
	}
	free(line);
	return worst;
}

int main(int argc, char **argv)
{
	static struct gen_options options;
	static struct gen_profile profile;
	static struct gen_bed bed;
	int status = gen_options_read(&options, argc, argv);

	if (status >= 0)
		return status;
	status = profile_load(&options, &profile);
	if (status != 0 || options.is_check)
		return status;
	status = GEN_EXIT_START;
	if (gen_bed_start(&bed, &options, &profile) == 0 &&
		gen_probe_run(&bed, &profile, options.wait_ms) == 0)
		status = options.is_lines ? lines_run(&bed, &options, &profile)
					  : test_run(&bed, &options, &profile);
	gen_bed_stop(&bed);
	return status;
}
