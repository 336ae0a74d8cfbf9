// SPDX-License-Identifier: BSD-3-Clause
// The verb print of the binary API. The thread of the session.
#include <stdio.h>
#include <string.h>

#include "gw_print.h"
#include "rosapi_query.h"

#define WHY_SIZE 512

// Arguments that change nothing here, beside those that do.
static const char *const args[] = {".proplist", "count-only", "detail", "brief", "terse", "stats",
	"without-paging", "once", "numbers", ".id", "interval", NULL};

static bool is_arg(const char *name)
{
	for (const char *const *a = args; *a != NULL; a++) {
		if (strcmp(*a, name) == 0)
			return true;
	}
	return false;
}

bool gw_print_check(struct gw_reply *r, const struct rosapi_request *q)
{
	char buf[WHY_SIZE];
	const char *bad;

	for (uint32_t i = 0; i < q->n_args; i++) {
		if (is_arg(q->args[i].name))
			continue;
		snprintf(buf, sizeof(buf), "unknown parameter %s", q->args[i].name);
		gw_reply_trap(r, q->tag, GW_CATEGORY_ARGUMENT, buf);
		return false;
	}
	if (rosapi_query_check(q->queries, q->n_queries, &bad) == 0)
		return true;
	snprintf(buf, sizeof(buf), "no such query: ?%s", bad);
	gw_reply_trap(r, q->tag, GW_CATEGORY_ARGUMENT, buf);
	return false;
}

// "*1,ether2" has it, by .id or name? NULL has all.
static bool is_named(const char *list, const struct gw_menu *menu, const struct gw_row *row)
{
	static const char *const names[] = {".id", "name", "interface"};

	if (list == NULL || menu->key == NULL)
		return true;
	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		const char *value = gw_row_value(row, names[i]);

		if (value != NULL && gw_row_is_listed(list, value))
			return true;
	}
	return false;
}

void gw_print(struct gw_reply *r, const struct gw_shared *shared, const struct gw_menu *menu,
	const struct rosapi_request *q)
{
	const char *proplist = rosapi_request_arg(q, ".proplist"), *list = rosapi_request_arg(q, "numbers");
	bool is_count_only = rosapi_request_arg(q, "count-only") != NULL;
	struct gw_cursor cursor;
	char buf[WHY_SIZE];
	struct base_text why;
	struct gw_row row;
	uint32_t n = 0;
	json_t *json;
	int rc = 0;

	if (!gw_print_check(r, q))
		return;
	if (list == NULL)
		list = rosapi_request_arg(q, ".id");
	base_text_init(&why, buf, sizeof(buf));
	gw_cursor_open(&cursor, shared->tree, menu);
	r->is_gathering = true;
	while (!r->is_over && (rc = gw_cursor_next(&cursor, &json, &why)) > 0) {
		gw_menu_row(menu, json, &row);
		if (!is_named(list, menu, &row) ||
			!rosapi_query_match(q->queries, q->n_queries, gw_row_value, &row))
			continue;
		n++;
		if (!is_count_only)
			gw_reply_row(r, q->tag, &row, proplist, NULL);
	}
	r->is_gathering = false;
	gw_cursor_close(&cursor);
	if (r->is_over)
		return;
	if (rc < 0) {
		gw_reply_trap(r, q->tag, GW_CATEGORY_GENERAL, buf);
		return;
	}
	if (n == 0 && !is_count_only && shared->conf->api_reply_empty)
		gw_reply_word(r, q->tag, "!empty");
	snprintf(buf, sizeof(buf), "%u", n);
	gw_reply_done(r, q->tag, is_count_only ? buf : NULL);
}
