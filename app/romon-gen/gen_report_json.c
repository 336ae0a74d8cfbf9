// SPDX-License-Identifier: BSD-3-Clause
// The report as JSON. All keys are always there. Control thread.
#include <jansson.h>
#include <string.h>

#include "gen_report.h"
#include "wire_name.h"

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *latency_json(const struct gen_report *r, const struct gen_histogram *h)
{
	json_t *out = json_object();

	json_object_set_new(out, "frames", count(h->n));
	json_object_set_new(out, "min", h->n > 0 ? json_real(gen_report_ns(r, h->min)) : json_null());
	json_object_set_new(
		out, "mean", h->n > 0 ? json_real(gen_report_ns(r, 1) * h->sum / (double)h->n) : json_null());
	for (uint32_t q = 0; q < gen_n_quantiles; q++)
		json_object_set_new(out, gen_quantiles[q].key,
			h->n > 0 ? json_real(gen_report_ns(r, gen_histogram_at(h, gen_quantiles[q].share)))
				 : json_null());
	return out;
}

static json_t *sum_json(const struct gen_report *r, uint32_t flow)
{
	struct gen_sum s;
	json_t *out = json_object();

	gen_trial_sum(r->trial, flow, &s);
	json_object_set_new(out, "offered", count(s.offered));
	json_object_set_new(out, "refused", count(s.refused));
	json_object_set_new(out, "expected", count(s.expected));
	json_object_set_new(out, "received", count(s.received));
	json_object_set_new(out, "lost", count(s.lost));
	json_object_set_new(out, "duplicates", count(s.duplicates));
	json_object_set_new(out, "reordered", count(s.reordered + s.ancient));
	json_object_set_new(out, "damaged", count(s.damaged));
	json_object_set_new(out, "stray", count(s.stray));
	json_object_set_new(out, "latency-ns", latency_json(r, &s.latency));
	return out;
}

static json_t *flow_json(const struct gen_report *r, uint32_t f)
{
	const struct gen_flow *flow = &r->profile->flows[f];
	json_t *out = sum_json(r, f);
	json_t *to = json_array();
	json_t *sizes = json_array();

	for (uint32_t p = 0; p < r->profile->n_ports; p++) {
		if ((flow->to_mask & 1u << p) != 0)
			json_array_append_new(to, json_string(r->profile->ports[p].name));
	}
	for (uint32_t i = 0; i < flow->n_sizes; i++)
		json_array_append_new(sizes, count(flow->sizes[i]));
	json_object_set_new(out, "name", json_string(flow->name));
	json_object_set_new(out, "type", json_string(wire_type_name((uint8_t)flow->type)));
	json_object_set_new(out, "from", json_string(r->profile->ports[flow->from].name));
	json_object_set_new(out, "to", to);
	json_object_set_new(out, "sizes", sizes);
	return out;
}

static json_t *foreign_json(const struct gen_trial *t)
{
	json_t *out = json_object();

	json_object_set_new(out, "other", count(t->foreign[0]));
	for (uint32_t i = 1; i < WIRE_N_TYPES; i++)
		json_object_set_new(out, wire_type_name((uint8_t)i), count(t->foreign[i]));
	return out;
}

static json_t *hex_json(const uint8_t *bytes, uint16_t len)
{
	char text[2 * GEN_SAMPLE_MAX + 1] = "";

	for (uint32_t i = 0; i < len && i < GEN_SAMPLE_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

static json_t *sample_json(const struct gen_report *r)
{
	const struct gen_sample *s = &r->trial->sample;
	json_t *out;

	if (!s->is_set)
		return json_null();
	out = json_object();
	json_object_set_new(out, "flow", json_string(r->profile->flows[s->flow].name));
	json_object_set_new(out, "port", json_string(r->profile->ports[s->port].name));
	json_object_set_new(out, "offset", count(s->off));
	json_object_set_new(out, "got", hex_json(s->got, s->got_len));
	json_object_set_new(out, "wanted", hex_json(s->wanted, s->wanted_len));
	return out;
}

static json_t *rates_json(const struct gen_report *r)
{
	double seconds = gen_report_seconds(r);
	struct gen_sum s;
	json_t *out = json_object();

	gen_trial_sum(r->trial, GEN_FLOWS_MAX, &s);
	if (seconds <= 0)
		seconds = 1;
	json_object_set_new(out, "offered", json_real((double)s.offered / seconds));
	json_object_set_new(out, "taken", json_real((double)(s.offered - s.refused) / seconds));
	json_object_set_new(out, "received", json_real((double)s.received / seconds));
	return out;
}

static json_t *slices_json(const struct gen_report *r)
{
	const struct gen_trial *t = r->trial;
	json_t *out = json_array();
	uint64_t last = t->cfg.slice > 0 ? (t->last_rx - t->started) / t->cfg.slice : 0;

	for (uint64_t i = 0; t->cfg.slice > 0 && i <= last && i < GEN_SLICES_MAX; i++) {
		json_t *slice = json_object();

		json_object_set_new(slice, "expected", count(t->slices[i].expected));
		json_object_set_new(slice, "returned", count(t->slices[i].returned));
		json_object_set_new(slice, "arrived", count(t->slices[i].arrived));
		json_array_append_new(out, slice);
	}
	return out;
}

static json_t *findings_json(const struct gen_report *r)
{
	json_t *out = json_array();

	for (uint32_t i = 0; i < r->n_findings; i++) {
		json_t *f = json_object();

		json_object_set_new(f, "name", json_string(r->findings[i].name));
		json_object_set_new(f, "unit", json_string(r->findings[i].unit));
		json_object_set_new(f, "value", json_real(r->findings[i].value));
		json_array_append_new(out, f);
	}
	return out;
}

static json_t *steps_json(const struct gen_report *r)
{
	json_t *out = json_array();

	for (uint32_t i = 0; i < r->n_steps; i++) {
		json_t *s = json_object();

		json_object_set_new(s, "value", count(r->steps[i].value));
		json_object_set_new(s, "offered", count(r->steps[i].offered));
		json_object_set_new(s, "lost", count(r->steps[i].lost));
		json_object_set_new(s, "stray", count(r->steps[i].stray));
		json_object_set_new(s, "passed", json_boolean(r->steps[i].passed));
		json_array_append_new(out, s);
	}
	return out;
}

static json_t *trial_json(const struct gen_report *r)
{
	const struct gen_trial *t = r->trial;
	json_t *out = json_object();
	json_t *flows = json_array();

	for (uint32_t f = 0; f < r->profile->n_flows; f++)
		json_array_append_new(flows, flow_json(r, f));
	json_object_set_new(out, "rate", count(t->cfg.rate_pps));
	json_object_set_new(out, "seconds", json_real(gen_report_seconds(r)));
	json_object_set_new(out, "flows", flows);
	json_object_set_new(out, "all", sum_json(r, GEN_FLOWS_MAX));
	json_object_set_new(out, "frames-a-second", rates_json(r));
	json_object_set_new(out, "sent-late-ns", latency_json(r, &t->lag));
	json_object_set_new(out, "sends", count(t->n_sends));
	json_object_set_new(out, "sends-cut-short", count(t->n_full));
	json_object_set_new(out, "behind", count(t->behind));
	json_object_set_new(out, "foreign", foreign_json(t));
	json_object_set_new(out, "of-a-trial-before", count(t->late));
	json_object_set_new(out, "slices", slices_json(r));
	json_object_set_new(out, "first-damaged", sample_json(r));
	return out;
}

static json_t *report(const struct gen_report *r)
{
	json_t *out = json_object();
	json_t *problems = json_array();

	for (uint32_t i = 0; i < r->n_problems; i++)
		json_array_append_new(problems, json_string(r->problems[i]));
	json_object_set_new(out, "version", json_string(ROMOND_VERSION));
	json_object_set_new(out, "test", json_string(gen_test_name(r->options->test)));
	json_object_set_new(out, "profile", json_string(r->profile->name));
	json_object_set_new(out, "through", json_string(gen_through_name(r->profile->through)));
	json_object_set_new(out, "passed", json_boolean(r->n_problems == 0));
	json_object_set_new(out, "problems", problems);
	json_object_set_new(out, "burst", count(r->options->burst));
	json_object_set_new(out, "hugepages", json_boolean(r->is_huge));
	json_object_set_new(out, "core", json_integer(r->core));
	json_object_set_new(out, "findings", findings_json(r));
	json_object_set_new(out, "steps", steps_json(r));
	json_object_set_new(out, "trial", r->trial != NULL ? trial_json(r) : json_null());
	return out;
}

int gen_report_json(const struct gen_report *r, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	json_t *root = report(r);
	int err = 0;

	if (f == NULL || root == NULL ||
		json_dumpf(root, f,
			(r->options->is_lines ? JSON_COMPACT : JSON_INDENT(2)) | JSON_REAL_PRECISION(9)) !=
			0 ||
		fputc('\n', f) == EOF || fflush(f) != 0)
		err = errno != 0 ? -errno : -EIO;
	if (f != NULL && f != stdout)
		fclose(f);
	json_decref(root);
	return err;
}
