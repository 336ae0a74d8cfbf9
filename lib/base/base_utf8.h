// SPDX-License-Identifier: BSD-3-Clause
// UTF-8, one character at a time. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Decode the character at s, of which len bytes (at least 1) may be read. Returns its length, 1 to 4, with
// its code point in *code; 0 when it is none: cut short, overlong, a surrogate, past U+10FFFF. *code is valid
// only with a length.
size_t base_utf8_decode(const void *s, size_t len, uint32_t *code);

// May the character be shown as it is? Not: controls, what turns the direction of text or shows nothing, lone
// surrogates, private use, what Unicode has not assigned.
bool base_utf8_is_printable(uint32_t code);

// Bytes of text, of len, without the beginning of a character at their end that was cut there.
size_t base_utf8_whole_len(const void *text, size_t len);
