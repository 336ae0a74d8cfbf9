// SPDX-License-Identifier: BSD-3-Clause
// Filters of a port. Worker thread. What a filter of the ingress port refuses is dropped before anything is
// learned of its sender; filters of the port to leave by are asked where that port is known.
#include "dp_filter.h"
#include "base_be.h"
#include "dp_worker.h"

#define FORGET_BUDGET 256 // rows that one call looks at

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

void dp_filter(struct dp_worker *w, struct dp_burst *b)
{
	DP_FOREACH_BIT (i, b->alive) {
		const struct snap_filter *filter = b->snap->ports[b->slot[i]].filter;
		const struct wire_hdr *h = (const struct wire_hdr *)b->romon[i];
		const void *services = NULL;

		if (filter == NULL)
			continue;
		if (h->type == WIRE_TYPE_DATA) // they follow the hop list
			services = b->romon[i] + WIRE_HDR_LEN + h->n_hops * WIRE_HOP_LEN;
		if (dp_filter_denies(filter, h, services))
			dp_drop(w, b, i, DP_DROP_FILTERED);
	}
}

void dp_filter_forget(struct dp_worker *w)
{
	struct nbr_entry *entries = nbr_table_entries(w->neighbors);
	uint32_t end = nbr_table_rows_end(w->neighbors);

	for (uint32_t n = 0; n < FORGET_BUDGET && w->unfiltered < end; n++, w->unfiltered++) {
		uint64_t key = atomic_load_explicit(&entries[w->unfiltered].key, memory_order_relaxed);
		uint64_t id = atomic_load_explicit(&entries[w->unfiltered].id, memory_order_relaxed);
		const struct snap_filter *filter = w->snap->ports[snap_tag_slot(nbr_key_tag(key))].filter;

		if (key == 0 || id == 0 || filter == NULL || !snap_filter_names_id(filter, id))
			continue;
		nbr_table_remove(w->neighbors, w->unfiltered);
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_DENIED, key, id);
	}
	if (w->unfiltered >= end)
		w->unfiltered = UINT32_MAX;
}
