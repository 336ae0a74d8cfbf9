// SPDX-License-Identifier: BSD-3-Clause
// Text form of 48-bit addresses. Any thread.
#include "base_mac.h"

char *base_mac_format(const void *mac, char out[BASE_MAC_TEXT_LEN])
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = mac;
	char *p = out;

	for (int i = 0; i < BASE_MAC_LEN; i++) {
		if (i > 0)
			*p++ = ':';
		*p++ = hex[b[i] >> 4];
		*p++ = hex[b[i] & 15];
	}
	*p = '\0';
	return out;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int base_mac_parse(const char *text, struct base_mac *out)
{
	struct base_mac mac;

	for (int i = 0; i < BASE_MAC_LEN; i++) {
		if (i > 0 && *text != ':' && *text != '-')
			return base_errno_set(EINVAL);
		if (i > 0)
			text++;
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return base_errno_set(EINVAL);
		mac.b[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text != '\0')
		return base_errno_set(EINVAL);
	*out = mac;
	return 0;
}

unsigned base_mac_digits(const char *text, struct base_mac *out)
{
	unsigned n = 0;

	*out = (struct base_mac){{0}};
	for (; *text != '\0'; text++) {
		int digit = hex_digit(*text);
		bool is_between = n > 0 && n < 2 * BASE_MAC_LEN && n % 2 == 0 && hex_digit(text[-1]) >= 0;

		if (digit >= 0 && n < 2 * BASE_MAC_LEN) {
			out->b[n / 2] |= (uint8_t)(n % 2 == 0 ? digit << 4 : digit);
			n++;
		} else if (digit >= 0 || !is_between || strchr(":-.", *text) == NULL) {
			return 0;
		}
	}
	return n;
}
