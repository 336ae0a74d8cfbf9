// SPDX-License-Identifier: BSD-3-Clause
// A batch into the file. Writer thread.
#include <string.h>

#include "base_mac.h"
#include "store_db.h"

#define PAGE_BYTES 4096 // SQLite's own default, which nobody changes

uint64_t store_db_id(uint64_t id)
{
	return __builtin_bswap64(id) >> 16;
}

bool store_db_has_moved(struct store_db *db)
{
	int has_moved = 0;

	return sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) == SQLITE_OK &&
	       has_moved != 0;
}

uint64_t store_db_written(struct store_db *db)
{
	int n_pages = 0;
	int high = 0;

	if (db->handle == NULL ||
		sqlite3_db_status(db->handle, SQLITE_DBSTATUS_CACHE_WRITE, &n_pages, &high, 1) != SQLITE_OK)
		return 0;
	return (uint64_t)n_pages * 2 * PAGE_BYTES;
}

static void text_bind(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static void number_bind(sqlite3_stmt *stmt, int at, uint64_t value)
{
	sqlite3_bind_int64(stmt, at, (sqlite3_int64)value);
}

// Run a statement that answers no row.
static int run(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int node_write(struct store_db *db, const struct store_node *n)
{
	uint8_t path[STORE_PATH_MAX * BASE_MAC_LEN];

	for (uint32_t i = 0; i < n->n_path; i++) {
		struct base_mac mac = base_mac_from_u64(n->path[i]);

		memcpy(path + (size_t)i * BASE_MAC_LEN, &mac, BASE_MAC_LEN);
	}
	number_bind(db->put, 1, store_db_id(n->id));
	text_bind(db->put, 2, n->identity);
	text_bind(db->put, 3, n->board);
	text_bind(db->put, 4, n->master);
	number_bind(db->put, 5,
		(uint32_t)n->version[0] << 24 | (uint32_t)n->version[1] << 16 | (uint32_t)n->version[2] << 8 |
			n->version[3]);
	number_bind(db->put, 6, n->status);
	number_bind(db->put, 7, n->cost);
	number_bind(db->put, 8, n->hops);
	number_bind(db->put, 9, n->l2mtu);
	sqlite3_bind_blob(db->put, 10, path, (int)(n->n_path * BASE_MAC_LEN), SQLITE_STATIC);
	number_bind(db->put, 11, store_db_id(n->via_master));
	number_bind(db->put, 12, n->first_seen_us);
	number_bind(db->put, 13, n->last_seen_us);
	return run(db->put);
}

static int nodes_write(struct store_db *db, const struct store_batch *b)
{
	int rc = SQLITE_OK;

	if (b->replaces_all)
		rc = sqlite3_exec(db->handle, "DELETE FROM node", NULL, NULL, NULL);
	for (uint32_t i = 0; i < b->n_buckets; i++) {
		for (const struct store_item *it = b->buckets[i]; rc == SQLITE_OK && it != NULL;
			it = it->next) {
			if (!it->is_forgotten) {
				rc = node_write(db, &it->node);
				continue;
			}
			number_bind(db->forget, 1, store_db_id(it->node.id));
			rc = run(db->forget);
		}
	}
	return rc;
}

static int events_write(struct store_db *db, const struct store_batch *b, uint32_t history_max)
{
	int rc = SQLITE_OK;

	for (const struct store_event_item *it = b->events; rc == SQLITE_OK && it != NULL; it = it->next) {
		const struct store_event *e = &it->event;

		number_bind(db->event, 1, e->time_us);
		text_bind(db->event, 2, e->kind);
		text_bind(db->event, 3, e->severity);
		text_bind(db->event, 4, e->port);
		number_bind(db->event, 5, store_db_id(e->mac));
		number_bind(db->event, 6, store_db_id(e->id));
		text_bind(db->event, 7, e->identity);
		text_bind(db->event, 8, e->text);
		rc = run(db->event);
	}
	if (rc == SQLITE_OK && b->n_events > 0) {
		// seq has no gaps: it is given by SQLite, and only the oldest rows go
		number_bind(db->trim, 1, history_max);
		rc = run(db->trim);
	}
	return rc;
}

int store_db_write(
	struct store_db *db, const struct store_batch *b, uint32_t history_max, char error[STORE_ERROR_LEN])
{
	int rc = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = nodes_write(db, b);
	if (rc == SQLITE_OK)
		rc = events_write(db, b, history_max);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	int err = store_db_fault(db->handle, "writing", error);
	sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); // SQLite may have done it already
	return err;
}
