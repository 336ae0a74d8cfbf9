// SPDX-License-Identifier: BSD-3-Clause
// The control socket as a peer sees it: whole exchanges with a real server over a real socket in a
// directory of its own. The server runs in this thread, a turn at a time, so nothing depends on luck.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_bed.h"
#include "api_feed.h"
#include "base_text.h"
#include "suite.h"

#define BLOB_LEN (512 * 1024)

static unsigned n_called; // how often a handler ran

static json_t *echo(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)err;
	n_called++;
	return json_incref(args);
}

static json_t *refuse(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)args;
	err->extra = json_pack("{s:[i]}", "issues", 7);
	return api_fail(err, API_ERROR_INVALID_CONFIG, "line %d\x1b is bad", 3);
}

static json_t *forget(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)args;
	(void)err;
	return NULL; // a handler's own bug: no reason given
}

static json_t *blob(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)args;
	(void)err;
	char *text = malloc(BLOB_LEN);
	memset(text, 'x', BLOB_LEN);
	json_t *data = json_stringn(text, BLOB_LEN);
	free(text);
	return data;
}

static struct api_bed *bed; // of the test that runs
static struct api_feed *feed;

// Who changed something, and the first bytes of what came with the request.
static json_t *change(void *ctx, json_t *args, struct api_error *err)
{
	const struct api_call *call = api_server_call(bed->server);
	char who[API_PEER_TEXT_SIZE];
	char bytes[2][8] = {"", ""};

	(void)ctx;
	(void)args;
	(void)err;
	for (int i = 0; i < API_FDS_MAX; i++) {
		if (call->fds[i] >= 0)
			CU_ASSERT(pread(call->fds[i], bytes[i], 7, 0) >= 0);
	}
	return json_pack("{s:s, s:s, s:s}", "who", api_peer_describe(call->peer.uid, call->peer.pid, who),
		"a", bytes[0], "b", bytes[1]);
}

static json_t *follow_closed(void *user, enum api_close why)
{
	(void)user;
	(void)why;
	feed = NULL;
	return NULL;
}

static int follow(void *ctx, struct api_feed *s, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)args;
	(void)err;
	feed = s;
	api_feed_on_close(s, follow_closed, NULL);
	return 0;
}

static const char *path_is_for_root(json_t *args)
{
	return json_object_get(args, "path") == NULL ? NULL : "path";
}

static const struct api_command commands[] = {
	{"echo", API_TIER_READ, echo, "give the arguments back"},
	{"refuse", API_TIER_READ, refuse, "fail with more than a sentence"},
	{"forget", API_TIER_READ, forget, "fail without a reason"},
	{"blob", API_TIER_READ, blob, "half a megabyte"},
	{"change", API_TIER_OPERATE, change, "change something, by somebody", NULL, path_is_for_root},
	{"own", API_TIER_ROOT, echo, "give the arguments back"},
	{"follow", API_TIER_OPERATE, NULL, "a feed", follow},
};

static void bed_open(struct api_bed *b, const char *group)
{
	bed = b;
	api_bed_open(b, commands, BASE_ARRAY_LEN(commands), NULL, group);
}

static void expect(struct api_bed *b, const char *request, const char *answer)
{
	bool is_closed;
	int fd = api_bed_peer(b);

	api_bed_send(b, fd, request, strlen(request));
	char *got = api_bed_receive(b, fd, NULL, &is_closed);
	if (strcmp(got, answer) != 0)
		printf("\nasked: %.200s\ngot:  %.400s\n", request, got);
	CU_ASSERT_STRING_EQUAL(got, answer);
	CU_ASSERT_FALSE(is_closed);
	free(got);
	close(fd);
	api_bed_pump(b);
	CU_ASSERT_EQUAL(api_server_clients(b->server), 0);
}

#define BAD(id, text)                                                                                \
	"{\"id\":" id ",\"ok\":false,\"error\":{\"code\":\"bad-request\",\"message\":\"" text "\"}}" \
	"\n"

static void requests_are_answered(void)
{
	struct api_bed b;

	bed_open(&b, NULL);
	expect(&b, "{\"v\":1,\"id\":7,\"cmd\":\"echo\",\"args\":{\"a\":[]}}\n",
		"{\"id\":7,\"ok\":true,\"data\":{\"a\":[]}}\n");
	expect(&b, "{\"v\":1,\"id\":\"x\",\"cmd\":\"echo\"}\n", "{\"id\":\"x\",\"ok\":true,\"data\":{}}\n");
	expect(&b, "{\"v\":1,\"id\":1,\"cmd\":\"refuse\"}\n",
		"{\"id\":1,\"ok\":false,\"error\":{\"code\":\"invalid-config\",\"message\":"
		"\"line 3\\\\x1b is bad\",\"issues\":[7]}}\n");
	expect(&b, "{\"v\":1,\"id\":1,\"cmd\":\"forget\"}\n",
		"{\"id\":1,\"ok\":false,\"error\":{\"code\":\"failed\",\"message\":\"out of memory in "
		"forget\"}}\n");
	expect(&b, "{\"v\":1,\"id\":1,\"cmd\":\"ecko\"}\n",
		"{\"id\":1,\"ok\":false,\"error\":{\"code\":\"unknown-command\",\"message\":"
		"\"no command ecko; did you mean echo?\"}}\n");
	expect(&b, "{\"v\":1,\"id\":1,\"cmd\":\"\\u001b[2J\"}\n",
		"{\"id\":1,\"ok\":false,\"error\":{\"code\":\"unknown-command\",\"message\":"
		"\"no command \\\\x1b[2J\"}}\n");
	api_bed_close(&b);
}

static void malformed_requests_are_named(void)
{
	struct api_bed b;

	bed_open(&b, NULL);
	n_called = 0;
	expect(&b, "[]\n", BAD("null", "expected a JSON object"));
	expect(&b, "{}\n", BAD("null", "id: expected a number or a text"));
	expect(&b, "{\"id\":[],\"v\":1,\"cmd\":\"echo\"}\n", BAD("null", "id: expected a number or a text"));
	expect(&b, "{\"id\":1,\"cmd\":\"echo\"}\n", BAD("1", "v: expected 1, the version of this protocol"));
	expect(&b, "{\"id\":1,\"v\":2,\"cmd\":\"echo\"}\n",
		BAD("1", "v: expected 1, the version of this protocol"));
	expect(&b, "{\"id\":1,\"v\":1,\"cmd\":3}\n", BAD("1", "cmd: expected a text"));
	expect(&b, "{\"id\":1,\"v\":1,\"cmd\":\"echo\",\"args\":[]}\n", BAD("1", "args: expected an object"));
	static const char *const nobody[] = {"3", "\"\"", "\"a\\nb\"", "\"\u00e4\"",
		"\"012345678901234567890123456789012345678901234567890123456789012345678901234567890\""};
	for (size_t i = 0; i < BASE_ARRAY_LEN(nobody); i++) {
		char line[256];

		snprintf(line, sizeof(line), "{\"id\":1,\"v\":1,\"cmd\":\"echo\",\"for\":%s}\n", nobody[i]);
		expect(&b, line, BAD("1", "for: expected a text of 1 to 80 printable characters"));
	}
	expect(&b, "{\"id\":1,\"v\":1,\"cmd\":\"echo\",\"arg\":{}}\n",
		BAD("1", "arg: no such member of a request"));

	static const char *const not_json[] = {"\n", "{\n", "{\"id\":1,}\n", "{\"id\":1} x\n",
		"{\"id\":1,\"id\":2}\n", "{\"id\":\"\xff\"}\n", "\xef\xbb\xbf{}\n",
		"{\"id\":\"a\\u0000\"}\n"};
	for (size_t i = 0; i < BASE_ARRAY_LEN(not_json); i++) {
		bool is_closed;
		int fd = api_bed_peer(&b);

		api_bed_send(&b, fd, not_json[i], strlen(not_json[i]));
		char *got = api_bed_receive(&b, fd, NULL, &is_closed);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(got, "\"code\":\"bad-request\",\"message\":\"not JSON: column "));
		CU_ASSERT_FALSE(is_closed);
		free(got);
		close(fd);
		api_bed_pump(&b);
	}
	CU_ASSERT_EQUAL(n_called, 0);
	api_bed_close(&b);
}

static void nul_bytes_and_deep_nesting_are_refused(void)
{
	static const char nul[] = "{\"v\":1,\0\"id\":1,\"cmd\":\"echo\"}\n";
	char deep[20002];
	struct api_bed b;
	bool is_closed;

	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	deep[20000] = '\n';
	bed_open(&b, NULL);
	n_called = 0;
	int fd = api_bed_peer(&b);
	api_bed_send(&b, fd, nul, sizeof(nul) - 1);
	api_bed_send(&b, fd, deep, 20001);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_FALSE(is_closed);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "maximum parsing depth reached"));
	CU_ASSERT_PTR_NOT_NULL(strchr(got, '\n'));
	CU_ASSERT_EQUAL(n_called, 0);
	free(got);
	close(fd);
	api_bed_close(&b);
}

static void half_lines_and_many_in_one_packet(void)
{
	static const char request[] = "{\"v\":1,\"id\":5,\"cmd\":\"echo\"}\n";
	char many[100 * sizeof(request)];
	struct api_bed b;
	size_t len = 0;
	bool is_closed;

	bed_open(&b, NULL);
	int fd = api_bed_peer(&b);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		char *early = api_bed_receive(&b, fd, NULL, &is_closed);
		CU_ASSERT_STRING_EQUAL(early, "");
		free(early);
		api_bed_send(&b, fd, request + i, 1);
	}
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_STRING_EQUAL(got, "{\"id\":5,\"ok\":true,\"data\":{}}\n");
	free(got);

	for (int i = 0; i < 100; i++) {
		memcpy(many + len, request, sizeof(request) - 1);
		len += sizeof(request) - 1;
	}
	many[len - 1] = ' '; // the last one has no end yet
	n_called = 0;
	api_bed_send(&b, fd, many, len);
	CU_ASSERT_EQUAL(n_called, 99);
	shutdown(fd, SHUT_WR);
	api_bed_pump(&b);
	got = api_bed_receive(&b, fd, &len, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT_EQUAL(len, 99 * strlen("{\"id\":5,\"ok\":true,\"data\":{}}\n"));
	CU_ASSERT_EQUAL(n_called, 99);
	free(got);
	close(fd);
	api_bed_close(&b);
}

// One client's pile of requests does not keep another waiting: one request each in every turn.
static void clients_take_turns(void)
{
	static const char request[] = "{\"v\":1,\"id\":5,\"cmd\":\"echo\"}\n";
	struct api_bed b;

	bed_open(&b, NULL);
	int greedy = api_bed_peer(&b);
	int modest = api_bed_peer(&b);
	for (int i = 0; i < 100; i++)
		CU_ASSERT(send(greedy, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0);
	api_server_run_once(b.server);
	CU_ASSERT(send(modest, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0);
	n_called = 0;
	api_server_run_once(b.server);
	CU_ASSERT_EQUAL(n_called, 2);
	char answer[64];
	CU_ASSERT(recv(modest, answer, sizeof(answer), MSG_DONTWAIT) > 0);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(n_called, 100);
	close(greedy);
	close(modest);
	api_bed_close(&b);
}

static void line_limit_is_exact(void)
{
	static const char head[] = "{\"v\":1,\"id\":1,\"cmd\":\"echo\"}";
	char *line = malloc(API_LINE_LEN_MAX + 2);
	struct api_bed b;
	bool is_closed;

	bed_open(&b, NULL);
	memset(line, ' ', API_LINE_LEN_MAX + 2);
	memcpy(line, head, sizeof(head) - 1);
	line[API_LINE_LEN_MAX] = '\n';
	expect(&b, "{}\n", BAD("null", "id: expected a number or a text"));
	int fd = api_bed_peer(&b);
	CU_ASSERT_EQUAL(api_bed_send(&b, fd, line, API_LINE_LEN_MAX + 1), API_LINE_LEN_MAX + 1);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_STRING_EQUAL(got, "{\"id\":1,\"ok\":true,\"data\":{}}\n");
	CU_ASSERT_FALSE(is_closed);
	free(got);

	for (int has_end = 0; has_end < 2; has_end++) {
		if (has_end == 1)
			fd = api_bed_peer(&b);
		line[API_LINE_LEN_MAX] = ' ';
		line[API_LINE_LEN_MAX + 1] = has_end ? '\n' : ' ';
		api_bed_send(&b, fd, line, API_LINE_LEN_MAX + 2);
		got = api_bed_receive(&b, fd, NULL, &is_closed);
		CU_ASSERT_STRING_EQUAL(got, BAD("null", "a request is at most 1048576 bytes long"));
		CU_ASSERT_TRUE(is_closed);
		free(got);
		close(fd);
	}
	free(line);
	api_bed_close(&b);
}

static void slow_reader_is_dropped_and_others_are_not(void)
{
	static const char ask_blob[] = "{\"v\":1,\"id\":5,\"cmd\":\"blob\"}\n";
	struct api_bed b;
	bool is_closed;
	size_t len;

	bed_open(&b, NULL);
	int slow = api_bed_peer(&b);
	int other = api_bed_peer(&b);
	b.n_log_lines = 0;
	for (int i = 0; i < 20; i++)
		api_bed_send(&b, slow, ask_blob, sizeof(ask_blob) - 1);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 1);
	CU_ASSERT_EQUAL(b.n_log_lines, 1);
	char *got = api_bed_receive(&b, slow, &len, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT(len < API_QUEUE_LEN_MAX);
	free(got);

	for (int i = 0; i < 20; i++) { // who reads gets far more than the limit through
		api_bed_send(&b, other, ask_blob, sizeof(ask_blob) - 1);
		got = api_bed_receive(&b, other, &len, &is_closed);
		CU_ASSERT(len > BLOB_LEN && got[len - 1] == '\n');
		free(got);
	}
	close(slow);
	close(other);
	api_bed_close(&b);
}

static void peer_that_leaves_midway_harms_nobody(void)
{
	static const char ask_blob[] = "{\"v\":1,\"id\":5,\"cmd\":\"blob\"}\n";
	struct api_bed b;
	char some[16];

	bed_open(&b, NULL);
	int fd = api_bed_peer(&b);
	api_bed_send(&b, fd, ask_blob, sizeof(ask_blob) - 1);
	CU_ASSERT_EQUAL(recv(fd, some, sizeof(some), MSG_DONTWAIT), sizeof(some));
	close(fd); // the server still holds most of the answer: SIGPIPE would end this test
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	fd = api_bed_peer(&b);
	api_bed_send(&b, fd, ask_blob, 5);
	close(fd);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	api_bed_close(&b);
}

// The user whom the next peer pretends to be, and the time.
static struct api_peer next_peer;
static uint64_t now_ms;

static void peer_pretend(int fd, struct api_peer *peer)
{
	(void)fd;
	*peer = next_peer;
}

static uint64_t clock_read(void)
{
	return now_ms;
}

static void bed_open_as(struct api_bed *b, uid_t uid, enum api_tier tier)
{
	bed = b;
	now_ms = 1000;
	next_peer = (struct api_peer){.uid = uid, .gid = uid, .pid = 7, .tier = tier};
	api_bed_open_as(b, commands, BASE_ARRAY_LEN(commands), clock_read, peer_pretend);
}

static void ask(struct api_bed *b, int fd, const char *cmd, const char *part)
{
	char line[128];
	bool is_closed;

	snprintf(line, sizeof(line), "{\"v\":1,\"id\":1,\"cmd\":\"%s\"}\n", cmd);
	api_bed_send(b, fd, line, strlen(line));
	char *got = api_bed_receive(b, fd, NULL, &is_closed);
	if (strstr(got, part) == NULL)
		printf("\n%s: wanted %s, got %s\n", cmd, part, got);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, part));
	free(got);
}

// Is told why there is no place for it, and closed.
static void expect_no_place(struct api_bed *b, const char *part)
{
	bool is_closed;
	int fd = api_bed_peer(b);
	char *got = api_bed_receive(b, fd, NULL, &is_closed);

	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "{\"id\":null,\"ok\":false,\"error\":{\"code\":\"busy\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, part));
	free(got);
	close(fd);
}

static void users_have_a_share_and_root_always_a_place(void)
{
	int fds[API_CLIENTS_MAX + 8];
	size_t n = 0;
	struct api_bed b;

	bed_open_as(&b, 1000, API_TIER_READ);
	for (; n < API_CLIENTS_UID; n++)
		fds[n] = api_bed_peer(&b);
	expect_no_place(&b, "too many connections of your uid 1000: 16 are open already");
	for (; n < API_CLIENTS_MAX - API_CLIENTS_ROOT; n++) {
		next_peer.uid = 1001 + (uid_t)n / 8;
		fds[n] = api_bed_peer(&b);
	}
	next_peer.uid = 4000;
	expect_no_place(&b, "56 are open already, and the other places are for root");
	CU_ASSERT_EQUAL(api_server_clients(b.server), API_CLIENTS_MAX - API_CLIENTS_ROOT);

	next_peer = (struct api_peer){.uid = 0, .tier = API_TIER_ROOT};
	for (; n < API_CLIENTS_MAX + 8; n++) { // the last 8 take the places of who idles
		now_ms++;
		fds[n] = api_bed_peer(&b);
		ask(&b, fds[n], "own", "\"ok\":true");
	}
	CU_ASSERT_EQUAL(api_server_clients(b.server), API_CLIENTS_MAX);
	for (size_t i = API_CLIENTS_MAX - API_CLIENTS_ROOT; i < n; i++)
		ask(&b, fds[i], "own", "\"ok\":true"); // none of them was root
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	api_bed_close(&b);
}

// All places are root's: the one that was quiet the longest goes, a feed never.
static void root_takes_the_place_of_who_idles_longest(void)
{
	int fds[API_CLIENTS_MAX];
	struct api_bed b;
	bool is_closed;

	bed_open_as(&b, 0, API_TIER_ROOT);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++, now_ms++)
		fds[i] = api_bed_peer(&b);
	ask(&b, fds[0], "follow", "");
	ask(&b, fds[1], "echo", "\"ok\":true");
	int extra = api_bed_peer(&b);
	ask(&b, extra, "echo", "\"ok\":true");
	free(api_bed_receive(&b, fds[2], NULL, &is_closed));
	CU_ASSERT_TRUE(is_closed);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		if (i != 2) {
			free(api_bed_receive(&b, fds[i], NULL, &is_closed));
			CU_ASSERT_FALSE(is_closed);
		}
		close(fds[i]);
	}
	close(extra);
	api_bed_pump(&b);
	api_bed_close(&b);
}

static void quiet_clients_are_closed_in_time(void)
{
	struct api_bed b;
	bool is_closed;

	bed_open_as(&b, 1000, API_TIER_OPERATE);
	int quiet = api_bed_peer(&b);
	int half = api_bed_peer(&b);
	int busy = api_bed_peer(&b);
	int follower = api_bed_peer(&b);
	ask(&b, follower, "follow", "");
	for (int i = 0; i < 3; i++) {
		now_ms += API_QUIET_MS / 3;
		api_bed_send(&b, half, "{", 1); // bytes are no request
		if (i == 1)
			ask(&b, busy, "echo", "\"ok\":true");
		api_server_tick(b.server);
		CU_ASSERT_EQUAL(api_server_clients(b.server), i < 2 ? 4 : 2);
	}
	free(api_bed_receive(&b, quiet, NULL, &is_closed));
	CU_ASSERT_TRUE(is_closed);
	ask(&b, busy, "echo", "\"ok\":true");
	now_ms += 100ull * API_QUIET_MS;
	api_server_tick(b.server);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 1); // who follows may wait for ever
	api_feed_end(feed, NULL);
	api_server_tick(b.server);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 1); // and is quiet from now on
	now_ms += API_QUIET_MS;
	api_server_tick(b.server);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	close(quiet);
	close(half);
	close(busy);
	close(follower);
	api_bed_close(&b);
}

static void who_takes_no_answer_is_closed_in_time(void)
{
	struct api_bed b;

	bed_open_as(&b, 1000, API_TIER_OPERATE);
	int fd = api_bed_peer(&b);
	ask(&b, fd, "follow", "");
	char *text = calloc(1, BLOB_LEN);
	memset(text, 'x', BLOB_LEN - 1);
	api_feed_send(feed, json_string(text)); // more than the socket takes
	free(text);
	CU_ASSERT(api_feed_pending(feed) > 0);
	now_ms += API_STUCK_MS - 1;
	api_server_tick(b.server);
	char some[65536];
	while (recv(fd, some, sizeof(some), MSG_DONTWAIT) > 0) // slow, but it reads
		;
	api_bed_pump(&b);
	now_ms += API_STUCK_MS - 1;
	api_server_tick(b.server);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 1);
	CU_ASSERT_PTR_NOT_NULL(feed);
	now_ms++;
	api_server_tick(b.server);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	CU_ASSERT_PTR_NULL(feed);
	close(fd);
	api_bed_close(&b);
}

static void tiers_hold_for_commands_and_arguments(void)
{
	static const struct {
		enum api_tier tier;
		bool may_change, may_own, may_name;
	} rows[] = {{API_TIER_READ, false, false, false}, {API_TIER_OPERATE, true, false, false},
		{API_TIER_ROOT, true, true, true}};
	static const char no[] = "\"code\":\"not-permitted\"";
	struct api_bed b;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		bed_open_as(&b, 1000, rows[i].tier);
		int fd = api_bed_peer(&b);
		ask(&b, fd, "echo", "\"ok\":true");
		ask(&b, fd, "change", rows[i].may_change ? "\"ok\":true" : no);
		ask(&b, fd, "own", rows[i].may_own ? "\"ok\":true" : no);
		ask(&b, fd, "follow", rows[i].may_change ? "" : no);
		ask(&b, fd, "change\",\"args\":{\"path\":\"/x\"},\"cmd2\":\"", "bad-request");
		static const char named[] =
			"{\"v\":1,\"id\":1,\"cmd\":\"change\",\"args\":{\"path\":\"/x\"}}\n";
		bool is_closed;
		api_bed_send(&b, fd, named, strlen(named));
		char *got = api_bed_receive(&b, fd, NULL, &is_closed);
		CU_ASSERT_PTR_NOT_NULL(strstr(got, rows[i].may_name ? "\"ok\":true,\"data\"" : no));
		free(got);
		close(fd);
		api_bed_pump(&b);
		api_bed_close(&b);
	}
	bed_open_as(&b, 1000, API_TIER_READ);
	int fd = api_bed_peer(&b);
	ask(&b, fd, "own",
		"own needs the tier root, which root and the user that romond runs as have; you have read");
	ask(&b, fd, "change",
		"change needs the tier operate, which members of control.group, and root have; you have "
		"read");
	close(fd);
	api_bed_close(&b);
	bed_open_as(&b, 1000, API_TIER_INVALID);
	fd = api_bed_peer(&b);
	ask(&b, fd, "echo", no); // told before it asks
	close(fd);
	api_bed_close(&b);
}

static void users_have_a_share_of_what_does_something(void)
{
	struct api_bed b;

	bed_open_as(&b, 1000, API_TIER_OPERATE);
	int fd = api_bed_peer(&b);
	for (int i = 0; i < API_OPERATE_MOST; i++)
		ask(&b, fd, "change", "\"ok\":true");
	ask(&b, fd, "change", "\"code\":\"busy\"");
	ask(&b, fd, "follow", "\"code\":\"busy\"");
	ask(&b, fd, "echo", "\"ok\":true"); // to look is free
	int again = api_bed_peer(&b);
	ask(&b, again, "change", "\"code\":\"busy\""); // another connection is the same user
	next_peer.uid = 1001;
	int other = api_bed_peer(&b);
	ask(&b, other, "change", "\"ok\":true");
	now_ms += 1000;
	for (int i = 0; i < API_OPERATE_PER_S; i++)
		ask(&b, fd, "change", "\"ok\":true");
	ask(&b, fd, "change", "\"code\":\"busy\"");
	next_peer = (struct api_peer){.uid = 0, .tier = API_TIER_ROOT};
	int root = api_bed_peer(&b);
	for (int i = 0; i < 10 * API_OPERATE_MOST; i++)
		ask(&b, root, "change", "\"ok\":true");
	close(fd);
	close(again);
	close(other);
	close(root);
	api_bed_pump(&b);
	api_bed_close(&b);
}

// A descriptor with a request, and a text in its file.
static void fds_send(struct api_bed *b, int fd, const char *line, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = {.bytes = ""};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)line, .iov_len = strlen(line)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cm), fds, n * sizeof(int));
	CU_ASSERT_EQUAL(sendmsg(fd, &msg, MSG_NOSIGNAL), (ssize_t)iov.iov_len);
	api_bed_pump(b);
}

static unsigned fds_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void descriptors_come_with_a_request_of_root_and_of_nobody_else(void)
{
	static const char line[] = "{\"v\":1,\"id\":1,\"cmd\":\"change\"}\n";
	struct api_bed b;
	bool is_closed;
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = memfd_create("file", MFD_CLOEXEC);
		CU_ASSERT_EQUAL(dprintf(fds[i], "text %d", i), 6);
	}
	for (enum api_tier tier = API_TIER_OPERATE; tier <= API_TIER_ROOT; tier++) {
		bool is_root = tier == API_TIER_ROOT;

		bed_open_as(&b, 1000, tier);
		int fd = api_bed_peer(&b);
		unsigned n_before = fds_open();
		for (size_t n = 1; n <= 3; n++) {
			fds_send(&b, fd, line, fds, n);
			char *got = api_bed_receive(&b, fd, NULL, &is_closed);
			CU_ASSERT_EQUAL(strstr(got, "\"a\":\"text 0\"") != NULL, is_root);
			CU_ASSERT_EQUAL(strstr(got, "\"b\":\"text 1\"") != NULL, is_root && n >= 2);
			CU_ASSERT_PTR_NULL(strstr(got, "text 2"));
			free(got);
			CU_ASSERT_EQUAL(fds_open(), n_before); // closed, taken or not
		}
		ask(&b, fd, "change", "\"a\":\"\""); // none is left for the next request
		fds_send(&b, fd, "{", fds, 2);
		close(fd); // with descriptors, and without a request
		api_bed_pump(&b);
		CU_ASSERT_EQUAL(fds_open(), n_before - 2); // both ends of the connection went
		api_bed_close(&b);
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void who_asks_has_a_name(void)
{
	char who[API_PEER_TEXT_SIZE];
	struct api_bed b;

	CU_ASSERT_STRING_EQUAL(api_peer_describe(0, 12, who), "root (uid 0, pid 12)");
	CU_ASSERT_STRING_EQUAL(api_peer_describe(4294967000u, 12, who), "uid 4294967000 (pid 12)");
	bed_open_as(&b, 0, API_TIER_ROOT);
	int fd = api_bed_peer(&b);
	ask(&b, fd, "change", "\"who\":\"root (uid 0, pid 7)\"");
	CU_ASSERT_PTR_NULL(api_server_call(b.server)); // only while it asks
	close(fd);
	api_bed_close(&b);
}

static void command_without_a_tier_is_no_command(void)
{
	static const struct api_command forgotten[] = {
		{"echo", API_TIER_INVALID, echo, "give the arguments back"}};
	struct api_server_cfg cfg = {.path = "/tmp/never", .table = {forgotten, 1, NULL}};

	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, EINVAL);
}

static void no_descriptor_left_does_not_spin(void)
{
	struct rlimit old;
	struct api_bed b;
	bool is_closed;

	bed_open(&b, NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int probe = dup(fd);
	close(probe);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old), 0);
	struct rlimit tight = {(rlim_t)probe, old.rlim_max};
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &tight), 0);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	base_text_copy(addr.sun_path, sizeof(addr.sun_path), b.path);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	api_bed_pump(&b);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	free(got);
	close(fd);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &old), 0);
	expect(&b, "{}\n", BAD("null", "id: expected a number or a text"));
	api_bed_close(&b);
}

static void file_has_its_final_mode(void)
{
	const struct group *own = getgrgid(getegid());
	struct api_bed b;
	struct stat st;

	bed_open(&b, NULL);
	CU_ASSERT_EQUAL(stat(b.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFSOCK | 0600);
	api_bed_close(&b);

	CU_ASSERT_PTR_NOT_NULL_FATAL(own);
	bed_open(&b, own->gr_name);
	CU_ASSERT_EQUAL(stat(b.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFSOCK | 0660);
	CU_ASSERT_EQUAL(st.st_gid, getegid());
	api_bed_close(&b);

	bed_open(&b, "no-such-group");
	CU_ASSERT_EQUAL(stat(b.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFSOCK | 0600);
	CU_ASSERT_EQUAL(b.n_log_lines, 1);
	api_bed_close(&b);
}

static void second_instance_and_foreign_files_are_respected(void)
{
	struct api_bed b;
	struct stat st;
	char other[128];

	bed_open(&b, NULL);
	struct api_server_cfg cfg = {.path = b.path, .table = {commands, BASE_ARRAY_LEN(commands), NULL}};
	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	expect(&b, "{}\n", BAD("null", "id: expected a number or a text")); // the first one still serves

	snprintf(other, sizeof(other), "%s/file", b.dir);
	close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	cfg.path = other;
	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(stat(other, &st), 0);
	CU_ASSERT_TRUE(S_ISREG(st.st_mode));
	unlink(other);

	cfg.path = "/tmp/no/such/directory/x.sock";
	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, ENOENT);
	char longer[200];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	cfg.path = longer;
	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, ENAMETOOLONG);
	api_bed_close(&b);
}

// A foreign program's live socket stays; one that its owner left behind goes.
static void stale_socket_is_replaced_and_a_live_one_is_not(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct api_bed b;

	bed_open(&b, NULL);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/old.sock", b.dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL(listen(fd, 1), 0);
	struct api_server_cfg cfg = {
		.path = addr.sun_path, .table = {commands, BASE_ARRAY_LEN(commands), NULL}};
	CU_ASSERT_PTR_NULL(api_server_create(&cfg));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	close(fd);
	struct api_server *again = api_server_create(&cfg);
	CU_ASSERT_PTR_NOT_NULL(again);
	api_server_destroy(again);
	CU_ASSERT_NOT_EQUAL(access(addr.sun_path, F_OK), 0);
	api_bed_close(&b);
}

// In a child: connect as a user of our choice, ask, and tell whether an answer came. Never returns.
static void stranger_ask(const char *path, gid_t gid)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char text[512];

	if (setgroups(1, &gid) != 0 || setgid(4712) != 0 || setuid(4711) != 0)
		_exit(2);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	base_text_copy(addr.sun_path, sizeof(addr.sun_path), path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		_exit(3);
	(void)!send(fd, "{}\n", 3, MSG_NOSIGNAL);
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	_exit(n <= 0 ? 12 : strstr(text, "not-permitted") != NULL ? 11 : 10);
}

// A peer without rights is refused even when the file's mode let it through. Needs root to change user.
static void stranger_is_refused_and_a_member_is_not(void)
{
	const struct group *group = getgrgid(65534);
	struct api_bed b;

	if (geteuid() != 0 || group == NULL) {
		puts("skipped: needs root, and a group 65534");
		return;
	}
	for (int is_member = 0; is_member < 2; is_member++) {
		int status = -1;

		bed_open(&b, group->gr_name);
		CU_ASSERT_EQUAL(chmod(b.dir, 0755), 0);
		CU_ASSERT_EQUAL(chmod(b.path, 0666), 0);
		pid_t pid = fork();
		if (pid == 0)
			stranger_ask(b.path, is_member ? 65534 : 4711);
		struct pollfd p = {.fd = api_server_fd(b.server), .events = POLLIN};
		while (waitpid(pid, &status, WNOHANG) == 0) {
			if (poll(&p, 1, 10) == 1)
				api_server_run_once(b.server);
		}
		CU_ASSERT_TRUE(WIFEXITED(status));
		CU_ASSERT_EQUAL(WEXITSTATUS(status), is_member ? 10 : 11);
		api_bed_close(&b);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(requests_are_answered),
	SUITE_CASE(malformed_requests_are_named),
	SUITE_CASE(nul_bytes_and_deep_nesting_are_refused),
	SUITE_CASE(half_lines_and_many_in_one_packet),
	SUITE_CASE(clients_take_turns),
	SUITE_CASE(line_limit_is_exact),
	SUITE_CASE(slow_reader_is_dropped_and_others_are_not),
	SUITE_CASE(peer_that_leaves_midway_harms_nobody),
	SUITE_CASE(users_have_a_share_and_root_always_a_place),
	SUITE_CASE(root_takes_the_place_of_who_idles_longest),
	SUITE_CASE(quiet_clients_are_closed_in_time),
	SUITE_CASE(who_takes_no_answer_is_closed_in_time),
	SUITE_CASE(tiers_hold_for_commands_and_arguments),
	SUITE_CASE(users_have_a_share_of_what_does_something),
	SUITE_CASE(descriptors_come_with_a_request_of_root_and_of_nobody_else),
	SUITE_CASE(who_asks_has_a_name),
	SUITE_CASE(command_without_a_tier_is_no_command),
	SUITE_CASE(no_descriptor_left_does_not_spin),
	SUITE_CASE(file_has_its_final_mode),
	SUITE_CASE(second_instance_and_foreign_files_are_respected),
	SUITE_CASE(stale_socket_is_replaced_and_a_live_one_is_not),
	SUITE_CASE(stranger_is_refused_and_a_member_is_not),
};

SUITE_MAIN("api_server", cases)
