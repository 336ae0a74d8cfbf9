// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port. Worker thread.
#include "dp_filter.h"
#include "base_be.h"

static bool id_is_denied(const struct snap_filter *filter, uint64_t id)
{
	for (uint32_t i = 0; i < filter->n_ids; i++) {
		if (filter->ids[i] == id)
			return true;
	}
	return false;
}

// A service is recognised at either end: the answer of a denied service is denied too.
static bool service_is_denied(const struct snap_filter *filter, const struct wire_services *s)
{
	uint16_t src = base_be16_load(s->src_port);
	uint16_t dst = base_be16_load(s->dst_port);

	for (uint32_t i = 0; i < filter->n_services; i++) {
		if (filter->services[i] == dst || filter->services[i] == src)
			return true;
	}
	return false;
}

bool dp_filter_denies(const struct snap_filter *filter, const uint8_t *romon, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	if (filter->n_ids > 0 && (id_is_denied(filter, base_mac_u64(&h->src_id)) ||
					 id_is_denied(filter, base_mac_u64(&h->dst_id))))
		return true;
	return f->type == WIRE_TYPE_DATA && filter->n_services > 0 &&
	       service_is_denied(filter, (const struct wire_services *)(romon + f->body_off));
}
