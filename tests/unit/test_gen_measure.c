// SPDX-License-Identifier: BSD-3-Clause
// What romon-gen measures with: the histogram, and the tracking of numbered frames.
#include <stdlib.h>

#include "gen_histogram.h"
#include "gen_track.h"
#include "suite.h"

static struct gen_histogram h;
static struct gen_track track;

static void values_come_back_within_a_64th(void)
{
	static const uint64_t values[] = {
		0, 1, 63, 64, 65, 127, 128, 1000, 123456789, 1ull << 40, UINT64_MAX};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t upper = gen_histogram_upper(gen_histogram_bucket(values[i]));

		CU_ASSERT_TRUE(upper >= values[i]);
		CU_ASSERT_TRUE(upper - values[i] <= values[i] / 64);
	}
}

static void buckets_follow_each_other_without_a_gap(void)
{
	for (uint32_t i = 0; i + 1 < GEN_HISTOGRAM_BUCKETS; i++)
		CU_ASSERT_EQUAL(gen_histogram_bucket(gen_histogram_upper(i) + 1), i + 1);
	CU_ASSERT_EQUAL(gen_histogram_upper(GEN_HISTOGRAM_BUCKETS - 1), UINT64_MAX);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void quantiles_are_those_of_the_sorted_values(void)
{
	enum { N = 10000 };
	static uint64_t values[N];
	static const double shares[] = {0.5, 0.9, 0.99, 0.999, 1};
	uint64_t seed = 7;

	memset(&h, 0, sizeof(h));
	for (int i = 0; i < N; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		values[i] = (seed >> 40) >> (seed >> 33 & 15);
		gen_histogram_add(&h, values[i]);
	}
	qsort(values, N, sizeof(values[0]), by_value);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		uint64_t exact = values[(int)(shares[i] * N + 0.5) - 1];
		uint64_t got = gen_histogram_at(&h, shares[i]);

		CU_ASSERT_TRUE(got >= exact && got - exact <= exact / 64);
	}
	CU_ASSERT_EQUAL(h.min, values[0]);
	CU_ASSERT_EQUAL(gen_histogram_at(&h, 1), values[N - 1]);
}

static void merged_histograms_are_that_of_all_values(void)
{
	static struct gen_histogram a, b, all;

	for (uint64_t v = 0; v < 5000; v++) {
		gen_histogram_add(v % 3 == 0 ? &a : &b, v * v);
		gen_histogram_add(&all, v * v);
	}
	memset(&h, 0, sizeof(h));
	gen_histogram_merge(&h, &a);
	gen_histogram_merge(&h, &b);
	CU_ASSERT_EQUAL(memcmp(h.buckets, all.buckets, sizeof(h.buckets)), 0);
	CU_ASSERT_EQUAL(h.n, all.n);
	CU_ASSERT_EQUAL(h.min, all.min);
	CU_ASSERT_EQUAL(h.max, all.max);
}

static void empty_histogram_gives_zero(void)
{
	memset(&h, 0, sizeof(h));
	CU_ASSERT_EQUAL(gen_histogram_at(&h, 0.99), 0);
}

static void track_reset(void)
{
	memset(&track, 0, sizeof(track));
}

static void frames_in_order_are_unique(void)
{
	track_reset();
	for (uint32_t i = 0; i < 3 * GEN_TRACK_WINDOW; i++)
		gen_track_add(&track, i);
	CU_ASSERT_EQUAL(track.unique, 3 * GEN_TRACK_WINDOW);
	CU_ASSERT_EQUAL(track.duplicates + track.reordered + track.ancient, 0);
}

static void frame_that_comes_again_is_a_duplicate(void)
{
	track_reset();
	gen_track_add(&track, 0);
	gen_track_add(&track, 1);
	gen_track_add(&track, 1);
	gen_track_add(&track, 0);
	CU_ASSERT_EQUAL(track.unique, 2);
	CU_ASSERT_EQUAL(track.duplicates, 2);
	CU_ASSERT_EQUAL(track.reordered, 0);
}

static void frame_behind_a_higher_number_is_reordered(void)
{
	track_reset();
	gen_track_add(&track, 2);
	gen_track_add(&track, 0);
	gen_track_add(&track, 3);
	gen_track_add(&track, 1);
	CU_ASSERT_EQUAL(track.unique, 4);
	CU_ASSERT_EQUAL(track.reordered, 2);
	CU_ASSERT_EQUAL(track.duplicates, 0);
}

static void gap_is_not_taken_for_what_was_there_a_window_ago(void)
{
	track_reset();
	for (uint32_t i = 0; i < GEN_TRACK_WINDOW; i++)
		gen_track_add(&track, i);
	gen_track_add(&track, GEN_TRACK_WINDOW + 10); // 0 to 9 of the window's second round are missing
	gen_track_add(&track, GEN_TRACK_WINDOW + 5);  // late, but the first time
	CU_ASSERT_EQUAL(track.duplicates, 0);
	CU_ASSERT_EQUAL(track.reordered, 1);
	CU_ASSERT_EQUAL(track.unique, GEN_TRACK_WINDOW + 2);
}

static void leap_over_the_window_forgets_it(void)
{
	track_reset();
	gen_track_add(&track, 5);
	gen_track_add(&track, 5 + 4 * GEN_TRACK_WINDOW);
	gen_track_add(&track, 5 + 3 * GEN_TRACK_WINDOW + 1); // same place as nothing that was heard
	CU_ASSERT_EQUAL(track.unique, 3);
	CU_ASSERT_EQUAL(track.reordered, 1);
	gen_track_add(&track, 6);
	CU_ASSERT_EQUAL(track.ancient, 1);
	CU_ASSERT_EQUAL(track.unique, 3);
}

static const struct suite_case cases[] = {
	SUITE_CASE(values_come_back_within_a_64th),
	SUITE_CASE(buckets_follow_each_other_without_a_gap),
	SUITE_CASE(quantiles_are_those_of_the_sorted_values),
	SUITE_CASE(merged_histograms_are_that_of_all_values),
	SUITE_CASE(empty_histogram_gives_zero),
	SUITE_CASE(frames_in_order_are_unique),
	SUITE_CASE(frame_that_comes_again_is_a_duplicate),
	SUITE_CASE(frame_behind_a_higher_number_is_reordered),
	SUITE_CASE(gap_is_not_taken_for_what_was_there_a_window_ago),
	SUITE_CASE(leap_over_the_window_forgets_it),
};
SUITE_MAIN("gen_measure", cases)
