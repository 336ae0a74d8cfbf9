// SPDX-License-Identifier: BSD-3-Clause
// Logging in. A password that was right is not hashed again for a minute, nor after a change of the file of
// users; who guesses has to wait, longer each time, by address and by name of user. Any thread.
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#include "gw_roll.h"

struct gw_auth;

// roll must outlive it. NULL: out of memory.
struct gw_auth *gw_auth_create(struct gw_roll *roll);
void gw_auth_destroy(struct gw_auth *auth);

enum gw_login {
	GW_LOGIN_INVALID,
	GW_LOGIN_RIGHT,
	GW_LOGIN_WRONG,
	GW_LOGIN_WAIT,   // nothing was looked at: *wait_s
	GW_LOGIN_FAILED, // the file cannot be read, which the log says
};

struct gw_login_try {
	const struct sockaddr *from; // NULL = not known
	const char *name;
	const char *password;
	struct gw_user user; // out: as the file had him, of GW_LOGIN_RIGHT; else of group GW_GROUP_NONE
	uint32_t wait_s;     // out: of GW_LOGIN_WAIT, at least 1
};

enum gw_login gw_auth_login(struct gw_auth *auth, struct gw_login_try *t);
