// SPDX-License-Identifier: BSD-3-Clause
// Does the time of a refusal say where the digest differs? Wrong digests that differ in their first byte or
// in their last one, in random order, and Welch's t between the two: once for the compare alone, once for the
// whole way of a frame through a worker. And for a compare that stops at the first difference, which must be
// seen: else this would measure nothing.
//
//	digest_timing [SAMPLES]     default 1,000,000 of each
//
// As dudect does it: samples above a percentile, which interrupts made, are left out, and |t| below 4.5 is no
// difference. A chance hit is tried again, three times in all. Ends with 1 when a difference stays.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "dp_bed.h"
#include "station.h"
#include "test_random.h"

#define REPEATS   16 // compares of one sample
#define T_MAX     4.5
#define T_SEEN    20.0
#define ATTEMPTS  3
#define KEPT_PART 0.90

struct sample {
	uint32_t ticks;
	bool is_last; // the last byte differs, not the first
};

static struct sample *samples;
static uint32_t n_samples = 1000000;

static int by_ticks(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->ticks < y->ticks ? -1 : x->ticks > y->ticks;
}

static double welch_t(void)
{
	double n[2] = {0}, sum[2] = {0}, squares[2] = {0};

	qsort(samples, n_samples, sizeof(*samples), by_ticks);
	for (uint32_t i = 0; i < (uint32_t)(n_samples * KEPT_PART); i++) {
		double v = samples[i].ticks;

		n[samples[i].is_last]++;
		sum[samples[i].is_last] += v;
		squares[samples[i].is_last] += v * v;
	}
	double mean[2], error[2];
	for (int k = 0; k < 2; k++) {
		mean[k] = sum[k] / n[k];
		error[k] = (squares[k] / n[k] - mean[k] * mean[k]) / n[k];
	}
	printf("  first byte %.2f ticks, last byte %.2f ticks", mean[0], mean[1]);
	return (mean[0] - mean[1]) / sqrt(error[0] + error[1] + 1e-12);
}

// ---- compares

typedef bool (*compare_fn)(const void *a, const void *b);

static __attribute__((noinline)) bool compare_ours(const void *a, const void *b)
{
	return auth_digest_equal(a, b);
}

static __attribute__((noinline)) bool compare_early(const void *a, const void *b)
{
	const uint8_t *x = a, *y = b;

	for (uint32_t i = 0; i < AUTH_DIGEST_LEN; i++) {
		if (x[i] != y[i])
			return false;
	}
	return true;
}

static uint32_t n_equal; // what compares said: they must be made

static double compare_t(compare_fn compare)
{
	uint8_t right[AUTH_DIGEST_LEN];
	uint8_t wrong[REPEATS][AUTH_DIGEST_LEN];

	for (uint32_t i = 0; i < AUTH_DIGEST_LEN; i++)
		right[i] = (uint8_t)random_below(256);
	for (uint32_t i = 0; i < n_samples; i++) {
		bool is_last = random_below(2) == 1;

		for (uint32_t k = 0; k < REPEATS; k++) {
			memcpy(wrong[k], right, sizeof(right));
			wrong[k][is_last ? AUTH_DIGEST_LEN - 1 : 0] ^= (uint8_t)(1 + random_below(255));
		}
		uint64_t begin = rte_rdtsc_precise();
		for (uint32_t k = 0; k < REPEATS; k++)
			n_equal += compare(right, wrong[k]);
		samples[i] = (struct sample){(uint32_t)(rte_rdtsc_precise() - begin), is_last};
	}
	return welch_t();
}

static double ours_t(void)
{
	return compare_t(compare_ours);
}

static double early_t(void)
{
	return compare_t(compare_early);
}

// ---- the whole way

static struct dp_bed *bed;
static struct station neighbor;

static double turn_t(void)
{
	for (uint32_t i = 0; i < n_samples; i++) {
		struct frame f = dp_bed_data_to(bed, 0, 22);
		bool is_last = random_below(2) == 1;

		memcpy(f.bytes + 6, &neighbor.mac, 6);
		station_sign(&neighbor, &f);
		uint8_t *digest = auth_digest_at(&neighbor.key.scheme, f.bytes + WIRE_ETH_LEN);
		digest[is_last ? AUTH_DIGEST_LEN - 1 : 0] ^= (uint8_t)(1 + random_below(255));
		dp_bed_inject(bed, 0, &f);
		uint64_t begin = rte_rdtsc_precise();
		dp_bed_turn_worker(bed, 0);
		samples[i] = (struct sample){(uint32_t)(rte_rdtsc_precise() - begin), is_last};
		if (i % 64 == 0)
			dp_bed_discard_punts(bed);
	}
	return welch_t();
}

static bool is_flat(const char *what, double (*measure)(void))
{
	for (uint32_t n = 0; n < ATTEMPTS; n++) {
		double t = measure();

		printf("  t %+.2f  %s\n", t, what);
		if (fabs(t) < T_MAX)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		n_samples = (uint32_t)strtoul(argv[1], NULL, 10);
	samples = calloc(n_samples, sizeof(*samples));
	if (samples == NULL || n_samples < 1000)
		return 2;
	random_state = 20261128;
	bed = dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01, secrets: [s-one] }\n"
			  "limits: { neighbors: 100, origins: 64 }\n"
			  "ports:\n  a: { device: d0, link-id: 11 }\n  b: { device: d1, link-id: 22 }\n");
	station_init(&neighbor, 1, "s-one");
	bool is_good = station_meet(&neighbor, bed, 0);
	double seen = early_t();
	printf("  t %+.2f  a compare that stops early: must be seen\n", seen);
	is_good &= fabs(seen) > T_SEEN;
	is_good &= is_flat("the compare", ours_t);
	is_good &= is_flat("a frame's whole way", turn_t);
	printf("%s: %u samples each, |t| below %.1f is no difference (%u equal)\n", is_good ? "ok" : "FAIL",
		n_samples, T_MAX, n_equal);
	free(samples);
	return dp_bed_is_balanced(bed) && dp_bed_close(bed) && is_good ? 0 : 1;
}
