// SPDX-License-Identifier: BSD-3-Clause
// The binary API of RouterOS with one client: login, print, cancel, quit. A thread a client.
//
// What clients need, beyond the documentation (docs/gateway.md says which): each sentence leaves by one
// send(); a trap has no words but message and category; .id comes first; a request with a tag is never
// answered without it.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base_random.h"
#include "gw_session.h"
#include "gw_tree.h"
#include "gw_users.h"
#include "rosapi_query.h"
#include "rosapi_request.h"
#include "rosapi_write.h"

#define IN_SIZE        65536
#define OUT_SIZE       65536
#define WHY_SIZE       512
#define LOGIN_WITHIN_S 10
#define LOGINS_MAX     5 // that failed, of one connection
#define FAILED_WAIT_S  1 // before a wrong login is answered
#define CHALLENGE_LEN  16

static const struct rosapi_limits strangers = {8, 1024, 4096};
static const struct rosapi_limits users = {ROSAPI_WORDS_MAX, 32768, IN_SIZE};

enum category { CATEGORY_MISSING = 0, CATEGORY_ARGUMENT = 1, CATEGORY_GENERAL = 4 };

struct session {
	int fd;
	const struct gw_shared *shared;
	enum gw_group group; // GW_GROUP_NONE = has not logged in
	uint32_t n_failed;   // logins
	bool is_over;
	size_t in_len;
	struct rosapi_reader reader;
	struct rosapi_writer out;
	struct rosapi_sentence sentence;
	struct rosapi_request request;
	uint8_t in[IN_SIZE];
	uint8_t out_bytes[OUT_SIZE];
};

// ---- replies

static void sentence_send(struct session *s, const char *tag)
{
	s->out.len = 0;
	if (!rosapi_write_end(&s->out, tag)) {
		s->is_over = true; // longer than any sentence of ours
		return;
	}
	for (size_t sent = 0; sent < s->out.len && !s->is_over;) {
		ssize_t n = send(s->fd, s->out_bytes + sent, s->out.len - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			s->is_over = true; // gone, or does not read
	}
	s->out.len = 0;
	s->out.at = 0;
}

static void word_send(struct session *s, const char *word)
{
	rosapi_write_word(&s->out, word);
	sentence_send(s, s->request.tag);
}

static void done_send(struct session *s, const char *ret)
{
	rosapi_write_word(&s->out, "!done");
	if (ret != NULL)
		rosapi_write_arg(&s->out, "ret", ret, strlen(ret));
	sentence_send(s, s->request.tag);
}

static void trap_send(struct session *s, enum category category, const char *message)
{
	char number[] = {(char)('0' + category), '\0'};

	rosapi_write_word(&s->out, "!trap");
	rosapi_write_arg(&s->out, "category", number, 1);
	rosapi_write_arg(&s->out, "message", message, strlen(message));
	sentence_send(s, s->request.tag);
	done_send(s, NULL);
}

// The reason as a word of its own; no tag: it is the whole connection that ends.
static void fatal_send(struct session *s, const char *reason)
{
	rosapi_write_word(&s->out, "!fatal");
	rosapi_write_word(&s->out, reason);
	sentence_send(s, NULL);
	s->is_over = true;
}

// ---- login

// RouterOS before 6.43 asked for the MD5 of a challenge and the password: with hashed passwords nobody can
// check it, and an answer of that kind is refused. The challenge is sent all the same: clients take a reply
// without one for being logged in.
static void challenge_send(struct session *s)
{
	uint8_t bytes[CHALLENGE_LEN];
	char text[2 * CHALLENGE_LEN + 1];

	base_random_fill(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	done_send(s, text);
}

static void login_refuse(struct session *s, const char *message)
{
	sleep(FAILED_WAIT_S);
	if (++s->n_failed >= LOGINS_MAX) {
		fatal_send(s, "too many logins failed");
		return;
	}
	rosapi_write_word(&s->out, "!trap");
	rosapi_write_arg(&s->out, "message", message, strlen(message));
	sentence_send(s, s->request.tag);
	done_send(s, NULL);
}

static void login(struct session *s)
{
	const char *name = rosapi_request_arg(&s->request, "name");
	const char *password = rosapi_request_arg(&s->request, "password");

	if (rosapi_request_arg(&s->request, "response") != NULL) {
		login_refuse(
			s, "cannot log in: this login is of RouterOS before 6.43; send =password= instead");
		return;
	}
	if (name == NULL || password == NULL) {
		challenge_send(s);
		return;
	}
	if (!gw_login(s->shared->conf->users, name, password, &s->group))
		trap_send(s, CATEGORY_GENERAL,
			"the file of users cannot be read; the log of romon-gw says why");
	else if (s->group == GW_GROUP_NONE)
		login_refuse(s, "invalid user name or password (6)");
	else
		done_send(s, NULL);
}

// ---- print

struct print {
	struct session *session;
	const char *proplist; // NULL = all
	bool is_count_only;
	uint32_t n;
};

static int row_print(void *ctx, const struct gw_row *row)
{
	struct print *p = ctx;
	struct session *s = p->session;
	const struct rosapi_request *r = &s->request;

	if (!rosapi_query_match(r->queries, r->n_queries, gw_row_value, row))
		return 0;
	p->n++;
	if (p->is_count_only)
		return 0;
	rosapi_write_word(&s->out, "!re");
	for (uint32_t i = 0; i < row->n; i++) {
		if (gw_row_is_listed(p->proplist, row->names[i]))
			rosapi_write_arg(&s->out, row->names[i], row->values[i], strlen(row->values[i]));
	}
	sentence_send(s, r->tag);
	return s->is_over ? -EPIPE : 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return false;
}

// Arguments of print that change nothing here, beside those that do.
static const char *const print_args[] = {
	".proplist", "count-only", "detail", "brief", "terse", "stats", "without-paging", "once", NULL};

static const char *unknown_arg(const struct rosapi_request *r)
{
	for (uint32_t i = 0; i < r->n_args; i++) {
		if (!is_one_of(r->args[i].name, print_args))
			return r->args[i].name;
	}
	return NULL;
}

static void print(struct session *s, const struct gw_menu *menu)
{
	const struct rosapi_request *r = &s->request;
	struct print p = {.session = s,
		.proplist = rosapi_request_arg(r, ".proplist"),
		.is_count_only = rosapi_request_arg(r, "count-only") != NULL};
	const char *bad = unknown_arg(r);
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	if (bad != NULL) {
		base_text_add(&why, "unknown parameter %s", bad);
		trap_send(s, CATEGORY_ARGUMENT, buf);
		return;
	}
	if (rosapi_query_check(r->queries, r->n_queries, &bad) != 0) {
		base_text_add(&why, "no such query: ?%s", bad);
		trap_send(s, CATEGORY_ARGUMENT, buf);
		return;
	}
	int rc = menu->walk(s->shared->link, row_print, &p, &why);
	if (rc == -EIO) {
		trap_send(s, CATEGORY_GENERAL, buf);
		return;
	}
	if (p.n == 0 && !p.is_count_only && s->shared->conf->api_reply_empty)
		word_send(s, "!empty");
	snprintf(buf, sizeof(buf), "%u", p.n);
	done_send(s, p.is_count_only ? buf : NULL);
}

// ---- requests

static void command_run(struct session *s)
{
	static const char *const reads[] = {"print", "getall", NULL};
	static const char *const changes[] = {
		"set", "add", "remove", "enable", "disable", "move", "unset", "comment", NULL};
	const char *command = s->request.command;
	const char *slash = strrchr(command, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - command);
	const struct gw_menu *menu = gw_menu_find(command, len);

	if (menu != NULL && is_one_of(slash + 1, reads))
		print(s, menu);
	else if (menu != NULL && is_one_of(slash + 1, changes))
		trap_send(s, CATEGORY_GENERAL,
			"romon-gw only reads; change romond's configuration file, then run romonctl reload");
	else if (menu != NULL || slash == NULL || gw_menu_is_above(command, len))
		trap_send(s, CATEGORY_MISSING, "no such command");
	else
		trap_send(s, CATEGORY_MISSING, "no such command prefix");
}

static void request_run(struct session *s)
{
	const char *command = s->request.command;

	if (strcmp(command, "/login") == 0)
		login(s);
	else if (s->group == GW_GROUP_NONE)
		fatal_send(s, "not logged in");
	else if (strcmp(command, "/quit") == 0)
		fatal_send(s, "session terminated on request");
	else if (strcmp(command, "/cancel") == 0)
		done_send(s, NULL); // no command here goes on by itself: what it names has ended
	else
		command_run(s);
}

static void sentence_run(struct session *s)
{
	char buf[WHY_SIZE];
	const char *bad;

	if (s->sentence.n == 0)
		return; // an empty sentence means nothing
	if (rosapi_request_parse(&s->sentence, &s->request, &bad) != 0) {
		snprintf(buf, sizeof(buf), "unknown word: %s", bad);
		trap_send(s, CATEGORY_ARGUMENT, buf);
		return;
	}
	request_run(s);
}

// ---- bytes

// Runs every whole sentence that has come.
static void input_run(struct session *s)
{
	while (!s->is_over) {
		int len = rosapi_read(&s->reader, s->group == GW_GROUP_NONE ? &strangers : &users, s->in,
			s->in_len, &s->sentence);

		if (len == -EAGAIN)
			return;
		if (len < 0) {
			fatal_send(s, len == -EPROTO ? "not the API of RouterOS" : "sentence too long");
			return;
		}
		sentence_run(s);
		s->in_len -= (size_t)len;
		memmove(s->in, s->in + len, s->in_len);
	}
}

// Milliseconds until a stranger's time is over; -1 = no limit.
static int wait_ms(const struct session *s, const struct timespec *begin)
{
	struct timespec now;

	if (s->group != GW_GROUP_NONE)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t left = LOGIN_WITHIN_S * 1000 - (now.tv_sec - begin->tv_sec) * 1000;
	return left < 0 ? 0 : (int)left;
}

static void serve(struct session *s)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (!s->is_over) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		int rc = poll(&p, 1, wait_ms(s, &begin));

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return; // a stranger that does not log in
		ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len, 0);
		if (n <= 0)
			return;
		s->in_len += (size_t)n;
		input_run(s);
	}
}

void gw_session_run(int fd, const struct gw_shared *shared)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->fd = fd;
		s->shared = shared;
		s->out.bytes = s->out_bytes;
		s->out.size = sizeof(s->out_bytes);
		serve(s);
		explicit_bzero(s->in, sizeof(s->in)); // passwords
		free(s);
	}
	close(fd);
}
