// SPDX-License-Identifier: BSD-3-Clause
// romon-gw: its configuration, its users, and how romond's JSON becomes rows. (Clients that are not ours, and
// a romond: tests/netns/gateway.py.)
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gw_active.h"
#include "gw_args.h"
#include "gw_auth.h"
#include "gw_body.h"
#include "gw_command.h"
#include "gw_conf.h"
#include "gw_export.h"
#include "gw_out.h"
#include "gw_ring.h"
#include "gw_row.h"
#include "gw_tree.h"
#include "gw_users.h"
#include "gw_value.h"
#include "gw_verb.h"
#include "gw_who.h"
#include "suite.h"

static char folder[] = "/var/tmp/test_gw.XXXXXX";
static char path[sizeof(folder) + 16];

static void file_write(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, mode), 0);
}

// ---- configuration

static int conf_try(const char *text, struct gw_conf *conf, char *told, size_t size)
{
	FILE *out = fmemopen(told, size, "w");

	file_write(text, 0600);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	int rc = gw_conf_load(path, conf, out);
	fclose(out);
	return rc;
}

static void nothing_configured_is_loopback(void)
{
	struct gw_conf conf;

	CU_ASSERT_EQUAL(gw_conf_load(NULL, &conf, stderr), 0);
	CU_ASSERT_STRING_EQUAL(conf.socket, "/run/romond/control.sock");
	CU_ASSERT_STRING_EQUAL(conf.api_listen, "127.0.0.1:8728");
	CU_ASSERT_STRING_EQUAL(conf.http_listen, "127.0.0.1:8080");
	CU_ASSERT_FALSE(conf.api_reply_empty);
	CU_ASSERT_EQUAL(conf.metrics_access, GW_ACCESS_LOGIN);
	CU_ASSERT_EQUAL(conf.metrics_nodes, 0);
}

static void the_file_that_is_shipped_has_the_defaults(void)
{
	static struct gw_conf shipped, defaults;
	char name[PATH_MAX], text[8192];

	snprintf(name, sizeof(name), "%s/config/romon-gw.yaml", getenv("ROMOND_SOURCE"));
	CU_ASSERT_EQUAL(gw_conf_load(name, &shipped, stderr), 0);
	CU_ASSERT_EQUAL(gw_conf_load(NULL, &defaults, stderr), 0);
	CU_ASSERT_EQUAL(memcmp(&shipped, &defaults, sizeof(defaults)), 0);
	FILE *f = fopen(name, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++) {
		char line[64];

		snprintf(line, sizeof(line), "%s%s: ", k->section[0] == '\0' ? "\n" : "  ", k->name);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
	}
}

static void keys_of_a_file_hold(void)
{
	struct gw_conf conf;
	char told[512] = "";

	CU_ASSERT_EQUAL(
		conf_try("socket: /run/x\nusers: /etc/u\napi: { listen: '[::1]:99', reply-empty: true }\n"
			 "http: { listen: none }\nmetrics: { access: loopback, nodes: 10000 }\n",
			&conf, told, sizeof(told)),
		0);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_STRING_EQUAL(conf.socket, "/run/x");
	CU_ASSERT_STRING_EQUAL(conf.users, "/etc/u");
	CU_ASSERT_STRING_EQUAL(conf.api_listen, "[::1]:99");
	CU_ASSERT_STRING_EQUAL(conf.http_listen, "");
	CU_ASSERT_TRUE(conf.api_reply_empty);
	CU_ASSERT_EQUAL(conf.metrics_access, GW_ACCESS_LOOPBACK);
	CU_ASSERT_EQUAL(conf.metrics_nodes, 10000);
}

static void what_is_wrong_is_named_with_its_place(void)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{"sokcet: /x\n", ":1:1: sokcet: there is no such key; did you mean socket?\n"},
		{"api:\n  lisen: 1\n", ":2:3: api.lisen: there is no such key; did you mean listen?\n"},
		{"frobnicate: 1\n", ":1:1: frobnicate: there is no such key\n"},
		{"https: { key: /x }\n",
			": https.certificate and https.key go together: one of them is not there\n"},
		{"metrics: { nodes: 10001 }\n",
			":1:19: metrics.nodes: expected a number from 0 to 10000, got 10001\n"},
		{"metrics: { access: yes }\n",
			":1:20: metrics.access: expected login, loopback or all, got yes\n"},
		{"https: { key: x }\n", ":1:15: https.key: expected an absolute path, or none, got x\n"},
		{"socket: x\n", ":1:9: socket: expected an absolute path, got x\n"},
		{"socket: [a]\n", ":1:9: socket: expected one value, got a list\n"},
		{"api: 7\n", ":1:6: api: expected keys with values, got 7\n"},
		{"api: { reply-empty: maybe }\n",
			":1:21: api.reply-empty: expected true or false, got maybe\n"},
	};
	static const char *const no_endpoints[] = {"8728", ":8728", "a:", "a:0", "a:65536", "a:1x", "a:-1"};
	struct gw_conf conf;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char told[512] = "";

		CU_ASSERT_EQUAL(conf_try(rows[i].text, &conf, told, sizeof(told)), -EINVAL);
		CU_ASSERT_EQUAL(strncmp(told, path, strlen(path)), 0);
		CU_ASSERT_STRING_EQUAL(told + strlen(path), rows[i].told);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(no_endpoints); i++) {
		char text[64], told[512] = "";

		snprintf(text, sizeof(text), "http: { listen: '%s' }\n", no_endpoints[i]);
		CU_ASSERT_EQUAL(conf_try(text, &conf, told, sizeof(told)), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(told, "http.listen: expected an address and a port"));
	}
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(gw_conf_load(path, &conf, fopen("/dev/null", "w")), -EINVAL);
}

// ---- users

static struct gw_users *users_try(const char *text, mode_t mode, char *why_buf, size_t size)
{
	struct base_text why;

	base_text_init(&why, why_buf, size);
	file_write(text, mode);
	return gw_users_load(path, &why);
}

static enum gw_group group_of(struct gw_users *users, const char *name, const char *password)
{
	const struct gw_user nobody = {.group = GW_GROUP_NONE}, *u = gw_users_find(users, name);

	return gw_user_check(u == NULL ? &nobody : u, password) ? u->group : GW_GROUP_NONE;
}

static void a_user_logs_in_with_its_password_only(void)
{
	struct gw_users *users = calloc(1, sizeof(*users));
	struct base_text why;
	char buf[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(users);
	users->n = 2;
	users->list[0] = (struct gw_user){"ann", GW_GROUP_READ, ""};
	users->list[1] = (struct gw_user){"bob", GW_GROUP_FULL, ""};
	CU_ASSERT_EQUAL(gw_user_password_set(&users->list[0], "one"), 0);
	CU_ASSERT_EQUAL(gw_user_password_set(&users->list[1], "one"), 0);
	CU_ASSERT_STRING_NOT_EQUAL(users->list[0].hash, users->list[1].hash); // each has a salt of its own
	CU_ASSERT_EQUAL(strncmp(users->list[0].hash, "$y$", 3), 0);
	base_text_init(&why, buf, sizeof(buf));
	CU_ASSERT_EQUAL(gw_users_save(path, users, &why), 0);
	free(users);

	struct stat st;
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	users = gw_users_load(path, &why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(users);
	CU_ASSERT_EQUAL(users->n, 2);
	CU_ASSERT_EQUAL(group_of(users, "ann", "one"), GW_GROUP_READ);
	CU_ASSERT_EQUAL(group_of(users, "bob", "one"), GW_GROUP_FULL);
	CU_ASSERT_EQUAL(group_of(users, "ann", "One"), GW_GROUP_NONE);
	CU_ASSERT_EQUAL(group_of(users, "ann", ""), GW_GROUP_NONE);
	CU_ASSERT_EQUAL(group_of(users, "ann", users->list[0].hash), GW_GROUP_NONE);
	CU_ASSERT_EQUAL(group_of(users, "nobody", "one"), GW_GROUP_NONE);
	free(users);
}

static void a_file_that_others_may_read_is_refused(void)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0602};
	char why[256];

	for (size_t i = 0; i < BASE_ARRAY_LEN(modes); i++) {
		CU_ASSERT_PTR_NULL(users_try("", modes[i], why, sizeof(why)));
		CU_ASSERT_STRING_EQUAL(why, "may be read or written by others than its owner: chmod 600 it");
	}
}

static void lines_that_are_no_users_are_told_by_number(void)
{
	static const char *const wrong[] = {"ann", "ann:full", "ann:root:$y$x", ":full:$y$x", "a b:full:$y$x",
		"ann:full:plain", "ann:full:$y$x\nann:read:$y$z"};
	char why[256];

	for (size_t i = 0; i < BASE_ARRAY_LEN(wrong); i++) {
		char text[128];

		snprintf(text, sizeof(text), "# users\n\n%s\n", wrong[i]);
		CU_ASSERT_PTR_NULL(users_try(text, 0600, why, sizeof(why)));
		CU_ASSERT_EQUAL(strncmp(why, i == 6 ? "line 4 is no" : "line 3 is no", 12), 0);
	}
	struct gw_users *users = users_try("# none\n", 0600, why, sizeof(why));
	CU_ASSERT_PTR_NOT_NULL_FATAL(users);
	CU_ASSERT_EQUAL(users->n, 0);
	free(users);
}

static void no_file_is_no_users(void)
{
	struct base_text why;
	char buf[256];

	base_text_init(&why, buf, sizeof(buf));
	unlink(path);
	struct gw_users *users = gw_users_load(path, &why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(users);
	CU_ASSERT_EQUAL(users->n, 0);
	CU_ASSERT_STRING_EQUAL(buf, "");
	free(users);
}

static void names_of_users_are_plain(void)
{
	CU_ASSERT_TRUE(gw_user_name_is_valid("a.B_c-9"));
	CU_ASSERT_TRUE(gw_user_name_is_valid("1234567890123456789012345678901"));
	CU_ASSERT_FALSE(gw_user_name_is_valid("12345678901234567890123456789012"));
	CU_ASSERT_FALSE(gw_user_name_is_valid(""));
	CU_ASSERT_FALSE(gw_user_name_is_valid("a:b"));
	CU_ASSERT_FALSE(gw_user_name_is_valid("a\nb"));
}

// ---- logging in

static void users_of_one(const char *password)
{
	struct gw_users *users = calloc(1, sizeof(*users));
	struct base_text why;
	char buf[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(users);
	users->n = 1;
	users->list[0] = (struct gw_user){"ann", GW_GROUP_WRITE, ""};
	CU_ASSERT_EQUAL(gw_user_password_set(&users->list[0], password), 0);
	base_text_init(&why, buf, sizeof(buf));
	CU_ASSERT_EQUAL(gw_users_save(path, users, &why), 0);
	free(users);
}

static enum gw_login login_try(struct gw_auth *auth, const char *from, const char *name, const char *password)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	struct gw_login_try t = {.from = (const struct sockaddr *)&sa, .name = name, .password = password};

	CU_ASSERT_EQUAL(inet_pton(AF_INET, from, &sa.sin_addr), 1);
	enum gw_login rc = gw_auth_login(auth, &t);
	CU_ASSERT_EQUAL(t.user.group, rc == GW_LOGIN_RIGHT ? GW_GROUP_WRITE : GW_GROUP_NONE);
	CU_ASSERT_EQUAL(t.wait_s > 0, rc == GW_LOGIN_WAIT);
	return rc;
}

static void a_right_password_is_not_hashed_again_until_the_file_changes(void)
{
	struct gw_roll *roll = gw_roll_create(path);
	struct gw_auth *auth = gw_auth_create(roll);

	CU_ASSERT_PTR_NOT_NULL_FATAL(auth);
	users_of_one("one");
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "one"), GW_LOGIN_RIGHT);
	clock_t before = clock();
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "one"), GW_LOGIN_RIGHT);
	// one hash takes more than a thousand of these: it is made to be dear
	clock_t known = clock() - before;
	before = clock();
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "One"), GW_LOGIN_WRONG);
	CU_ASSERT_TRUE(known / 1000 < (clock() - before) / 5);
	users_of_one("two");
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "one"), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "two"), GW_LOGIN_RIGHT);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "two"), GW_LOGIN_WRONG);
	gw_auth_destroy(auth);
	gw_roll_destroy(roll);
}

static void who_guesses_has_to_wait_and_nobody_else(void)
{
	struct gw_roll *roll = gw_roll_create(path);
	struct gw_auth *auth = gw_auth_create(roll);

	CU_ASSERT_PTR_NOT_NULL_FATAL(auth);
	users_of_one("one");
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.2", "ann", "one"), GW_LOGIN_RIGHT);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "eve", "guess"), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "eve", "guess"), GW_LOGIN_WAIT);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "two"), GW_LOGIN_WAIT);    // whatever name
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "one"), GW_LOGIN_RIGHT);   // known to be right
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.3", "eve", "guess"), GW_LOGIN_WRONG); // other addresses
	for (int i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(login_try(auth, "10.0.0.4", "eve", "guess"), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.5", "eve", "guess"), GW_LOGIN_WAIT); // the name, by now
	gw_auth_destroy(auth);
	gw_roll_destroy(roll);
}

// Has the far end of it been told the end?
static bool is_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void a_connection_ends_with_its_user(void)
{
	static const struct gw_user before[] = {{"ann", GW_GROUP_WRITE, "$y$1"},
		{"bob", GW_GROUP_READ, "$y$2"}, {"carl", GW_GROUP_FULL, "$y$3"},
		{"dora", GW_GROUP_READ, "$y$4"}};
	struct gw_roll *roll = gw_roll_create(path);
	struct gw_pass passes[5] = {0};
	int fds[4][2];

	file_write("ann:write:$y$1\nbob:read:$y$2\ncarl:full:$y$3\ndora:read:$y$4\n", 0600);
	for (size_t i = 0; i < BASE_ARRAY_LEN(before); i++) {
		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]), 0);
		gw_pass_begin(roll, &passes[i], &before[i], "him@10.0.0.1", fds[i][0]);
	}
	CU_ASSERT_EQUAL(gw_roll_turn(roll), 0);
	// of ann another group, of bob another password, no carl, and of dora nothing
	file_write("ann:full:$y$1\nbob:read:$y$other\ndora:read:$y$4\n", 0600);
	CU_ASSERT_EQUAL(gw_roll_turn(roll), 3);
	for (size_t i = 0; i < BASE_ARRAY_LEN(before); i++)
		CU_ASSERT_EQUAL(is_ended(fds[i][1]), i != 3);
	CU_ASSERT_EQUAL(gw_roll_turn(roll), 0); // each is ended once
	gw_pass_end(roll, &passes[4]);          // one that never began
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL(gw_roll_turn(roll), 1); // nobody can be known any more
	CU_ASSERT(is_ended(fds[3][1]));
	for (size_t i = 0; i < BASE_ARRAY_LEN(before); i++) {
		gw_pass_end(roll, &passes[i]);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	CU_ASSERT_EQUAL(gw_roll_turn(roll), 0);
	gw_roll_destroy(roll);
}

static void what_no_password_can_be_is_wrong(void)
{
	struct gw_roll *roll = gw_roll_create(path);
	struct gw_auth *auth = gw_auth_create(roll);
	char longest[GW_PASSWORD_LEN + 1];

	CU_ASSERT_PTR_NOT_NULL_FATAL(auth);
	memset(longest, 'x', GW_PASSWORD_LEN);
	longest[GW_PASSWORD_LEN] = '\0';
	users_of_one("one");
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", longest), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", longest, "one"), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", ""), GW_LOGIN_WRONG);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL(login_try(auth, "10.0.0.1", "ann", "one"), GW_LOGIN_FAILED);
	gw_auth_destroy(auth);
	gw_roll_destroy(roll);
}

// ---- JSON

static void texts_are_quoted_as_json(void)
{
	struct gw_out out = {0};

	gw_out_quoted(&out, "a\"b\\c\n\x01\xc3\xa9");
	gw_out_text(&out, ",");
	gw_out_json(&out, NULL);
	gw_out_printf(&out, ",%d", 7);
	CU_ASSERT_FALSE_FATAL(out.is_bad);
	gw_out_add(&out, "", 1);
	CU_ASSERT_STRING_EQUAL(out.bytes, "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\",null,7");
	gw_out_fini(&out);
}

static void bodies_are_objects_that_are_not_deep(void)
{
	static const char *const good[] = {
		"", "{}", "{\"a\":[[[[]]]]}", "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[\\\"{{{{\"}"};
	static const char *const bad[] = {"[]", "7", "{", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "{} {}",
		"{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		json_t *json = gw_body_parse(good[i], strlen(good[i]));

		CU_ASSERT_TRUE(json_is_object(json));
		json_decref(json);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++)
		CU_ASSERT_PTR_NULL(gw_body_parse(bad[i], strlen(bad[i])));
	static char deep[60000];
	memset(deep, '[', sizeof(deep));
	CU_ASSERT_PTR_NULL(gw_body_parse(deep, sizeof(deep)));
}

static void fields_of_a_form_are_decoded(void)
{
	static const char body[] = "xname=1&name=a+b%3D%26%zz&password=&last=%00";
	char out[12];

	CU_ASSERT_TRUE(gw_body_field(body, sizeof(body) - 1, "name", out, sizeof(out)));
	CU_ASSERT_STRING_EQUAL(out, "a b=&%zz");
	CU_ASSERT_FALSE(gw_body_field(body, sizeof(body) - 1, "name", out, 8)); // too long
	CU_ASSERT_FALSE(gw_body_field(body, sizeof(body) - 1, "password", out, sizeof(out)));
	CU_ASSERT_FALSE(gw_body_field(body, sizeof(body) - 1, "last", out, sizeof(out)));
	CU_ASSERT_FALSE(gw_body_field(body, sizeof(body) - 1, "nam", out, sizeof(out)));
	CU_ASSERT_FALSE(gw_body_field("", 0, "name", out, sizeof(out)));
}

static void durations_are_those_of_routeros(void)
{
	static const struct {
		const char *text;
		uint32_t ms;
	} good[] = {{"5", 5000}, {"0", 0}, {"20ms", 20}, {"1m", 60000}, {"1h1m1s1ms", 3661001},
		{"00:00:05", 5000}, {"01:02:03", 3723000}, {"1w", 604800000}};
	static const char *const bad[] = {"", "s", "-1", "1x", "1:2", "00:60:00", "00:00:05x", "5 ", "9w",
		"99999999999", "1s1", "1:00:00:00"};
	uint32_t ms;

	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		CU_ASSERT_TRUE(gw_value_duration(good[i].text, &ms));
		CU_ASSERT_EQUAL(ms, good[i].ms);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(gw_value_duration(bad[i], &ms));
}

// ---- news

static struct gw_ring ring;

static void news_go_to_each_listener_at_its_own_pace(void)
{
	struct gw_change c;

	gw_ring_init(&ring);
	struct gw_watcher *slow = gw_watcher_create(&ring);
	gw_ring_tell(&ring, GW_CHANGE_ROW, json_string("one"));
	struct gw_watcher *late = gw_watcher_create(&ring);
	CU_ASSERT_EQUAL(gw_watcher_next(late, &c), 0);
	gw_ring_tell(&ring, GW_CHANGE_AWAY, NULL);
	CU_ASSERT_EQUAL(gw_watcher_next(late, &c), 1);
	CU_ASSERT_EQUAL(c.kind, GW_CHANGE_AWAY);
	CU_ASSERT_EQUAL(c.number, 2);
	CU_ASSERT_EQUAL(gw_watcher_next(late, &c), 0);
	CU_ASSERT_EQUAL(gw_watcher_next(slow, &c), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(c.row), "one");
	json_decref(c.row);
	CU_ASSERT_TRUE(gw_watcher_resume(late, 0)); // behind nothing: all that is kept
	CU_ASSERT_EQUAL(gw_watcher_next(late, &c), 1);
	CU_ASSERT_EQUAL(c.number, 1);
	json_decref(c.row);
	CU_ASSERT_FALSE(gw_watcher_resume(late, 3)); // not told yet
	gw_watcher_destroy(late);
	for (int i = 0; i <= GW_RING_KEPT; i++)
		gw_ring_tell(&ring, GW_CHANGE_ROW, json_integer(i));
	CU_ASSERT_EQUAL(gw_watcher_next(slow, &c), -EOVERFLOW);
	CU_ASSERT_EQUAL(gw_watcher_next(slow, &c), 0); // behind them
	CU_ASSERT_FALSE(gw_watcher_resume(slow, 1));
	CU_ASSERT_TRUE(gw_watcher_resume(slow, ring.last - GW_RING_KEPT));
	CU_ASSERT_EQUAL(gw_watcher_next(slow, &c), 1);
	CU_ASSERT_EQUAL(json_integer_value(c.row), 1);
	json_decref(c.row);
	gw_watcher_destroy(slow);
	for (int i = 0; i < GW_RING_KEPT; i++)
		gw_ring_tell(&ring, GW_CHANGE_AWAY, NULL);
}

// ---- rows

static void values_are_written_as_routeros_does(void)
{
	static const struct gw_prop props[] = {{"text", "a/text", GW_KIND_TEXT}, {"n", "n", GW_KIND_NUMBER},
		{"yes", "yes", GW_KIND_TEXT}, {"gone", "a/gone", GW_KIND_TEXT},
		{"null", "null", GW_KIND_TEXT}, {"mac", "mac", GW_KIND_MAC}, {"auto", "auto", GW_KIND_MAC},
		{"path", "path", GW_KIND_MACS}, {"none", "none", GW_KIND_SECRETS},
		{"some", "path", GW_KIND_SECRETS}, {"told", "a/text", GW_KIND_SECRETS},
		{"time", "time", GW_KIND_TIME}, {"said", "it", GW_KIND_SAID}, {NULL}};
	json_t *json = json_pack("{s:{s:s}, s:i, s:b, s:n, s:s, s:s, s:[s,s], s:[], s:s}", "a", "text", "t",
		"n", -3, "yes", 1, "null", "mac", "02:00:00:00:d0:0a", "auto", "auto", "path",
		"0a:00:00:00:00:01", "0b:00:00:00:00:02", "none", "time", "2026-11-30T17:10:32.5Z");
	static struct gw_row row;

	gw_row_clear(&row);
	gw_row_fill(&row, props, json);
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "text"), "t");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "n"), "-3");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "yes"), "true");
	CU_ASSERT_PTR_NULL(gw_row_value(&row, "gone"));
	CU_ASSERT_PTR_NULL(gw_row_value(&row, "null"));
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "mac"), "02:00:00:00:D0:0A");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "auto"), "00:00:00:00:00:00");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "path"), "0A:00:00:00:00:01,0B:00:00:00:00:02");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "none"), "");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "some"), "*****");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "told"), "*****");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "time"), "2026-11-30 17:10:32");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "said"), "it");
	json_decref(json);
}

static void uptimes_have_the_units_of_routeros(void)
{
	static const struct gw_prop props[] = {{"uptime", "s", GW_KIND_UPTIME}, {NULL}};
	static const struct {
		int seconds;
		const char *text;
	} rows[] = {
		{0, "0s"}, {59, "59s"}, {60, "1m"}, {3661, "1h1m1s"}, {86400, "1d"}, {788645, "1w2d3h4m5s"}};
	static struct gw_row row;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		json_t *json = json_pack("{s:i}", "s", rows[i].seconds);

		gw_row_clear(&row);
		gw_row_fill(&row, props, json);
		CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "uptime"), rows[i].text);
		json_decref(json);
	}
}

static void a_row_that_is_full_is_cut_and_keeps_what_it_has(void)
{
	static char longer[GW_ROW_TEXT_LEN + 10];
	static struct gw_row row;

	memset(longer, 'x', sizeof(longer) - 1);
	gw_row_clear(&row);
	gw_row_add(&row, "first", "1");
	gw_row_add(&row, "long", longer);
	gw_row_add(&row, "last", "2");
	CU_ASSERT_STRING_EQUAL(gw_row_value(&row, "first"), "1");
	CU_ASSERT_EQUAL(strlen(gw_row_value(&row, "long")), GW_ROW_TEXT_LEN - 3);
	CU_ASSERT_PTR_NULL(gw_row_value(&row, "last"));
	gw_row_clear(&row);
	for (int i = 0; i < GW_CELLS_MAX + 1; i++)
		gw_row_add(&row, i < GW_CELLS_MAX ? "in" : "beyond", "");
	CU_ASSERT_EQUAL(row.n, GW_CELLS_MAX);
	CU_ASSERT_PTR_NULL(gw_row_value(&row, "beyond"));
}

// ---- the tree

static void menus_are_found_by_path_and_alias(void)
{
	const struct gw_menu *port = gw_menu_find("/tool/romon/port/print", 16);

	CU_ASSERT_PTR_NOT_NULL_FATAL(port);
	CU_ASSERT_STRING_EQUAL(port->path, "/tool/romon/port");
	CU_ASSERT_PTR_EQUAL(gw_menu_find("/interface/romon/port", 21), port);
	CU_ASSERT_PTR_EQUAL(gw_menu_find("/romon/port", 11), port);
	CU_ASSERT_PTR_NULL(gw_menu_find("/tool/romon/port/print", 22));
	CU_ASSERT_PTR_NULL(gw_menu_find("/tool/romon/por", 15));
	CU_ASSERT_PTR_NULL(gw_menu_find("/tool", 5));
	CU_ASSERT_PTR_NULL(gw_menu_find("", 0));
	CU_ASSERT_TRUE(gw_menu_is_above("/tool", 5));
	CU_ASSERT_TRUE(gw_menu_is_above("/interface/romon", 16));
	CU_ASSERT_FALSE(gw_menu_is_above("/too", 4));
	CU_ASSERT_FALSE(gw_menu_is_above("/tool/romon/port", 16));
	CU_ASSERT_FALSE(gw_menu_is_above("/ip", 3));
}

static void verbs_that_change_want_more_than_to_read(void)
{
	static const char *const changes[] = {
		"set", "add", "remove", "enable", "disable", "move", "unset", "comment"};

	CU_ASSERT_EQUAL(gw_verb_find("print")->group, GW_GROUP_READ);
	CU_ASSERT_EQUAL(gw_verb_find("getall")->verb, GW_VERB_PRINT);
	for (size_t i = 0; i < BASE_ARRAY_LEN(changes); i++)
		CU_ASSERT_TRUE(gw_verb_find(changes[i])->group >= GW_GROUP_WRITE);
	CU_ASSERT_PTR_NULL(gw_verb_find("prin"));
	CU_ASSERT_PTR_NULL(gw_verb_find(""));
}

static const char *arg_value(const struct gw_args *args, const char *name)
{
	for (uint32_t i = 0; i < args->n; i++) {
		if (strcmp(args->list[i].name, name) == 0)
			return args->list[i].value;
	}
	return NULL;
}

static void exported_values_are_quoted_as_routeros_does(void)
{
	static const struct {
		const char *value, *text;
	} wanted[] = {{"ether1", "ether1"}, {"02:00:00:00:00:0A", "02:00:00:00:00:0A"}, {"", "\"\""},
		{"a b", "\"a b\""}, {"\"\\$?", "\"\\\"\\\\\\$\\?\""}, {"\n\x1b", "\"\\0A\\1B\""},
		{"gr\xc3\xbcn", "\"gr\\C3\\BCn\""}, {"[find]", "\"[find]\""}, {"a;b", "\"a;b\""}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(wanted); i++) {
		struct gw_out out = {0};

		gw_export_value(&out, wanted[i].value);
		gw_out_add(&out, "", 1);
		CU_ASSERT_STRING_EQUAL(out.bytes, wanted[i].text);
		gw_out_fini(&out);
	}
}

static void bodies_become_arguments(void)
{
	static struct gw_args args;
	json_t *body = json_pack(
		"{s:s, s:i, s:b, s:[s,s], s:[]}", "a", "x", "b", -7, "c", 1, "d", "one", "two", "e");

	CU_ASSERT_TRUE(gw_args_take(&args, body));
	CU_ASSERT_EQUAL(args.n, 5);
	CU_ASSERT_STRING_EQUAL(arg_value(&args, "a"), "x");
	CU_ASSERT_STRING_EQUAL(arg_value(&args, "b"), "-7");
	CU_ASSERT_STRING_EQUAL(arg_value(&args, "c"), "true");
	CU_ASSERT_STRING_EQUAL(arg_value(&args, "d"), "one,two");
	CU_ASSERT_STRING_EQUAL(arg_value(&args, "e"), "");
	json_decref(body);
}

// A comma would make two secrets of one; what is too long is refused, not cut.
static void what_is_no_argument_is_refused(void)
{
	static struct gw_args args;
	static char text[sizeof(args.text)];
	json_t *many = json_object();
	char name[8];

	memset(text, 'x', sizeof(text) - 1);
	json_t *const bodies[] = {json_pack("[]"), json_pack("{s:n}", "a"), json_pack("{s:f}", "a", 1.5),
		json_pack("{s:{}}", "a"), json_pack("{s:[i]}", "a", 1), json_pack("{s:[s]}", "a", "b,c"),
		json_pack("{s:[s,s]}", "a", text, "b"), json_pack("{s:[s]}", "a", text)};
	for (size_t i = 0; i < BASE_ARRAY_LEN(bodies); i++) {
		memset(&args, 0, sizeof(args));
		CU_ASSERT_FALSE(gw_args_take(&args, bodies[i]));
		json_decref(bodies[i]);
	}
	for (int i = 0; i <= ROSAPI_WORDS_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		json_object_set_new(many, name, json_true());
	}
	memset(&args, 0, sizeof(args));
	CU_ASSERT_FALSE(gw_args_take(&args, many));
	CU_ASSERT_FALSE(gw_args_take(&args, NULL));
	json_decref(many);
}

// Whoever may only read gives no command that acts, and nobody takes over a connection.
static void commands_are_for_the_groups_of_their_tiers(void)
{
	static const struct {
		const char *name;
		enum gw_group group;
	} wanted[] = {{"status", GW_GROUP_READ}, {"why", GW_GROUP_READ}, {"ping", GW_GROUP_READ},
		{"discover", GW_GROUP_READ}, {"config-set", GW_GROUP_WRITE}, {"node-forget", GW_GROUP_WRITE},
		{"log-level", GW_GROUP_WRITE}, {"torch", GW_GROUP_WRITE}, {"capture", GW_GROUP_FULL},
		{"config-save", GW_GROUP_FULL}, {"stream-open", GW_GROUP_NONE},
		{"nodes-follow", GW_GROUP_NONE}, {"events-follow", GW_GROUP_NONE}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(wanted); i++) {
		const struct schema_command *command = schema_command_find(wanted[i].name);

		CU_ASSERT_PTR_NOT_NULL_FATAL(command);
		CU_ASSERT_EQUAL(gw_command_group(command), wanted[i].group);
	}
}

static void who_asks_is_told_with_the_address(void)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	char who[GW_WHO_LEN];

	inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	CU_ASSERT_STRING_EQUAL(gw_who("ann", (struct sockaddr *)&four, who), "ann@192.0.2.1");
	CU_ASSERT_STRING_EQUAL(gw_who("ann", (struct sockaddr *)&six, who), "ann@[2001:db8::1]");
	CU_ASSERT_STRING_EQUAL(gw_who("ann", NULL, who), "ann@");
	// the longest of all fits what romond takes
	inet_pton(AF_INET6, "fe80:1111:2222:3333:4444:5555:6666:7777", &six.sin6_addr);
	gw_who("0123456789012345678901234567890", (struct sockaddr *)&six, who);
	CU_ASSERT_TRUE(strlen(who) <= API_FOR_LEN_MAX && who[strlen(who) - 1] == ']');
}

static void logins_are_listed_until_they_end(void)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct gw_active a = {.name = "ann", .group = GW_GROUP_READ}, b = {.name = "bob"},
			 none = {.next = NULL};

	inet_pton(AF_INET, "192.0.2.1", &from.sin_addr);
	gw_active_begin(&a, "api", (struct sockaddr *)&from);
	gw_active_begin(&b, "api-ssl", NULL);
	json_t *list = gw_active_list();
	CU_ASSERT_EQUAL(json_array_size(list), 2);
	json_t *row = json_array_get(list, 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "address")), "192.0.2.1");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "group")), "read");
	json_decref(list);
	gw_active_end(&a);
	gw_active_end(&a); // once is enough
	gw_active_end(&none);
	list = gw_active_list();
	CU_ASSERT_EQUAL(json_array_size(list), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(list, 0), "name")), "bob");
	json_decref(list);
	gw_active_end(&b);
}

static const struct suite_case cases[] = {
	SUITE_CASE(nothing_configured_is_loopback),
	SUITE_CASE(the_file_that_is_shipped_has_the_defaults),
	SUITE_CASE(keys_of_a_file_hold),
	SUITE_CASE(what_is_wrong_is_named_with_its_place),
	SUITE_CASE(a_user_logs_in_with_its_password_only),
	SUITE_CASE(a_file_that_others_may_read_is_refused),
	SUITE_CASE(lines_that_are_no_users_are_told_by_number),
	SUITE_CASE(no_file_is_no_users),
	SUITE_CASE(names_of_users_are_plain),
	SUITE_CASE(a_right_password_is_not_hashed_again_until_the_file_changes),
	SUITE_CASE(who_guesses_has_to_wait_and_nobody_else),
	SUITE_CASE(a_connection_ends_with_its_user),
	SUITE_CASE(what_no_password_can_be_is_wrong),
	SUITE_CASE(texts_are_quoted_as_json),
	SUITE_CASE(bodies_are_objects_that_are_not_deep),
	SUITE_CASE(fields_of_a_form_are_decoded),
	SUITE_CASE(durations_are_those_of_routeros),
	SUITE_CASE(news_go_to_each_listener_at_its_own_pace),
	SUITE_CASE(values_are_written_as_routeros_does),
	SUITE_CASE(uptimes_have_the_units_of_routeros),
	SUITE_CASE(a_row_that_is_full_is_cut_and_keeps_what_it_has),
	SUITE_CASE(menus_are_found_by_path_and_alias),
	SUITE_CASE(verbs_that_change_want_more_than_to_read),
	SUITE_CASE(exported_values_are_quoted_as_routeros_does),
	SUITE_CASE(bodies_become_arguments),
	SUITE_CASE(what_is_no_argument_is_refused),
	SUITE_CASE(commands_are_for_the_groups_of_their_tiers),
	SUITE_CASE(who_asks_is_told_with_the_address),
	SUITE_CASE(logins_are_listed_until_they_end),
};

int main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/file", folder);
	int rc = suite_run("gw", cases, BASE_ARRAY_LEN(cases));
	unlink(path);
	rmdir(folder);
	return rc;
}
