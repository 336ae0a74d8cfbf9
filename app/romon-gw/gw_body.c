// SPDX-License-Identifier: BSD-3-Clause
// Bodies of HTTP requests. Any thread.
#include <string.h>

#include "gw_body.h"

#define DEPTH_MAX 16 // the parser calls itself: its stack must not be the client's to fill

static bool is_shallow(const char *body, size_t len)
{
	bool is_text = false;
	unsigned depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = body[i];

		if (is_text && c == '\\')
			i++;
		else if (c == '"')
			is_text = !is_text;
		else if (!is_text && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
			return false;
		else if (!is_text && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return true;
}

json_t *gw_body_parse(const char *body, size_t len)
{
	if (len == 0)
		return json_object();
	json_t *json = is_shallow(body, len) ? json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

bool gw_body_field(const char *body, size_t len, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name), n = 0, i = 0;

	while (i + name_len < len && (memcmp(body + i, name, name_len) != 0 || body[i + name_len] != '=')) {
		const char *next = memchr(body + i, '&', len - i);

		if (next == NULL)
			return false;
		i = (size_t)(next - body) + 1;
	}
	for (i += name_len + 1; i < len && body[i] != '&'; i++) {
		char c = body[i] == '+' ? ' ' : body[i];

		if (c == '%' && i + 2 < len && hex_digit(body[i + 1]) >= 0 && hex_digit(body[i + 2]) >= 0) {
			c = (char)(hex_digit(body[i + 1]) << 4 | hex_digit(body[i + 2]));
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0;
}
