// SPDX-License-Identifier: BSD-3-Clause
// romon-gw: sessions of browsers.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gw_cookie.h"
#include "suite.h"

#define HOUR_MS 3600000u
#define WEEK_MS 604800000u

static char path[64];
static struct gw_users users;
static struct gw_roll *roll;

static void save(void)
{
	char buf[256];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	CU_ASSERT_EQUAL_FATAL(gw_users_save(path, &users, &why), 0);
}

static void user_add(const char *name, enum gw_group group, const char *hash)
{
	struct gw_user *u = &users.list[users.n++];

	*u = (struct gw_user){.group = group};
	snprintf(u->name, sizeof(u->name), "%s", name);
	snprintf(u->hash, sizeof(u->hash), "%s", hash);
}

static struct gw_cookies *begin(void)
{
	snprintf(path, sizeof(path), "/tmp/romond-cookies-%d", (int)getpid());
	memset(&users, 0, sizeof(users));
	user_add("ann", GW_GROUP_FULL, "$y$first");
	user_add("bob", GW_GROUP_READ, "$y$second");
	save();
	roll = gw_roll_create(path);
	return gw_cookies_create(roll);
}

static void finish(struct gw_cookies *c)
{
	gw_cookies_destroy(c);
	gw_roll_destroy(roll);
	unlink(path);
}

static struct gw_cookie log_in(struct gw_cookies *c, const char *name, uint64_t now_ms)
{
	struct gw_cookie cookie = {0};

	CU_ASSERT_FATAL(gw_roll_find(roll, name, &cookie.user));
	CU_ASSERT_NOT_EQUAL_FATAL(cookie.user.group, GW_GROUP_NONE);
	gw_cookies_open(c, &cookie, now_ms);
	return cookie;
}

static bool is_known(struct gw_cookies *c, const struct gw_cookie *cookie, uint64_t now_ms)
{
	struct gw_cookie found;

	return gw_cookies_find(c, cookie->token, now_ms, &found) &&
	       strcmp(found.user.name, cookie->user.name) == 0 && strcmp(found.csrf, cookie->csrf) == 0;
}

static void who_logged_in_is_known_until_he_logs_out(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie none, ann = log_in(c, "ann", 1), bob = log_in(c, "bob", 1);

	CU_ASSERT(is_known(c, &ann, 2));
	CU_ASSERT(is_known(c, &bob, 2));
	CU_ASSERT_EQUAL(strlen(ann.token), GW_COOKIE_LEN);
	CU_ASSERT_STRING_NOT_EQUAL(ann.token, ann.csrf);
	CU_ASSERT_STRING_NOT_EQUAL(ann.token, bob.token);
	CU_ASSERT_FALSE(gw_cookies_find(c, "", 2, &none));
	CU_ASSERT_FALSE(gw_cookies_find(c, ann.csrf, 2, &none));
	gw_cookies_close(c, ann.token);
	CU_ASSERT_FALSE(is_known(c, &ann, 3));
	CU_ASSERT(is_known(c, &bob, 3));
	finish(c);
}

static void a_session_ends_when_idle_and_after_a_week(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie idle = log_in(c, "ann", 0), busy = log_in(c, "ann", 0);
	uint64_t now_ms = 0;

	CU_ASSERT(is_known(c, &idle, HOUR_MS - 1));
	CU_ASSERT_FALSE(is_known(c, &idle, 2 * HOUR_MS - 1));
	for (now_ms = HOUR_MS / 2; now_ms < WEEK_MS; now_ms += HOUR_MS / 2)
		CU_ASSERT_FATAL(is_known(c, &busy, now_ms));
	CU_ASSERT_FALSE(is_known(c, &busy, now_ms));
	finish(c);
}

static void a_session_ends_with_its_user_and_with_his_password(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie found, ann = log_in(c, "ann", 1), bob = log_in(c, "bob", 1);

	users.list[0].group = GW_GROUP_READ;
	snprintf(users.list[1].hash, sizeof(users.list[1].hash), "$y$other");
	save();
	CU_ASSERT(gw_cookies_find(c, ann.token, 2, &found));
	CU_ASSERT_EQUAL(found.user.group, GW_GROUP_READ);
	CU_ASSERT_FALSE(is_known(c, &bob, 2));
	users.n = 0;
	save();
	CU_ASSERT_FALSE(is_known(c, &ann, 3));
	finish(c);
}

static void a_password_that_changes_during_the_login_ends_the_session(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie bob = log_in(c, "bob", 1), cookie = {.user = users.list[0]};

	snprintf(users.list[0].hash, sizeof(users.list[0].hash), "$y$other");
	save();
	CU_ASSERT(is_known(c, &bob, 2)); // the file was looked at meanwhile
	gw_cookies_open(c, &cookie, 2);
	CU_ASSERT_FALSE(is_known(c, &cookie, 3));
	finish(c);
}

static void a_file_that_cannot_be_read_ends_all(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie ann = log_in(c, "ann", 1);

	CU_ASSERT(is_known(c, &ann, 2));
	unlink(path);
	CU_ASSERT_FALSE(is_known(c, &ann, 3));
	finish(c);
}

static void one_user_takes_no_place_from_others(void)
{
	struct gw_cookies *c = begin();
	struct gw_cookie bob = log_in(c, "bob", 1), first = log_in(c, "ann", 2), last = first;

	for (uint32_t i = 0; i < 2 * GW_COOKIES_MAX; i++)
		last = log_in(c, "ann", 3 + i);
	CU_ASSERT(is_known(c, &bob, 1000));
	CU_ASSERT(is_known(c, &last, 1000));
	CU_ASSERT_FALSE(is_known(c, &first, 1000));
	finish(c);
}

static const struct suite_case cases[] = {
	SUITE_CASE(who_logged_in_is_known_until_he_logs_out),
	SUITE_CASE(a_session_ends_when_idle_and_after_a_week),
	SUITE_CASE(a_session_ends_with_its_user_and_with_his_password),
	SUITE_CASE(a_password_that_changes_during_the_login_ends_the_session),
	SUITE_CASE(a_file_that_cannot_be_read_ends_all),
	SUITE_CASE(one_user_takes_no_place_from_others),
};
SUITE_MAIN("gw", cases)
