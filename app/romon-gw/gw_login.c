// SPDX-License-Identifier: BSD-3-Clause
// Logging in to the page. The thread of the connection.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "gw_body.h"
#include "gw_login.h"
#include "gw_token.h"

#define COOKIE_SIZE 256

static bool has_tls(const struct gw_http *h)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(h->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL && info->tls_session != NULL;
}

// Browsers keep cookies by host, whatever the port: each of ours has a name of its own, so that nobody is
// logged out by logging in to another romon-gw of the same machine. With TLS the prefix binds it to this host
// and to TLS.
static void name_write(const struct gw_http *h, char *name, size_t size)
{
	bool is_tls = has_tls(h);
	const char *endpoint = is_tls ? h->shared->conf->https_listen : h->shared->conf->http_listen;
	const char *colon = strrchr(endpoint, ':');

	snprintf(name, size, "%sromon-%s", is_tls ? "__Host-" : "", colon == NULL ? "" : colon + 1);
}

static const char *token_of(const struct gw_http *h)
{
	char name[32];

	name_write(h, name, sizeof(name));
	return MHD_lookup_connection_value(h->connection, MHD_COOKIE_KIND, name);
}

static const char *header_of(const struct gw_http *h)
{
	return MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, GW_LOGIN_HEADER);
}

static bool session_of(const struct gw_http *h, struct gw_cookie *cookie)
{
	const char *token = token_of(h);

	return token != NULL && gw_cookies_find(h->shared->cookies, token, base_mono_ms(), cookie);
}

bool gw_login_by_cookie(struct gw_http *h, bool *is_forged)
{
	bool changes = !gw_http_is(h, MHD_HTTP_METHOD_GET) && !gw_http_is(h, MHD_HTTP_METHOD_HEAD);
	const char *said = header_of(h);
	struct gw_cookie cookie;

	*is_forged = false;
	if (!session_of(h, &cookie))
		return false;
	*is_forged = changes && (said == NULL || !gw_token_is_same(said, cookie.csrf));
	if (!*is_forged)
		h->user = cookie.user;
	gw_who(cookie.user.name, gw_http_from(h), h->who);
	explicit_bzero(&cookie, sizeof(cookie));
	return !*is_forged;
}

// life: empty = as long as the browser runs.
static void cookie_write(const struct gw_http *h, char *text, const char *token, const char *life)
{
	char name[32];

	name_write(h, name, sizeof(name));
	snprintf(text, COOKIE_SIZE, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, token,
		has_tls(h) ? "; Secure" : "", life);
}

static enum MHD_Result session_send(struct gw_http *h, const struct gw_cookie *cookie)
{
	struct gw_out out = {0};

	gw_out_text(&out, "{\"name\":");
	gw_out_quoted(&out, cookie->user.name);
	gw_out_printf(
		&out, ",\"group\":\"%s\",\"csrf\":\"%s\"}", gw_group_name(cookie->user.group), cookie->csrf);
	return gw_http_send(h, GW_STATUS_OK, "application/json", &out, NULL);
}

static enum MHD_Result open(struct gw_http *h, const char *name, const char *password)
{
	struct gw_login_try t = {.from = gw_http_from(h), .name = name, .password = password};
	char text[COOKIE_SIZE];
	struct gw_http_header headers[] = {{MHD_HTTP_HEADER_SET_COOKIE, text}, {NULL, NULL}};
	struct gw_cookie cookie = {0};

	enum gw_login verdict = gw_auth_login(h->shared->auth, &t);
	if (verdict != GW_LOGIN_RIGHT)
		return gw_http_refuse(h, verdict, t.wait_s);
	cookie.user = t.user;
	gw_cookies_open(h->shared->cookies, &cookie, base_mono_ms());
	cookie_write(h, text, cookie.token, "");
	h->headers = headers;
	enum MHD_Result rc = session_send(h, &cookie);
	explicit_bzero(&cookie, sizeof(cookie));
	explicit_bzero(text, sizeof(text));
	return rc;
}

enum MHD_Result gw_login_answer(struct gw_http *h)
{
	if (!gw_http_is(h, MHD_HTTP_METHOD_POST))
		return gw_http_error(h, GW_STATUS_NOT_ACCEPTABLE, "only POST is answered here");
	if (header_of(h) == NULL) // a form of another page cannot send it
		return gw_http_error(h, GW_STATUS_FORBIDDEN, "the header " GW_LOGIN_HEADER " is missing");
	json_t *body = gw_body_parse(h->body, h->body_len);
	const char *name = json_string_value(json_object_get(body, "name"));
	const char *password = json_string_value(json_object_get(body, "password"));
	enum MHD_Result rc =
		name == NULL || password == NULL
			? gw_http_error(h, GW_STATUS_BAD, "expected {\"name\": \"…\", \"password\": \"…\"}")
			: open(h, name, password);
	json_decref(body);
	return rc;
}

enum MHD_Result gw_login_session(struct gw_http *h)
{
	struct gw_cookie cookie;

	if (!gw_http_is(h, MHD_HTTP_METHOD_GET))
		return gw_http_error(h, GW_STATUS_NOT_ACCEPTABLE, "only GET is answered here");
	if (!session_of(h, &cookie))
		return gw_http_error(h, GW_STATUS_UNAUTHORIZED, NULL);
	enum MHD_Result rc = session_send(h, &cookie);
	explicit_bzero(&cookie, sizeof(cookie));
	return rc;
}

enum MHD_Result gw_login_logout(struct gw_http *h)
{
	char text[COOKIE_SIZE];
	struct gw_http_header headers[] = {{MHD_HTTP_HEADER_SET_COOKIE, text}, {NULL, NULL}};
	const char *token = token_of(h);
	struct gw_out out = {0};
	bool is_forged;

	if (!gw_http_is(h, MHD_HTTP_METHOD_POST))
		return gw_http_error(h, GW_STATUS_NOT_ACCEPTABLE, "only POST is answered here");
	if (!gw_login_by_cookie(h, &is_forged))
		return gw_http_error(h, is_forged ? GW_STATUS_FORBIDDEN : GW_STATUS_UNAUTHORIZED, NULL);
	gw_cookies_close(h->shared->cookies, token);
	cookie_write(h, text, "", "; Max-Age=0");
	h->headers = headers;
	gw_out_text(&out, "{}");
	return gw_http_send(h, GW_STATUS_OK, "application/json", &out, NULL);
}
