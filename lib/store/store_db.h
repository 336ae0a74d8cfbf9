// SPDX-License-Identifier: BSD-3-Clause
// The file: opened and looked through (store_open.c), written (store_db.c), read (store_read.c). One thread
// at a time uses a struct store_db.
#pragma once

#include <sqlite3.h>

#include "store_batch.h"

#define STORE_FILE      "romond.db"
#define STORE_PATH_SIZE 512 // of a file's path
#define STORE_DIR_MAX   400 // characters of the directory's

struct store_db {
	sqlite3 *handle; // NULL = not open
	int lock_fd;     // of the directory; -1 = not locked
	bool is_new;     // was made by the last store_db_open()
	sqlite3_stmt *put;
	sqlite3_stmt *forget;
	sqlite3_stmt *event;
	sqlite3_stmt *trim;
};

// Open dir/romond.db for writing, make it when it is not there, set a damaged one aside (then *n_damaged
// grows). 0 or -errno with the cause in error; -EAGAIN: another process has the directory.
BASE_MUST_USE int store_db_open(
	struct store_db *db, const char *dir, uint64_t *n_damaged, char error[STORE_ERROR_LEN]);
void store_db_close(struct store_db *db);

// Rename the file, with what belongs to it, out of the way, and log where it is and why. It must be closed. A
// disk that damages one file after the other is not filled with them: -EUCLEAN after the fifth.
BASE_MUST_USE int store_db_set_aside(
	const char *dir, const char *why, uint64_t *n_damaged, char error[STORE_ERROR_LEN]);

// Is the open file no longer the one at its path? Writing it would be in vain.
bool store_db_has_moved(struct store_db *db);

// Write a batch in one transaction: all of it or nothing. 0 or -errno with the cause in error; -EUCLEAN: the
// file is damaged. The batch stays as it is.
BASE_MUST_USE int store_db_write(
	struct store_db *db, const struct store_batch *b, uint32_t history_max, char error[STORE_ERROR_LEN]);

// Bytes that went to the disk since the last call: each page that was written goes to the log, and later to
// the file.
uint64_t store_db_written(struct store_db *db);

// -errno of what went wrong last with handle; -EUCLEAN: the file is damaged. error says it in words.
int store_db_fault(sqlite3 *handle, const char *doing, char error[STORE_ERROR_LEN]);

void store_db_path(char path[STORE_PATH_SIZE], const char *dir, const char *suffix);

// Ids stand in the file as numbers whose hex digits are those of the address: printf('%012x', id).
uint64_t store_db_id(uint64_t id); // to the file, and back
