// SPDX-License-Identifier: BSD-3-Clause
// Who may log in: a file of "NAME:GROUP:HASH" lines, one user each, hashes by crypt(5) (yescrypt). It is read
// at each login, so that a change holds at once, and replaced as a whole. Any thread.
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base_err.h"
#include "base_text.h"

#define GW_NAME_LEN     32 // of a user, with its NUL
#define GW_PASSWORD_LEN 256
#define GW_HASH_LEN     384
#define GW_USERS_MAX    1024

enum gw_group { GW_GROUP_NONE, GW_GROUP_READ, GW_GROUP_WRITE, GW_GROUP_FULL };

struct gw_user {
	char name[GW_NAME_LEN];
	enum gw_group group;
	char hash[GW_HASH_LEN];
};

struct gw_users {
	uint32_t n;
	struct gw_user list[GW_USERS_MAX];
};

const char *gw_group_name(enum gw_group group);
enum gw_group gw_group_parse(const char *word); // GW_GROUP_NONE: it is none

bool gw_user_name_is_valid(const char *name); // 1..31 characters of A-Z a-z 0-9 _ . -

// A new set of users from the file; free() it. NULL with why, words that go on behind the name of the file:
// it cannot be read, others may read or write it, or a line is none. A file that is not there is an empty
// set.
struct gw_users *gw_users_load(const char *path, struct base_text *why);

// Replace the file, mode 0600: it is as it was, or as asked, whenever the power fails. 0, or -errno with why.
BASE_MUST_USE int gw_users_save(const char *path, const struct gw_users *users, struct base_text *why);

// Whether the file of users, looked at twice, is the same one with the same content.
bool gw_users_is_same_file(const struct stat *a, const struct stat *b);

struct gw_user *gw_users_find(struct gw_users *users, const char *name);

// Set the hash of a password, with a salt of its own. 0 or -errno.
BASE_MUST_USE int gw_user_password_set(struct gw_user *user, const char *password);

// Is it his password? Takes as long for nobody, of GW_GROUP_NONE, who has none.
BASE_MUST_USE bool gw_user_check(const struct gw_user *user, const char *password);
