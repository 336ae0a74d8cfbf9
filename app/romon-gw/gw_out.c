// SPDX-License-Identifier: BSD-3-Clause
// A text that grows. One thread.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gw_out.h"

#define SIZE_MIN 1024

void gw_out_fini(struct gw_out *o)
{
	free(o->bytes);
	*o = (struct gw_out){0};
}

size_t gw_out_give(struct gw_out *o, char *buf, size_t size)
{
	size_t n = o->len - o->given;

	n = n < size ? n : size;
	memcpy(buf, o->bytes + o->given, n);
	o->given += n;
	return n;
}

bool gw_out_is_given(const struct gw_out *o)
{
	return o->given == o->len;
}

void gw_out_restart(struct gw_out *o)
{
	o->given = o->len = 0;
}

void gw_out_add(struct gw_out *o, const void *bytes, size_t len)
{
	if (o->is_bad)
		return;
	if (o->size - o->len < len) {
		size_t size = o->size == 0 ? SIZE_MIN : o->size;

		while (size - o->len < len)
			size *= 2;
		char *more = realloc(o->bytes, size);
		if (more == NULL) {
			o->is_bad = true;
			return;
		}
		o->bytes = more;
		o->size = size;
	}
	memcpy(o->bytes + o->len, bytes, len);
	o->len += len;
}

void gw_out_text(struct gw_out *o, const char *text)
{
	gw_out_add(o, text, strlen(text));
}

void gw_out_printf(struct gw_out *o, const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(buf))
		o->is_bad = true;
	else
		gw_out_add(o, buf, (size_t)n);
}

void gw_out_quoted(struct gw_out *o, const char *text)
{
	gw_out_add(o, "\"", 1);
	while (*text != '\0') {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\')
			plain++;
		gw_out_add(o, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		if (*text == '"' || *text == '\\')
			gw_out_printf(o, "\\%c", *text);
		else
			gw_out_printf(o, "\\u%04x", (unsigned char)*text);
		text++;
	}
	gw_out_add(o, "\"", 1);
}

static int dumped(const char *bytes, size_t len, void *o)
{
	gw_out_add(o, bytes, len);
	return 0;
}

void gw_out_json(struct gw_out *o, const json_t *json)
{
	if (json == NULL)
		gw_out_text(o, "null");
	else if (json_dump_callback(json, dumped, o, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		o->is_bad = true;
}
