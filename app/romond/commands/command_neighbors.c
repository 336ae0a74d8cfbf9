// SPDX-License-Identifier: BSD-3-Clause
// neighbors: rows of the workers' tables, read in place. Under app_lock().
//
// offset is a cursor over table rows, worker by worker, and not a count of neighbors: a page costs the
// rows that it passes over, and a million neighbors are listed in one sweep. Within a page rows keep the
// tables' order.
#include "handlers.h"
#include "ports.h"
#include "signers.h"

// One of the tables that hold neighbors: worker w's neighbors of node ports, then its relayed sources.
static const struct nbr_table *table_at(const struct app *app, uint32_t t)
{
	const struct dp_worker *w = app->workers[t / 2];

	return t % 2 == 0 ? dp_worker_neighbors(w) : dp_worker_sources(w);
}

// The entry of the port's list that the neighbor signs by; none: not known, or relayed.
static uint64_t secret_of(const struct signers *signers, const struct nbr_row *row, bool is_source)
{
	int entry = is_source ? SIGNERS_UNKNOWN : signers_entry(signers, row);

	return entry == SIGNERS_UNKNOWN ? SCHEMA_NONE : (uint64_t)entry;
}

static void neighbor_fill(const struct app *app, const struct signers *signers, uint32_t worker,
	const struct nbr_row *row, bool is_source, struct schema_neighbor *out)
{
	const struct app_slot *slot = &app->slots[row->port];
	uint32_t age_ms = dp_worker_now_ms(app->workers[worker]) - row->last_ms;

	if ((int32_t)age_ms < 0)
		age_ms = 0; // stamped since we read the clock
	out->port = slot->name;
	out->mac_address = nbr_key_mac(row->key);
	out->id = is_source ? 0 : row->id;
	out->age_ms = age_ms;
	out->rx_frames = row->rx_frames;
	out->status = age_ms > app->conf->romon.neighbor_age_s * 500 ? "late" : "ok";
	out->interface = slots_conf(app, slot)->device;
	out->secret = secret_of(signers, row, is_source);
	out->worker = worker;
}

// A page under construction.
struct page {
	const struct app *app;
	const struct signers *signers;
	const struct schema_neighbors_args *in;
	int only; // slot asked for, or SNAP_PORTS_MAX
	struct schema_neighbors *out;
	struct schema_mem *mem;
};

// Add the rows of table t while there is room. base: the cursor where it begins. Returns where the next one
// does.
static uint64_t table_add(struct page *p, uint32_t t, uint64_t base)
{
	const struct nbr_table *table = table_at(p->app, t);
	uint32_t end = nbr_table_rows_end(table);
	bool is_source = t % 2 == 1;

	p->out->total += nbr_table_used(table);
	for (uint64_t i = p->in->offset > base ? p->in->offset - base : 0; i < end; i++) {
		struct nbr_row row;

		if (p->out->next != SCHEMA_NONE)
			break;
		if (!nbr_table_row(table, (uint32_t)i, &row) ||
			!slots_row_is_current(p->app, &row, is_source) ||
			(p->only != SNAP_PORTS_MAX && row.port != p->only))
			continue;
		if (p->out->rows.n == p->in->count)
			p->out->next = base + i;
		else
			neighbor_fill(p->app, p->signers, t / 2, &row, is_source,
				schema_add(p->mem, &p->out->rows));
	}
	return base + end;
}

void handle_neighbors(struct app *app, const struct schema_neighbors_args *in, struct schema_neighbors *out,
	struct schema_call *call)
{
	int only = slot_arg_read(app, in->port, call->err);
	uint64_t base = 0;

	if (only < 0)
		return;
	struct signers *signers = signers_read(app);
	if (signers == NULL) {
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
		return;
	}
	struct page page = {app, signers, in, only, out, &call->mem};
	out->next = SCHEMA_NONE;
	for (uint32_t t = 0; t < 2 * app->n_workers; t++)
		base = table_add(&page, t, base);
	signers_free(signers);
}
