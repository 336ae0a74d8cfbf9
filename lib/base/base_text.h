// SPDX-License-Identifier: BSD-3-Clause
// Bounded text: a string under construction that never overflows, says when it was cut, and is never cut
// within a character of UTF-8; and the one escape rule for text that came from the wire. Any thread; a struct
// base_text belongs to one thread.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

// Text in a buffer of the caller. Always NUL-terminated; is_cut says that something did not fit.
struct base_text {
	char *buf;
	size_t size; // bytes in buf, at least 1
	size_t len;  // characters before the NUL
	bool is_cut;
};

void base_text_init(struct base_text *t, char *buf, size_t size);
void base_text_add(struct base_text *t, const char *fmt, ...) BASE_PRINTF(2, 3);
void base_text_put(struct base_text *t, const char *bytes, size_t len); // as they are, without a format
void base_text_addv(struct base_text *t, const char *fmt, va_list ap) BASE_PRINTF(2, 0);

// Copy src into dst of dst_size bytes, always NUL-terminated. -ENAMETOOLONG when it did not fit.
int base_text_copy(char *dst, size_t dst_size, const char *src);

// Copy text, what is printable UTF-8 as it is, every byte of all else as \xNN; a backslash stays: what is
// escaped already stays as it is. For the last step before a line of the log, where nothing may look like
// another line.
void base_text_tidy(char *dst, size_t dst_size, const char *text);

// Copy len bytes of hostile text into dst, fit for logs, terminals and JSON: what is printable UTF-8
// (base_utf8_is_printable) as it is; every byte of all else, and the backslash, becomes \xNN. The result is
// valid UTF-8, cut (at the border of a character or an escape) where dst is full, and at most four times as
// long. Returns the length.
size_t base_text_escape(char *dst, size_t dst_size, const void *src, size_t len);

// The same for readers that take ASCII only, of text that was escaped before: bytes outside 0x20..0x7e become
// \xNN, and backslashes stay.
size_t base_text_escape_ascii(char *dst, size_t dst_size, const void *src, size_t len);
