// SPDX-License-Identifier: BSD-3-Clause
// neighbors: rows of the workers' tables, read in place. Under app_lock().
//
// offset is a cursor over table rows, worker by worker, and not a count of neighbors: a page costs the
// rows that it passes over, and a million neighbors are listed in one sweep. Within a page rows keep the
// tables' order.
#include "api_args.h"
#include "handlers.h"
#include "ports.h"
#include "signers.h"

#define PAGE_MAX 1000

// One of the tables that hold neighbors: worker w's neighbors of node ports, then its relayed sources.
static const struct nbr_table *table_at(const struct app *app, uint32_t t)
{
	const struct dp_worker *w = app->workers[t / 2];

	return t % 2 == 0 ? dp_worker_neighbors(w) : dp_worker_sources(w);
}

// The entry of the port's list that the neighbor signs by; null = not known, or relayed.
static json_t *secret_json(const struct signers *signers, const struct nbr_row *row, bool is_source)
{
	int entry = is_source ? SIGNERS_UNKNOWN : signers_entry(signers, row);

	return entry == SIGNERS_UNKNOWN ? json_null() : json_integer(entry);
}

static json_t *row_json(const struct app *app, const struct signers *signers, uint32_t worker,
	const struct nbr_row *row, bool is_source)
{
	const struct app_slot *slot = &app->slots[row->port];
	uint32_t now_ms = dp_worker_now_ms(app->workers[worker]);
	uint32_t age_ms = now_ms - row->last_ms;

	if ((int32_t)age_ms < 0)
		age_ms = 0; // stamped since we read the clock
	return json_pack("{s:s, s:o, s:o, s:I, s:I, s:s, s:o, s:o, s:i}", "port", slot->name, "mac-address",
		handlers_mac(nbr_key_mac(row->key)), "id", is_source ? json_null() : handlers_mac(row->id),
		"age-ms", (json_int_t)age_ms, "rx-frames", (json_int_t)row->rx_frames, "status",
		age_ms > app->conf->romon.neighbor_age_s * 500 ? "late" : "ok", "interface",
		handlers_text(ports_conf(app, slot)->device), "secret", secret_json(signers, row, is_source),
		"worker", (int)worker);
}

json_t *handle_neighbors(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"offset", "count", "port"};
	struct app *app = ctx;
	uint64_t offset;
	uint64_t count;
	uint64_t total = 0;
	uint64_t base = 0;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "offset", 0, INT64_MAX, 0, &offset, err) != 0 ||
		api_args_u64(args, "count", 1, PAGE_MAX, PAGE_MAX, &count, err) != 0)
		return NULL;
	int only = handlers_slot(app, args, err);
	if (only < 0)
		return NULL;
	struct signers *signers = signers_read(app);
	if (signers == NULL) {
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return NULL;
	}
	json_t *rows = json_array();
	json_t *next = NULL;
	for (uint32_t t = 0; t < 2 * app->n_workers; t++) {
		const struct nbr_table *table = table_at(app, t);
		uint32_t end = nbr_table_rows_end(table);

		total += nbr_table_used(table);
		for (uint64_t i = offset > base ? offset - base : 0; i < end && next == NULL; i++) {
			struct nbr_row row;

			if (!nbr_table_row(table, (uint32_t)i, &row) ||
				!handlers_neighbor_is_current(app, &row, t % 2 == 1) ||
				(only != SNAP_PORTS_MAX && row.port != only))
				continue;
			if (json_array_size(rows) == count)
				next = json_integer((json_int_t)(base + i));
			else
				json_array_append_new(rows, row_json(app, signers, t / 2, &row, t % 2 == 1));
		}
		base += end;
	}
	signers_free(signers);
	return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)total, "next",
		next == NULL ? json_null() : next, "rows", rows);
}
