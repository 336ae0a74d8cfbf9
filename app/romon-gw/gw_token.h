// SPDX-License-Identifier: BSD-3-Clause
// Texts that nobody can guess: cookies, the link of the first user, challenges. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define GW_TOKEN_BYTES_MAX 32

// n_bytes of randomness, at most GW_TOKEN_BYTES_MAX, as 2 * n_bytes hexadecimal digits and a NUL.
void gw_token_make(char *text, size_t n_bytes);

// Takes as long wherever they differ.
bool gw_token_is_same(const char *a, const char *b);
