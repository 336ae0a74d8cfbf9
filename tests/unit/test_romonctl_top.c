// SPDX-License-Identifier: BSD-3-Clause
// Rates from two answers, and how they are written.
#include <string.h>

#include "out_text.h"
#include "suite.h"
#include "top_rates.h"

static struct top_sample sample(int at_us, int n)
{
	struct top_sample s = {.at_us = (uint64_t)at_us};

	s.status = json_pack("{s:[{s:s, s:i}], s:i}", "types", "type", "Data", "count", n, "at-us", at_us);
	s.ports = json_pack("[{s:s, s:s, s:i, s:i, s:i, s:i, s:i}]", "name", "e1", "state", "up", "rx-frames",
		n, "rx-bytes", 100 * n, "rx-drops", n / 10, "rx-missed", n / 5, "at-us", at_us);
	s.workers = json_pack("[{s:i, s:i, s:i, s:i, s:i}]", "worker", 0, "rx-frames", n, "bursts", n / 2,
		"punts", n, "at-us", at_us);
	return s;
}

static double rate(json_t *rates, const char *list, const char *key)
{
	json_t *value = json_object_get(json_array_get(json_object_get(rates, list), 0), key);

	return json_is_real(value) ? json_real_value(value) : -1;
}

static void rates_are_of_romonds_own_time(void)
{
	struct top_sample before = sample(1000000, 100);
	struct top_sample after = sample(3000000, 300);

	after.at_us = 99000000; // ours does not matter
	json_t *rates = top_rates_make(&before, &after);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(rates, "interval-ms")), 2000);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "ports", "rx-frames-per-s"), 100, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "ports", "rx-bits-per-s"), 80000, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "ports", "drops-per-s"), 10 + 20, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "workers", "frames-per-burst"), 2, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "types", "frames-per-s"), 100, 0.001);
	json_decref(rates);
	top_sample_clear(&before);
	top_sample_clear(&after);
}

static json_t *stages(int frames, int rx, int tx)
{
	return json_pack(
		"{s:i, s:{s:i, s:i, s:i}}", "frames", frames, "cycles", "rx", rx, "relay", 7, "tx", tx);
}

static void cycles_of_stages_are_of_the_interval(void)
{
	struct top_sample before = sample(1000000, 100);
	struct top_sample after = sample(2000000, 300);
	json_t *old = json_array_get(before.workers, 0);
	json_t *now = json_array_get(after.workers, 0);

	json_object_set_new(now, "stages", stages(30, 5000, 600));
	json_t *rates = top_rates_make(&before, &after); // an older romond answered first
	CU_ASSERT_TRUE(json_is_null(json_object_get(
		json_array_get(json_object_get(rates, "workers"), 0), "stage-cycles-per-frame")));
	json_decref(rates);

	json_object_set_new(old, "stages", stages(10, 1000, 500));
	rates = top_rates_make(&before, &after);
	json_t *row = json_object_get(
		json_array_get(json_object_get(rates, "workers"), 0), "stage-cycles-per-frame");
	CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(row, "rx")), 200, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(row, "tx")), 5, 0.001);
	CU_ASSERT_EQUAL(json_object_size(row), 2); // relay took nothing meanwhile
	json_decref(rates);
	top_sample_clear(&before);
	top_sample_clear(&after);
}

static void what_cannot_be_known_is_null(void)
{
	struct top_sample before = sample(1000000, 300);
	struct top_sample after = sample(2000000, 100);

	json_t *rates = top_rates_make(&before, &after); // counters went back: a port began anew
	CU_ASSERT_EQUAL(rate(rates, "ports", "rx-frames-per-s"), -1);
	CU_ASSERT_EQUAL(rate(rates, "workers", "frames-per-burst"), -1);
	json_decref(rates);

	json_object_set_new(json_array_get(before.ports, 0), "name", json_string("other"));
	json_object_del(before.status, "types");
	rates = top_rates_make(&before, &after);
	CU_ASSERT_EQUAL(rate(rates, "ports", "rx-frames-per-s"), -1);
	CU_ASSERT_DOUBLE_EQUAL(
		rate(rates, "types", "frames-per-s"), 100, 0.001); // a type that is new began at 0
	json_decref(rates);

	rates = top_rates_make(&after, &after); // no time between
	CU_ASSERT_EQUAL(rate(rates, "types", "frames-per-s"), -1);
	json_decref(rates);
	top_sample_clear(&before);
	top_sample_clear(&after);
}

static void an_older_romond_is_measured_by_our_clock(void)
{
	struct top_sample before = sample(1000000, 100);
	struct top_sample after = sample(1500000, 200);

	json_object_del(json_array_get(after.ports, 0), "at-us");
	json_object_del(after.status, "at-us");
	json_t *rates = top_rates_make(&before, &after);
	CU_ASSERT_DOUBLE_EQUAL(rate(rates, "ports", "rx-frames-per-s"), 200, 0.001);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(rates, "interval-ms")), 500);
	json_decref(rates);
	top_sample_clear(&before);
	top_sample_clear(&after);
}

static void rates_have_three_digits(void)
{
	static const struct {
		double rate;
		const char *text;
	} rows[] = {{0, "0"}, {0.04, "0"}, {0.05, "0.1"}, {1, "1.0"}, {99.94, "99.9"}, {99.96, "100"},
		{999.4, "999"}, {999.6, "1.00k"}, {1234, "1.23k"}, {9994, "9.99k"}, {9996, "10.0k"},
		{99960, "100k"}, {1e6, "1.00M"}, {14.88e6, "14.9M"}, {1e10, "10.0G"}, {1e16, "10.0P"},
		{1e19, "10000P"}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char text[32];

		out_rate_format(text, sizeof(text), rows[i].rate);
		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(rates_are_of_romonds_own_time),
	SUITE_CASE(cycles_of_stages_are_of_the_interval),
	SUITE_CASE(what_cannot_be_known_is_null),
	SUITE_CASE(an_older_romond_is_measured_by_our_clock),
	SUITE_CASE(rates_have_three_digits),
};

SUITE_MAIN("romonctl_top", cases)
