// SPDX-License-Identifier: BSD-3-Clause
// Base64 (RFC 4648, with padding). Any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base_err.h"

// Characters that n bytes become, without the NUL.
#define BASE_BASE64_LEN(n) (((n) + 2) / 3 * 4)

// Write src as NUL-terminated text; dst has BASE_BASE64_LEN(len) + 1 bytes. Returns the text's length.
size_t base_base64_encode(char *dst, const void *src, size_t len);

// Bytes of the text of len characters into dst, which has len / 4 * 3 bytes. Returns how many; -EINVAL for
// what is no base64.
BASE_MUST_USE ssize_t base_base64_decode(void *dst, const char *text, size_t len);
