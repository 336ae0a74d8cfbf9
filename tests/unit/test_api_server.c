// SPDX-License-Identifier: BSD-3-Clause
// The control socket as a peer sees it: whole exchanges with a real server over a real socket in a
// directory of its own. The server runs in this thread, a turn at a time, so nothing depends on luck.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_args.h"
#include "api_bed.h"
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

static const struct api_command commands[] = {
	{"echo", echo, "give the arguments back"},
	{"refuse", refuse, "fail with more than a sentence"},
	{"forget", forget, "fail without a reason"},
	{"blob", blob, "half a megabyte"},
};

static void bed_open(struct api_bed *b, const char *group)
{
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

static void one_client_too_many_is_closed(void)
{
	int fds[API_CLIENTS_MAX];
	struct api_bed b;
	bool is_closed;

	bed_open(&b, NULL);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		fds[i] = api_bed_peer(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), API_CLIENTS_MAX);
	int extra = api_bed_peer(&b);
	char *got = api_bed_receive(&b, extra, NULL, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	free(got);
	close(extra);
	close(fds[0]);
	api_bed_pump(&b);
	fds[0] = api_bed_peer(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), API_CLIENTS_MAX);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		close(fds[i]);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	api_bed_close(&b);
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
	struct api_server_cfg cfg = {b.path, NULL, {commands, BASE_ARRAY_LEN(commands), NULL}};
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
	struct api_server_cfg cfg = {addr.sun_path, NULL, {commands, BASE_ARRAY_LEN(commands), NULL}};
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
	char byte;

	if (setgroups(1, &gid) != 0 || setgid(4712) != 0 || setuid(4711) != 0)
		_exit(2);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	base_text_copy(addr.sun_path, sizeof(addr.sun_path), path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		_exit(3);
	if (send(fd, "{}\n", 3, MSG_NOSIGNAL) != 3)
		_exit(11);
	_exit(recv(fd, &byte, 1, 0) == 1 ? 10 : 11);
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

static void arguments_are_checked(void)
{
	static const char *const known[] = {"count", "port"};
	struct api_error err = API_ERROR_INIT;
	const char *text;
	uint64_t n;
	bool yes;

	json_t *args = json_pack("{s:i, s:s, s:n, s:b}", "count", 5, "port", "e1", "nil", "all", 1);
	CU_ASSERT_EQUAL(api_args_u64(args, "count", 1, 5, 9, &n, &err), 0);
	CU_ASSERT_EQUAL(n, 5);
	CU_ASSERT_EQUAL(api_args_u64(args, "nil", 1, 5, 9, &n, &err), 0);
	CU_ASSERT_EQUAL(n, 9);
	CU_ASSERT_EQUAL(api_args_u64(args, "count", 1, 4, 9, &n, &err), -EINVAL);
	CU_ASSERT_STRING_EQUAL(err.message, "count: expected a number from 1 to 4");
	CU_ASSERT_EQUAL(err.code, API_ERROR_BAD_ARGUMENT);
	CU_ASSERT_EQUAL(api_args_u64(args, "port", 0, 4, 9, &n, &err), -EINVAL);
	CU_ASSERT_EQUAL(api_args_text(args, "port", NULL, &text, &err), 0);
	CU_ASSERT_STRING_EQUAL(text, "e1");
	CU_ASSERT_EQUAL(api_args_text(args, "none", NULL, &text, &err), 0);
	CU_ASSERT_PTR_NULL(text);
	CU_ASSERT_EQUAL(api_args_text(args, "count", NULL, &text, &err), -EINVAL);
	CU_ASSERT_EQUAL(api_args_bool(args, "all", false, &yes, &err), 0);
	CU_ASSERT_TRUE(yes);
	CU_ASSERT_EQUAL(api_args_bool(args, "count", false, &yes, &err), -EINVAL);
	json_object_del(args, "nil");
	json_object_del(args, "all");
	CU_ASSERT_EQUAL(api_args_only(args, known, 2, &err), 0);
	json_object_set_new(args, "prot", json_null());
	CU_ASSERT_EQUAL(api_args_only(args, known, 2, &err), -EINVAL);
	CU_ASSERT_STRING_EQUAL(err.message, "prot: no such argument; did you mean port?");
	json_decref(args);
	api_error_clear(&err);
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
	SUITE_CASE(one_client_too_many_is_closed),
	SUITE_CASE(no_descriptor_left_does_not_spin),
	SUITE_CASE(file_has_its_final_mode),
	SUITE_CASE(second_instance_and_foreign_files_are_respected),
	SUITE_CASE(stale_socket_is_replaced_and_a_live_one_is_not),
	SUITE_CASE(stranger_is_refused_and_a_member_is_not),
	SUITE_CASE(arguments_are_checked),
};

SUITE_MAIN("api_server", cases)
