// SPDX-License-Identifier: BSD-3-Clause
// HTTP: reading a request whole, who asks, and which row of routes answers. A thread a connection.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base_log.h"
#include "gw_endpoint.h"
#include "gw_http.h"
#include "gw_http_conns.h"
#include "gw_login.h"
#include "gw_metrics.h"
#include "gw_page.h"
#include "gw_rest.h"
#include "gw_setup.h"
#include "gw_tls.h"
#include "gw_v1.h"

LOG_TYPE("http");

#define BODY_MAX   65536
#define TIMEOUT_S  30
#define STACK_SIZE (256 * 1024)

struct route {
	const char *prefix;
	bool is_open; // to those who have not logged in
	enum MHD_Result (*answer)(struct gw_http *h);
	bool (*opens)(const struct gw_http *h); // is it open to this one? NULL = as is_open says
};

static const struct route routes[] = {
	{"/rest", false, gw_rest_answer},
	{"/api/v1", false, gw_v1_answer},
	{"/setup", true, gw_setup_answer},
	{"/metrics", false, gw_metrics_answer, gw_metrics_is_open},
	{"/login", true, gw_login_answer},
	{"/session", true, gw_login_session},
	{"/logout", true, gw_login_logout},
	{NULL},
};

struct body {
	bool is_bad;  // and was refused
	bool is_long; // too long
	size_t len;
	char *bytes;
};

bool gw_http_is(const struct gw_http *h, const char *method)
{
	return strcmp(h->method, method) == 0;
}

bool gw_http_has(const struct gw_http *h, const char *etag)
{
	const char *has =
		MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return has != NULL && strstr(has, etag) != NULL;
}

const struct sockaddr *gw_http_from(const struct gw_http *h)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(h->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info == NULL ? NULL : info->client_addr;
}

// ---- answers

static bool is_of_page(const struct gw_http *h)
{
	return MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, GW_LOGIN_HEADER) != NULL;
}

static enum MHD_Result response_send(
	const struct gw_http *h, enum gw_status status, const char *type, struct MHD_Response *r)
{
	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(r, "Content-Security-Policy",
		h->policy != NULL ? h->policy
				  : "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
	for (const struct gw_http_header *more = h->headers; more != NULL && more->name != NULL; more++)
		MHD_add_response_header(r, more->name, more->value);
	// the page asks for the password itself: its requests must open no window of the browser
	if (status == GW_STATUS_UNAUTHORIZED && !is_of_page(h))
		MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"romon-gw\"");
	enum MHD_Result rc = MHD_queue_response(h->connection, (unsigned)status, r);
	MHD_destroy_response(r);
	return rc;
}

// A response whose body is the text, or NULL. out is empty then.
static struct MHD_Response *out_take(struct gw_out *out)
{
	struct MHD_Response *r = NULL;

	if (out->len == 0)
		gw_out_text(out, " "); // libmicrohttpd wants some memory to free
	if (!out->is_bad)
		r = MHD_create_response_from_buffer(out->len, out->bytes, MHD_RESPMEM_MUST_FREE);
	if (r != NULL)
		*out = (struct gw_out){0};
	else
		gw_out_fini(out);
	return r;
}

enum MHD_Result gw_http_send(const struct gw_http *h, enum gw_status status, const char *type,
	struct gw_out *out, const char *etag)
{
	struct MHD_Response *r = out_take(out);

	if (r != NULL && etag != NULL)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, etag);
	if (r != NULL)
		MHD_add_response_header(
			r, MHD_HTTP_HEADER_CACHE_CONTROL, etag == NULL ? "no-store" : "no-cache, private");
	return response_send(h, status, type, r);
}

static void error_text(struct gw_out *out, enum gw_status status, const char *detail, json_t *more)
{
	const char *name;
	json_t *value;

	gw_out_printf(out, "{\"error\":%d,\"message\":\"%s\"", (int)status,
		MHD_get_reason_phrase_for((unsigned)status));
	if (detail != NULL) {
		gw_out_text(out, ",\"detail\":");
		gw_out_quoted(out, detail);
	}
	json_object_foreach (more, name, value) {
		gw_out_text(out, ",");
		gw_out_quoted(out, name);
		gw_out_text(out, ":");
		gw_out_json(out, value);
	}
	gw_out_text(out, "}");
}

enum MHD_Result gw_http_events_send(const struct gw_http *h, struct MHD_Response *r)
{
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(r, "X-Accel-Buffering", "no"); // nginx in front passes each on at once
	return response_send(h, GW_STATUS_OK, "text/event-stream", r);
}

enum MHD_Result gw_http_error_with(
	const struct gw_http *h, enum gw_status status, const char *detail, json_t *more)
{
	struct gw_out out = {0};

	error_text(&out, status, detail, more);
	return gw_http_send(h, status, "application/json", &out, NULL);
}

enum MHD_Result gw_http_error(const struct gw_http *h, enum gw_status status, const char *detail)
{
	return gw_http_error_with(h, status, detail, NULL);
}

// ---- who asks

static enum MHD_Result wait_send(const struct gw_http *h, uint32_t seconds)
{
	struct gw_out out = {0};
	char text[16];

	error_text(&out, GW_STATUS_TOO_MANY, "too many wrong logins", NULL);
	struct MHD_Response *r = out_take(&out);
	snprintf(text, sizeof(text), "%u", seconds);
	if (r != NULL)
		MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, text);
	return response_send(h, GW_STATUS_TOO_MANY, "application/json", r);
}

enum MHD_Result gw_http_refuse(const struct gw_http *h, enum gw_login verdict, uint32_t wait_s)
{
	switch (verdict) {
	case GW_LOGIN_WAIT:
		return wait_send(h, wait_s);
	case GW_LOGIN_FAILED:
		return gw_http_error(h, GW_STATUS_INTERNAL,
			"the file of users cannot be read; the log of romon-gw says why");
	case GW_LOGIN_RIGHT:
	case GW_LOGIN_INVALID:
	case GW_LOGIN_WRONG:
		break;
	}
	return gw_http_error(h, GW_STATUS_UNAUTHORIZED, NULL);
}

// By Basic authentication: *has says whether there was any.
static enum gw_login basic_login(struct gw_http *h, uint32_t *wait_s, bool *has)
{
	char *password = NULL;
	char *name = MHD_basic_auth_get_username_password(h->connection, &password);
	struct gw_login_try t = {.from = gw_http_from(h), .name = name, .password = password};
	enum gw_login verdict = GW_LOGIN_INVALID;

	*has = name != NULL && password != NULL;
	if (*has)
		verdict = gw_auth_login(h->shared->auth, &t);
	if (verdict == GW_LOGIN_RIGHT)
		gw_who(name, t.from, h->who);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	MHD_free(name);
	MHD_free(password);
	h->user = t.user;
	*wait_s = t.wait_s;
	return verdict;
}

// True: h->user is who asks, by Basic authentication or by the cookie of a session. Else an answer was sent,
// which *rc tells.
static bool login(struct gw_http *h, enum MHD_Result *rc)
{
	bool has_basic, is_forged = false;
	uint32_t wait_s;
	enum gw_login verdict = basic_login(h, &wait_s, &has_basic);

	if (verdict == GW_LOGIN_RIGHT || (!has_basic && gw_login_by_cookie(h, &is_forged)))
		return true;
	*rc = is_forged ? gw_http_error(h, GW_STATUS_FORBIDDEN,
				  "the header " GW_LOGIN_HEADER " is missing, or not of this session")
			: gw_http_refuse(h, verdict, wait_s);
	return false;
}

// Does a page of another site ask to change something? A browser tells, and may add a password that it
// remembers.
static bool is_foreign(const struct gw_http *h)
{
	const char *origin = MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, "Origin");
	const char *host = MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const char *behind = origin == NULL ? NULL : strstr(origin, "://");

	if (origin == NULL || gw_http_is(h, MHD_HTTP_METHOD_GET))
		return false;
	return behind == NULL || host == NULL || strcasecmp(behind + 3, host) != 0;
}

static enum MHD_Result answer(struct gw_http *h, const char *url, bool is_long)
{
	enum MHD_Result rc = MHD_NO;
	const struct gw_page_file *file = gw_page_find(url);

	if (is_foreign(h))
		return gw_http_error(h, GW_STATUS_FORBIDDEN, "a page of another site asks");
	if (file != NULL)
		return gw_page_answer(h, file);
	for (const struct route *r = routes; r->prefix != NULL; r++) {
		size_t len = strlen(r->prefix);

		if (strncmp(url, r->prefix, len) != 0 || (url[len] != '/' && url[len] != '\0'))
			continue;
		bool is_open = r->is_open || (r->opens != NULL && r->opens(h));
		if (!is_open && !login(h, &rc))
			return rc;
		if (is_long)
			return gw_http_error(h, GW_STATUS_TOO_LARGE, "the body is longer than 64 KiB");
		h->path = url + len;
		return r->answer(h);
	}
	if (!login(h, &rc))
		return rc;
	return gw_http_error(h, GW_STATUS_MISSING, "no such command or directory");
}

// ---- requests

struct lengths {
	uint32_t n_length, n_coding, n_host;
};

static enum MHD_Result header_count(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct lengths *l = ctx;

	(void)kind;
	(void)value;
	l->n_length += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	l->n_coding += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	l->n_host += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
	return MHD_YES;
}

// Where a body ends must be beyond doubt: a proxy in front of us may count otherwise, and take what one
// client sends for a request of another.
static bool is_smuggled(struct MHD_Connection *connection)
{
	struct lengths l = {0};

	MHD_get_connection_values(connection, MHD_HEADER_KIND, header_count, &l);
	return l.n_length + l.n_coding > 1 || l.n_host > 1;
}

static bool body_add(struct body *b, const char *data, size_t len)
{
	if (b->is_long || len > BODY_MAX - b->len) {
		b->is_long = true;
		return true;
	}
	char *more = realloc(b->bytes, b->len + len);
	if (more == NULL)
		return false;
	b->bytes = more;
	memcpy(b->bytes + b->len, data, len);
	b->len += len;
	return true;
}

static enum MHD_Result head_take(struct gw_http *h, struct body *b)
{
	if (!is_smuggled(h->connection))
		return MHD_YES;
	b->is_bad = true;
	struct gw_out out = {0};
	error_text(&out, GW_STATUS_BAD, "more than one length, or more than one host", NULL);
	struct MHD_Response *r = out_take(&out);
	if (r != NULL)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	return response_send(h, GW_STATUS_BAD, "application/json", r);
}

// Called first with the head of a request, then with each piece of its body, then once more.
static enum MHD_Result request_take(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_len, void **state)
{
	struct gw_http h = {.shared = ctx, .connection = connection, .method = method};
	struct body *b = *state;

	(void)version;
	if (b == NULL) {
		*state = b = calloc(1, sizeof(*b));
		return b == NULL ? MHD_NO : head_take(&h, b);
	}
	if (*data_len > 0) {
		bool is_taken = body_add(b, data, *data_len);

		*data_len = 0;
		return is_taken ? MHD_YES : MHD_NO;
	}
	if (b->is_bad)
		return MHD_NO;
	gw_http_conns_busy(connection, 1);
	h.body = b->bytes;
	h.body_len = b->len;
	return answer(&h, url, b->is_long);
}

static void request_end(
	void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	struct body *b = *state;

	(void)ctx;
	(void)code;
	gw_http_conns_busy(connection, 0);
	if (b != NULL)
		free(b->bytes);
	free(b);
	*state = NULL;
}

// ---- listening

static int daemon_start(const struct gw_shared *shared, const char *endpoint, const char *key, bool has_tls,
	struct base_text *why)
{
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)gw_tls_retrieve},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)GW_TLS_PRIORITIES},
		{MHD_OPTION_END, 0, NULL},
	};

	if (endpoint[0] == '\0')
		return 0;
	// Basic authentication sends the password as it is
	int fd = gw_endpoint_listen(endpoint, key, !has_tls, why);
	if (fd < 0)
		return fd;
	// it reads shared, and does not write it
	struct MHD_Daemon *daemon = MHD_start_daemon(has_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL,
		request_take, (void *)(uintptr_t)shared, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_NOTIFY_COMPLETED, request_end, NULL, MHD_OPTION_NOTIFY_CONNECTION,
		gw_http_conns_notify, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)GW_HTTP_CONNS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_THREAD_STACK_SIZE,
		(size_t)STACK_SIZE, MHD_OPTION_ARRAY, has_tls ? tls : &tls[2], MHD_OPTION_END);
	if (daemon == NULL) {
		base_text_add(why, "%s %s: the HTTP server does not start", key, endpoint);
		return -EIO;
	}
	LOG(NOTICE, "the page and REST (below /rest) are served on http%s://%s/", has_tls ? "s" : "",
		endpoint);
	return 0;
}

int gw_http_start(const struct gw_shared *shared, struct base_text *why)
{
	int rc = gw_http_conns_start();

	if (rc != 0) {
		base_text_add(why, "no thread for http: %s", strerror(-rc));
		return rc;
	}
	rc = daemon_start(shared, shared->conf->http_listen, "http.listen", false, why);
	return rc != 0 ? rc : daemon_start(shared, shared->conf->https_listen, "https.listen", true, why);
}
