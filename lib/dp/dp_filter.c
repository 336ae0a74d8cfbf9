// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port: bits first, which clear most frames, then a search. Worker thread.
#include <stdlib.h>

#include "base_be.h"
#include "dp_filter.h"

static int id_order(const void *key, const void *entry)
{
	uint64_t a = *(const uint64_t *)key;
	uint64_t b = *(const uint64_t *)entry;

	return (a > b) - (a < b);
}

static int service_order(const void *key, const void *entry)
{
	return *(const uint16_t *)key - *(const uint16_t *)entry;
}

static inline bool has_id(const struct snap_filter *f, uint64_t id)
{
	return snap_filter_may_name_id(f, id) && bsearch(&id, f->ids, f->n_ids, sizeof(id), id_order) != NULL;
}

static inline bool has_service(const struct snap_filter *f, uint16_t service)
{
	return snap_filter_may_name_service(f, service) &&
	       bsearch(&service, f->services, f->n_services, sizeof(service), service_order) != NULL;
}

bool dp_filter_denies(
	const struct snap_filter *filter, const struct wire_hdr *h, const struct wire_services *services)
{
	if (has_id(filter, base_mac_u64_inner(&h->src_id)) || has_id(filter, base_mac_u64_inner(&h->dst_id)))
		return true;
	return services != NULL && (has_service(filter, base_be16_load(services->src_port)) ||
					   has_service(filter, base_be16_load(services->dst_port)));
}
