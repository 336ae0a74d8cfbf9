// SPDX-License-Identifier: BSD-3-Clause
// REST: a request becomes a menu, perhaps one item of it, and filters; its rows become JSON whose values are
// all texts, as RouterOS writes them. A thread a connection.
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base_log.h"
#include "gw_endpoint.h"
#include "gw_rest.h"
#include "gw_tree.h"
#include "gw_users.h"
#include "rosapi_query.h"

LOG_TYPE("rest");

#define PREFIX          "/rest"
#define PATH_MAX_LEN    256
#define BODY_MAX        65536
#define CONNECTIONS_MAX 256
#define OF_ADDRESS_MAX  64
#define TIMEOUT_S       30
#define WHY_SIZE        512

enum status {
	STATUS_OK = 200,
	STATUS_BAD = 400,
	STATUS_UNAUTHORIZED = 401,
	STATUS_MISSING = 404,
	STATUS_NOT_ACCEPTABLE = 406,
	STATUS_TOO_LARGE = 413,
	STATUS_INTERNAL = 500,
};

struct body {
	size_t len;
	bool is_too_long;
	char bytes[BODY_MAX];
};

// What is asked for.
struct question {
	const struct gw_shared *shared;
	struct MHD_Connection *connection;
	const struct gw_menu *menu;
	const char *item;     // .id or name; NULL = all
	const char *proplist; // NULL = all
	json_t *arguments;    // of a POST, else NULL
	uint32_t n_queries;
	const char *queries[ROSAPI_WORDS_MAX];
	json_t *rows;
};

// ---- answers

static enum MHD_Result json_send(struct MHD_Connection *connection, enum status status, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (text == NULL)
		return MHD_NO;
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == STATUS_UNAUTHORIZED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"romon-gw\"");
	enum MHD_Result rc = MHD_queue_response(connection, (unsigned)status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result error_send(struct MHD_Connection *connection, enum status status, const char *detail)
{
	return json_send(connection, status,
		json_pack("{s:i, s:s, s:s?}", "error", (int)status, "message",
			MHD_get_reason_phrase_for((unsigned)status), "detail", detail));
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

static int row_take(void *ctx, const struct gw_row *row)
{
	struct question *q = ctx;

	if (q->item != NULL && !row_is_item(row, q->item))
		return 0;
	if (!rosapi_query_match(q->queries, q->n_queries, gw_row_value, row))
		return 0;
	json_t *json = json_object();
	for (uint32_t i = 0; i < row->n; i++) {
		if (gw_row_is_listed(q->proplist, row->names[i]))
			json_object_set_new(json, row->names[i], json_string(row->values[i]));
	}
	json_array_append_new(q->rows, json);
	return q->item != NULL; // there is no second one
}

static enum MHD_Result rows_send(struct question *q)
{
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	q->rows = json_array();
	int rc = q->menu->walk(q->shared->link, row_take, q, &why);
	if (rc == -EIO) {
		json_decref(q->rows);
		return error_send(q->connection, STATUS_INTERNAL, buf);
	}
	if (q->menu->is_list && q->item == NULL)
		return json_send(q->connection, STATUS_OK, q->rows);
	json_t *one = json_incref(json_array_get(q->rows, 0));
	json_decref(q->rows);
	if (one == NULL)
		return error_send(q->connection, STATUS_MISSING, "no such item");
	return json_send(q->connection, STATUS_OK, one);
}

// ---- questions

// Filters of a POST: ".query": ["a=b", "#|"], ".proplist": "a,b" or ["a", "b"]. False: they are none.
static bool arguments_read(struct question *q, char *list, size_t list_size)
{
	json_t *props = json_object_get(q->arguments, ".proplist");
	json_t *queries = json_object_get(q->arguments, ".query");
	struct base_text t;
	json_t *value;
	size_t i;

	base_text_init(&t, list, list_size);
	if (json_is_string(props))
		base_text_add(&t, "%s", json_string_value(props));
	json_array_foreach (props, i, value)
		base_text_add(
			&t, "%s%s", i == 0 ? "" : ",", json_is_string(value) ? json_string_value(value) : "");
	if (props != NULL)
		q->proplist = list;
	json_array_foreach (queries, i, value) {
		if (!json_is_string(value) || q->n_queries == ROSAPI_WORDS_MAX)
			return false;
		q->queries[q->n_queries++] = json_string_value(value);
	}
	return !t.is_cut && (queries == NULL || json_is_array(queries));
}

struct filter {
	struct question *question;
	size_t used;
	char texts[4096];
};

// "?cost=100" of the address is a query; ".proplist" the properties.
static enum MHD_Result parameter_take(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct filter *f = ctx;
	struct question *q = f->question;
	size_t left = sizeof(f->texts) - f->used;

	(void)kind;
	if (strcmp(name, ".proplist") == 0) {
		q->proplist = value == NULL ? "" : value;
		return MHD_YES;
	}
	int n = snprintf(f->texts + f->used, left, "=%s=%s", name, value == NULL ? "" : value);
	if (n < 0 || (size_t)n >= left || q->n_queries == ROSAPI_WORDS_MAX)
		return MHD_NO;
	q->queries[q->n_queries++] = f->texts + f->used;
	f->used += (size_t)n + 1;
	return MHD_YES;
}

// The menu of the path, and its item. path is cut in place. False: there is none.
static bool menu_find(struct question *q, char *path, bool is_post)
{
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

static enum MHD_Result get_answer(struct question *q)
{
	struct filter f = {.question = q};

	MHD_get_connection_values(q->connection, MHD_GET_ARGUMENT_KIND, parameter_take, &f);
	return rows_send(q);
}

static enum MHD_Result post_answer(struct question *q, const struct body *body)
{
	char list[1024];
	const char *bad;

	if (strcmp(q->item, "print") != 0)
		return error_send(q->connection, STATUS_BAD, "no such command; " GW_ONLY_READS);
	q->item = NULL;
	q->arguments = body->len == 0 ? json_object()
				      : json_loadb(body->bytes, body->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(q->arguments) || !arguments_read(q, list, sizeof(list)) ||
		rosapi_query_check(q->queries, q->n_queries, &bad) != 0) {
		json_decref(q->arguments);
		return error_send(q->connection, STATUS_BAD,
			"expected a JSON object with .proplist and .query, a list of query words");
	}
	enum MHD_Result rc = rows_send(q);
	json_decref(q->arguments);
	return rc;
}

static bool is_logged_in(const struct gw_shared *shared, struct MHD_Connection *connection)
{
	char *password = NULL;
	char *name = MHD_basic_auth_get_username_password(connection, &password);
	enum gw_group group = GW_GROUP_NONE;

	if (name != NULL && password != NULL)
		(void)gw_login(shared->conf->users, name, password, &group); // no file: nobody is let in
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	MHD_free(name);
	MHD_free(password);
	return group != GW_GROUP_NONE;
}

static enum MHD_Result answer(const struct gw_shared *shared, struct MHD_Connection *connection,
	const char *url, const char *method, const struct body *body)
{
	struct question q = {.shared = shared, .connection = connection};
	bool is_get = strcmp(method, MHD_HTTP_METHOD_GET) == 0,
	     is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	char path[PATH_MAX_LEN];

	if (!is_logged_in(shared, connection))
		return error_send(connection, STATUS_UNAUTHORIZED, NULL);
	if (body->is_too_long)
		return error_send(connection, STATUS_TOO_LARGE, "the body is longer than 64 KiB");
	if (!is_get && !is_post)
		return error_send(connection, STATUS_NOT_ACCEPTABLE, GW_ONLY_READS);
	if (strncmp(url, PREFIX "/", sizeof(PREFIX)) != 0 ||
		base_text_copy(path, sizeof(path), url + sizeof(PREFIX) - 1) != 0 ||
		!menu_find(&q, path, is_post))
		return error_send(
			connection, is_post ? STATUS_BAD : STATUS_MISSING, "no such command or directory");
	return is_get ? get_answer(&q) : post_answer(&q, body);
}

// Called first with the head of a request, then with each piece of its body, then once more.
static enum MHD_Result request_take(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_len, void **state)
{
	struct body *body = *state;

	(void)version;
	if (body == NULL) {
		*state = calloc(1, sizeof(*body));
		return *state == NULL ? MHD_NO : MHD_YES;
	}
	if (*data_len > 0) {
		if (*data_len > sizeof(body->bytes) - body->len)
			body->is_too_long = true;
		else
			memcpy(body->bytes + body->len, data, *data_len);
		body->len += body->is_too_long ? 0 : *data_len;
		*data_len = 0;
		return MHD_YES;
	}
	return answer(ctx, connection, url, method, body);
}

static void request_end(
	void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	(void)ctx;
	(void)connection;
	(void)code;
	free(*state);
	*state = NULL;
}

// Rows of the inventory hold what others announced; where it goes is the client's matter. Ours is that
// passwords do not cross a network in plain text: only loopback addresses are served.
int gw_rest_start(const struct gw_shared *shared, struct base_text *why)
{
	int fd = gw_endpoint_listen(shared->conf->http_listen, "http.listen", true, why);

	if (fd < 0)
		return fd;
	// it reads shared, and does not write it
	struct MHD_Daemon *daemon =
		MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
			NULL, request_take, (void *)(uintptr_t)shared, MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_NOTIFY_COMPLETED, request_end, NULL, MHD_OPTION_CONNECTION_LIMIT,
			CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT, OF_ADDRESS_MAX,
			MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_END);
	if (daemon == NULL) {
		base_text_add(
			why, "http.listen %s: the HTTP server does not start", shared->conf->http_listen);
		return -EIO;
	}
	LOG(NOTICE, "REST is served on http://%s%s", shared->conf->http_listen, PREFIX);
	return 0;
}
