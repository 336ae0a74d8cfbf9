// SPDX-License-Identifier: BSD-3-Clause
// Lines of romonctl's shell as words, and words as they must be typed.
#include <stdlib.h>
#include <string.h>

#include "shell_words.h"
#include "suite.h"

static struct shell_words w;

// The words of a line, each in brackets.
static const char *words(const char *line)
{
	static char shown[1024];

	CU_ASSERT_EQUAL_FATAL(shell_words_split(&w, line, strlen(line)), 0);
	shown[0] = '\0';
	for (int i = 0; i < w.n; i++)
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "[%s]", w.words[i]);
	return shown;
}

static void blanks_separate_and_quotes_hold_together(void)
{
	CU_ASSERT_STRING_EQUAL(words(""), "");
	CU_ASSERT_STRING_EQUAL(words(" \t\n"), "");
	CU_ASSERT_STRING_EQUAL(words(" drops  e1\t--all\n"), "[drops][e1][--all]");
	CU_ASSERT_STRING_EQUAL(words("a 'b c' \"d e\" f'g h'i"), "[a][b c][d e][fg hi]");
	CU_ASSERT_STRING_EQUAL(words("'' \"\""), "[][]");
	CU_ASSERT_STRING_EQUAL(words("a\\ b \\' \"\\\"\" '\\'"), "[a b]['][\"][\\]");
}

static void hash_begins_a_comment_only_where_a_word_begins(void)
{
	CU_ASSERT_STRING_EQUAL(words("# all of it"), "");
	CU_ASSERT_STRING_EQUAL(words("a b#c # d"), "[a][b#c]");
	CU_ASSERT_STRING_EQUAL(words("'#' \\#"), "[#][#]");
}

static void half_typed_lines_say_where_they_stand(void)
{
	CU_ASSERT_STRING_EQUAL(words("drops "), "[drops]");
	CU_ASSERT_FALSE(w.ends_in_word);
	CU_ASSERT_STRING_EQUAL(words("drops e"), "[drops][e]");
	CU_ASSERT_TRUE(w.ends_in_word);
	CU_ASSERT_EQUAL(w.quote, 0);
	CU_ASSERT_STRING_EQUAL(words("x 'e f"), "[x][e f]");
	CU_ASSERT_EQUAL(w.quote, '\'');
	CU_ASSERT_STRING_EQUAL(words("x \""), "[x][]");
	CU_ASSERT_EQUAL(w.quote, '"');
	CU_ASSERT_TRUE(w.ends_in_word);
	CU_ASSERT_STRING_EQUAL(words("a\\"), "[a\\]"); // nothing follows that it could take
}

static void too_much_is_refused(void)
{
	char line[SHELL_LINE_MAX + 1];

	memset(line, 'a', sizeof(line));
	CU_ASSERT_EQUAL(shell_words_split(&w, line, SHELL_LINE_MAX), -E2BIG);
	CU_ASSERT_EQUAL(shell_words_split(&w, line, SHELL_LINE_MAX - 1), 0);
	for (size_t i = 1; i < sizeof(line); i += 2)
		line[i] = ' ';
	CU_ASSERT_EQUAL(shell_words_split(&w, line, 2 * SHELL_WORDS_MAX), 0);
	CU_ASSERT_EQUAL(w.n, SHELL_WORDS_MAX);
	CU_ASSERT_EQUAL(shell_words_split(&w, line, 2 * SHELL_WORDS_MAX + 1), -E2BIG);
	CU_ASSERT_EQUAL(shell_words_split(&w, "a\0b", 3), -E2BIG);
}

// What completion types is read back as the word that was meant.
static void quoted_words_come_back(void)
{
	static const char *const texts[] = {"plain", "two words", "it's", "a\"b\\c", "#x", "\xc3\xa9 \t"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(texts); i++) {
		char line[64] = "";

		CU_ASSERT_TRUE(shell_words_quote(line, sizeof(line), texts[i], 0));
		words(line);
		CU_ASSERT_EQUAL(w.n, 1);
		CU_ASSERT_STRING_EQUAL(w.words[0], texts[i]);
		line[0] = '"';
		CU_ASSERT_TRUE(shell_words_quote(line + 1, sizeof(line) - 2, texts[i], '"'));
		strncat(line, "\"", sizeof(line) - strlen(line) - 1);
		words(line);
		CU_ASSERT_EQUAL(w.n, 1);
		CU_ASSERT_STRING_EQUAL(w.words[0], texts[i]);
	}
	char small[6];
	CU_ASSERT_FALSE(shell_words_quote(small, sizeof(small), "longer", 0));
}

static const struct suite_case cases[] = {
	SUITE_CASE(blanks_separate_and_quotes_hold_together),
	SUITE_CASE(hash_begins_a_comment_only_where_a_word_begins),
	SUITE_CASE(half_typed_lines_say_where_they_stand),
	SUITE_CASE(too_much_is_refused),
	SUITE_CASE(quoted_words_come_back),
};

SUITE_MAIN("romonctl_shell", cases)
