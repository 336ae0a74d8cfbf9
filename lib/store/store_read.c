// SPDX-License-Identifier: BSD-3-Clause
// Reading the file, over a connection of its own that lives as long as the call: the writer goes on
// meanwhile. Control thread; waits for the disk.
#include <stdio.h>
#include <string.h>

#include "base_log.h"
#include "base_mac.h"
#include "store_private.h"

LOG_TYPE("store");

#define ID_MAX 0xffffffffffffull

static void suspect(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->is_suspect = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

// Log what went wrong; damage is for the writer to look into.
static int reader_fault(struct store *s, sqlite3 *handle)
{
	char error[STORE_ERROR_LEN];
	int err = store_db_fault(handle, "reading", error);

	LOG(WARNING, "%s/" STORE_FILE ": %s", s->dir, error);
	if (err == -EUCLEAN)
		suspect(s);
	return err;
}

static int reader_open(struct store *s, const char *sql, sqlite3 **handle, sqlite3_stmt **stmt)
{
	char path[STORE_PATH_SIZE];
	int err = 0;

	*stmt = NULL;
	store_db_path(path, s->dir, "");
	int rc = sqlite3_open_v2(
		path, handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (*handle == NULL)
		return -ENOMEM;
	if (rc != SQLITE_OK || sqlite3_prepare_v2(*handle, sql, -1, stmt, NULL) != SQLITE_OK)
		err = reader_fault(s, *handle);
	return err;
}

static void reader_close(sqlite3 *handle, sqlite3_stmt *stmt)
{
	sqlite3_finalize(stmt);
	sqlite3_close(handle);
}

// A text column, or NULL when it is not what we write.
static const char *text_of(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text != NULL && sqlite3_column_bytes(stmt, column) <= STORE_TEXT_LEN_MAX ? text : NULL;
}

// A number column of at most max, else false.
static bool number_of(sqlite3_stmt *stmt, int column, uint64_t max, uint64_t *out)
{
	sqlite3_int64 value = sqlite3_column_int64(stmt, column);

	*out = (uint64_t)value;
	return value >= 0 && (uint64_t)value <= max;
}

static bool node_of(sqlite3_stmt *stmt, struct store_node *n, uint64_t path[STORE_PATH_MAX])
{
	uint64_t id, version, status, cost, hops, l2mtu, via;
	size_t path_size = (size_t)sqlite3_column_bytes(stmt, 9);
	const uint8_t *ids = sqlite3_column_blob(stmt, 9);

	*n = (struct store_node){.identity = text_of(stmt, 1),
		.board = text_of(stmt, 2),
		.master = text_of(stmt, 3),
		.n_path = (uint32_t)(path_size / BASE_MAC_LEN),
		.path = path};
	if (!number_of(stmt, 0, ID_MAX, &id) || !number_of(stmt, 4, UINT32_MAX, &version) ||
		!number_of(stmt, 5, UINT8_MAX, &status) || !number_of(stmt, 6, UINT32_MAX, &cost) ||
		!number_of(stmt, 7, UINT16_MAX, &hops) || !number_of(stmt, 8, UINT16_MAX, &l2mtu) ||
		!number_of(stmt, 10, ID_MAX, &via) || !number_of(stmt, 11, INT64_MAX, &n->first_seen_us) ||
		!number_of(stmt, 12, INT64_MAX, &n->last_seen_us))
		return false;
	if (id == 0 || n->identity == NULL || n->board == NULL || n->master == NULL ||
		path_size % BASE_MAC_LEN != 0 || n->n_path > STORE_PATH_MAX)
		return false;
	n->id = store_db_id(id);
	n->via_master = store_db_id(via);
	n->status = (uint8_t)status;
	n->cost = (uint32_t)cost;
	n->hops = (uint16_t)hops;
	n->l2mtu = (uint16_t)l2mtu;
	for (int i = 0; i < 4; i++)
		n->version[i] = (uint8_t)(version >> (24 - 8 * i));
	for (uint32_t i = 0; i < n->n_path; i++)
		path[i] = base_mac_u64(ids + (size_t)i * BASE_MAC_LEN);
	return true;
}

int64_t store_load(struct store *s, store_node_fn fn, void *ctx)
{
	uint64_t path[STORE_PATH_MAX];
	sqlite3 *handle;
	sqlite3_stmt *stmt;
	int64_t n = 0;
	uint32_t n_strange = 0;
	int rc = SQLITE_DONE;

	int err = reader_open(s,
		"SELECT id, identity, board, master, version, status, cost, hops, l2mtu, path, via_master, first_seen_us, last_seen_us FROM node",
		&handle, &stmt);
	while (err == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct store_node node;

		if (!node_of(stmt, &node, path)) {
			n_strange++;
			continue;
		}
		fn(&node, ctx);
		n++;
	}
	if (err == 0 && rc != SQLITE_DONE)
		err = reader_fault(s, handle);
	reader_close(handle, stmt);
	if (n_strange > 0)
		LOG(WARNING, "%s/" STORE_FILE ": %u nodes are not as romond writes them and are left out",
			s->dir, n_strange);
	return err != 0 ? err : n;
}

static bool event_of(sqlite3_stmt *stmt, struct store_event *e)
{
	uint64_t mac, id;

	*e = (struct store_event){.kind = text_of(stmt, 2),
		.severity = text_of(stmt, 3),
		.port = text_of(stmt, 4),
		.identity = text_of(stmt, 7),
		.text = text_of(stmt, 8)};
	if (!number_of(stmt, 0, INT64_MAX, &e->seq) || !number_of(stmt, 1, INT64_MAX, &e->time_us) ||
		!number_of(stmt, 5, ID_MAX, &mac) || !number_of(stmt, 6, ID_MAX, &id))
		return false;
	e->mac = store_db_id(mac);
	e->id = store_db_id(id);
	return e->kind != NULL && e->severity != NULL && e->port != NULL && e->identity != NULL &&
	       e->text != NULL;
}

#define EVENT_COLUMNS "seq, time_us, kind, severity, port, mac, id, identity, text"

int64_t store_history_read(struct store *s, const struct store_history_ask *ask, store_event_fn fn, void *ctx)
{
	static const char next[] =
		"SELECT " EVENT_COLUMNS " FROM history WHERE seq > ?1 ORDER BY seq LIMIT ?2";
	static const char last[] = "SELECT * FROM (SELECT " EVENT_COLUMNS
				   " FROM history WHERE seq > ?1 ORDER BY seq DESC LIMIT ?2) ORDER BY seq";
	sqlite3 *handle;
	sqlite3_stmt *stmt;
	int64_t n = 0;
	int rc = SQLITE_DONE;

	int err = reader_open(s, ask->wants_last ? last : next, &handle, &stmt);
	if (err == 0) {
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)(ask->since < INT64_MAX ? ask->since : INT64_MAX));
		sqlite3_bind_int64(stmt, 2, ask->limit);
	}
	while (err == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct store_event e;

		if (!event_of(stmt, &e))
			continue;
		fn(&e, ctx);
		n++;
	}
	if (err == 0 && rc != SQLITE_DONE)
		err = reader_fault(s, handle);
	reader_close(handle, stmt);
	return err != 0 ? err : n;
}
