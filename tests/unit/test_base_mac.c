// SPDX-License-Identifier: BSD-3-Clause
// Text and integer forms of 48-bit addresses, escaping, UTF-8, suggestions, token buckets.
#include "base_bucket.h"
#include "base_glob.h"
#include "base_mac.h"
#include "base_suggest.h"
#include "base_text.h"
#include "base_utf8.h"
#include "suite.h"

static void mac_text_goes_there_and_back(void)
{
	struct base_mac mac;
	char text[BASE_MAC_TEXT_LEN];

	CU_ASSERT_EQUAL(base_mac_parse("D4:ca:6D:dd-8c:be", &mac), 0);
	CU_ASSERT_STRING_EQUAL(base_mac_format(&mac, text), "d4:ca:6d:dd:8c:be");
	struct base_mac again = base_mac_from_u64(base_mac_u64(&mac));
	CU_ASSERT_TRUE(base_mac_equal(&mac, &again));
}

static void mac_refuses_what_is_not_one(void)
{
	static const char *const bad[] = {"", "d4", "d4:ca:6d:dd:8c", "d4:ca:6d:dd:8c:b",
		"d4:ca:6d:dd:8c:beef", "g4:ca:6d:dd:8c:be", "d4ca.6ddd.8cbe", "d4:ca:6d:dd:8c:be "};
	struct base_mac mac;

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(base_mac_parse(bad[i], &mac), -EINVAL);
}

static void an_address_is_read_as_people_write_it(void)
{
	static const struct {
		const char *text;
		unsigned n;
	} rows[] = {{"d4:ca:6d:dd:8c:be", 12}, {"D4-CA-6D-DD-8C-BE", 12}, {"d4ca.6ddd.8cbe", 12},
		{"d4ca6d-dd8cbe", 12}, {"D4CA6DDD8CBE", 12}, {"d4ca", 4}, {"d4:ca:", 4}, {"d4:c", 3}, {"", 0},
		{":d4", 0}, {"d4::ca", 0}, {"d:4", 0}, {"d4 ca", 0}, {"d4ca6ddd8cbe0", 0},
		{"d4ca6ddd8cbe:", 0}, {"dune", 0}};
	struct base_mac whole = {{0xd4, 0xca, 0x6d, 0xdd, 0x8c, 0xbe}};
	struct base_mac begun = {{0xd4, 0xc0, 0, 0, 0, 0}};
	struct base_mac mac;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(base_mac_digits(rows[i].text, &mac), rows[i].n);
		CU_ASSERT(rows[i].n != 12 || base_mac_equal(&mac, &whole));
		CU_ASSERT(rows[i].n != 3 || base_mac_equal(&mac, &begun));
	}
}

static void unicast_is_neither_zero_nor_group(void)
{
	struct base_mac zero = {{0}};
	struct base_mac group = {{0x01, 0x80, 0xc2, 0, 0x88, 0xbf}};
	struct base_mac one = {{0, 0, 0, 0, 0, 1}};

	CU_ASSERT_FALSE(base_mac_is_unicast(&zero));
	CU_ASSERT_FALSE(base_mac_is_unicast(&group));
	CU_ASSERT_TRUE(base_mac_is_unicast(&one));
}

static void text_says_when_it_was_cut(void)
{
	char buf[8];
	struct base_text t;

	base_text_init(&t, buf, sizeof(buf));
	base_text_add(&t, "%s", "1234567");
	CU_ASSERT_FALSE(t.is_cut);
	base_text_add(&t, "8");
	CU_ASSERT_TRUE(t.is_cut);
	CU_ASSERT_STRING_EQUAL(buf, "1234567");
}

static void utf8_takes_each_character_at_its_shortest(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t code;
	} good[] = {{"A", 1, 'A'}, {"\x7f", 1, 0x7f}, {"\xc2\x80", 2, 0x80}, {"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff}, {"\xee\x80\x80", 3, 0xe000}, {"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff}};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff", "\xc2", "\xc2\x41", "\xe2\x82", "\xf0\x9f\x98"};
	uint32_t code;

	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		CU_ASSERT_EQUAL(base_utf8_decode(good[i].bytes, strlen(good[i].bytes), &code), good[i].len);
		CU_ASSERT_EQUAL(code, good[i].code);
		if (good[i].len > 1)
			CU_ASSERT_EQUAL(base_utf8_decode(good[i].bytes, good[i].len - 1, &code), 0);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(base_utf8_decode(bad[i], strlen(bad[i]), &code), 0);
}

static void glob_finds_parts_and_patterns_in_any_case(void)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool fits;
	} rows[] = {{"cap", "Office-CAP-7", true}, {"cap-*", "CAP-7", true}, {"cap-*", "a CAP-7", false},
		{"*-7", "cap-17-7", true}, {"c?p-*", "cup-", true}, {"c?p", "cp", false}, {"*", "", true},
		{"", "x", true}, {"", "", true}, {"x", "", false}, {"b\xc3\xbc*", "B\xc3\xbcro", true},
		{"**a**b", "xxaxxb", true}, {"a*b", "ab", true}, {"a*b", "aba", false}, {"?", "", false}};
	char text[256];
	char pattern[256];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(base_glob_match(rows[i].pattern, rows[i].text), rows[i].fits);
	for (size_t i = 0; i < sizeof(text) - 1; i++) { // what takes a careless matcher for ever
		text[i] = 'a';
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	}
	text[sizeof(text) - 1] = '\0';
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	CU_ASSERT_FALSE(base_glob_match(pattern, text));
}

static void suggest_finds_the_near_word_only(void)
{
	static const char *const words[] = {"cost", "comment", "disabled", NULL, "device"};

	CU_ASSERT_STRING_EQUAL(base_suggest("coment", words, BASE_ARRAY_LEN(words)), "comment");
	CU_ASSERT_STRING_EQUAL(base_suggest("cots", words, BASE_ARRAY_LEN(words)), "cost");
	CU_ASSERT_PTR_NULL(base_suggest("elephant", words, BASE_ARRAY_LEN(words)));
}

static void bucket_gives_burst_then_rate(void)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000, 10, 5); // 100 ticks a token
	struct base_bucket b = {0, 0};

	CU_ASSERT_EQUAL(base_bucket_take(&b, &rate, 1000, 8), 5);
	CU_ASSERT_EQUAL(base_bucket_take(&b, &rate, 1099, 1), 0);
	CU_ASSERT_EQUAL(base_bucket_take(&b, &rate, 1100, 1), 1);
	CU_ASSERT_EQUAL(base_bucket_take(&b, &rate, 1100, 1), 0);
	CU_ASSERT_EQUAL(base_bucket_take(&b, &rate, 1000000, 100), 5); // credit never exceeds the burst
	struct base_bucket_rate none = base_bucket_rate_make(1000, 0, 5);
	CU_ASSERT_EQUAL(base_bucket_take(&b, &none, 1, 1000), 1000);
}

static const struct suite_case cases[] = {
	SUITE_CASE(mac_text_goes_there_and_back),
	SUITE_CASE(mac_refuses_what_is_not_one),
	SUITE_CASE(an_address_is_read_as_people_write_it),
	SUITE_CASE(unicast_is_neither_zero_nor_group),
	SUITE_CASE(text_says_when_it_was_cut),
	SUITE_CASE(utf8_takes_each_character_at_its_shortest),
	SUITE_CASE(glob_finds_parts_and_patterns_in_any_case),
	SUITE_CASE(suggest_finds_the_near_word_only),
	SUITE_CASE(bucket_gives_burst_then_rate),
};

SUITE_MAIN("base", cases)
