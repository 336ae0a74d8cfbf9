// SPDX-License-Identifier: BSD-3-Clause
// Who is logged in to the binary API now: /user/active. A request of REST brings its password with it, and is
// none of them. Any thread.
#pragma once

#include <jansson.h>
#include <sys/socket.h>

#include "gw_users.h"

// What the caller keeps while it lasts.
struct gw_active {
	char name[GW_NAME_LEN];
	char address[64];
	const char *via;
	enum gw_group group;
	uint64_t number, wall_us; // when it began
	struct gw_active *next, *prev;
};

// via: "api" or "api-ssl". from: NULL = not known. The name and the group stand in a already.
void gw_active_begin(struct gw_active *a, const char *via, const struct sockaddr *from);
void gw_active_end(struct gw_active *a); // one that did not begin is all zero, and stays so

// [{"key", "name", "address", "via", "group", "when"}], the oldest first; a new reference, or NULL.
json_t *gw_active_list(void);
