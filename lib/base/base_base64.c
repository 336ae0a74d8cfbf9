// SPDX-License-Identifier: BSD-3-Clause
// Base64. Any thread.
#include "base_base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base_base64_encode(char *dst, const void *src, size_t len)
{
	const uint8_t *p = src;
	char *out = dst;

	for (; len >= 3; len -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*out++ = letters[v >> 18];
		*out++ = letters[v >> 12 & 63];
		*out++ = letters[v >> 6 & 63];
		*out++ = letters[v & 63];
	}
	if (len > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0);

		*out++ = letters[v >> 18];
		*out++ = letters[v >> 12 & 63];
		*out++ = len > 1 ? letters[v >> 6 & 63] : '=';
		*out++ = '=';
	}
	*out = '\0';
	return (size_t)(out - dst);
}

static int letter_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

ssize_t base_base64_decode(void *dst, const char *text, size_t len)
{
	uint8_t *out = dst;
	size_t n_pad = 0;

	if (len % 4 != 0)
		return base_errno_set(EINVAL);
	while (n_pad < 2 && n_pad < len && text[len - 1 - n_pad] == '=')
		n_pad++;
	for (size_t i = 0; i < len; i += 4) {
		size_t n = i + 4 == len ? 4 - n_pad : 4; // letters that count
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			int value = k < n ? letter_value(text[i + k]) : 0;

			if (value < 0)
				return base_errno_set(EINVAL);
			v = v << 6 | (uint32_t)value;
		}
		*out++ = (uint8_t)(v >> 16);
		if (n > 2)
			*out++ = (uint8_t)(v >> 8);
		if (n > 3)
			*out++ = (uint8_t)v;
	}
	return out - (uint8_t *)dst;
}
