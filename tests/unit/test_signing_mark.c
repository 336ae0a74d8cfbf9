// SPDX-License-Identifier: BSD-3-Clause
// The mark that signing counters begin at: there and back, what is damaged, when it moves.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signing_mark.h"
#include "suite.h"

static char dir[64];
static char path[96];

static void dir_make(void)
{
	snprintf(dir, sizeof(dir), "/tmp/signing-mark-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/signing-mark", dir);
}

static void dir_remove(void)
{
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(dir), 0); // nothing else was left there
}

static void text_put(const char *text)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

// As the store writes it.
static void mark_put(uint64_t mark)
{
	char text[SIGNING_MARK_TEXT_SIZE];
	char line[SIGNING_MARK_TEXT_SIZE + 1];

	signing_mark_format(mark, text);
	snprintf(line, sizeof(line), "%s\n", text);
	text_put(line);
}

static void what_was_saved_is_loaded(void)
{
	static const uint64_t marks[] = {1, 1700000000000000, UINT64_MAX, 5};

	dir_make();
	CU_ASSERT_EQUAL(signing_mark_load(dir), 0);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		mark_put(marks[i]);
		CU_ASSERT_EQUAL(signing_mark_load(dir), marks[i]);
	}
	dir_remove();
}

static void a_damaged_file_is_none(void)
{
	static const char *const texts[] = {"", "\n", "x\n", "-5\n", " 5\n", "5", "5x\n",
		"99999999999999999999\n", "5\n5\n", "0000000000000000000000000000000000000000000000005\n"};

	dir_make();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		text_put(texts[i]);
		CU_ASSERT_EQUAL(signing_mark_load(dir), 0);
	}
	mark_put(7);
	CU_ASSERT_EQUAL(signing_mark_load(dir), 7);
	dir_remove();
	CU_ASSERT_EQUAL(signing_mark_load(dir), 0); // the directory is gone
}

static void it_moves_seldom_and_stays_ahead(void)
{
	uint64_t mark = 0;
	uint32_t n_moves = 0;

	for (uint64_t counter = 1000; counter < SIGNING_MARK_AHEAD * 10; counter += 100000) {
		uint64_t next = signing_mark_next(mark, counter);

		CU_ASSERT_TRUE(next >= counter + SIGNING_MARK_AHEAD / 2 && next >= mark);
		n_moves += next != mark;
		mark = next;
	}
	CU_ASSERT_TRUE(n_moves >= 10 && n_moves <= 21);
	CU_ASSERT_EQUAL(signing_mark_next(0, UINT64_MAX - 1), UINT64_MAX);
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_was_saved_is_loaded),
	SUITE_CASE(a_damaged_file_is_none),
	SUITE_CASE(it_moves_seldom_and_stays_ahead),
};
SUITE_MAIN("romond", cases)
