// SPDX-License-Identifier: BSD-3-Clause
// The RouterOS API on the wire: lengths as its documentation gives them, sentences that come in pieces,
// limits, what clients send, and the stack of queries.
#include <string.h>

#include "base_err.h"
#include "rosapi_query.h"
#include "rosapi_read.h"
#include "rosapi_request.h"
#include "rosapi_write.h"
#include "suite.h"

static const struct rosapi_limits plenty = {ROSAPI_WORDS_MAX, 1 << 20, 1 << 21};

// ---- lengths

struct length_row {
	uint32_t len;
	uint32_t n;
	uint8_t bytes[ROSAPI_LENGTH_LEN_MAX];
};
static const struct length_row lengths[] = {{0, 1, {0}}, {1, 1, {1}}, {0x7f, 1, {0x7f}},
	{0x80, 2, {0x80, 0x80}}, {0x3fff, 2, {0xbf, 0xff}}, {0x4000, 3, {0xc0, 0x40, 0}},
	{0x1fffff, 3, {0xdf, 0xff, 0xff}}, {0x200000, 4, {0xe0, 0x20, 0, 0}},
	{0xfffffff, 4, {0xef, 0xff, 0xff, 0xff}}, {0x10000000, 5, {0xf0, 0x10, 0, 0, 0}},
	{0xffffffff, 5, {0xf0, 0xff, 0xff, 0xff, 0xff}}};

static void lengths_take_the_fewest_bytes(void)
{
	uint8_t out[ROSAPI_LENGTH_LEN_MAX];

	for (size_t i = 0; i < BASE_ARRAY_LEN(lengths); i++) {
		CU_ASSERT_EQUAL(rosapi_length_write(out, lengths[i].len), lengths[i].n);
		CU_ASSERT_EQUAL(memcmp(out, lengths[i].bytes, lengths[i].n), 0);
	}
}

// A length beyond a limit is refused as soon as it is whole; one more byte is waited for before.
static void lengths_beyond_a_limit_are_refused_before_their_bytes_come(void)
{
	struct rosapi_sentence s;

	for (size_t i = 1; i < BASE_ARRAY_LEN(lengths); i++) {
		struct rosapi_limits below = {4, lengths[i].len - 1, UINT32_MAX};
		struct rosapi_limits exact = {4, lengths[i].len, UINT32_MAX};
		struct rosapi_reader r = {0};
		uint8_t bytes[ROSAPI_LENGTH_LEN_MAX];

		memcpy(bytes, lengths[i].bytes, sizeof(bytes));
		CU_ASSERT_EQUAL(rosapi_read(&r, &below, bytes, lengths[i].n - 1, &s), -EAGAIN);
		CU_ASSERT_EQUAL(rosapi_read(&r, &below, bytes, lengths[i].n, &s), -EMSGSIZE);
		r = (struct rosapi_reader){0};
		if (lengths[i].len < UINT32_MAX - ROSAPI_LENGTH_LEN_MAX)
			CU_ASSERT_EQUAL(rosapi_read(&r, &exact, bytes, lengths[i].n, &s), -EAGAIN);
	}
}

static void control_bytes_end_it(void)
{
	struct rosapi_sentence s;

	for (unsigned byte = 0xf1; byte <= 0xff; byte++) {
		struct rosapi_reader r = {0};
		uint8_t bytes[] = {1, 'a', (uint8_t)byte, 0, 0, 0, 0};

		CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes, sizeof(bytes), &s), -EPROTO);
	}
}

// ---- sentences

// Sentences as a client sends them, by the writer.
static size_t request_write(uint8_t *bytes, size_t size, const char *const *words, const char *tag)
{
	struct rosapi_writer w = {.bytes = bytes, .size = size};

	for (; *words != NULL; words++)
		rosapi_write_word(&w, *words);
	if (tag != NULL) {
		char word[64];

		snprintf(word, sizeof(word), ".tag=%s", tag);
		rosapi_write_word(&w, word);
	}
	CU_ASSERT_TRUE(rosapi_write_end(&w));
	return w.len;
}

static void a_sentence_in_pieces_of_any_size_is_the_same(void)
{
	static const char *const words[] = {"/tool/romon/port/set", "=.id=*1", "=cost=200", NULL};
	uint8_t whole[256], bytes[256];
	size_t len = request_write(whole, sizeof(whole), words, "t1");

	for (size_t piece = 1; piece <= len; piece++) {
		struct rosapi_reader r = {0};
		struct rosapi_sentence s = {0};
		int rc = -EAGAIN;
		size_t n = 0;

		while (rc == -EAGAIN && n < len) {
			size_t more = piece < len - n ? piece : len - n;

			memcpy(bytes + n, whole + n, more);
			n += more;
			rc = rosapi_read(&r, &plenty, bytes, n, &s);
		}
		CU_ASSERT_EQUAL(rc, (int)len);
		CU_ASSERT_EQUAL(s.n, 4);
		CU_ASSERT_STRING_EQUAL(s.words[1], "=.id=*1");
		CU_ASSERT_STRING_EQUAL(s.words[3], ".tag=t1");
	}
}

static void two_sentences_at_once_are_read_one_by_one(void)
{
	static const char *const first[] = {"/cancel", NULL};
	static const char *const second[] = {"/quit", NULL};
	struct rosapi_reader r = {0};
	struct rosapi_sentence s;
	uint8_t bytes[64];
	size_t len = request_write(bytes, sizeof(bytes), first, NULL);
	size_t both = len + request_write(bytes + len, sizeof(bytes) - len, second, NULL);

	CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes, both, &s), (int)len);
	CU_ASSERT_STRING_EQUAL(s.words[0], "/cancel");
	CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes + len, both - len, &s), (int)(both - len));
	CU_ASSERT_STRING_EQUAL(s.words[0], "/quit");
	CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes + both, 0, &s), -EAGAIN);
}

static void an_empty_sentence_has_no_words(void)
{
	struct rosapi_reader r = {0};
	struct rosapi_sentence s = {.n = 9};
	uint8_t bytes[] = {0, 1};

	CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes, sizeof(bytes), &s), 1);
	CU_ASSERT_EQUAL(s.n, 0);
}

static void words_and_bytes_of_a_sentence_are_limited(void)
{
	static const char *const words[] = {"/abc", "=d=e", "=f=g", NULL}; // 5 bytes each, and the end
	const struct rosapi_limits limits[] = {{2, 64, 64}, {3, 64, 14}, {3, 3, 64}, {3, 4, 16}};
	const int wanted[] = {-E2BIG, -EMSGSIZE, -EMSGSIZE, 16};

	for (size_t i = 0; i < BASE_ARRAY_LEN(limits); i++) {
		struct rosapi_reader r = {0};
		struct rosapi_sentence s;
		uint8_t bytes[64];
		size_t len = request_write(bytes, sizeof(bytes), words, NULL);

		CU_ASSERT_EQUAL(rosapi_read(&r, &limits[i], bytes, len, &s), wanted[i]);
	}
}

static void no_more_words_than_a_sentence_holds(void)
{
	const struct rosapi_limits beyond = {ROSAPI_WORDS_MAX + 8, 64, 4096};
	struct rosapi_sentence s;
	uint8_t bytes[2 * ROSAPI_WORDS_MAX + 8];

	for (size_t i = 0; i < sizeof(bytes); i += 2) {
		bytes[i] = 1;
		bytes[i + 1] = 'x';
	}
	struct rosapi_reader r = {0};
	CU_ASSERT_EQUAL(rosapi_read(&r, &beyond, bytes, sizeof(bytes), &s), -E2BIG);
	bytes[2 * ROSAPI_WORDS_MAX] = 0;
	r = (struct rosapi_reader){0};
	CU_ASSERT_EQUAL(rosapi_read(&r, &beyond, bytes, sizeof(bytes), &s), 2 * ROSAPI_WORDS_MAX + 1);
	CU_ASSERT_EQUAL(s.n, ROSAPI_WORDS_MAX);
	CU_ASSERT_STRING_EQUAL(s.words[ROSAPI_WORDS_MAX - 1], "x");
}

// ---- requests

static int parse(const char *const *words, struct rosapi_request *out, const char **bad)
{
	static uint8_t bytes[512];
	static struct rosapi_sentence s;
	struct rosapi_reader r = {0};
	size_t len = request_write(bytes, sizeof(bytes), words, NULL);

	CU_ASSERT_EQUAL(rosapi_read(&r, &plenty, bytes, len, &s), (int)len);
	return rosapi_request_parse(&s, out, bad);
}

static void words_are_sorted_by_their_first_byte(void)
{
	static const char *const words[] = {"/tool/romon/port/print", "?interface=a=b", "=.proplist=.id,cost",
		"?#!", "=comment=x=y=z", ".tag=7", "=password", "=comment=", NULL};
	struct rosapi_request r;
	const char *bad;

	CU_ASSERT_EQUAL(parse(words, &r, &bad), 0);
	CU_ASSERT_STRING_EQUAL(r.command, "/tool/romon/port/print");
	CU_ASSERT_STRING_EQUAL(r.tag, "7");
	CU_ASSERT_EQUAL(r.n_queries, 2);
	CU_ASSERT_STRING_EQUAL(r.queries[0], "interface=a=b");
	CU_ASSERT_STRING_EQUAL(r.queries[1], "#!");
	CU_ASSERT_EQUAL(r.n_args, 4);
	CU_ASSERT_STRING_EQUAL(r.args[1].name, "comment");
	CU_ASSERT_STRING_EQUAL(r.args[1].value, "x=y=z");
	CU_ASSERT_STRING_EQUAL(rosapi_request_arg(&r, ".proplist"), ".id,cost");
	CU_ASSERT_STRING_EQUAL(rosapi_request_arg(&r, "password"), "");
	CU_ASSERT_STRING_EQUAL(rosapi_request_arg(&r, "comment"), ""); // the last one counts
	CU_ASSERT_PTR_NULL(rosapi_request_arg(&r, "cost"));
}

static void an_empty_tag_is_none(void)
{
	static const char *const words[] = {"#", ".tag=", NULL};
	struct rosapi_request r;
	const char *bad;

	CU_ASSERT_EQUAL(parse(words, &r, &bad), 0);
	CU_ASSERT_PTR_NULL(r.tag);
}

static void a_word_that_is_nothing_is_named_and_the_tag_kept(void)
{
	static const char *const wrong[] = {"cost=3", "=", "==x", ".id=1", ".tags=1"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(wrong); i++) {
		const char *const words[] = {"/x", wrong[i], ".tag=9", NULL};
		struct rosapi_request r;
		const char *bad;

		CU_ASSERT_EQUAL(parse(words, &r, &bad), -EINVAL);
		CU_ASSERT_STRING_EQUAL(bad, wrong[i]);
		CU_ASSERT_STRING_EQUAL(r.tag, "9");
	}
}

static void a_nul_inside_a_word_is_refused(void)
{
	uint8_t in_arg[] = {2, '/', 'x', 8, '=', 'n', 'a', '=', 'r', 'o', '\0', 't', 0};
	uint8_t in_command[] = {3, '/', '\0', 'x', 0};
	struct rosapi_sentence s;
	struct rosapi_request r;
	const char *bad;

	CU_ASSERT_TRUE(rosapi_read(&(struct rosapi_reader){0}, &plenty, in_arg, sizeof(in_arg), &s) > 0);
	CU_ASSERT_EQUAL(rosapi_request_parse(&s, &r, &bad), -EINVAL);
	CU_ASSERT_STRING_EQUAL(bad, "=na=ro");
	CU_ASSERT_EQUAL(r.n_args, 0);
	CU_ASSERT_TRUE(
		rosapi_read(&(struct rosapi_reader){0}, &plenty, in_command, sizeof(in_command), &s) > 0);
	CU_ASSERT_EQUAL(rosapi_request_parse(&s, &r, &bad), -EINVAL);
	CU_ASSERT_STRING_EQUAL(bad, "/");
}

// ---- queries

// The row of all these tests.
static const char *value_of(const void *row, const char *name)
{
	static const char *const row_values[][2] = {{"name", "dune"}, {"cost", "100"}, {"rx", "-5"},
		{"disabled", "false"}, {"enabled", "yes"}, {"comment", ""}};

	(void)row;
	for (size_t i = 0; i < BASE_ARRAY_LEN(row_values); i++) {
		if (strcmp(row_values[i][0], name) == 0)
			return row_values[i][1];
	}
	return NULL;
}

static bool matches(const char *const *queries)
{
	uint32_t n = 0;
	const char *bad;

	while (queries[n] != NULL)
		n++;
	CU_ASSERT_EQUAL(rosapi_query_check(queries, n, &bad), 0);
	return rosapi_query_match(queries, n, value_of, NULL);
}

struct query_row {
	const char *queries[6];
	bool is_wanted;
};

static void rows_check(const struct query_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_wanted = matches(rows[i].queries);

		CU_ASSERT_EQUAL(is_wanted, rows[i].is_wanted);
		if (is_wanted != rows[i].is_wanted)
			printf("row %zu: ?%s\n", i, rows[i].queries[0]);
	}
}

static void one_query_asks_one_property(void)
{
	static const struct query_row rows[] = {{{NULL}, true}, {{"name"}, true}, {{"nobody"}, false},
		{{"-name"}, false}, {{"-nobody"}, true}, {{"name=dune"}, true}, {{"=name=dune"}, true},
		{{"name=Dune"}, false}, {{"name="}, false}, {{"comment="}, true}, {{"nobody="}, false},
		{{"disabled=no"}, true}, {{"disabled=false"}, true}, {{"=disabled=yes"}, false},
		{{"enabled=true"}, true}, {{"<cost=101"}, true}, {{"<cost=100"}, false}, {{">cost=99"}, true},
		{{">cost=100"}, false}, {{">cost=1000"}, false}, {{"<rx=0"}, true}, {{">rx=-6"}, true},
		{{">name=dun"}, true}, {{"<name=e"}, true}, {{"<nobody=5"}, false}, {{">nobody=5"}, false},
		{{">comment="}, false}, {{">name="}, true}, {{"cost=0100"}, true}, {{"cost=100x"}, false}};

	rows_check(rows, BASE_ARRAY_LEN(rows));
}

static void queries_are_joined_by_and(void)
{
	static const struct query_row rows[] = {{{"name=dune", "cost=100"}, true},
		{{"name=dune", "cost=1"}, false}, {{"cost=1", "name=dune"}, false}};

	rows_check(rows, BASE_ARRAY_LEN(rows));
}

// As MikroTik's documentation works through them, and each operation at an empty stack.
static void operations_work_on_the_stack(void)
{
	static const struct query_row rows[] = {{{"cost=1", "#!"}, true}, {{"name=dune", "#!"}, false},
		{{"cost=1", "name=dune", "#|"}, true}, {{"cost=1", "name=x", "#|"}, false},
		{{"cost=1", "name=dune", "#&"}, false}, {{"cost=1", "name=dune", "#|!"}, false},
		{{"cost=1", "cost=2", "cost=100", "#||"}, true}, {{"cost=1", "name=dune", "#0"}, true},
		{{"cost=1", "name=dune", "#1"}, false}, {{"cost=1", "name=dune", "#0."}, false},
		{{"cost=1", "#0!0"}, true}, {{"cost=1", "#.!0"}, true}, {{"cost=1", "#9"}, true},
		{{"#!"}, false}, {{"#&"}, true}, {{"#|"}, true}, {{"#."}, true}, {{"#5"}, true},
		{{"#"}, true}, {{"cost=1", "#99999999999999999999999"}, true}};

	rows_check(rows, BASE_ARRAY_LEN(rows));
}

static void wrong_operations_and_too_many_values_are_refused(void)
{
	static const char *const wrong[] = {"name", "#!x"};
	static const char *many[3];
	static char dots[2 * ROSAPI_WORDS_MAX + 2];
	const char *bad = NULL;

	CU_ASSERT_EQUAL(rosapi_query_check(wrong, 2, &bad), -EINVAL);
	CU_ASSERT_STRING_EQUAL(bad, "#!x");
	dots[0] = '#';
	memset(dots + 1, '.', sizeof(dots) - 2);
	many[0] = dots; // as many as there is room for
	CU_ASSERT_EQUAL(rosapi_query_check(many, 1, &bad), 0);
	many[1] = "name";
	CU_ASSERT_EQUAL(rosapi_query_check(many, 2, &bad), -EINVAL);
	CU_ASSERT_STRING_EQUAL(bad, "name");
	CU_ASSERT_FALSE(rosapi_query_match(many, 2, value_of, NULL));
}

static void a_name_of_any_length_is_looked_up(void)
{
	static char is_63[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static char is_64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=x";
	static const char *const queries[] = {is_63, is_64, NULL};

	CU_ASSERT_FALSE(matches(queries));
	CU_ASSERT_FALSE(matches(queries + 1));
}

// ---- replies

static void a_sentence_that_does_not_fit_leaves_nothing(void)
{
	uint8_t bytes[32];
	static const uint8_t wanted[] = "\5!done\0\3!re\6.tag=t\5=a=bc";
	struct rosapi_writer w = {.bytes = bytes, .size = sizeof(wanted)};

	rosapi_write_begin(&w, "!done", NULL);
	CU_ASSERT_TRUE(rosapi_write_end(&w));
	CU_ASSERT_EQUAL(w.len, 7);
	rosapi_write_begin(&w, "!re", "t");
	rosapi_write_arg(&w, "a", "bcd", 3); // a byte too long
	CU_ASSERT_FALSE(rosapi_write_end(&w));
	CU_ASSERT_EQUAL(w.len, 7);
	rosapi_write_begin(&w, "!re", "t");
	rosapi_write_arg(&w, "a", "bc", 2);
	CU_ASSERT_TRUE(rosapi_write_end(&w));
	CU_ASSERT_EQUAL(w.len, sizeof(wanted));
	CU_ASSERT_EQUAL(memcmp(bytes, wanted, sizeof(wanted)), 0);
	rosapi_write_word(&w, "");
	CU_ASSERT_FALSE(rosapi_write_end(&w));
}

static const struct suite_case cases[] = {
	SUITE_CASE(lengths_take_the_fewest_bytes),
	SUITE_CASE(lengths_beyond_a_limit_are_refused_before_their_bytes_come),
	SUITE_CASE(control_bytes_end_it),
	SUITE_CASE(a_sentence_in_pieces_of_any_size_is_the_same),
	SUITE_CASE(two_sentences_at_once_are_read_one_by_one),
	SUITE_CASE(an_empty_sentence_has_no_words),
	SUITE_CASE(words_and_bytes_of_a_sentence_are_limited),
	SUITE_CASE(no_more_words_than_a_sentence_holds),
	SUITE_CASE(words_are_sorted_by_their_first_byte),
	SUITE_CASE(an_empty_tag_is_none),
	SUITE_CASE(a_word_that_is_nothing_is_named_and_the_tag_kept),
	SUITE_CASE(a_nul_inside_a_word_is_refused),
	SUITE_CASE(one_query_asks_one_property),
	SUITE_CASE(queries_are_joined_by_and),
	SUITE_CASE(operations_work_on_the_stack),
	SUITE_CASE(wrong_operations_and_too_many_values_are_refused),
	SUITE_CASE(a_name_of_any_length_is_looked_up),
	SUITE_CASE(a_sentence_that_does_not_fit_leaves_nothing),
};
SUITE_MAIN("rosapi", cases)
