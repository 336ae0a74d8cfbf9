// SPDX-License-Identifier: BSD-3-Clause
// Directories, nodes and the log of tests of lib/store.
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_mac.h"
#include "store_bed.h"

#define DIRS_MAX  32
#define LINES_MAX 256

static char dirs[DIRS_MAX][STORE_BED_DIR_SIZE];
static uint32_t n_dirs;
static pid_t owner;
static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[LINES_MAX][512];
static uint32_t n_lines;

static void line_keep(enum base_log_level level, const char *line, void *ctx)
{
	(void)level;
	(void)ctx;
	pthread_mutex_lock(&lines_lock);
	if (n_lines < LINES_MAX)
		snprintf(lines[n_lines++], sizeof(lines[0]), "%s", line);
	pthread_mutex_unlock(&lines_lock);
}

uint32_t store_bed_logged(const char *text)
{
	uint32_t n = 0;

	pthread_mutex_lock(&lines_lock);
	for (uint32_t i = 0; i < n_lines; i++)
		n += strstr(lines[i], text) != NULL;
	pthread_mutex_unlock(&lines_lock);
	return n;
}

void store_bed_log_clear(void)
{
	pthread_mutex_lock(&lines_lock);
	n_lines = 0;
	pthread_mutex_unlock(&lines_lock);
}

// Files one level deep: nothing here makes more.
static void dir_delete(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[STORE_BED_DIR_SIZE + 300];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (unlink(path) != 0) {
			dir_delete(path);
			rmdir(path);
		}
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static void dirs_delete(void)
{
	for (uint32_t i = 0; getpid() == owner && i < n_dirs; i++)
		dir_delete(dirs[i]);
}

const char *store_bed_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (n_dirs == 0) {
		owner = getpid();
		atexit(dirs_delete);
		base_log_sink_set(line_keep, NULL);
	}
	CU_ASSERT_TRUE_FATAL(n_dirs < DIRS_MAX);
	char *dir = dirs[n_dirs];
	snprintf(dir, STORE_BED_DIR_SIZE, "%s/romond-store-XXXXXX",
		tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	n_dirs++;
	return dir;
}

const char *store_bed_file(const char *dir, const char *suffix, char path[128])
{
	snprintf(path, 128, "%s/romond.db%s", dir, suffix);
	return path;
}

struct store *store_bed_open_cfg(const char *dir, uint32_t nodes_max, uint32_t history_max)
{
	struct store_cfg cfg = {
		.dir = dir, .history_max = history_max, .nodes_max = nodes_max, .batch_ms = 20};
	struct store *s = store_open(&cfg);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

struct store *store_bed_open(const char *dir)
{
	return store_bed_open_cfg(dir, 1000, 100);
}

uint64_t store_bed_id(uint32_t i)
{
	uint8_t b[BASE_MAC_LEN] = {
		2, 0, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

	return base_mac_u64(b);
}

// A node, in texts and path of the caller.
static void node_make(
	struct store_node *n, uint32_t i, uint32_t round, char identity[64], uint64_t path[STORE_PATH_MAX])
{
	uint32_t n_path = (i + round) % 7;

	snprintf(identity, 64, "node %u \xc3\xa4\x01'\" round %u", i, round);
	for (uint32_t k = 0; k < n_path; k++)
		path[k] = store_bed_id(i + k + round);
	*n = (struct store_node){.id = store_bed_id(i),
		.identity = identity,
		.board = i % 2 == 0 ? "RB750Gr3" : "",
		.master = i % 5 == 0 ? "master_router" : "",
		.version = {7, 13, (uint8_t)round, (uint8_t)i},
		.status = (uint8_t)(1 + i % 3),
		.cost = round,
		.hops = (uint16_t)(n_path + 1),
		.l2mtu = 1500,
		.n_path = n_path,
		.path = path,
		.via_master = i % 4 == 0 ? store_bed_id(i + 1) : 0,
		.first_seen_us = 1700000000000000 + i};
}

void store_bed_put(struct store *s, uint32_t i, uint32_t round)
{
	uint64_t path[STORE_PATH_MAX];
	char identity[64];
	struct store_node n;

	node_make(&n, i, round, identity, path);
	n.last_seen_us = base_wall_us();
	store_put(s, &n);
}

static void node_look(const struct store_node *got, void *ctx)
{
	struct store_bed_sum *sum = ctx;
	struct base_mac mac = base_mac_from_u64(got->id);
	uint32_t i = (uint32_t)mac.b[2] << 24 | (uint32_t)mac.b[3] << 16 | (uint32_t)mac.b[4] << 8 | mac.b[5];
	uint64_t path[STORE_PATH_MAX];
	char identity[64];
	struct store_node n;

	node_make(&n, i, got->cost, identity, path);
	bool is_same = got->id == n.id && strcmp(got->identity, n.identity) == 0 &&
		       strcmp(got->board, n.board) == 0 && strcmp(got->master, n.master) == 0 &&
		       memcmp(got->version, n.version, sizeof(n.version)) == 0 && got->status == n.status &&
		       got->hops == n.hops && got->l2mtu == n.l2mtu && got->via_master == n.via_master &&
		       got->first_seen_us == n.first_seen_us && got->n_path == n.n_path &&
		       memcmp(got->path, path, n.n_path * sizeof(path[0])) == 0;
	sum->n_strange += !is_same;
	if (got->cost > sum->round_max)
		sum->round_max = got->cost;
	if (got->last_seen_us > sum->last_seen_us_max)
		sum->last_seen_us_max = got->last_seen_us;
}

struct store_bed_sum store_bed_load(struct store *s)
{
	struct store_bed_sum sum = {0};

	sum.n = store_load(s, node_look, &sum);
	return sum;
}

uint32_t store_bed_n_files(const char *dir, const char *text)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	uint32_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strstr(e->d_name, text) != NULL;
	if (d != NULL)
		closedir(d);
	return n;
}

void store_bed_sql(const char *dir, const char *sql)
{
	char path[128];
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(store_bed_file(dir, "", path), &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}
