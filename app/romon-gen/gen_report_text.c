// SPDX-License-Identifier: BSD-3-Clause
// What passed, what did not, and the table. Control thread.
#include <inttypes.h>
#include <stdarg.h>

#include "base_text.h"
#include "gen_report.h"
#include "wire_name.h"

#define SAMPLE_AROUND 8 // bytes shown before and behind the first that differs

const struct gen_quantile gen_quantiles[] = {
	{"P50", "p50", 0.5},
	{"P90", "p90", 0.9},
	{"P99", "p99", 0.99},
	{"P99.9", "p99.9", 0.999},
	{"MAX", "max", 1},
};
const uint32_t gen_n_quantiles = BASE_ARRAY_LEN(gen_quantiles);

void gen_report_problem(struct gen_report *r, const char *fmt, ...)
{
	va_list ap;

	if (r->n_problems == GEN_PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(r->problems[r->n_problems++], GEN_PROBLEM_LEN, fmt, ap);
	va_end(ap);
}

void gen_report_finding(struct gen_report *r, const char *name, const char *unit, double value)
{
	if (r->n_findings < GEN_FINDINGS_MAX)
		r->findings[r->n_findings++] = (struct gen_finding){name, unit, value};
}

void gen_report_step(struct gen_report *r, uint64_t value, const struct gen_sum *s, bool passed)
{
	if (r->n_steps < GEN_STEPS_MAX)
		r->steps[r->n_steps++] = (struct gen_step){value, s->offered, s->lost, s->stray, passed};
}

double gen_report_seconds(const struct gen_report *r)
{
	return (double)(r->trial->ended - r->trial->started) / (double)r->tsc_hz;
}

double gen_report_ns(const struct gen_report *r, uint64_t ticks)
{
	return (double)ticks * 1e9 / (double)r->tsc_hz;
}

static void flow_judge(struct gen_report *r, uint32_t f)
{
	const struct gen_flow *flow = &r->profile->flows[f];
	struct gen_sum s;

	gen_trial_sum(r->trial, f, &s);
	double loss = s.expected > 0 ? (double)s.lost / (double)s.expected : 0;
	if (loss > r->options->loss_max)
		gen_report_problem(r, "flow %s: %" PRIu64 " of %" PRIu64 " frames lost (%.4f %%)%s",
			flow->name, s.lost, s.expected, loss * 100,
			s.refused > 0 ? ", some because the device had no room for them" : "");
	if (s.duplicates > 0)
		gen_report_problem(r, "flow %s: %" PRIu64 " frames came twice", flow->name, s.duplicates);
	if (s.reordered + s.ancient > 0)
		gen_report_problem(
			r, "flow %s: %" PRIu64 " frames out of order", flow->name, s.reordered + s.ancient);
	if (s.damaged > 0)
		gen_report_problem(
			r, "flow %s: %" PRIu64 " frames are not as they had to be", flow->name, s.damaged);
	if (s.stray > 0)
		gen_report_problem(
			r, "flow %s: %" PRIu64 " frames came out where they must not", flow->name, s.stray);
}

void gen_report_judge(struct gen_report *r)
{
	struct gen_sum all;

	gen_trial_sum(r->trial, GEN_FLOWS_MAX, &all);
	if (all.offered == 0)
		gen_report_problem(r, "no frame was sent");
	for (uint32_t f = 0; f < r->profile->n_flows; f++)
		flow_judge(r, f);
	if (r->trial->behind > 0)
		gen_report_problem(r,
			"the generator itself was too slow: %" PRIu64
			" frames that were due were not built; the figures are void. Lower the rate",
			r->trial->behind);
}

// 1234 -> "1.23 us"
static const char *time_text(double ns, char buf[24])
{
	if (ns < 1e3)
		snprintf(buf, 24, "%.0f ns", ns);
	else if (ns < 1e6)
		snprintf(buf, 24, "%.2f us", ns / 1e3);
	else
		snprintf(buf, 24, "%.2f ms", ns / 1e6);
	return buf;
}

static void counts_print(const struct gen_report *r, FILE *out)
{
	fprintf(out, "%-16s %-13s %12s %12s %12s %9s %9s %9s %9s %9s\n", "FLOW", "TYPE", "OFFERED",
		"EXPECTED", "RECEIVED", "LOST", "TWICE", "DISORDER", "DAMAGED", "STRAY");
	for (uint32_t f = 0; f <= r->profile->n_flows; f++) {
		bool is_sum = f == r->profile->n_flows;
		struct gen_sum s;

		if (is_sum && f == 1)
			break;
		gen_trial_sum(r->trial, is_sum ? GEN_FLOWS_MAX : f, &s);
		fprintf(out,
			"%-16s %-13s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %9" PRIu64 " %9" PRIu64
			" %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n",
			is_sum ? "(all)" : r->profile->flows[f].name,
			is_sum ? "" : wire_type_name((uint8_t)r->profile->flows[f].type), s.offered,
			s.expected, s.received, s.lost, s.duplicates, s.reordered + s.ancient, s.damaged,
			s.stray);
	}
}

static void latencies_print(const struct gen_report *r, FILE *out)
{
	char buf[24];

	fprintf(out, "\n%-16s", "LATENCY");
	for (uint32_t q = 0; q < gen_n_quantiles; q++)
		fprintf(out, " %12s", gen_quantiles[q].name);
	fprintf(out, "\n");
	for (uint32_t f = 0; f <= r->profile->n_flows; f++) {
		bool is_lag = f == r->profile->n_flows;
		struct gen_sum s;

		gen_trial_sum(r->trial, is_lag ? 0 : f, &s);
		const struct gen_histogram *h = is_lag ? &r->trial->lag : &s.latency;
		if (h->n == 0)
			continue;
		fprintf(out, "%-16s", is_lag ? "(sent late by)" : r->profile->flows[f].name);
		for (uint32_t q = 0; q < gen_n_quantiles; q++)
			fprintf(out, " %12s",
				time_text(
					gen_report_ns(r, gen_histogram_at(h, gen_quantiles[q].share)), buf));
		fprintf(out, "\n");
	}
}

static void foreign_print(const struct gen_report *r, FILE *out)
{
	for (uint32_t i = 0; i < WIRE_N_TYPES; i++) {
		if (r->trial->foreign[i] > 0)
			fprintf(out, "not ours: %" PRIu64 " %s\n", r->trial->foreign[i],
				i == 0 ? "other frames" : wire_type_name((uint8_t)i));
	}
	if (r->trial->late > 0)
		fprintf(out, "of a trial before: %" PRIu64 " frames\n", r->trial->late);
}

static void bytes_print(FILE *out, const char *what, const uint8_t *bytes, uint16_t len, uint16_t off)
{
	uint32_t from = off > SAMPLE_AROUND ? off - SAMPLE_AROUND : 0;
	uint32_t to = off + SAMPLE_AROUND < GEN_SAMPLE_MAX ? off + SAMPLE_AROUND : GEN_SAMPLE_MAX;

	fprintf(out, "  %s (%u bytes):", what, len);
	for (uint32_t i = from; i < to && i < len; i++)
		fprintf(out, "%s%02x", i == off ? " >" : " ", bytes[i]);
	fprintf(out, "\n");
}

static void sample_print(const struct gen_report *r, FILE *out)
{
	const struct gen_sample *s = &r->trial->sample;

	if (!s->is_set)
		return;
	fprintf(out, "first damaged frame: flow %s at port %s, byte %u\n", r->profile->flows[s->flow].name,
		r->profile->ports[s->port].name, s->off);
	bytes_print(out, "got   ", s->got, s->got_len, s->off);
	bytes_print(out, "wanted", s->wanted, s->wanted_len, s->off);
}

static void trial_print(const struct gen_report *r, FILE *out)
{
	struct gen_sum all;
	double seconds = gen_report_seconds(r);

	gen_trial_sum(r->trial, GEN_FLOWS_MAX, &all);
	counts_print(r, out);
	latencies_print(r, out);
	fprintf(out, "\n%.3f s: %.0f frames/s offered, %.0f taken by the devices, %.0f received\n", seconds,
		seconds > 0 ? (double)all.offered / seconds : 0,
		seconds > 0 ? (double)(all.offered - all.refused) / seconds : 0,
		seconds > 0 ? (double)all.received / seconds : 0);
	foreign_print(r, out);
	sample_print(r, out);
}

static void search_print(const struct gen_report *r, FILE *out)
{
	if (r->n_steps > 0)
		fprintf(out, "%12s %12s %12s %12s\n", "TRIED", "OFFERED", "LOST", "STRAY");
	for (uint32_t i = 0; i < r->n_steps; i++) {
		const struct gen_step *s = &r->steps[i];

		fprintf(out, "%12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %s\n", s->value,
			s->offered, s->lost, s->stray, s->passed ? "passes" : "fails");
	}
	for (uint32_t i = 0; i < r->n_findings; i++)
		fprintf(out, "%-16s %12.0f %s\n", r->findings[i].name, r->findings[i].value,
			r->findings[i].unit);
	if (r->n_findings > 0)
		fprintf(out, "\n");
}

void gen_report_text(const struct gen_report *r, FILE *out)
{
	search_print(r, out);
	if (r->trial != NULL)
		trial_print(r, out);
	for (uint32_t i = 0; i < r->n_problems; i++)
		fprintf(out, "FAILED: %s\n", r->problems[i]);
	if (r->n_problems == 0)
		fprintf(out, "passed\n");
}
