// SPDX-License-Identifier: BSD-3-Clause
// Logging in and out of the page: POST /login, GET /session, POST /logout. The thread of the connection.
#pragma once

#include "gw_http.h"

// Each request of the page has it; its value is that of the session. A page of another origin cannot send it.
#define GW_LOGIN_HEADER "X-Romon-CSRF"

enum MHD_Result gw_login_answer(struct gw_http *h);
enum MHD_Result gw_login_session(struct gw_http *h);
enum MHD_Result gw_login_logout(struct gw_http *h);

// Whether a session's cookie came with the request, and what a change needs beside it; h->user is who asks
// then. is_forged: the cookie is right, and the header is not.
bool gw_login_by_cookie(struct gw_http *h, bool *is_forged);
