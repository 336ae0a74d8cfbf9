// SPDX-License-Identifier: BSD-3-Clause
// Rates from two samples. Main thread.
#include <string.h>

#include "base_clock.h"
#include "cmd.h"
#include "top_rates.h"

#define US_PER_S     1000000.0
#define BITS_IN_BYTE 8

// A rate of a row: the sum of two counters, times a factor.
struct rate {
	const char *name;
	const char *counter;
	const char *second; // or NULL
	int factor;
};

static const struct rate port_rates[] = {
	{"rx-frames-per-s", "rx-frames", NULL, 1},
	{"tx-frames-per-s", "tx-frames", NULL, 1},
	{"rx-bits-per-s", "rx-bytes", NULL, BITS_IN_BYTE},
	{"tx-bits-per-s", "tx-bytes", NULL, BITS_IN_BYTE},
	{"drops-per-s", "rx-drops", "rx-missed", 1},
};

static const struct rate worker_rates[] = {
	{"rx-frames-per-s", "rx-frames", NULL, 1},
	{"punts-per-s", "punts", NULL, 1},
};

static const struct rate type_rates[] = {{"frames-per-s", "count", NULL, 1}};

int top_sample_take(struct api_client *client, struct top_sample *s, struct api_error *err)
{
	s->at_us = base_mono_ns() / 1000;
	int rc = api_client_call(client, "ports", NULL, CMD_TIMEOUT_MS, &s->ports, err);
	if (rc == 0)
		rc = api_client_call(client, "workers", NULL, CMD_TIMEOUT_MS, &s->workers, err);
	if (rc == 0)
		rc = api_client_call(client, "status", NULL, CMD_TIMEOUT_MS, &s->status, err);
	if (rc == 0 && (!json_is_array(s->ports) || !json_is_array(s->workers) || !json_is_object(s->status)))
		rc = base_errno_set(EPROTO);
	return rc;
}

void top_sample_clear(struct top_sample *s)
{
	json_decref(s->status);
	json_decref(s->ports);
	json_decref(s->workers);
	*s = (struct top_sample){NULL, NULL, NULL, 0};
}

// The row of list whose key is as in `like`.
static json_t *row_find(json_t *list, const char *key, json_t *like)
{
	json_t *wanted = json_object_get(like, key);
	json_t *row;
	size_t i;

	json_array_foreach (list, i, row) {
		if (wanted != NULL && json_equal(json_object_get(row, key), wanted))
			return row;
	}
	return NULL;
}

static json_int_t counter(json_t *row, const struct rate *r)
{
	json_int_t n = json_integer_value(json_object_get(row, r->counter));

	return r->second == NULL ? n : n + json_integer_value(json_object_get(row, r->second));
}

static json_t *rate_make(json_t *before, json_t *after, const struct rate *r, double seconds)
{
	json_int_t more = counter(after, r) - counter(before, r);

	if (before == NULL || more < 0 || seconds <= 0)
		return json_null();
	return json_real((double)more * r->factor / seconds);
}

// Seconds between two rows or answers, by romond's clock where it tells.
static double seconds_between(json_t *before, json_t *after, double fallback)
{
	json_t *from = json_object_get(before, "at-us");
	json_t *to = json_object_get(after, "at-us");

	if (!json_is_integer(from) || !json_is_integer(to))
		return fallback;
	return (double)(json_integer_value(to) - json_integer_value(from)) / US_PER_S;
}

static void rates_add(
	json_t *row, json_t *before, json_t *after, const struct rate *rates, size_t n, double seconds)
{
	for (size_t i = 0; i < n; i++)
		json_object_set_new(row, rates[i].name, rate_make(before, after, &rates[i], seconds));
}

static void member_copy(json_t *row, json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value != NULL)
		json_object_set(row, key, value);
}

static json_t *ports_make(json_t *before, json_t *after, double fallback)
{
	json_t *list = out_must(json_array());
	json_t *port;
	size_t i;

	json_array_foreach (after, i, port) {
		json_t *old = row_find(before, "name", port);
		json_t *row = out_must(json_object());

		member_copy(row, port, "name");
		member_copy(row, port, "state");
		rates_add(row, old, port, port_rates, BASE_ARRAY_LEN(port_rates),
			seconds_between(old, port, fallback));
		json_array_append_new(list, row);
	}
	return list;
}

// Frames a burst over the interval, not only romond's last second.
static json_t *burst_make(json_t *before, json_t *after)
{
	static const struct rate frames = {"", "rx-frames", NULL, 1};
	static const struct rate bursts = {"", "bursts", NULL, 1};
	json_int_t n = counter(after, &bursts) - counter(before, &bursts);

	if (before == NULL || n <= 0)
		return json_null();
	return json_real((double)(counter(after, &frames) - counter(before, &frames)) / (double)n);
}

// Ticks a frame by stage over the interval: null while no turn was timed. A stage that took none is left out.
static json_t *stages_make(json_t *before, json_t *after)
{
	static const struct rate frames = {"", "frames", NULL, 1};
	json_t *from = json_object_get(before, "stages");
	json_t *to = json_object_get(after, "stages");
	json_int_t n = counter(to, &frames) - counter(from, &frames);
	const char *stage;
	json_t *value;

	if (from == NULL || n <= 0)
		return json_null();
	json_t *row = out_must(json_object());
	json_object_foreach (json_object_get(to, "cycles"), stage, value) {
		json_int_t was = json_integer_value(json_object_get(json_object_get(from, "cycles"), stage));

		if (json_integer_value(value) > was)
			json_object_set_new(
				row, stage, json_real((double)(json_integer_value(value) - was) / (double)n));
	}
	return row;
}

static json_t *workers_make(json_t *before, json_t *after, double fallback)
{
	static const char *const copied[] = {"worker", "core", "busy-percent", "cycles-per-frame", "stuck"};
	json_t *list = out_must(json_array());
	json_t *worker;
	size_t i;

	json_array_foreach (after, i, worker) {
		json_t *old = row_find(before, "worker", worker);
		json_t *row = out_must(json_object());

		for (size_t k = 0; k < BASE_ARRAY_LEN(copied); k++)
			member_copy(row, worker, copied[k]);
		rates_add(row, old, worker, worker_rates, BASE_ARRAY_LEN(worker_rates),
			seconds_between(old, worker, fallback));
		json_object_set_new(row, "frames-per-burst", burst_make(old, worker));
		json_object_set_new(row, "stage-cycles-per-frame", stages_make(old, worker));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *types_make(json_t *before, json_t *after, double seconds)
{
	static const char none[] = "count";
	json_t *list = out_must(json_array());
	json_t *type;
	size_t i;

	json_array_foreach (json_object_get(after, "types"), i, type) {
		json_t *old = row_find(json_object_get(before, "types"), "type", type);
		json_t *zero = json_pack("{s:i}", none, 0); // a type that was not seen before
		json_t *row = out_must(json_object());

		member_copy(row, type, "type");
		rates_add(
			row, old != NULL ? old : zero, type, type_rates, BASE_ARRAY_LEN(type_rates), seconds);
		json_array_append_new(list, row);
		json_decref(zero);
	}
	return list;
}

json_t *top_rates_make(const struct top_sample *before, const struct top_sample *after)
{
	double fallback = (double)(after->at_us - before->at_us) / US_PER_S;
	double seconds = seconds_between(before->status, after->status, fallback);

	return out_must(
		json_pack("{s:I, s:O, s:o, s:o, s:o}", "interval-ms", (json_int_t)(seconds * 1000 + 0.5),
			"status", after->status, "ports", ports_make(before->ports, after->ports, fallback),
			"types", types_make(before->status, after->status, seconds), "workers",
			workers_make(before->workers, after->workers, fallback)));
}
