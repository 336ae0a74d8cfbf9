// SPDX-License-Identifier: BSD-3-Clause
// Looks at the pools that workers take their copies from. Control thread.
#include <rte_lcore.h>
#include <rte_mempool.h>

#include "app.h"
#include "events.h"
#include "mbufs.h"
#include "port.h"

// Short below a 16th of a pool that is free, well again above an 8th.
#define SHORT_PART 16
#define WELL_PART  8

// The least part of a pool that is free, times SHORT_PART * WELL_PART.
static uint32_t least_free(const struct app *app)
{
	const uint32_t whole = SHORT_PART * WELL_PART;
	uint32_t least = whole;

	for (uint32_t w = 0; w < app->n_workers; w++) {
		int socket_id = (int)rte_lcore_to_socket_id(app->lcores[w]);
		struct rte_mempool *pool =
			port_pool_get(socket_id, app->n_mbufs); // it exists since the start

		if (pool == NULL)
			continue;
		uint64_t free_part = (uint64_t)rte_mempool_avail_count(pool) * whole / pool->size;
		if (free_part < least)
			least = (uint32_t)free_part;
	}
	return least;
}

void mbufs_tick(struct app *app)
{
	uint32_t part = least_free(app);
	bool is_short = part < (app->is_short_of_mbufs ? SHORT_PART : WELL_PART); // of their product

	if (is_short == app->is_short_of_mbufs)
		return;
	app->is_short_of_mbufs = is_short;
	for (uint32_t w = 0; w < app->n_workers; w++)
		dp_worker_spare(app->workers[w], is_short);
	if (is_short)
		events_add(app, EVENT_DEGRADED, "", 0,
			"degraded: hardly any mbufs are free, so Discovers leave by one port only; raise memory.mbufs, or look for a port that does not send");
	else
		events_add(app, EVENT_WELL, "", 0, "mbufs are free again");
}
