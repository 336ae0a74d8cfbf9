// SPDX-License-Identifier: BSD-3-Clause
// The users as their file has them now: read anew when it changed, once for all who ask. And the passes of
// those whom it let in: a connection that stays open ends with its user. Any thread.
#pragma once

#include "gw_users.h"
#include "gw_who.h"

struct gw_roll;

// path: of the file of users, which must outlive it. NULL: out of memory.
struct gw_roll *gw_roll_create(const char *path);
void gw_roll_destroy(struct gw_roll *roll);

// The user of that name as the file has him now; group GW_GROUP_NONE: there is none. False: the file cannot
// be read, which the log says once.
BASE_MUST_USE bool gw_roll_find(struct gw_roll *roll, const char *name, struct gw_user *user);

// Look at the file each second from now on, and end passes. 0 or -errno.
BASE_MUST_USE int gw_roll_watch(struct gw_roll *roll);

// What the caller keeps while the connection is open. Its descriptor is shut down when the user is removed,
// has another password or another group, or the file cannot be read; the caller's thread sees the end of it.
struct gw_pass {
	struct gw_user user;
	char who[GW_WHO_LEN];
	int fd;
	struct gw_pass *next, *prev; // NULL = it did not begin
};

// user: as he was when his password was looked at. fd must stay open until the pass has ended.
void gw_pass_begin(
	struct gw_roll *roll, struct gw_pass *pass, const struct gw_user *user, const char *who, int fd);
void gw_pass_end(
	struct gw_roll *roll, struct gw_pass *pass); // one that did not begin is all zero, and stays so

// End those that do not hold any more; how many. For tests; gw_roll_watch() does it each second.
uint32_t gw_roll_turn(struct gw_roll *roll);
