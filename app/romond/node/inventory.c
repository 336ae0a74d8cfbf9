// SPDX-License-Identifier: BSD-3-Clause
// Rows of the topology as rows of the store, and back. Control thread; never waits for the disk but at start.
#include <inttypes.h>
#include <string.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "inventory.h"
#include "store.h"
#include "topo.h"

LOG_TYPE("inventory");

_Static_assert(TOPO_PATH_MAX <= STORE_PATH_MAX, "a path is stored as a whole");

struct restoring {
	struct topo *topo;
	uint64_t now_ms;
	uint32_t n_refused;
};

static void node_restore(const struct store_node *n, void *ctx)
{
	struct restoring *r = ctx;
	struct topo_saved s = {.id = n->id,
		.identity = n->identity,
		.board = n->board,
		.master = n->master,
		.version = {n->version[0], n->version[1], n->version[2], n->version[3]},
		.status = (enum topo_status)n->status,
		.cost = n->cost,
		.hops = n->hops,
		.l2mtu = n->l2mtu,
		.path_n = n->n_path < TOPO_PATH_MAX ? n->n_path : TOPO_PATH_MAX,
		.first_seen_us = n->first_seen_us,
		.last_seen_us = n->last_seen_us,
		.via_master = n->via_master};

	memcpy(s.path, n->path, s.path_n * sizeof(s.path[0]));
	if (topo_restore(r->topo, &s, r->now_ms) != 0)
		r->n_refused++; // our own new id, or the inventory may hold less than it did
}

void inventory_restore(struct app *app, struct topo *t)
{
	struct restoring r = {.topo = t, .now_ms = base_mono_ms()};

	if (app->store == NULL)
		return;
	int64_t n = store_load(app->store, node_restore, &r);
	if (n < 0)
		LOG(ERROR, "the stored inventory could not be read to its end: %s", strerror((int)-n));
	else if (n > 0)
		LOG(NOTICE, "%" PRId64 " nodes are known from before, %u of them not taken", n, r.n_refused);
}

static void row_save(struct app *app, const struct topo *t, uint32_t row)
{
	struct topo_saved s;

	if (!topo_saved_at(t, row, &s))
		return;
	struct store_node n = {.id = s.id,
		.identity = s.identity,
		.board = s.board,
		.master = s.master,
		.version = {s.version.major, s.version.minor, s.version.stage, s.version.revision},
		.status = (uint8_t)s.status,
		.cost = s.cost,
		.hops = s.hops,
		.l2mtu = s.l2mtu,
		.n_path = s.path_n,
		.path = s.path,
		.via_master = s.via_master,
		.first_seen_us = s.first_seen_us,
		.last_seen_us = s.last_seen_us};
	store_put(app->store, &n);
}

// The file is new, or more changed than may wait: all rows at once.
static void all_save(struct app *app, const struct topo *t)
{
	store_all_begin(app->store);
	for (uint32_t row = 0; row < topo_rows_end(t); row++)
		row_save(app, t, row);
	store_all_end(app->store);
}

void inventory_save(struct app *app, struct topo *t)
{
	uint32_t row;

	if (app->store == NULL)
		return;
	if (store_all_wanted(app->store))
		all_save(app, t);
	// what may not be written now stays with the topology, which keeps the newest state only
	uint32_t room = store_room(app->store);
	for (uint32_t i = 0; i < room && topo_dirty_next(t, &row); i++)
		row_save(app, t, row);
}

void inventory_save_last(struct app *app, struct topo *t)
{
	uint32_t row;

	if (app->store == NULL)
		return;
	if (store_all_wanted(app->store))
		all_save(app, t);
	while (topo_dirty_last(t, &row))
		row_save(app, t, row);
}

void inventory_forget(struct app *app, uint64_t id)
{
	if (app->store != NULL)
		store_forget(app->store, id);
}
