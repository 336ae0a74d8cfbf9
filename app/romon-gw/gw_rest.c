// SPDX-License-Identifier: BSD-3-Clause
// REST: a request becomes a menu, perhaps one item of it, and filters; its rows become JSON whose values are
// all texts, as RouterOS writes them. A long list is sent while it is read. The thread of the connection.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gw_args.h"
#include "gw_body.h"
#include "gw_edit.h"
#include "gw_export.h"
#include "gw_filter.h"
#include "gw_rest.h"
#include "gw_verb.h"

#define PATH_MAX_LEN 256
#define PIECE        32768 // bytes of an answer that are made at once
#define WHY_SIZE     512

// What is asked for, and how far it was answered.
struct question {
	const struct gw_http *h; // gone when a long list is sent
	char path[PATH_MAX_LEN];
	const struct gw_menu *menu;
	const char *item;     // .id or name; NULL = all
	json_t *arguments;    // of a POST, else NULL; the filter points into it
	char made[GW_ID_LEN]; // .id of what was added
	bool has_too_many;    // filters
	struct gw_filter filter;
	struct gw_cursor cursor;
	uint64_t n_rows;
	bool is_whole; // all rows are in out, or were
	struct gw_out out;
	struct gw_row row;
};

static void question_free(void *ctx)
{
	struct question *q = ctx;

	gw_cursor_close(&q->cursor);
	json_decref(q->arguments);
	gw_out_fini(&q->out);
	free(q);
}

// ---- rows

static bool row_is_item(const struct gw_row *row, const char *item)
{
	static const char *const names[] = {".id", "name", "interface", "id"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		const char *value = gw_row_value(row, names[i]);

		if (value != NULL && strcasecmp(value, item) == 0)
			return true;
	}
	return false;
}

static void row_write(struct question *q)
{
	bool is_first = true;

	gw_out_text(&q->out, q->n_rows++ == 0 ? "{" : ",{");
	for (uint32_t i = 0; i < q->row.n; i++) {
		if (!gw_row_is_listed(q->filter.proplist, q->row.names[i]))
			continue;
		gw_out_text(&q->out, is_first ? "" : ",");
		gw_out_quoted(&q->out, q->row.names[i]);
		gw_out_text(&q->out, ":");
		gw_out_quoted(&q->out, q->row.values[i]);
		is_first = false;
	}
	gw_out_text(&q->out, "}");
}

// Rows to out, until there is a piece of it or no more of them. 0, or -EIO with why.
static int rows_write(struct question *q, struct base_text *why)
{
	while (q->out.len < PIECE && !q->is_whole) {
		json_t *json;
		int rc = gw_cursor_next(&q->cursor, &json, why);

		if (rc < 0)
			return rc;
		if (rc == 0) {
			q->is_whole = true;
			break;
		}
		gw_menu_row(q->menu, json, &q->row);
		if ((q->item != NULL && !row_is_item(&q->row, q->item)) ||
			!gw_filter_match(&q->filter, &q->row))
			continue;
		row_write(q);
		q->is_whole = q->item != NULL; // there is no second one
	}
	return 0;
}

// libmicrohttpd wants more of a long list.
static ssize_t piece_give(void *ctx, uint64_t at, char *buf, size_t size)
{
	struct question *q = ctx;
	char why_buf[WHY_SIZE];
	struct base_text why;

	(void)at;
	if (gw_out_is_given(&q->out)) {
		if (q->is_whole)
			return MHD_CONTENT_READER_END_OF_STREAM;
		gw_out_restart(&q->out);
		base_text_init(&why, why_buf, sizeof(why_buf));
		if (rows_write(q, &why) != 0 || q->out.is_bad)
			return MHD_CONTENT_READER_END_WITH_ERROR; // the client sees an end before the end
		if (q->is_whole)
			gw_out_text(&q->out, "]");
	}
	return (ssize_t)gw_out_give(&q->out, buf, size);
}

static enum MHD_Result long_send(struct question *q)
{
	struct MHD_Connection *connection = q->h->connection;
	struct MHD_Response *r =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, piece_give, q, question_free);

	if (r == NULL) {
		question_free(q);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	enum MHD_Result rc = MHD_queue_response(connection, GW_STATUS_OK, r);
	MHD_destroy_response(r);
	return rc;
}

// Takes q.
static enum MHD_Result rows_send(struct question *q, enum gw_status status)
{
	bool is_list = q->menu->key != NULL && q->item == NULL;
	char buf[WHY_SIZE];
	struct base_text why;
	enum MHD_Result rc;

	base_text_init(&why, buf, sizeof(buf));
	gw_cursor_open(&q->cursor, q->h->shared->tree, q->menu);
	if (is_list)
		gw_out_text(&q->out, "[");
	if (rows_write(q, &why) != 0) {
		rc = gw_http_error(q->h, GW_STATUS_INTERNAL, buf);
	} else if (is_list && !q->is_whole) {
		return long_send(q);
	} else if (q->n_rows == 0 && !is_list) {
		rc = gw_http_error(q->h, GW_STATUS_MISSING, "no such item");
	} else {
		if (is_list)
			gw_out_text(&q->out, "]");
		rc = gw_http_send(q->h, status, "application/json", &q->out, NULL);
	}
	question_free(q);
	return rc;
}

// ---- questions

// The menu of the path, and its item. False: there is none.
static bool menu_find(struct question *q, bool is_post)
{
	char *path = q->path;
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	q->menu = is_post ? NULL : gw_menu_find(path, len);
	if (q->menu != NULL)
		return true;
	char *slash = strrchr(path, '/');
	if (slash == NULL)
		return false;
	q->menu = gw_menu_find(path, (size_t)(slash - path));
	q->item = slash + 1;
	return q->menu != NULL;
}

static enum MHD_Result refuse(struct question *q, enum gw_status status, const char *detail)
{
	enum MHD_Result rc = gw_http_error(q->h, status, detail);

	question_free(q);
	return rc;
}

// "?cost=100" of the address.
static enum MHD_Result parameter_take(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct question *q = ctx;

	(void)kind;
	q->has_too_many = !gw_filter_equal(&q->filter, name, value == NULL ? "" : value);
	return q->has_too_many ? MHD_NO : MHD_YES;
}

static enum MHD_Result get_answer(struct question *q)
{
	MHD_get_connection_values(q->h->connection, MHD_GET_ARGUMENT_KIND, parameter_take, q);
	if (q->has_too_many)
		return refuse(q, GW_STATUS_BAD, "too many filters");
	return rows_send(q, GW_STATUS_OK);
}

static enum MHD_Result print_answer(struct question *q)
{
	q->item = NULL;
	q->arguments = gw_body_parse(q->h->body, q->h->body_len);
	if (q->arguments == NULL || !gw_filter_body(&q->filter, q->arguments))
		return refuse(q, GW_STATUS_BAD,
			"expected a JSON object with .proplist and .query, a list of query words");
	return rows_send(q, GW_STATUS_OK);
}

// ---- changes

static enum gw_status status_of(enum gw_edit_end end)
{
	switch (end) {
	case GW_EDIT_NO_ITEM:
		return GW_STATUS_MISSING;
	case GW_EDIT_AWAY:
		return GW_STATUS_INTERNAL;
	case GW_EDIT_DONE:
	case GW_EDIT_NO_COMMAND:
	case GW_EDIT_ARGUMENT:
	case GW_EDIT_FAILED:
		break;
	}
	return GW_STATUS_BAD;
}

// What a change is answered by: POST as the command, PUT and PATCH the whole item, DELETE nothing.
static enum MHD_Result changed_send(struct question *q, const char *id)
{
	struct gw_out out = {.bytes = NULL};
	bool is_put = gw_http_is(q->h, MHD_HTTP_METHOD_PUT);
	enum MHD_Result rc;

	if (is_put)
		(void)base_text_copy(q->made, sizeof(q->made), id);
	if (is_put || gw_http_is(q->h, "PATCH")) {
		q->item = is_put ? q->made : q->item;
		return rows_send(q, is_put ? GW_STATUS_CREATED : GW_STATUS_OK);
	}
	if (gw_http_is(q->h, MHD_HTTP_METHOD_DELETE)) {
		rc = gw_http_send(q->h, GW_STATUS_EMPTY, "application/json", &out, NULL);
	} else {
		gw_out_text(&out, id[0] == '\0' ? "[]" : "{\"ret\":");
		if (id[0] != '\0') {
			gw_out_quoted(&out, id);
			gw_out_text(&out, "}");
		}
		rc = gw_http_send(q->h, GW_STATUS_OK, "application/json", &out, NULL);
	}
	gw_out_fini(&out);
	question_free(q);
	return rc;
}

static enum MHD_Result change_answer(struct question *q, const char *verb)
{
	struct gw_args args = {.n = 0};
	struct gw_edit c = {.menu = q->menu, .verb = verb, .args = args.list, .who = q->h->who};
	char buf[WHY_SIZE];

	base_text_init(&c.why, buf, sizeof(buf));
	q->arguments = gw_body_parse(q->h->body, q->h->body_len);
	if (q->item != NULL)
		args.list[args.n++] = (struct rosapi_arg){.name = ".id", .value = q->item};
	if (!gw_args_take(&args, q->arguments))
		return refuse(q, GW_STATUS_BAD,
			"expected a JSON object of texts, numbers, true, false and lists of texts");
	c.n_args = args.n;
	enum gw_edit_end end = gw_edit_run(q->h->shared, &c);
	return end == GW_EDIT_DONE ? changed_send(q, c.id) : refuse(q, status_of(end), buf);
}

// PUT adds, PATCH sets, DELETE removes.
static const char *verb_of(const struct gw_http *h)
{
	if (gw_http_is(h, MHD_HTTP_METHOD_PUT))
		return "add";
	if (gw_http_is(h, "PATCH"))
		return "set";
	return gw_http_is(h, MHD_HTTP_METHOD_DELETE) ? "remove" : NULL;
}

static enum MHD_Result post_answer(struct question *q)
{
	const struct gw_verb_row *verb = gw_verb_find(q->item);

	if (verb != NULL && verb->verb == GW_VERB_ELSEWHERE && gw_verb_is_of(verb, q->menu->path))
		return refuse(q, GW_STATUS_BAD, verb->refusal);
	if (verb == NULL || (verb->verb != GW_VERB_PRINT && verb->verb != GW_VERB_CHANGE))
		return refuse(q, GW_STATUS_BAD, "no such command");
	if (q->h->user.group < verb->group)
		return refuse(q, GW_STATUS_FORBIDDEN, GW_NO_RIGHTS);
	if (verb->verb == GW_VERB_CHANGE) {
		q->item = NULL;
		return change_answer(q, verb->name);
	}
	return print_answer(q);
}

// ---- export

// The length of PATH in "PATH/export", or -1: it is another path.
static ssize_t export_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct gw_verb_row *verb = slash == NULL ? NULL : gw_verb_find(slash + 1);

	return verb != NULL && verb->verb == GW_VERB_EXPORT ? slash - path : -1;
}

static enum MHD_Result export_answer(struct gw_http *h, size_t len)
{
	struct gw_out text = {0}, out = {0};
	json_t *body = gw_body_parse(h->body, h->body_len), *value;
	char buf[WHY_SIZE];
	struct base_text why;
	const char *name;
	bool is_good = body != NULL;
	enum MHD_Result rc;

	json_object_foreach (body, name, value)
		is_good = is_good && gw_export_has_arg(name);
	json_decref(body);
	if (!is_good)
		return gw_http_error(h, GW_STATUS_BAD, "export has no such argument");
	base_text_init(&why, buf, sizeof(buf));
	int bad = gw_export_write(h->shared->tree, h->path, len, &text, &why);
	gw_out_add(&text, "", 1);
	if (bad == -ENOENT) {
		rc = gw_http_error(h, GW_STATUS_BAD, "no such command or directory");
	} else if (bad != 0 || text.is_bad) {
		rc = gw_http_error(h, GW_STATUS_INTERNAL, bad == 0 ? "out of memory" : buf);
	} else {
		gw_out_text(&out, "{\"ret\":");
		gw_out_quoted(&out, text.bytes);
		gw_out_text(&out, "}");
		rc = gw_http_send(h, GW_STATUS_OK, "application/json", &out, NULL);
	}
	gw_out_fini(&text);
	return rc;
}

enum MHD_Result gw_rest_answer(struct gw_http *h)
{
	bool is_get = gw_http_is(h, MHD_HTTP_METHOD_GET), is_post = gw_http_is(h, MHD_HTTP_METHOD_POST);
	const char *change = verb_of(h);

	if (!is_get && !is_post && change == NULL)
		return gw_http_error(h, GW_STATUS_NOT_ACCEPTABLE, "no such method");
	if (change != NULL && h->user.group < GW_GROUP_WRITE)
		return gw_http_error(h, GW_STATUS_FORBIDDEN, GW_NO_RIGHTS);
	if (is_post && export_of(h->path) >= 0)
		return export_answer(h, (size_t)export_of(h->path));
	struct question *q = calloc(1, sizeof(*q));
	if (q == NULL)
		return MHD_NO;
	q->h = h;
	if (base_text_copy(q->path, sizeof(q->path), h->path) != 0 || !menu_find(q, is_post))
		return refuse(q, is_post ? GW_STATUS_BAD : GW_STATUS_MISSING, "no such command or directory");
	if (change != NULL)
		return change_answer(q, change);
	return is_get ? get_answer(q) : post_answer(q);
}
