// SPDX-License-Identifier: BSD-3-Clause
// Reading a histogram. Control thread.
#include "gen_histogram.h"

uint64_t gen_histogram_upper(uint32_t bucket)
{
	uint32_t group = bucket / GEN_HISTOGRAM_SUB;
	uint64_t sub = bucket % GEN_HISTOGRAM_SUB;

	if (group == 0)
		return sub;
	uint32_t shift = group - 1;
	uint64_t low = (sub + GEN_HISTOGRAM_SUB) << shift;
	return low + ((1ull << shift) - 1);
}

uint64_t gen_histogram_at(const struct gen_histogram *h, double share)
{
	uint64_t seen = 0;

	if (h->n == 0)
		return 0;
	double wanted = share * (double)h->n;
	for (uint32_t i = 0; i < GEN_HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (h->buckets[i] > 0 && (double)seen >= wanted) {
			uint64_t upper = gen_histogram_upper(i);

			return upper < h->max ? upper : h->max;
		}
	}
	return h->max;
}

void gen_histogram_merge(struct gen_histogram *h, const struct gen_histogram *from)
{
	if (from->n == 0)
		return;
	h->min = h->n == 0 || from->min < h->min ? from->min : h->min;
	h->max = from->max > h->max ? from->max : h->max;
	h->n += from->n;
	h->sum += from->sum;
	for (uint32_t i = 0; i < GEN_HISTOGRAM_BUCKETS; i++)
		h->buckets[i] += from->buckets[i];
}
