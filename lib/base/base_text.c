// SPDX-License-Identifier: BSD-3-Clause
// Bounded text. Any thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "base_utf8.h"

void base_text_init(struct base_text *t, char *buf, size_t size)
{
	t->buf = buf;
	t->size = size;
	t->len = 0;
	t->is_cut = false;
	buf[0] = '\0';
}

static void cut(struct base_text *t)
{
	t->len = base_utf8_whole_len(t->buf, t->size - 1);
	t->buf[t->len] = '\0';
	t->is_cut = true;
}

void base_text_put(struct base_text *t, const char *bytes, size_t len)
{
	size_t room = t->size - t->len;
	bool fits = len < room;

	len = fits ? len : room - 1;
	memcpy(t->buf + t->len, bytes, len);
	t->len += len;
	t->buf[t->len] = '\0';
	if (!fits)
		cut(t);
}

void base_text_addv(struct base_text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->buf + t->len, room, fmt, ap);

	if (n < 0)
		return;
	if ((size_t)n >= room)
		cut(t);
	else
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
		len = base_utf8_whole_len(src, dst_size - 1);
		memcpy(dst, src, len);
		dst[len] = '\0';
		return base_errno_set(ENAMETOOLONG);
	}
	memcpy(dst, src, len + 1);
	return 0;
}

// Bytes at s, of len, that may stand as they are: a printable character; 0 = none. The backslash only where
// the text was escaped before, by the rule for ASCII.
static size_t plain_len(const uint8_t *s, size_t len, bool is_ascii)
{
	uint32_t code;

	if (s[0] == '\\' || is_ascii)
		return is_ascii && s[0] >= 0x20 && s[0] <= 0x7e;
	size_t n = base_utf8_decode(s, len, &code);
	return n > 0 && base_utf8_is_printable(code) ? n : 0;
}

static size_t escape(char *dst, size_t dst_size, const uint8_t *s, size_t len, bool is_ascii)
{
	static const char hex[] = "0123456789abcdef";
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = plain_len(s + i, len - i, is_ascii);

		if (out + (n > 0 ? n : 4) + 1 > dst_size)
			break;
		if (n > 0) {
			memcpy(dst + out, s + i, n);
			out += n;
			i += n;
			continue;
		}
		dst[out++] = '\\';
		dst[out++] = 'x';
		dst[out++] = hex[s[i] >> 4];
		dst[out++] = hex[s[i] & 15];
		i++;
	}
	dst[out] = '\0';
	return out;
}

size_t base_text_escape(char *dst, size_t dst_size, const void *src, size_t len)
{
	return escape(dst, dst_size, src, len, false);
}

size_t base_text_escape_ascii(char *dst, size_t dst_size, const void *src, size_t len)
{
	return escape(dst, dst_size, src, len, true);
}

void base_text_tidy(char *dst, size_t dst_size, const char *text)
{
	struct base_text out;

	base_text_init(&out, dst, dst_size);
	for (size_t len = strlen(text), n; len > 0 && !out.is_cut; text += n, len -= n) {
		uint32_t code;

		n = base_utf8_decode(text, len, &code);
		bool is_fine = n > 0 && base_utf8_is_printable(code);

		n = n == 0 ? 1 : n;
		for (size_t i = 0; i < n && !is_fine; i++)
			base_text_add(&out, "\\x%02x", (unsigned char)text[i]);
		if (is_fine)
			base_text_add(&out, "%.*s", (int)n, text);
	}
}
