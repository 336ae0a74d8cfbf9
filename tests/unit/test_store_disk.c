// SPDX-License-Identifier: BSD-3-Clause
// Disks that cannot be written: full, read-only, gone, never there. Nothing is lost that memory can hold, the
// caller never waits, the log says it once, and all is written when that works again.
// Needs root for a mount namespace of its own; says so and exits 77 (skipped) without.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_clock.h"
#include "store_bed.h"
#include "suite.h"

#define N_NODES     1000
#define PUT_MS_MAX  500 // for all of them, on a machine with others: the disk is not waited for
#define FILL_SIZE   65536
#define TMPFS_BYTES "size=1m,mode=700"

static const char *dir;

static void disk_make(void)
{
	dir = store_bed_dir();
	CU_ASSERT_EQUAL_FATAL(mount("store", dir, "tmpfs", 0, TMPFS_BYTES), 0);
	store_bed_log_clear();
}

// Take all the space that is left.
static void disk_fill(void)
{
	static char bytes[FILL_SIZE];
	char path[128];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/filler", dir);
	int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	for (size_t size = sizeof(bytes); size > 0; size /= 2) {
		while ((n = write(fd, bytes, size)) > 0)
			;
	}
	close(fd);
}

static void disk_empty(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/filler", dir);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void put_all(struct store *s, uint32_t round)
{
	uint64_t from_ms = base_mono_ms();

	for (uint32_t i = 1; i <= N_NODES; i++)
		store_bed_put(s, i, round);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < PUT_MS_MAX);
}

static void give_all(struct store *s, uint32_t round)
{
	CU_ASSERT_TRUE(store_all_wanted(s));
	store_all_begin(s);
	put_all(s, round);
	store_all_end(s);
}

static void flush_fails(struct store *s)
{
	CU_ASSERT_EQUAL(store_flush(s, 20000), -EIO);
}

static void holds(struct store *s, int64_t n, uint32_t round)
{
	struct store_bed_sum sum = store_bed_load(s);

	CU_ASSERT_EQUAL(sum.n, n);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(sum.round_max, round);
}

static void full_disk_is_told_once_and_made_up_for(void)
{
	struct store_stats st;

	disk_make();
	struct store *s = store_bed_open(dir);
	store_bed_put(s, 1, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	disk_fill();
	for (uint32_t round = 2; round <= 6; round++) {
		put_all(s, round);
		flush_fails(s);
	}
	store_stats_get(s, &st);
	CU_ASSERT_FALSE(st.is_well);
	CU_ASSERT_EQUAL(st.n_pending_nodes, N_NODES); // the newest of each
	CU_ASSERT_TRUE(st.n_errors >= 5);
	CU_ASSERT_TRUE(strstr(st.error, "full") != NULL);
	CU_ASSERT_EQUAL(store_bed_logged("changes wait in memory"), 1);
	holds(s, 1, 1); // what was written stays readable
	disk_empty();
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	CU_ASSERT_EQUAL(store_bed_logged("written again"), 1);
	store_stats_get(s, &st);
	CU_ASSERT_TRUE(st.is_well);
	CU_ASSERT_EQUAL(st.n_pending_nodes, 0);
	CU_ASSERT_EQUAL(st.n_damaged, 0);
	holds(s, N_NODES, 6);
	store_close(s);
}

static void writer_tries_again_by_itself(void)
{
	struct store_stats st = {0};

	disk_make();
	struct store *s = store_bed_open(dir);
	disk_fill();
	put_all(s, 1);
	flush_fails(s);
	disk_empty();
	uint64_t until_ms = base_mono_ms() + 20000;
	while (!st.is_well && base_mono_ms() < until_ms) {
		usleep(10000);
		store_stats_get(s, &st);
	}
	CU_ASSERT_TRUE(st.is_well);
	holds(s, N_NODES, 1);
	store_close(s);
}

static void disk_full_from_the_start_is_no_obstacle(void)
{
	struct store_stats st;

	disk_make();
	disk_fill();
	struct store *s = store_bed_open(dir);
	store_stats_get(s, &st);
	CU_ASSERT_FALSE(st.is_well);
	CU_ASSERT_TRUE(store_load(s, NULL, NULL) <= 0);
	put_all(s, 1);
	disk_empty();
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	if (store_all_wanted(s))
		give_all(s, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	CU_ASSERT_FALSE(store_all_wanted(s));
	holds(s, N_NODES, 1);
	store_close(s);
}

static void end_on_a_full_disk_is_bounded_and_told(void)
{
	disk_make();
	struct store *s = store_bed_open(dir);
	put_all(s, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	disk_fill();
	put_all(s, 2);
	uint64_t from_ms = base_mono_ms();
	store_close(s);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < 5000);
	CU_ASSERT_EQUAL(store_bed_logged("1000 nodes and 0 events could not be written and are lost"), 1);
	disk_empty();
	s = store_bed_open(dir);
	holds(s, N_NODES, 1); // the state before, whole
	store_close(s);
}

static void read_only_disk_is_waited_for(void)
{
	disk_make();
	struct store *s = store_bed_open(dir);
	put_all(s, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	store_close(s); // open files for writing keep a file system from becoming read-only
	CU_ASSERT_EQUAL(mount("store", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, TMPFS_BYTES), 0);
	s = store_bed_open(dir);
	put_all(s, 2);
	flush_fails(s);
	CU_ASSERT_EQUAL(store_bed_logged("read-only") + store_bed_logged("readonly") +
				store_bed_logged("Read-only") + store_bed_logged("unable to open"),
		1);
	CU_ASSERT_EQUAL(mount("store", dir, "tmpfs", MS_REMOUNT, TMPFS_BYTES), 0);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	holds(s, N_NODES, 2);
	CU_ASSERT_EQUAL(store_bed_n_files(dir, "damaged"), 0);
	store_close(s);
}

static void removed_file_is_made_anew_with_everything(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char path[128];

	disk_make();
	struct store *s = store_bed_open(dir);
	put_all(s, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	for (size_t i = 0; i < 3; i++)
		unlink(store_bed_file(dir, suffixes[i], path));
	store_bed_put(s, 5, 2);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	CU_ASSERT_EQUAL(store_bed_logged("was removed while romond ran"), 1);
	give_all(s, 3);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	holds(s, N_NODES, 3);
	CU_ASSERT_FALSE(store_all_wanted(s));
	store_close(s);
}

static void removed_directory_is_made_anew_with_everything(void)
{
	char sub[128];
	char cmd[160];

	disk_make();
	snprintf(sub, sizeof(sub), "%s/state", dir);
	struct store *s = store_bed_open(sub);
	put_all(s, 1);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", sub);
	CU_ASSERT_EQUAL(system(cmd), 0);
	store_bed_put(s, 5, 2);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	give_all(s, 3);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	holds(s, N_NODES, 3);
	store_close(s);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

// Whatever the umask, and whoever made the files before.
static void directory_and_files_are_nobody_elses(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	static const mode_t open_to[] = {0770, 0707, 01777};
	char sub[128];
	char path[128];
	struct store_stats st;

	disk_make();
	snprintf(sub, sizeof(sub), "%s/state", dir);
	mode_t old = umask(0);
	for (int i = 0; i < 2; i++) {
		struct store *s = store_bed_open(sub);
		put_all(s, 1);
		CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
		CU_ASSERT_EQUAL(mode_of(sub), i == 0 ? 0700 : 0755);
		for (size_t k = 0; k < BASE_ARRAY_LEN(suffixes); k++)
			CU_ASSERT_EQUAL(mode_of(store_bed_file(sub, suffixes[k], path)), 0600);
		store_close(s);
		// as an older romond left them
		CU_ASSERT_EQUAL(chmod(store_bed_file(sub, "", path), 0644), 0);
		CU_ASSERT_EQUAL(chmod(sub, 0755), 0);
	}
	umask(old);
	for (size_t i = 0; i < BASE_ARRAY_LEN(open_to); i++) {
		CU_ASSERT_EQUAL(chmod(sub, open_to[i]), 0);
		store_bed_log_clear();
		struct store *s = store_bed_open(sub);
		store_stats_get(s, &st);
		CU_ASSERT_FALSE(st.is_well);
		CU_ASSERT_EQUAL(store_bed_logged("others than root and romond may write it"), 1);
		CU_ASSERT_EQUAL(chmod(sub, 0700), 0); // mended: it goes on by itself
		CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
		store_close(s);
	}
}

static void directory_that_cannot_be_is_waited_for(void)
{
	struct store_stats st;
	char sub[128];

	disk_make();
	snprintf(sub, sizeof(sub), "%s/state", dir);
	int fd = open(sub, O_CREAT | O_WRONLY, 0600); // a file stands where the directory should
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	close(fd);
	struct store *s = store_bed_open(sub);
	store_stats_get(s, &st);
	CU_ASSERT_FALSE(st.is_well);
	CU_ASSERT_EQUAL(store_bed_logged("Not a directory"), 1);
	CU_ASSERT_TRUE(store_load(s, NULL, NULL) < 0);
	put_all(s, 1);
	flush_fails(s);
	CU_ASSERT_EQUAL(store_bed_logged("changes wait in memory"), 1);
	CU_ASSERT_EQUAL(unlink(sub), 0);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	give_all(s, 2);
	CU_ASSERT_EQUAL(store_flush(s, 20000), 0);
	holds(s, N_NODES, 2);
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(full_disk_is_told_once_and_made_up_for),
	SUITE_CASE(writer_tries_again_by_itself),
	SUITE_CASE(disk_full_from_the_start_is_no_obstacle),
	SUITE_CASE(end_on_a_full_disk_is_bounded_and_told),
	SUITE_CASE(read_only_disk_is_waited_for),
	SUITE_CASE(removed_file_is_made_anew_with_everything),
	SUITE_CASE(removed_directory_is_made_anew_with_everything),
	SUITE_CASE(directory_and_files_are_nobody_elses),
	SUITE_CASE(directory_that_cannot_be_is_waited_for),
};

int main(void)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		perror("SKIPPED: a mount namespace of its own needs root");
		return 77;
	}
	return suite_run("store disk", cases, sizeof(cases) / sizeof(cases[0]));
}
