// SPDX-License-Identifier: BSD-3-Clause
// Small files beside the database: the newest text is there when the store says so, also after the end; a
// disk that hangs or refuses delays nobody.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_bed.h"
#include "suite.h"

#define FLUSH_MS 60000 // others may use this machine

static char path[STORE_BED_DIR_SIZE + 64];

static const char *in_dir(const char *dir, const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

// The file's text; "" when there is none.
static const char *text_of(const char *dir, const char *name)
{
	static char text[256];
	int fd = open(in_dir(dir, name), O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void the_newest_text_is_there(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	char text[16];
	struct stat st;

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", i);
		store_mark_put(s, "one", text);
		store_mark_put(s, "two", "words of it");
	}
	CU_ASSERT_EQUAL(store_flush(s, FLUSH_MS), 0);
	CU_ASSERT_STRING_EQUAL(text_of(dir, "one"), "99\n");
	CU_ASSERT_STRING_EQUAL(text_of(dir, "two"), "words of it\n");
	CU_ASSERT_EQUAL(stat(in_dir(dir, "one"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(store_bed_n_files(dir, ".new"), 0);
	store_mark_put(s, "one", NULL);
	store_mark_put(s, "never", NULL); // was not there
	store_mark_put(s, "two", "the last");
	store_close(s);
	CU_ASSERT_EQUAL(store_bed_n_files(dir, "one"), 0);
	CU_ASSERT_STRING_EQUAL(text_of(dir, "two"), "the last\n");
	CU_ASSERT_EQUAL(store_bed_logged("cannot be written"), 0);
}

// A pipe that nobody reads: to open it for writing waits, as a disk that hangs does.
static void a_disk_that_hangs_delays_nobody(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);
	char held[sizeof(path)];

	store_bed_log_clear();
	CU_ASSERT_EQUAL_FATAL(mkfifo(in_dir(dir, "one.new"), 0600), 0);
	snprintf(held, sizeof(held), "%s/pipe", dir);
	CU_ASSERT_EQUAL_FATAL(link(path, held), 0);
	for (uint32_t i = 0; i < 1000; i++) { // each of these comes back
		store_mark_put(s, "one", "early");
		store_bed_put(s, i, 1);
	}
	CU_ASSERT_EQUAL(store_flush(s, 100), -ETIMEDOUT);
	CU_ASSERT_EQUAL(unlink(in_dir(dir, "one.new")), 0);
	int fd = open(held, O_RDONLY | O_NONBLOCK); // it answers, and the first try fails
	CU_ASSERT_FATAL(fd >= 0);
	store_mark_put(s, "one", "late");
	CU_ASSERT_EQUAL(store_flush(s, FLUSH_MS), 0);
	store_mark_put(s, "one", "later"); // "late" may have been what was tried in vain
	CU_ASSERT_EQUAL(store_flush(s, FLUSH_MS), 0);
	CU_ASSERT_STRING_EQUAL(text_of(dir, "one"), "later\n");
	CU_ASSERT_EQUAL(store_bed_load(s).n, 1000);
	CU_ASSERT_EQUAL(store_bed_logged("one: cannot be written"), 1);
	close(fd);
	unlink(held);
	store_close(s);
}

static void what_cannot_be_written_is_told_and_tried_with_the_next_text(void)
{
	const char *dir = store_bed_dir();
	struct store *s = store_bed_open(dir);

	store_bed_log_clear();
	CU_ASSERT_EQUAL_FATAL(mkdir(in_dir(dir, "one.new"), 0700), 0);
	store_mark_put(s, "one", "first");
	CU_ASSERT_EQUAL(store_flush(s, FLUSH_MS), 0);
	CU_ASSERT_EQUAL(store_bed_logged("one: cannot be written"), 1);
	CU_ASSERT_STRING_EQUAL(text_of(dir, "one"), "");
	CU_ASSERT_EQUAL(rmdir(in_dir(dir, "one.new")), 0);
	store_mark_put(s, "one", "second");
	CU_ASSERT_EQUAL(store_flush(s, FLUSH_MS), 0);
	CU_ASSERT_STRING_EQUAL(text_of(dir, "one"), "second\n");
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(the_newest_text_is_there),
	SUITE_CASE(a_disk_that_hangs_delays_nobody),
	SUITE_CASE(what_cannot_be_written_is_told_and_tried_with_the_next_text),
};
SUITE_MAIN("store marks", cases)
