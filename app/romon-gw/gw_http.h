// SPDX-License-Identifier: BSD-3-Clause
// HTTP and HTTPS, by libmicrohttpd with a thread a connection: a password that is hashed, or a romond that
// does not answer, stops nobody else. What a request asks for is answered by the row of its path.
#pragma once

#include <microhttpd.h>

#include "gw_out.h"
#include "gw_shared.h"
#include "gw_who.h"

enum gw_status {
	GW_STATUS_OK = 200,
	GW_STATUS_CREATED = 201,
	GW_STATUS_EMPTY = 204,
	GW_STATUS_NOT_MODIFIED = 304,
	GW_STATUS_BAD = 400,
	GW_STATUS_UNAUTHORIZED = 401,
	GW_STATUS_FORBIDDEN = 403,
	GW_STATUS_MISSING = 404,
	GW_STATUS_NO_METHOD = 405,
	GW_STATUS_NOT_ACCEPTABLE = 406,
	GW_STATUS_TOO_LARGE = 413,
	GW_STATUS_TOO_MANY = 429,
	GW_STATUS_INTERNAL = 500,
	GW_STATUS_UNAVAILABLE = 503,
};

struct gw_http_header {
	const char *name, *value;
};

struct gw_http {
	const struct gw_shared *shared;
	struct MHD_Connection *connection;
	const char *path; // behind the prefix of the route, beginning with a /
	const char *method;
	const char *body; // of body_len bytes; NULL = none
	size_t body_len;
	struct gw_user user; // who asks; group GW_GROUP_NONE: nobody had to log in
	char who[GW_WHO_LEN];

	const char *policy; // Content-Security-Policy of the answer; NULL = nothing may be loaded
	const struct gw_http_header *headers; // of the answer besides, up to a NULL name; NULL = none
};

bool gw_http_is(const struct gw_http *h, const char *method);

// Does who asks have the answer of that ETag already (If-None-Match)?
bool gw_http_has(const struct gw_http *h, const char *etag);

// The address of who asks; NULL = not known.
const struct sockaddr *gw_http_from(const struct gw_http *h);

// The answer: the text of out, which is taken. etag: with its quotes; NULL = none.
enum MHD_Result gw_http_send(const struct gw_http *h, enum gw_status status, const char *type,
	struct gw_out *out, const char *etag);

// The answer 200 of Server-Sent Events, whose messages r makes; takes r.
enum MHD_Result gw_http_events_send(const struct gw_http *h, struct MHD_Response *r);

// {"error": 404, "message": "Not Found", "detail": detail}, as RouterOS has it.
enum MHD_Result gw_http_error(const struct gw_http *h, enum gw_status status, const char *detail);

// The same with the members of more besides, an object (borrowed) or NULL.
enum MHD_Result gw_http_error_with(
	const struct gw_http *h, enum gw_status status, const char *detail, json_t *more);

// The answer to a login that was not right; wait_s: of GW_LOGIN_WAIT.
enum MHD_Result gw_http_refuse(const struct gw_http *h, enum gw_login verdict, uint32_t wait_s);

// Listen on the endpoints of the configuration and serve from then on; shared must outlive the process. 0, or
// -errno with why: a sentence.
BASE_MUST_USE int gw_http_start(const struct gw_shared *shared, struct base_text *why);
