// SPDX-License-Identifier: BSD-3-Clause
// Opening the file: is it ours, whole, and of a version that we know? Control thread at the start, writer
// thread later. Never writes into a file that it finds damaged.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base_log.h"
#include "store_db.h"

LOG_TYPE("store");

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x524f4d44 // "ROMD": the file is ours
#define BUSY_MS        2000       // somebody looks at the file with a tool of his own
#define DAMAGED_MAX    5          // files set aside by one process
#define FILE_MODE      0600

#define TEXT(x)       #x
#define TEXT_OF(x)    TEXT(x)
#define PRAGMA_SCHEMA "PRAGMA user_version = " TEXT_OF(SCHEMA_VERSION) ";"

// A new layout is a new SCHEMA_VERSION, with the way there from each older one.
static const char layout[] = "BEGIN IMMEDIATE;PRAGMA application_id = " TEXT_OF(
	APPLICATION_ID) ";" PRAGMA_SCHEMA
			"CREATE TABLE node (id INTEGER PRIMARY KEY, identity TEXT NOT NULL, board TEXT NOT NULL, master TEXT NOT NULL, version INTEGER NOT NULL, status INTEGER NOT NULL, cost INTEGER NOT NULL, hops INTEGER NOT NULL, l2mtu INTEGER NOT NULL, path BLOB NOT NULL, via_master INTEGER NOT NULL, first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL);CREATE TABLE history (seq INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, port TEXT NOT NULL, mac INTEGER NOT NULL, id INTEGER NOT NULL, identity TEXT NOT NULL, text TEXT NOT NULL);COMMIT;";

// What belongs to the file: SQLite finds the others by these names.
static const char *const suffixes[] = {"", "-wal", "-shm"};

void store_db_path(char path[STORE_PATH_SIZE], const char *dir, const char *suffix)
{
	snprintf(path, STORE_PATH_SIZE, "%s/" STORE_FILE "%s", dir, suffix);
}

int store_db_fault(sqlite3 *handle, const char *doing, char error[STORE_ERROR_LEN])
{
	int rc = sqlite3_extended_errcode(handle);
	int err = sqlite3_system_errno(handle);

	snprintf(error, STORE_ERROR_LEN, "%s: %s%s%s", doing, sqlite3_errmsg(handle), err != 0 ? ": " : "",
		err != 0 ? strerror(err) : "");
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: // a table or column that is not there: our own statements are right
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	}
	return -EIO;
}

static int damaged(const char *why, char error[STORE_ERROR_LEN])
{
	snprintf(error, STORE_ERROR_LEN, "%s", why);
	return -EUCLEAN;
}

// The one number that sql answers.
static int number_ask(sqlite3 *handle, const char *sql, int64_t *out, char error[STORE_ERROR_LEN])
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		err = store_db_fault(handle, "reading", error);
	sqlite3_finalize(stmt);
	return err;
}

static int pages_check(sqlite3 *handle, char error[STORE_ERROR_LEN])
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
		sqlite3_step(stmt) != SQLITE_ROW) {
		err = store_db_fault(handle, "checking", error);
	} else {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		if (text == NULL || strcmp(text, "ok") != 0)
			err = damaged(text != NULL ? text : "out of memory", error);
	}
	sqlite3_finalize(stmt);
	// an error line is of the form "*** in database main ***\nTree 2 page 9: ..."
	for (char *c = error; err != 0 && *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	return err;
}

// Is the file ours and whole? An empty one gets our tables.
static int contents_check(struct store_db *db, char error[STORE_ERROR_LEN])
{
	int64_t version = 0;
	int64_t owner = 0;
	int64_t n_tables = 0;
	char why[96];

	int err = number_ask(db->handle, "PRAGMA user_version", &version, error);
	if (err == 0)
		err = number_ask(db->handle, "PRAGMA application_id", &owner, error);
	if (err == 0)
		err = number_ask(db->handle, "SELECT count(*) FROM sqlite_schema", &n_tables, error);
	if (err != 0)
		return err;
	if (version == 0 && n_tables == 0) {
		db->is_new = true;
		if (sqlite3_exec(db->handle, layout, NULL, NULL, NULL) != SQLITE_OK)
			return store_db_fault(db->handle, "making tables", error);
		return 0;
	}
	if (owner != APPLICATION_ID)
		return damaged("it is the database of another program", error);
	if (version > SCHEMA_VERSION) {
		snprintf(why, sizeof(why), "a newer romond wrote it (version %lld, known is %d)",
			(long long)version, SCHEMA_VERSION);
		return damaged(why, error);
	}
	if (version != SCHEMA_VERSION)
		return damaged("its version is none that a romond wrote", error);
	return pages_check(db->handle, error);
}

static int prepare(struct store_db *db, sqlite3_stmt **stmt, const char *sql, char error[STORE_ERROR_LEN])
{
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) == SQLITE_OK)
		return 0;
	return store_db_fault(db->handle, "preparing", error);
}

static int statements_prepare(struct store_db *db, char error[STORE_ERROR_LEN])
{
	int err = prepare(db, &db->put,
		"INSERT OR REPLACE INTO node (id, identity, board, master, version, status, cost, hops, l2mtu, path, via_master, first_seen_us, last_seen_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		error);

	if (err == 0)
		err = prepare(db, &db->forget, "DELETE FROM node WHERE id = ?1", error);
	if (err == 0)
		err = prepare(db, &db->event,
			"INSERT INTO history (time_us, kind, severity, port, mac, id, identity, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			error);
	if (err == 0)
		err = prepare(db, &db->trim,
			"DELETE FROM history WHERE seq <= (SELECT max(seq) FROM history) - ?1", error);
	return err;
}

// The files are nobody else's, whatever the umask and whoever made them. What cannot be opened is left for
// SQLite to name. SQLite gives its other files the mode of the first.
static void modes_set(const char *dir)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(suffixes); i++) {
		char path[STORE_PATH_SIZE];
		struct stat st;
		bool is_first = suffixes[i][0] == '\0';

		store_db_path(path, dir, suffixes[i]);
		int fd = open(path,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (is_first ? O_CREAT : 0),
			FILE_MODE);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) != FILE_MODE)
			(void)fchmod(fd, FILE_MODE);
		close(fd);
	}
}

static int file_open(struct store_db *db, const char *dir, char error[STORE_ERROR_LEN])
{
	char path[STORE_PATH_SIZE];

	modes_set(dir);
	store_db_path(path, dir, "");
	db->is_new = false;
	int rc = sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
		NULL);
	if (db->handle == NULL)
		return base_errno_set(ENOMEM);
	if (rc != SQLITE_OK)
		return store_db_fault(db->handle, "opening", error);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	// WAL: a kill at any time leaves whole transactions. NORMAL: a power cut may cost the last ones,
	// never more.
	static const char setup[] =
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096;PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";
	if (sqlite3_exec(db->handle, setup, NULL, NULL, NULL) != SQLITE_OK)
		return store_db_fault(db->handle, "opening", error);
	int err = contents_check(db, error);
	return err != 0 ? err : statements_prepare(db, error);
}

static int dir_take(struct store_db *db, const char *dir, char error[STORE_ERROR_LEN])
{
	struct stat st;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		snprintf(error, STORE_ERROR_LEN, "making the directory: %s", strerror(errno));
		return -errno;
	}
	db->lock_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (db->lock_fd < 0) {
		snprintf(error, STORE_ERROR_LEN, "opening the directory: %s", strerror(errno));
		return -errno;
	}
	// who may write it could put files of his own in there, and links
	if (fstat(db->lock_fd, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
		(st.st_uid != 0 && st.st_uid != geteuid())) {
		snprintf(error, STORE_ERROR_LEN,
			"others than root and romond may write it (owner uid %u, mode %04o): chmod 0700 it",
			st.st_uid, st.st_mode & 07777);
		return base_errno_set(EPERM);
	}
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		snprintf(error, STORE_ERROR_LEN, "another romond keeps its state there");
		return -EAGAIN;
	}
	return 0;
}

// A name that nothing has yet: one second may see several damaged files.
static void aside_name(char path[STORE_PATH_SIZE], const char *dir)
{
	char suffix[64];
	char stamp[32];
	time_t now = time(NULL);
	struct stat st;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(suffix, sizeof(suffix), ".damaged-%s", stamp);
	store_db_path(path, dir, suffix);
	for (int i = 2; i < 1000 && lstat(path, &st) == 0; i++) {
		snprintf(suffix, sizeof(suffix), ".damaged-%s.%d", stamp, i);
		store_db_path(path, dir, suffix);
	}
}

int store_db_set_aside(const char *dir, const char *why, uint64_t *n_damaged, char error[STORE_ERROR_LEN])
{
	char to[STORE_PATH_SIZE];
	char reason[STORE_ERROR_LEN];

	snprintf(reason, sizeof(reason), "%s", why); // why may be error
	if (*n_damaged >= DAMAGED_MAX) {
		snprintf(error, STORE_ERROR_LEN, "it is damaged, as %d files before it: %.150s", DAMAGED_MAX,
			reason);
		return -EUCLEAN;
	}
	aside_name(to, dir);
	for (size_t i = 0; i < BASE_ARRAY_LEN(suffixes); i++) {
		char from[STORE_PATH_SIZE];
		char to_one[STORE_PATH_SIZE + 8];

		store_db_path(from, dir, suffixes[i]);
		snprintf(to_one, sizeof(to_one), "%s%s", to, suffixes[i]);
		if (rename(from, to_one) == 0 || errno == ENOENT)
			continue;
		snprintf(error, STORE_ERROR_LEN, "it is damaged, and cannot be set aside: %s",
			strerror(errno));
		return -errno;
	}
	LOG(ERROR,
		"%s/" STORE_FILE
		" cannot be used: %s; it is now %s and a new one is made: look at the disk, and delete that file when nobody needs it",
		dir, reason, to);
	++*n_damaged;
	return 0;
}

int store_db_open(struct store_db *db, const char *dir, uint64_t *n_damaged, char error[STORE_ERROR_LEN])
{
	*db = (struct store_db){.lock_fd = -1};
	error[0] = '\0';
	int err = dir_take(db, dir, error);
	if (err == 0)
		err = file_open(db, dir, error);
	if (err == -EUCLEAN) {
		int lock_fd = db->lock_fd;

		db->lock_fd = -1; // the directory stays ours
		store_db_close(db);
		db->lock_fd = lock_fd;
		err = store_db_set_aside(dir, error, n_damaged, error);
		if (err == 0)
			err = file_open(db, dir, error);
	}
	if (err != 0)
		store_db_close(db);
	return err;
}

void store_db_close(struct store_db *db)
{
	sqlite3_finalize(db->put);
	sqlite3_finalize(db->forget);
	sqlite3_finalize(db->event);
	sqlite3_finalize(db->trim);
	sqlite3_close(db->handle);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	*db = (struct store_db){.lock_fd = -1};
}
