// SPDX-License-Identifier: BSD-3-Clause
// The writers of romonctl: tables in bounded memory that fit a terminal, and text of the network that can do
// no harm on one.
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "out_text.h"
#include "suite.h"

static const struct out_column columns[] = {
	{"NAME", "name", OUT_KIND_TEXT, false},
	{"N", "n", OUT_KIND_NUMBER, false},
	{"MORE", "more", OUT_KIND_TEXT, true},
	{"COMMENT", "comment", OUT_KIND_TEXT, false},
};

// Write rows 0..n; the caller frees the text.
static char *write_rows(enum out_format format, unsigned width, bool has_color, unsigned n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	struct out_style style = {file, has_color, true, width};
	struct out *o = out_create(format, &style);

	out_begin(o, columns, BASE_ARRAY_LEN(columns));
	for (unsigned i = 0; i < n; i++) {
		json_t *row = json_pack("{s:s, s:i, s:n, s:s}", "name", i == 0 ? "a" : "longer name", "n",
			(int)i, "more", "comment", i == 0 ? "" : "a comment of some length");
		out_row(o, row);
		json_decref(row);
	}
	out_end(o);
	out_destroy(o);
	fclose(file);
	return text;
}

static void expect_rows(enum out_format format, unsigned width, unsigned n, const char *wanted)
{
	char *text = write_rows(format, width, false, n);

	CU_ASSERT_STRING_EQUAL(text, wanted);
	free(text);
}

static void table_is_as_wide_as_its_cells(void)
{
	expect_rows(OUT_FORMAT_TABLE, 0, 2,
		"NAME         N  COMMENT\n"
		"a            0  -\n"
		"longer name  1  a comment of some length\n");
	expect_rows(OUT_FORMAT_WIDE, 20, 1, "NAME  N  MORE  COMMENT\na     0  -     -\n");
	expect_rows(OUT_FORMAT_TABLE, 0, 0, "");
}

static void table_is_cut_to_the_terminal(void)
{
	expect_rows(OUT_FORMAT_TABLE, 30, 2,
		"NAME         N  COMMENT\n"
		"a            0  -\n"
		"longer name  1  a comment of …\n");
	expect_rows(OUT_FORMAT_TABLE, 21, 2,
		"NAME      N  COMMENT\n"
		"a         0  -\n"
		"longer …  1  a comme…\n");
	expect_rows(OUT_FORMAT_TABLE, 20, 2,
		"NAME         N\n"
		"a            0\n"
		"longer name  1\n"
		"(no room for COMMENT: `-o wide` shows all columns)\n");
}

static void long_table_has_one_header_and_every_row(void)
{
	char *text = write_rows(OUT_FORMAT_TABLE, 0, false, 2500);
	unsigned lines = 0;

	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	CU_ASSERT_EQUAL(lines, 2501);
	CU_ASSERT_PTR_NULL(strstr(text + 1, "NAME"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "longer name  2499  a comment of some length\n"));
	free(text);
}

static void json_is_whole_and_ascii(void)
{
	char *text = write_rows(OUT_FORMAT_JSON, 20, true, 2);
	json_t *rows = json_loads(text, 0, NULL);

	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_PTR_NULL(strchr(text, '\x1b'));
	json_decref(rows);
	free(text);
	expect_rows(OUT_FORMAT_JSON, 0, 0, "[]\n");
	expect_rows(OUT_FORMAT_JSONL, 0, 1, "{\"name\":\"a\",\"n\":0,\"more\":null,\"comment\":\"\"}\n");
}

static void unsafe_text_is_escaped(void)
{
	static const struct {
		const char *raw;
		const char *utf8;
		const char *ascii;
	} rows[] = {
		{"plain \\x1b", "plain \\x1b", "plain \\x1b"},
		{"\x1b[2J\x7f\r", "\\x1b[2J\\x7f\\x0d", "\\x1b[2J\\x7f\\x0d"},
		{"\xc3\xa9", "\xc3\xa9", "\\xc3\\xa9"}, {"\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b"}, // C1: CSI
		{"\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae"}, // right-to-left override
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf", "\\xef\\xbb\\xbf"}, // byte order mark
		{"\xc0\xaf\xff", "\\xc0\\xaf\\xff", "\\xc0\\xaf\\xff"}, // overlong, never valid
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"}, // surrogate
		{"\xf0\x9f\x98", "\\xf0\\x9f\\x98", "\\xf0\\x9f\\x98"}, // cut short
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"}, // past the last
	};
	char out[128];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		out_text_clean(out, sizeof(out), rows[i].raw, true, false);
		CU_ASSERT_STRING_EQUAL(out, rows[i].utf8);
		out_text_clean(out, sizeof(out), rows[i].raw, false, false);
		CU_ASSERT_STRING_EQUAL(out, rows[i].ascii);
	}
	out_text_clean(out, sizeof(out), "a\nb", true, true);
	CU_ASSERT_STRING_EQUAL(out, "a\nb");
	CU_ASSERT_EQUAL(out_text_clean(out, 6, "ab\x1b", true, false), 2);     // no half escape
	CU_ASSERT_EQUAL(out_text_clean(out, 4, "ab\xc3\xa9", true, false), 2); // no half character
}

static void width_and_cut_count_characters(void)
{
	char text[32] = "\xc3\xa9\xc3\xa9\xc3\xa9";

	CU_ASSERT_EQUAL(out_text_width(text), 3);
	out_text_cut(text, sizeof(text), 3, true);
	CU_ASSERT_STRING_EQUAL(text, "\xc3\xa9\xc3\xa9\xc3\xa9");
	out_text_cut(text, sizeof(text), 2, true);
	CU_ASSERT_STRING_EQUAL(text, "\xc3\xa9…");
	out_text_cut(text, sizeof(text), 1, false);
	CU_ASSERT_STRING_EQUAL(text, "~");
}

static void ages_read_well(void)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} rows[] = {{0, "0 ms"}, {999, "999 ms"}, {1000, "1.0 s"}, {59999, "59.9 s"}, {60000, "1 min 0 s"},
		{3725000, "1 h 2 min"}, {90000000, "1 d 1 h"}};
	char out[64];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		out_age_format(out, sizeof(out), rows[i].ms);
		CU_ASSERT_STRING_EQUAL(out, rows[i].text);
	}
}

static void cells_show_any_value(void)
{
	struct out_style style = {stdout, false, true, 0};
	char out[64];
	json_t *values = json_pack("[n, b, i, f, s, [s, i], {}, s]", 1, -3, 2.25, "t", "a", 1, "");
	static const char *const wanted[] = {"-", "yes", "-3", "2.2", "t", "a, 1", "-", "-"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(wanted); i++) {
		out_cell_format(out, sizeof(out), &style, OUT_KIND_TEXT, json_array_get(values, i));
		CU_ASSERT_STRING_EQUAL(out, wanted[i]);
	}
	out_cell_format(out, sizeof(out), &style, OUT_KIND_AGE_MS, json_array_get(values, 2));
	CU_ASSERT_STRING_EQUAL(out, "0 ms"); // a clock that went backwards
	out_cell_format(out, sizeof(out), &style, OUT_KIND_NUMBER, NULL);
	CU_ASSERT_STRING_EQUAL(out, "-");
	json_decref(values);
}

static const struct suite_case cases[] = {
	SUITE_CASE(table_is_as_wide_as_its_cells),
	SUITE_CASE(table_is_cut_to_the_terminal),
	SUITE_CASE(long_table_has_one_header_and_every_row),
	SUITE_CASE(json_is_whole_and_ascii),
	SUITE_CASE(unsafe_text_is_escaped),
	SUITE_CASE(width_and_cut_count_characters),
	SUITE_CASE(ages_read_well),
	SUITE_CASE(cells_show_any_value),
};

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	return suite_run("romonctl_table", cases, BASE_ARRAY_LEN(cases));
}
