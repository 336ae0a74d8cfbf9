// SPDX-License-Identifier: BSD-3-Clause
// Bounded text: a string under construction that never overflows and says when it was cut, and the one
// escape rule for text that came from the wire. Any thread; a struct base_text belongs to one thread.
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
void base_text_addv(struct base_text *t, const char *fmt, va_list ap) BASE_PRINTF(2, 0);

// Copy src into dst of dst_size bytes, always NUL-terminated. -ENAMETOOLONG when it did not fit.
int base_text_copy(char *dst, size_t dst_size, const char *src);

// Copy len bytes of hostile text into dst as printable ASCII: every byte outside 0x20..0x7e, and the
// backslash itself, becomes \xNN. Cut (at an escape's border) where dst is full. Returns the length.
size_t base_text_escape(char *dst, size_t dst_size, const void *src, size_t len);
