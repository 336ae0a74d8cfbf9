// SPDX-License-Identifier: BSD-3-Clause
// Bounded text. Any thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"

void base_text_init(struct base_text *t, char *buf, size_t size)
{
	t->buf = buf;
	t->size = size;
	t->len = 0;
	t->is_cut = false;
	buf[0] = '\0';
}

void base_text_addv(struct base_text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->buf + t->len, room, fmt, ap);

	if (n < 0)
		return;
	if ((size_t)n >= room) {
		t->len = t->size - 1;
		t->is_cut = true;
		return;
	}
	t->len += (size_t)n;
}

void base_text_add(struct base_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	base_text_addv(t, fmt, ap);
	va_end(ap);
}

int base_text_copy(char *dst, size_t dst_size, const char *src)
{
	size_t len = strnlen(src, dst_size);

	if (len == dst_size) {
		memcpy(dst, src, dst_size - 1);
		dst[dst_size - 1] = '\0';
		return base_errno_set(ENAMETOOLONG);
	}
	memcpy(dst, src, len + 1);
	return 0;
}

size_t base_text_escape(char *dst, size_t dst_size, const void *src, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *s = src;
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		bool is_plain = s[i] >= 0x20 && s[i] <= 0x7e && s[i] != '\\';
		size_t need = is_plain ? 1 : 4;

		if (out + need + 1 > dst_size)
			break;
		if (is_plain) {
			dst[out++] = (char)s[i];
			continue;
		}
		dst[out++] = '\\';
		dst[out++] = 'x';
		dst[out++] = hex[s[i] >> 4];
		dst[out++] = hex[s[i] & 15];
	}
	dst[out] = '\0';
	return out;
}
