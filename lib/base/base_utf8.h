// SPDX-License-Identifier: BSD-3-Clause
// UTF-8, one character at a time. Any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Decode the character at s, of which len bytes (at least 1) may be read. Returns its length, 1 to 4, with
// its code point in *code; 0 when it is none: cut short, overlong, a surrogate, past U+10FFFF. *code is valid
// only with a length.
size_t base_utf8_decode(const void *s, size_t len, uint32_t *code);
