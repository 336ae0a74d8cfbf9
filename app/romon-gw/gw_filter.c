// SPDX-License-Identifier: BSD-3-Clause
// Which rows and properties a REST request wants. Any thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "gw_filter.h"
#include "rosapi_query.h"

bool gw_filter_equal(struct gw_filter *f, const char *name, const char *value)
{
	size_t left = sizeof(f->texts) - f->used;

	if (strcmp(name, ".proplist") == 0) {
		f->proplist = value;
		return true;
	}
	int n = snprintf(f->texts + f->used, left, "=%s=%s", name, value);
	if (n < 0 || (size_t)n >= left || f->n == ROSAPI_WORDS_MAX)
		return false;
	f->queries[f->n++] = f->texts + f->used;
	f->used += (size_t)n + 1;
	return true;
}

static bool proplist_read(struct gw_filter *f, const json_t *props)
{
	struct base_text t;
	json_t *value;
	size_t i;

	base_text_init(&t, f->proplist_text, sizeof(f->proplist_text));
	if (json_is_string(props))
		base_text_add(&t, "%s", json_string_value(props));
	json_array_foreach (props, i, value)
		base_text_add(
			&t, "%s%s", i == 0 ? "" : ",", json_is_string(value) ? json_string_value(value) : "");
	if (props != NULL)
		f->proplist = f->proplist_text;
	return !t.is_cut;
}

bool gw_filter_body(struct gw_filter *f, json_t *arguments)
{
	json_t *queries = json_object_get(arguments, ".query");
	const char *bad;
	json_t *value;
	size_t i;

	if (queries != NULL && !json_is_array(queries))
		return false;
	json_array_foreach (queries, i, value) {
		if (!json_is_string(value) || f->n == ROSAPI_WORDS_MAX)
			return false;
		f->queries[f->n++] = json_string_value(value);
	}
	return proplist_read(f, json_object_get(arguments, ".proplist")) &&
	       rosapi_query_check(f->queries, f->n, &bad) == 0;
}

bool gw_filter_match(const struct gw_filter *f, const struct gw_row *row)
{
	return rosapi_query_match(f->queries, f->n, gw_row_value, row);
}
