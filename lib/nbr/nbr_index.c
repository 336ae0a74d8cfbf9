// SPDX-License-Identifier: BSD-3-Clause
// Finding, adding and removing one key in the hash. Worker thread; allocates nothing.
#include <assert.h>

#include "nbr_index.h"

static struct nbr_bucket *bucket_at(const struct nbr_index *x, uint32_t hash, uint32_t probe)
{
	return &x->buckets[(hash + probe) & x->mask];
}

uint32_t nbr_index_find(const struct nbr_index *x, const struct nbr_entry *entries, uint64_t key)
{
	uint32_t hash = nbr_hash(key, x->seed);

	for (uint32_t probe = 0; probe < NBR_PROBE_MAX; probe++) {
		const struct nbr_bucket *b = bucket_at(x, hash, probe);
		uint32_t match = nbr_bucket_match(b, nbr_hash_tag(hash));

		for (; match != 0; match &= match - 1, match &= match - 1) {
			uint32_t row = b->rows[__builtin_ctz(match) / 2];

			if (atomic_load_explicit(&entries[row].key, memory_order_relaxed) == key)
				return row;
		}
		if (b->n_passed == 0)
			break;
	}
	return NBR_INDEX_NONE;
}

// Every bucket before the one that took a key, or loses it, counts it.
static void passed_add(const struct nbr_index *x, uint32_t hash, uint32_t n_probes, int n)
{
	for (uint32_t probe = 0; probe < n_probes; probe++) {
		struct nbr_bucket *b = bucket_at(x, hash, probe);

		b->n_passed = (uint16_t)(b->n_passed + n);
	}
}

bool nbr_index_add(struct nbr_index *x, uint64_t key, uint32_t row)
{
	uint32_t hash = nbr_hash(key, x->seed);

	for (uint32_t probe = 0; probe < NBR_PROBE_MAX; probe++) {
		struct nbr_bucket *b = bucket_at(x, hash, probe);
		uint32_t unused = nbr_bucket_match(b, 0);

		if (unused == 0)
			continue;
		b->tags[__builtin_ctz(unused) / 2] = nbr_hash_tag(hash);
		b->rows[__builtin_ctz(unused) / 2] = row;
		passed_add(x, hash, probe, 1);
		return true;
	}
	return false;
}

void nbr_index_remove(struct nbr_index *x, uint64_t key, uint32_t row)
{
	uint32_t hash = nbr_hash(key, x->seed);

	for (uint32_t probe = 0; probe < NBR_PROBE_MAX; probe++) {
		struct nbr_bucket *b = bucket_at(x, hash, probe);

		for (uint32_t i = 0; i < NBR_BUCKET_LEN; i++) {
			if (b->tags[i] == 0 || b->rows[i] != row)
				continue;
			b->tags[i] = 0;
			passed_add(x, hash, probe, -1);
			return;
		}
	}
	assert(false);
}
