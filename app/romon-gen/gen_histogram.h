// SPDX-License-Identifier: BSD-3-Clause
// A log-linear histogram of 64-bit values: 64 buckets for each power of two, so a value read back is at most
// 1/64 above what was recorded. Recording is a few instructions and touches one bucket. One thread writes;
// reading waits until it has stopped.
#pragma once

#include <stdint.h>
#include <string.h>

#define GEN_HISTOGRAM_BITS    6
#define GEN_HISTOGRAM_SUB     (1u << GEN_HISTOGRAM_BITS)
#define GEN_HISTOGRAM_BUCKETS ((64 - GEN_HISTOGRAM_BITS + 1) * GEN_HISTOGRAM_SUB)

struct gen_histogram {
	uint64_t n;
	uint64_t min; // of what was recorded; valid when n > 0
	uint64_t max;
	double sum;
	uint64_t buckets[GEN_HISTOGRAM_BUCKETS];
};

static inline uint32_t gen_histogram_bucket(uint64_t value)
{
	if (value < GEN_HISTOGRAM_SUB)
		return (uint32_t)value;
	uint32_t shift = 63 - GEN_HISTOGRAM_BITS - (uint32_t)__builtin_clzll(value);
	return (shift + 1) * GEN_HISTOGRAM_SUB + (uint32_t)(value >> shift) - GEN_HISTOGRAM_SUB;
}

static inline void gen_histogram_add(struct gen_histogram *h, uint64_t value)
{
	h->buckets[gen_histogram_bucket(value)]++;
	h->min = h->n == 0 || value < h->min ? value : h->min;
	h->max = value > h->max ? value : h->max;
	h->sum += (double)value;
	h->n++;
}

// Largest value that falls into bucket.
uint64_t gen_histogram_upper(uint32_t bucket);

// The least value (a bucket's upper end, at most max) that at least share of all values do not exceed; share
// is 0 to 1, 1 gives max. 0 when nothing was recorded.
uint64_t gen_histogram_at(const struct gen_histogram *h, double share);

// Add all of from to h.
void gen_histogram_merge(struct gen_histogram *h, const struct gen_histogram *from);
