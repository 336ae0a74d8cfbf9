// SPDX-License-Identifier: BSD-3-Clause
// UTF-8, one character at a time. Any thread.
#include "base_utf8.h"
#include "base_err.h"

#define LEN_MAX 4

size_t base_utf8_decode(const void *s, size_t len, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *b = s;
	size_t n = b[0] < 0x80   ? 1
		   : b[0] < 0xc2 ? 0
		   : b[0] < 0xe0 ? 2
		   : b[0] < 0xf0 ? 3
		   : b[0] < 0xf5 ? 4
				 : 0;

	if (n == 0 || n > len)
		return 0;
	uint32_t c = n == 1 ? b[0] : b[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
	if (c < least[n] || c > 0x10ffff || is_surrogate)
		return 0;
	*code = c;
	return n;
}

bool base_utf8_is_printable(uint32_t code)
{
	static const uint32_t ranges[][2] = {
#include "base_utf8_table.h"
	};
	size_t low = 0;
	size_t high = BASE_ARRAY_LEN(ranges);

	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (code > ranges[mid][1])
			low = mid + 1;
		else
			high = mid;
	}
	return low < BASE_ARRAY_LEN(ranges) && code >= ranges[low][0];
}

size_t base_utf8_whole_len(const void *text, size_t len)
{
	const uint8_t *b = text;

	for (size_t back = 1; back < LEN_MAX && back <= len; back++) {
		uint8_t c = b[len - back];
		size_t n = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;

		if ((c & 0xc0) != 0x80)
			return n > back ? len - back : len;
	}
	return len;
}
