// SPDX-License-Identifier: BSD-3-Clause
// Text made fit for a terminal. Any thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base_text.h"
#include "base_utf8.h"
#include "out_text.h"

#define CELL_SIZE 1024

#define UTF8_LEN_MAX 4

size_t out_text_clean(char *dst, size_t dst_size, const char *text, bool has_utf8, bool keeps_lines)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t out = 0;

	while (*s != '\0') {
		uint32_t code;
		size_t len = base_utf8_decode(s, strnlen((const char *)s, UTF8_LEN_MAX), &code);
		bool is_fine = len > 0 && base_utf8_is_printable(code) && (len == 1 || has_utf8);

		if (*s == '\n' && keeps_lines)
			is_fine = true;
		size_t n = len > 0 ? len : 1;
		if (out + (is_fine ? n : 4 * n) + 1 > dst_size)
			break;
		for (size_t i = 0; i < n && is_fine; i++)
			dst[out++] = (char)s[i];
		for (size_t i = 0; i < n && !is_fine; i++) {
			dst[out++] = '\\';
			dst[out++] = 'x';
			dst[out++] = hex[s[i] >> 4];
			dst[out++] = hex[s[i] & 15];
		}
		s += n;
	}
	dst[out] = '\0';
	return out;
}

// Columns of the character at s, and its length. Without a UTF-8 locale wcwidth() knows ASCII only.
static size_t char_width(const char *s, size_t *len)
{
	uint32_t code;

	*len = base_utf8_decode(s, strnlen(s, UTF8_LEN_MAX), &code);
	if (*len == 0) { // a byte that is no character
		*len = 1;
		return 1;
	}
	int width = wcwidth((wchar_t)code);
	return width < 0 ? 1 : (size_t)width;
}

size_t out_text_width(const char *text)
{
	size_t width = 0;
	size_t len;

	for (; *text != '\0'; text += len)
		width += char_width(text, &len);
	return width;
}

void out_text_cut(char *text, size_t size, size_t width, bool has_utf8)
{
	size_t used = 0;
	size_t at = 0;
	size_t len;

	if (out_text_width(text) <= width || width == 0)
		return;
	while (used + char_width(text + at, &len) < width) {
		used += char_width(text + at, &len);
		at += len;
	}
	base_text_copy(text + at, size - at, has_utf8 ? "…" : "~");
}

void out_age_format(char *dst, size_t dst_size, uint64_t ms)
{
	uint64_t s = ms / 1000;
	struct base_text t;

	base_text_init(&t, dst, dst_size);
	if (ms < 1000)
		base_text_add(&t, "%" PRIu64 " ms", ms);
	else if (s < 60)
		base_text_add(&t, "%" PRIu64 ".%" PRIu64 " s", s, ms % 1000 / 100);
	else if (s < 3600)
		base_text_add(&t, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else if (s < 86400)
		base_text_add(&t, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s % 3600 / 60);
	else
		base_text_add(&t, "%" PRIu64 " d %" PRIu64 " h", s / 86400, s % 86400 / 3600);
}

void out_rate_format(char *dst, size_t dst_size, double rate)
{
	static const char units[] = " kMGTP";
	size_t unit = 0;
	struct base_text t;

	base_text_init(&t, dst, dst_size);
	while (rate >= 999.5 && units[unit + 1] != '\0') {
		rate /= 1000;
		unit++;
	}
	// what rounds to four digits has one place less
	int places = unit == 0 && rate < 0.05 ? 0 : rate >= 99.95 ? 0 : rate >= 9.995 || unit == 0 ? 1 : 2;
	base_text_add(&t, "%.*f", places, rate);
	if (unit > 0)
		base_text_add(&t, "%c", units[unit]);
}

static void scalar_add(struct base_text *t, json_t *value)
{
	if (json_is_string(value))
		base_text_add(t, "%s", json_string_value(value));
	else if (json_is_integer(value))
		base_text_add(t, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		base_text_add(t, "%.1f", json_real_value(value));
	else if (json_is_boolean(value))
		base_text_add(t, "%s", json_is_true(value) ? "yes" : "no");
}

// "85us", "1ms204us", "2s15ms": as RouterOS writes round-trip times.
static void us_add(struct base_text *t, json_int_t us)
{
	if (us < 1000)
		base_text_add(t, "%" JSON_INTEGER_FORMAT "us", us);
	else if (us < 1000000)
		base_text_add(
			t, "%" JSON_INTEGER_FORMAT "ms%" JSON_INTEGER_FORMAT "us", us / 1000, us % 1000);
	else
		base_text_add(t, "%" JSON_INTEGER_FORMAT "s%" JSON_INTEGER_FORMAT "ms", us / 1000000,
			us / 1000 % 1000);
}

void out_cell_format(
	char *dst, size_t dst_size, const struct out_style *style, enum out_kind kind, json_t *value)
{
	char raw[CELL_SIZE];
	struct base_text t;
	json_t *item;
	size_t i;

	base_text_init(&t, raw, sizeof(raw));
	if (kind == OUT_KIND_AGE_MS && json_is_integer(value)) {
		json_int_t ms = json_integer_value(value);
		out_age_format(raw, sizeof(raw), ms < 0 ? 0 : (uint64_t)ms);
	} else if (kind == OUT_KIND_RATE && json_is_number(value)) {
		out_rate_format(raw, sizeof(raw), json_number_value(value));
	} else if (kind == OUT_KIND_US && json_is_integer(value)) {
		us_add(&t, json_integer_value(value));
	} else if (json_is_array(value)) {
		json_array_foreach (value, i, item) {
			base_text_add(&t, i > 0 ? ", " : "");
			scalar_add(&t, item);
		}
	} else {
		scalar_add(&t, value);
	}
	if (raw[0] == '\0')
		base_text_copy(raw, sizeof(raw), "-");
	out_text_clean(dst, dst_size, raw, style->has_utf8, false);
}

enum out_color out_state_color(const char *word)
{
	static const struct {
		const char *word;
		enum out_color color;
	} colors[] = {
		{"up", OUT_GREEN},
		{"ok", OUT_GREEN},
		{"live", OUT_GREEN},
		{"down", OUT_RED},
		{"absent", OUT_RED},
		{"error", OUT_RED},
		{"late", OUT_YELLOW},
		{"fail", OUT_RED},
		{"warn", OUT_YELLOW},
		{"timeout", OUT_RED},
		{"warning", OUT_YELLOW},
		{"forbidden", OUT_YELLOW},
		{"disabled", OUT_YELLOW},
		{"restart", OUT_YELLOW},
		{"port restart", OUT_YELLOW},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(colors); i++) {
		if (strcmp(word, colors[i].word) == 0)
			return colors[i].color;
	}
	return OUT_PLAIN;
}
