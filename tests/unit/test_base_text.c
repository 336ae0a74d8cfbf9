// SPDX-License-Identifier: BSD-3-Clause
// Text that came from the wire: what is shown as it is, what is escaped, and where it is cut.
#include "base_text.h"
#include "base_utf8.h"
#include "suite.h"

static void escape_keeps_what_is_printable(void)
{
	static const char *const kept[] = {"plain", "B\xc3\xbcro", "\xd0\x9e\xd1\x84\xd0\xb8\xd1\x81",
		"\xe4\xba\x8b\xe5\x8b\x99\xe6\x89\x80", "e\xcc\x81", "\xf0\x9f\x8f\xa2", "a b \"c\" <d>"};
	char out[64];

	for (size_t i = 0; i < BASE_ARRAY_LEN(kept); i++) {
		CU_ASSERT_EQUAL(
			base_text_escape(out, sizeof(out), kept[i], strlen(kept[i])), strlen(kept[i]));
		CU_ASSERT_STRING_EQUAL(out, kept[i]);
	}
}

// Formatted or put as it is: the same text, cut at the same place, between characters.
static void text_that_is_put_is_cut_as_text_that_is_formatted(void)
{
	static const char *const parts[] = {"ab", "", "c%d", "\xc3\xbc\xc3\xbc", "\xf0\x9f\x8f\xa2", "z"};
	char put_buf[24], added_buf[24];

	for (size_t size = 1; size <= sizeof(put_buf); size++) {
		struct base_text put, added;

		base_text_init(&put, put_buf, size);
		base_text_init(&added, added_buf, size);
		for (size_t i = 0; i < BASE_ARRAY_LEN(parts) && !put.is_cut; i++) {
			base_text_put(&put, parts[i], strlen(parts[i]));
			base_text_add(&added, "%s", parts[i]);
		}
		CU_ASSERT_STRING_EQUAL(put_buf, added_buf);
		CU_ASSERT_EQUAL(put.len, added.len);
		CU_ASSERT_EQUAL(put.is_cut, added.is_cut);
		CU_ASSERT_EQUAL(put.is_cut, size <= 14);
	}
}

static void escape_shows_what_would_hide(void)
{
	static const struct {
		const char *raw;
		const char *shown;
	} rows[] = {
		{"a\xffz\x1b[\\", "a\\xffz\\x1b[\\x5c"},
		{"\x7f\t\n", "\\x7f\\x09\\x0a"},
		{"\xc2\x9b", "\\xc2\\x9b"},                   // C1: CSI
		{"\xc2\xad", "\\xc2\\xad"},                   // soft hyphen
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},          // right-to-left override
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},          // left-to-right isolate
		{"\xd8\x9c", "\\xd8\\x9c"},                   // Arabic letter mark
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},          // zero width space
		{"\xe3\x85\xa4", "\\xe3\\x85\\xa4"},          // Hangul filler
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},          // byte order mark
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},          // line separator
		{"\xc0\xaf", "\\xc0\\xaf"},                   // overlong
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // surrogate
		{"\xcd\xb8", "\\xcd\\xb8"},                   // not assigned
		{"\xee\x80\x80", "\\xee\\x80\\x80"},          // private use
		{"\xef\xbf\xbf", "\\xef\\xbf\\xbf"},          // no character
		{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, // tag
		{"\xe2\x82", "\\xe2\\x82"},                   // cut short
		{"\xc3\xbc\x80", "\xc3\xbc\\x80"},
	};
	char out[64];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		base_text_escape(out, sizeof(out), rows[i].raw, strlen(rows[i].raw));
		CU_ASSERT_STRING_EQUAL(out, rows[i].shown);
	}
	CU_ASSERT_EQUAL(base_text_escape(out, sizeof(out), "a\0b", 3), 6);
	CU_ASSERT_STRING_EQUAL(out, "a\\x00b");
}

static void escape_cuts_at_whole_characters(void)
{
	char out[8];

	CU_ASSERT_EQUAL(base_text_escape(out, 6, "ab\xff", 3), 2); // an escape is never cut in two
	CU_ASSERT_STRING_EQUAL(out, "ab");
	CU_ASSERT_EQUAL(base_text_escape(out, 4, "ab\xc3\xbc", 4), 2);
	CU_ASSERT_STRING_EQUAL(out, "ab");
	CU_ASSERT_EQUAL(base_text_escape(out, 5, "ab\xc3\xbc", 4), 4);
	CU_ASSERT_EQUAL(base_text_escape(out, 1, "a", 1), 0);
	CU_ASSERT_STRING_EQUAL(out, "");
}

// Whatever comes: valid UTF-8, nothing that is not printable, at most four times as long.
static void escape_holds_for_random_bytes(void)
{
	uint64_t random = 88172645463325252u;

	for (int round = 0; round < 20000; round++) {
		uint8_t raw[24];
		char out[4 * sizeof(raw) + 1];

		for (size_t i = 0; i < sizeof(raw); i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			raw[i] = (uint8_t)((random >> 32) % 3 == 0 ? random >> 40 : (random >> 40) | 0x80);
		}
		size_t room = 1 + random % sizeof(out);
		size_t len = base_text_escape(out, room, raw, sizeof(raw));
		CU_ASSERT_FATAL(len < room && strlen(out) == len);
		for (size_t at = 0; at < len;) {
			uint32_t code;
			size_t n = base_utf8_decode(out + at, len - at, &code);

			CU_ASSERT_FATAL(n > 0 && base_utf8_is_printable(code));
			at += n;
		}
	}
}

static void ascii_is_for_text_that_was_escaped(void)
{
	char out[64];

	base_text_escape_ascii(out, sizeof(out), "B\xc3\xbcro \\x1b\x01", 11);
	CU_ASSERT_STRING_EQUAL(out, "B\\xc3\\xbcro \\x1b\\x01");
}

static void text_is_never_cut_within_a_character(void)
{
	char buf[8];
	struct base_text t;

	base_text_init(&t, buf, sizeof(buf));
	base_text_add(&t, "%s", "12345\xe2\x82\xac");
	CU_ASSERT_TRUE(t.is_cut);
	CU_ASSERT_EQUAL(t.len, 5);
	CU_ASSERT_STRING_EQUAL(buf, "12345");
	CU_ASSERT_EQUAL(base_text_copy(buf, 4, "ab\xc3\xbc"), -ENAMETOOLONG);
	CU_ASSERT_STRING_EQUAL(buf, "ab");
	CU_ASSERT_EQUAL(base_text_copy(buf, 5, "ab\xc3\xbc"), 0);
	CU_ASSERT_EQUAL(base_utf8_whole_len("\x80\x80\x80\x80", 4), 4); // no character at all: as it is
	CU_ASSERT_EQUAL(base_utf8_whole_len("\xc3", 1), 0);
	CU_ASSERT_EQUAL(base_utf8_whole_len("", 0), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(escape_keeps_what_is_printable),
	SUITE_CASE(text_that_is_put_is_cut_as_text_that_is_formatted),
	SUITE_CASE(escape_shows_what_would_hide),
	SUITE_CASE(escape_cuts_at_whole_characters),
	SUITE_CASE(escape_holds_for_random_bytes),
	SUITE_CASE(ascii_is_for_text_that_was_escaped),
	SUITE_CASE(text_is_never_cut_within_a_character),
};
SUITE_MAIN("base", cases)
