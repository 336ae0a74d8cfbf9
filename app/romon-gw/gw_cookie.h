// SPDX-License-Identifier: BSD-3-Clause
// Sessions of browsers: who logged in once is known by a cookie. A session ends by logging out, after an hour
// without a request, a week after the login, and with the user: removed, or with another password. They are
// in memory only. Any thread.
#pragma once

#include <stdint.h>

#include "gw_users.h"

#define GW_COOKIE_LEN  64 // characters of a token, without its NUL
#define GW_COOKIES_MAX 256

struct gw_cookies;

// users: path of their file, which must outlive it. NULL: out of memory.
struct gw_cookies *gw_cookies_create(const char *users);
void gw_cookies_destroy(struct gw_cookies *c);

struct gw_cookie {
	char token[GW_COOKIE_LEN + 1]; // the cookie
	char csrf[GW_COOKIE_LEN + 1];  // what a request that changes something has to bring besides
	char name[GW_NAME_LEN];
	enum gw_group group;
	char hash[GW_HASH_LEN]; // of the user's password; another one ends the session
	uint64_t since_ms;
	uint64_t used_ms;
};

// What the file of users says of him now, into name, group and hash. False: there is no such user. To be
// called before his password is looked at: one that changes meanwhile ends the session.
BASE_MUST_USE bool gw_cookies_user(const struct gw_cookies *c, const char *name, struct gw_cookie *out);

// Begin a session of that user: fills in the tokens. Where all are taken, the one that idles longest ends; a
// user has at most a quarter of them.
void gw_cookies_open(struct gw_cookies *c, struct gw_cookie *cookie, uint64_t now_ms);

// The session of that token, with the group as the file has it now. False: there is none, or not any more.
BASE_MUST_USE bool gw_cookies_find(
	struct gw_cookies *c, const char *token, uint64_t now_ms, struct gw_cookie *out);

void gw_cookies_close(struct gw_cookies *c, const char *token);
