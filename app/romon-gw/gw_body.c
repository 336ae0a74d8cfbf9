// SPDX-License-Identifier: BSD-3-Clause
// Bodies of HTTP requests. Any thread.
#include <stdbool.h>

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
