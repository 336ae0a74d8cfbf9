// SPDX-License-Identifier: BSD-3-Clause
// Sessions of browsers: who logged in once is known by a cookie. A session ends by logging out, after an hour
// without a request, a week after the login, and with the user: removed, or with another password. They are
// in memory only. Any thread.
#pragma once

#include <stdint.h>

#include "gw_roll.h"

#define GW_COOKIE_LEN  64 // characters of a token, without its NUL
#define GW_COOKIES_MAX 256

struct gw_cookies;

// roll must outlive it. NULL: out of memory.
struct gw_cookies *gw_cookies_create(struct gw_roll *roll);
void gw_cookies_destroy(struct gw_cookies *c);

struct gw_cookie {
	char token[GW_COOKIE_LEN + 1]; // the cookie
	char csrf[GW_COOKIE_LEN + 1];  // what a request that changes something has to bring besides
	struct gw_user user; // as he was when his password was looked at: another hash ends the session
	uint64_t since_ms;
	uint64_t used_ms;
};

// Begin a session of cookie->user: fills in the tokens. Where all are taken, the one that idles longest ends;
// a user has at most a quarter of them.
void gw_cookies_open(struct gw_cookies *c, struct gw_cookie *cookie, uint64_t now_ms);

// The session of that token, with the group as the file has it now. False: there is none, or not any more.
BASE_MUST_USE bool gw_cookies_find(
	struct gw_cookies *c, const char *token, uint64_t now_ms, struct gw_cookie *out);

void gw_cookies_close(struct gw_cookies *c, const char *token);
