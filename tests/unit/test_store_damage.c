// SPDX-License-Identifier: BSD-3-Clause
// Files that are no good: set aside under a name that says when, told in the log, and begun anew.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_bed.h"
#include "suite.h"

#define N_NODES 500

static const char *dir;

// A good file of N_NODES.
static void file_make(void)
{
	dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	for (uint32_t i = 1; i <= N_NODES; i++)
		store_bed_put(s, i, 1);
	store_close(s);
	store_bed_log_clear();
}

static void file_write(const char *bytes, size_t len)
{
	char path[128];
	FILE *f = fopen(store_bed_file(dir, "", path), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

// The file is set aside with this reason, once; an empty one works in its place, also after a restart.
static void is_set_aside(const char *reason)
{
	struct store_stats st;
	struct store *s = store_bed_open(dir);

	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_damaged, 1);
	CU_ASSERT_TRUE(st.is_well);
	CU_ASSERT_EQUAL(store_bed_logged(reason), 1);
	CU_ASSERT_EQUAL(store_bed_logged("look at the disk"), 1);
	CU_ASSERT_TRUE(store_bed_n_files(dir, "romond.db.damaged-20") >= 1);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 0);
	store_bed_put(s, 1, 2);
	store_close(s);
	s = store_bed_open(dir);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 1);
	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_damaged, 0);
	store_close(s);
}

static void zeros_are_set_aside(void)
{
	static const char zeros[8192];

	file_make();
	file_write(zeros, sizeof(zeros));
	is_set_aside("not a database");
}

static void text_file_is_set_aside(void)
{
	static const char text[] = "this is no database, but somebody's notes about routers\n";

	file_make();
	file_write(text, sizeof(text) - 1);
	is_set_aside("not a database");
}

static void truncated_file_is_set_aside(void)
{
	char path[128];
	struct stat st;

	file_make();
	CU_ASSERT_EQUAL(stat(store_bed_file(dir, "", path), &st), 0);
	CU_ASSERT_EQUAL(truncate(path, st.st_size / 2), 0);
	is_set_aside("cannot be used");
}

// Page number page (from 0, of 4,096 bytes) is overwritten.
static void page_break(int page, uint8_t with)
{
	char path[128];
	uint8_t bytes[4096];

	memset(bytes, with, sizeof(bytes));
	int fd = open(store_bed_file(dir, "", path), O_WRONLY);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(pwrite(fd, bytes, sizeof(bytes), (off_t)page * 4096), (ssize_t)sizeof(bytes));
	close(fd);
}

static void bad_page_in_the_middle_is_set_aside(void)
{
	file_make();
	page_break(7, 0xff);
	is_set_aside("cannot be used");
}

static void page_of_zeros_in_the_middle_is_set_aside(void)
{
	file_make();
	page_break(7, 0);
	is_set_aside("cannot be used");
}

static void newer_version_is_set_aside(void)
{
	file_make();
	store_bed_sql(dir, "PRAGMA user_version = 99");
	is_set_aside("a newer romond wrote it (version 99, known is 1)");
}

static void database_of_another_program_is_set_aside(void)
{
	dir = store_bed_dir();
	store_bed_log_clear();
	store_bed_sql(dir, "CREATE TABLE bookmarks (url TEXT)");
	is_set_aside("the database of another program");
}

static void missing_table_or_column_is_set_aside(void)
{
	file_make();
	store_bed_sql(dir, "ALTER TABLE node RENAME COLUMN cost TO price");
	is_set_aside("no column named cost");
	file_make();
	store_bed_sql(dir, "DROP TABLE history");
	is_set_aside("no such table");
}

static void empty_file_is_begun_without_a_word(void)
{
	struct store_stats st;

	file_make();
	file_write("", 0);
	struct store *s = store_bed_open(dir);
	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_damaged, 0);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 0);
	store_close(s);
}

static void log_of_a_damaged_file_does_not_reach_the_new_one(void)
{
	char path[128];

	file_make();
	page_break(0, 0xaa);
	FILE *f = fopen(store_bed_file(dir, "-wal", path), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("half a log", f);
	fclose(f);
	struct store *s = store_bed_open(dir);
	CU_ASSERT_TRUE(store_bed_n_files(dir, ".damaged-") >= 1);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 0);
	store_bed_put(s, 3, 1);
	store_close(s);
	s = store_bed_open(dir);
	CU_ASSERT_EQUAL(store_bed_load(s).n, 1);
	store_close(s);
}

static void strange_rows_are_left_out_and_counted(void)
{
	file_make();
	store_bed_sql(dir, "UPDATE node SET path = x'0011223344' WHERE id IN (SELECT id FROM node LIMIT 3);"
			   "UPDATE node SET hops = 70000 WHERE id IN (SELECT id FROM node LIMIT 2 OFFSET 3);"
			   "INSERT INTO node SELECT -5, '', '', '', 0, 0, 0, 0, 0, '', 0, 0, 0");
	struct store *s = store_bed_open(dir);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, N_NODES - 5);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(store_bed_logged("6 nodes are not as romond writes them"), 1);
	store_close(s);
}

// ---- while it runs

static void wait_wanted(struct store *s)
{
	for (int i = 0; i < 200 && !store_all_wanted(s); i++)
		(void)!store_flush(s, 1000);
	CU_ASSERT_TRUE_FATAL(store_all_wanted(s));
}

static void all_give(struct store *s, uint32_t n)
{
	store_all_begin(s);
	for (uint32_t i = 1; i <= n; i++)
		store_bed_put(s, i, 9);
	store_all_end(s);
	CU_ASSERT_EQUAL(store_flush(s, 10000), 0);
}

static void damage_while_it_runs_is_mended_with_the_running_inventory(void)
{
	struct store_stats st;

	file_make();
	struct store *s = store_bed_open(dir);
	CU_ASSERT_EQUAL(store_bed_load(s).n, N_NODES);
	for (int page = 1; page < 12; page++)
		page_break(page, 0xff);
	CU_ASSERT_TRUE(store_bed_load(s).n < 0); // the reader finds it, and tells the writer
	wait_wanted(s);
	store_stats_get(s, &st);
	CU_ASSERT_EQUAL(st.n_damaged, 1);
	CU_ASSERT_TRUE(st.is_well);
	all_give(s, 40);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, 40);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	store_close(s);
}

static void disk_that_damages_file_after_file_is_not_filled_with_them(void)
{
	struct store_stats st;

	file_make();
	struct store *s = store_bed_open(dir);
	for (int round = 0; round < 12; round++) {
		all_give(s, 300);
		store_bed_sql(dir, "PRAGMA wal_checkpoint(TRUNCATE)");
		for (int page = 1; page < 12; page++)
			page_break(page, 0xff);
		CU_ASSERT_TRUE(store_bed_load(s).n < 0);
		(void)!store_flush(s, 10000);
		(void)!store_flush(s, 10000);
		store_stats_get(s, &st);
		if (!st.is_well)
			break;
	}
	CU_ASSERT_FALSE(st.is_well);
	CU_ASSERT_EQUAL(st.n_damaged, 5);
	CU_ASSERT_EQUAL(store_bed_logged("as 5 files before it"), 1);
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(zeros_are_set_aside),
	SUITE_CASE(text_file_is_set_aside),
	SUITE_CASE(truncated_file_is_set_aside),
	SUITE_CASE(bad_page_in_the_middle_is_set_aside),
	SUITE_CASE(page_of_zeros_in_the_middle_is_set_aside),
	SUITE_CASE(newer_version_is_set_aside),
	SUITE_CASE(database_of_another_program_is_set_aside),
	SUITE_CASE(missing_table_or_column_is_set_aside),
	SUITE_CASE(empty_file_is_begun_without_a_word),
	SUITE_CASE(log_of_a_damaged_file_does_not_reach_the_new_one),
	SUITE_CASE(strange_rows_are_left_out_and_counted),
	SUITE_CASE(damage_while_it_runs_is_mended_with_the_running_inventory),
	SUITE_CASE(disk_that_damages_file_after_file_is_not_filled_with_them),
};

SUITE_MAIN("store damage", cases)
