// SPDX-License-Identifier: BSD-3-Clause
// Texts that nobody can guess. Any thread.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base_random.h"
#include "gw_token.h"

void gw_token_make(char *text, size_t n_bytes)
{
	uint8_t bytes[GW_TOKEN_BYTES_MAX];

	base_random_fill(bytes, n_bytes);
	for (size_t i = 0; i < n_bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
}

bool gw_token_is_same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differs = 0;

	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return differs == 0;
}
