// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port. Worker thread.
#include "dp_filter.h"
#include "base_be.h"

bool dp_filter_denies(
	const struct snap_filter *filter, const struct wire_hdr *h, const struct wire_services *services)
{
	if (snap_filter_names_id(filter, base_mac_u64_inner(&h->src_id)) ||
		snap_filter_names_id(filter, base_mac_u64_inner(&h->dst_id)))
		return true;
	return services != NULL &&
	       (snap_filter_names_service(filter, base_be16_load(services->src_port)) ||
		       snap_filter_names_service(filter, base_be16_load(services->dst_port)));
}
