// SPDX-License-Identifier: BSD-3-Clause
// The lists of a filter: put in order once, searched by workers.
#include <stdlib.h>

#include "snap.h"

static int id_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int service_order(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

void snap_filter_index(struct snap_filter *f)
{
	qsort(f->ids, f->n_ids, sizeof(f->ids[0]), id_order);
	qsort(f->services, f->n_services, sizeof(f->services[0]), service_order);
	for (uint32_t i = 0; i < f->n_ids; i++) {
		uint32_t bit = snap_filter_id_bit(f->ids[i]);

		f->id_bits[bit >> 6] |= 1ull << (bit & 63);
	}
	for (uint32_t i = 0; i < f->n_services; i++) {
		uint32_t bit = snap_filter_service_bit(f->services[i]);

		f->service_bits[bit >> 6] |= 1ull << (bit & 63);
	}
}

bool snap_filter_has_id(const struct snap_filter *f, uint64_t id)
{
	return bsearch(&id, f->ids, f->n_ids, sizeof(id), id_order) != NULL;
}

bool snap_filter_has_service(const struct snap_filter *f, uint16_t service)
{
	return bsearch(&service, f->services, f->n_services, sizeof(service), service_order) != NULL;
}
