// SPDX-License-Identifier: BSD-3-Clause
// /api/v1. The thread of the connection.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_hash.h"
#include "gw_command.h"
#include "gw_openapi.h"
#include "gw_sse.h"
#include "gw_v1.h"
#include "gw_v1_change.h"

#define WHY_SIZE   512
#define NODES      "/nodes" // a short name of /tool/romon/neighbors
#define NODES_MENU "/tool/romon/neighbors"
#define COMMANDS   "/romond/"

// ---- rows

static void value_write(struct gw_out *out, const struct gw_prop *p, json_t *value)
{
	switch (p->kind) {
	case GW_KIND_TEXT:
	case GW_KIND_NUMBER:
	case GW_KIND_BOOL:
	case GW_KIND_MAC:
	case GW_KIND_MACS:
	case GW_KIND_UPTIME:
	case GW_KIND_TIME:
		gw_out_json(out, value);
		break;
	case GW_KIND_SECRETS:
		gw_out_text(out, json_array_size(value) > 0 || json_is_string(value) ? "true" : "false");
		break;
	case GW_KIND_SAID:
		break;
	}
}

void gw_v1_row(struct gw_out *out, const struct gw_menu *menu, json_t *json)
{
	bool is_first = true;

	gw_out_text(out, "{");
	for (const struct gw_prop *p = menu->props; p->name != NULL; p++) {
		if (p->kind == GW_KIND_SAID)
			continue;
		gw_out_text(out, is_first ? "" : ",");
		gw_out_quoted(out, p->name);
		gw_out_text(out, ":");
		value_write(out, p, gw_row_json_at(json, p->from));
		is_first = false;
	}
	gw_out_text(out, "}");
}

// ---- answers

// With an ETag of what it says: who has it already is told so.
static enum MHD_Result tagged_send(struct gw_http *h, struct gw_out *out)
{
	char etag[24];

	snprintf(etag, sizeof(etag), "\"%016" PRIx64 "\"", base_hash_bytes(out->bytes, out->len));
	if (!gw_http_has(h, etag))
		return gw_http_send(h, GW_STATUS_OK, "application/json", out, etag);
	gw_out_fini(out);
	return gw_http_send(h, GW_STATUS_NOT_MODIFIED, "application/json", out, etag);
}

static enum MHD_Result page_answer(struct gw_http *h, const struct gw_menu *menu)
{
	const char *text = MHD_lookup_connection_value(h->connection, MHD_GET_ARGUMENT_KIND, "offset");
	struct gw_cursor cursor;
	struct gw_out out = {0};
	char buf[WHY_SIZE], *end = NULL;
	struct base_text why;
	json_t *json;
	bool is_first = true;

	gw_cursor_open(&cursor, h->shared->tree, menu);
	cursor.page.next = text == NULL ? 0 : strtoll(text, &end, 10);
	if (text != NULL && (*text == '\0' || *end != '\0' || cursor.page.next < 0))
		return gw_http_error(h, GW_STATUS_BAD, "offset is the next of the page before");
	base_text_init(&why, buf, sizeof(buf));
	int rc = gw_cursor_next(&cursor, &json, &why);
	if (rc < 0)
		return gw_http_error(h, GW_STATUS_UNAVAILABLE, buf);
	gw_out_text(&out, "{\"rows\":[");
	for (size_t i = 0; rc > 0 && i < json_array_size(cursor.page.rows); i++) {
		gw_out_text(&out, is_first ? "" : ",");
		gw_v1_row(&out, menu, json_array_get(cursor.page.rows, i));
		is_first = false;
	}
	if (cursor.page.next < 0)
		gw_out_text(&out, "],\"next\":null}");
	else
		gw_out_printf(&out, "],\"next\":%" JSON_INTEGER_FORMAT "}", cursor.page.next);
	gw_cursor_close(&cursor);
	return tagged_send(h, &out);
}

enum MHD_Result gw_v1_one(
	struct gw_http *h, enum gw_status status, const struct gw_menu *menu, const char *item)
{
	struct gw_cursor cursor;
	struct gw_out out = {0};
	char buf[WHY_SIZE];
	struct base_text why;
	bool is_found = false;
	json_t *json;
	int rc;

	base_text_init(&why, buf, sizeof(buf));
	gw_cursor_open(&cursor, h->shared->tree, menu);
	while (!is_found && (rc = gw_cursor_next(&cursor, &json, &why)) > 0) {
		const char *key =
			menu->key == NULL ? NULL : json_string_value(json_object_get(json, menu->key));

		is_found = item == NULL || (key != NULL && strcasecmp(key, item) == 0);
		if (is_found)
			gw_v1_row(&out, menu, json);
	}
	gw_cursor_close(&cursor);
	if (is_found && status == GW_STATUS_OK)
		return tagged_send(h, &out);
	if (is_found)
		return gw_http_send(h, status, "application/json", &out, NULL);
	return rc < 0 ? gw_http_error(h, GW_STATUS_UNAVAILABLE, buf)
		      : gw_http_error(h, GW_STATUS_MISSING, "no such item");
}

// The menu of the path, and what of it; is_there = false: there is none.
struct place {
	bool is_there;
	const struct gw_menu *menu;
	const char *item; // NULL = the menu itself
};

static struct place place_find(const char *path)
{
	const struct gw_menu *menu = gw_menu_find(path, strlen(path));
	const char *slash = strrchr(path, '/');

	if (menu != NULL)
		return (struct place){true, menu, NULL};
	if (slash != NULL)
		menu = gw_menu_find(path, (size_t)(slash - path));
	if (menu == NULL || menu->key == NULL)
		return (struct place){false, NULL, NULL};
	return (struct place){true, menu, slash + 1};
}

static enum MHD_Result menu_answer(struct gw_http *h, const char *path)
{
	struct place at = place_find(path);

	if (!at.is_there)
		return gw_http_error(h, GW_STATUS_MISSING, "no such path: /api/v1/openapi.json names all");
	if (!gw_http_is(h, MHD_HTTP_METHOD_GET))
		return gw_v1_change(h, at.menu, at.item);
	return at.menu->key != NULL && at.item == NULL ? page_answer(h, at.menu)
						       : gw_v1_one(h, GW_STATUS_OK, at.menu, at.item);
}

static enum MHD_Result openapi_answer(struct gw_http *h)
{
	struct gw_out out = {0};

	gw_openapi_write(&out);
	return tagged_send(h, &out);
}

static enum MHD_Result nodes_follow(struct gw_http *h)
{
	return gw_sse_menu(h, gw_menu_find(NODES_MENU, strlen(NODES_MENU)));
}

// Paths that are no menus, for GET.
static const struct {
	const char *path;
	enum MHD_Result (*answer)(struct gw_http *h);
} others[] = {
	{"/openapi.json", openapi_answer},
	{"/events", gw_sse_events},
	{NODES "/stream", nodes_follow},
};

enum MHD_Result gw_v1_answer(struct gw_http *h)
{
	size_t len = strlen(NODES), command_len = strlen(COMMANDS);
	char path[256];

	if (strncmp(h->path, COMMANDS, command_len) == 0)
		return gw_command_answer(h, h->path + command_len);
	for (size_t i = 0; i < BASE_ARRAY_LEN(others); i++) {
		if (gw_http_is(h, MHD_HTTP_METHOD_GET) && strcmp(h->path, others[i].path) == 0)
			return others[i].answer(h);
	}
	bool is_nodes = strncmp(h->path, NODES, len) == 0 && (h->path[len] == '/' || h->path[len] == '\0');
	int n = snprintf(
		path, sizeof(path), "%s%s", is_nodes ? NODES_MENU : "", h->path + (is_nodes ? len : 0));
	if (n < 0 || n >= (int)sizeof(path))
		return gw_http_error(h, GW_STATUS_MISSING, "no such path");
	return menu_answer(h, path);
}
