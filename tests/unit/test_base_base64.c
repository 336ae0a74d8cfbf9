// SPDX-License-Identifier: BSD-3-Clause
// Base64: the vectors of RFC 4648, there and back, and what is none.
#include <string.h>

#include "base_base64.h"
#include "suite.h"

static void vectors_of_the_rfc_hold(void)
{
	static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
	static const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	char text[16];

	for (size_t i = 0; i < BASE_ARRAY_LEN(plain); i++) {
		CU_ASSERT_EQUAL(base_base64_encode(text, plain[i], strlen(plain[i])),
			BASE_BASE64_LEN(strlen(plain[i])));
		CU_ASSERT_STRING_EQUAL(text, coded[i]);
	}
}

static void all_bytes_go_there_and_back(void)
{
	uint8_t bytes[256];
	uint8_t again[BASE_BASE64_LEN(256) / 4 * 3];
	char text[BASE_BASE64_LEN(256) + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		size_t len = base_base64_encode(text, bytes, n);

		CU_ASSERT_EQUAL(base_base64_decode(again, text, len), (ssize_t)n);
		CU_ASSERT_EQUAL(memcmp(again, bytes, n), 0);
	}
}

static void what_is_no_base64_is_refused(void)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm9 ", "=Zg=", "Zg==Zg=="};
	uint8_t bytes[16];

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(base_base64_decode(bytes, bad[i], strlen(bad[i])), -EINVAL);
}

static const struct suite_case cases[] = {
	SUITE_CASE(vectors_of_the_rfc_hold),
	SUITE_CASE(all_bytes_go_there_and_back),
	SUITE_CASE(what_is_no_base64_is_refused),
};
SUITE_MAIN("base", cases)
