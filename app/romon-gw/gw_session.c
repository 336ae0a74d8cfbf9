// SPDX-License-Identifier: BSD-3-Clause
// The binary API of RouterOS with one client: bytes, login, and who answers what. A thread a client.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_clock.h"
#include "gw_active.h"
#include "gw_edit.h"
#include "gw_export.h"
#include "gw_job.h"
#include "gw_listen.h"
#include "gw_print.h"
#include "gw_session.h"
#include "gw_token.h"
#include "gw_tool.h"
#include "gw_verb.h"
#include "gw_who.h"
#include "rosapi_read.h"

#define IN_SIZE         65536
#define WHY_SIZE        512
#define LOGIN_WITHIN_MS 10000
#define LOGINS_MAX      5 // that failed, of one connection
#define FAILED_WAIT_S   1 // before a wrong login is answered
#define CHALLENGE_LEN   16

static const struct rosapi_limits strangers = {8, 1024, 4096};
static const struct rosapi_limits users = {ROSAPI_WORDS_MAX, 32768, IN_SIZE};

struct session {
	const struct gw_session_client *client;
	const struct gw_shared *shared;
	uint64_t begin_ms;
	enum gw_group group; // GW_GROUP_NONE = has not logged in
	char who[GW_WHO_LEN];
	struct gw_active active; // all zero until then, as the pass
	struct gw_pass pass;
	uint32_t n_failed; // logins
	struct gw_jobs jobs;
	struct gw_reply reply;
	struct rosapi_reader reader;
	struct rosapi_sentence sentence;
	struct rosapi_request request;
	size_t in_len;
	uint8_t in[IN_SIZE];
};

// ---- login

// RouterOS before 6.43 asked for the MD5 of a challenge and the password: with hashed passwords nobody can
// check it, and an answer of that kind is refused. The challenge is sent all the same: clients take a reply
// without one for being logged in.
static void challenge_send(struct session *s)
{
	char text[2 * CHALLENGE_LEN + 1];

	gw_token_make(text, CHALLENGE_LEN);
	gw_reply_done(&s->reply, s->request.tag, text);
}

static void login_refuse(struct session *s, const char *message)
{
	sleep(FAILED_WAIT_S);
	if (++s->n_failed >= LOGINS_MAX)
		gw_reply_fatal(&s->reply, "too many logins failed");
	else
		gw_reply_trap(&s->reply, s->request.tag, GW_CATEGORY_NONE, message);
}

static void login(struct session *s)
{
	struct gw_login_try t = {.from = (const struct sockaddr *)&s->client->from,
		.name = rosapi_request_arg(&s->request, "name"),
		.password = rosapi_request_arg(&s->request, "password")};
	char buf[WHY_SIZE];

	if (rosapi_request_arg(&s->request, "response") != NULL) {
		login_refuse(
			s, "cannot log in: this login is of RouterOS before 6.43; send =password= instead");
		return;
	}
	if (t.name == NULL || t.password == NULL) {
		challenge_send(s);
		return;
	}
	switch (gw_auth_login(s->shared->auth, &t)) {
	case GW_LOGIN_RIGHT:
		s->client->is_no_stranger(s->client->ctx);
		s->group = t.user.group;
		gw_who(t.name, t.from, s->who);
		gw_active_end(&s->active); // it logged in before
		gw_pass_end(s->shared->roll, &s->pass);
		gw_pass_begin(s->shared->roll, &s->pass, &t.user, s->who, s->client->fd);
		(void)base_text_copy(s->active.name, sizeof(s->active.name), t.name);
		s->active.group = t.user.group;
		gw_active_begin(&s->active, s->client->has_tls ? "api-ssl" : "api", t.from);
		gw_reply_done(&s->reply, s->request.tag, NULL);
		break;
	case GW_LOGIN_WAIT:
		snprintf(buf, sizeof(buf), "too many wrong logins: try again in %u s", t.wait_s);
		login_refuse(s, buf);
		break;
	case GW_LOGIN_FAILED:
		gw_reply_trap(&s->reply, s->request.tag, GW_CATEGORY_GENERAL,
			"the file of users cannot be read; the log of romon-gw says why");
		break;
	case GW_LOGIN_INVALID:
	case GW_LOGIN_WRONG:
		login_refuse(s, "invalid user name or password (6)");
		break;
	}
}

// ---- requests

static enum gw_category category_of(enum gw_edit_end end)
{
	switch (end) {
	case GW_EDIT_NO_COMMAND:
	case GW_EDIT_NO_ITEM:
		return GW_CATEGORY_MISSING;
	case GW_EDIT_ARGUMENT:
		return GW_CATEGORY_ARGUMENT;
	case GW_EDIT_DONE:
	case GW_EDIT_FAILED:
	case GW_EDIT_AWAY:
		break;
	}
	return GW_CATEGORY_GENERAL;
}

static void change(struct session *s, const struct gw_menu *menu, const char *verb)
{
	const struct rosapi_request *r = &s->request;
	struct gw_edit c = {.menu = menu, .verb = verb, .args = r->args, .n_args = r->n_args, .who = s->who};
	char buf[WHY_SIZE];

	base_text_init(&c.why, buf, sizeof(buf));
	enum gw_edit_end end = gw_edit_run(s->shared, &c);
	if (end == GW_EDIT_DONE)
		gw_reply_done(&s->reply, r->tag, c.id[0] == '\0' ? NULL : c.id);
	else
		gw_reply_trap(&s->reply, r->tag, category_of(end), buf);
}

static void no_such(struct session *s, const char *what)
{
	gw_reply_trap(&s->reply, s->request.tag, GW_CATEGORY_MISSING, what);
}

// Of the command "PATH/export".
static void export_answer(struct session *s)
{
	const struct rosapi_request *r = &s->request;
	size_t len = (size_t)(strrchr(r->command, '/') - r->command);
	struct gw_out out = {0};
	char buf[WHY_SIZE];
	struct base_text why;

	for (uint32_t i = 0; i < r->n_args; i++) {
		if (gw_export_has_arg(r->args[i].name))
			continue;
		snprintf(buf, sizeof(buf), "unknown parameter %s", r->args[i].name);
		gw_reply_trap(&s->reply, r->tag, GW_CATEGORY_ARGUMENT, buf);
		return;
	}
	base_text_init(&why, buf, sizeof(buf));
	int rc = gw_export_write(s->shared->tree, r->command, len, &out, &why);
	gw_out_add(&out, "", 1);
	if (rc == -ENOENT)
		no_such(s, "no such command prefix");
	else if (rc == 0 && (out.is_bad || out.len > GW_RET_LEN_MAX))
		gw_reply_trap(&s->reply, r->tag, GW_CATEGORY_GENERAL,
			"longer than a sentence may be: export by REST, or menu by menu");
	else if (rc == 0)
		gw_reply_done(&s->reply, r->tag, out.bytes);
	else
		gw_reply_trap(&s->reply, r->tag, GW_CATEGORY_GENERAL, buf);
	gw_out_fini(&out);
}

// menu: NULL where the verb is of any path.
static void verb_run(struct session *s, const struct gw_menu *menu, const struct gw_verb_row *verb)
{
	const struct gw_tool_ask ask = {s->shared, &s->request, s->who};
	const char *tag = s->request.tag;

	if (s->group < verb->group) {
		gw_reply_trap(&s->reply, tag, GW_CATEGORY_GENERAL, GW_NO_RIGHTS);
		return;
	}
	switch (verb->verb) {
	case GW_VERB_PRINT:
		gw_print(&s->reply, s->shared, menu, &s->request);
		break;
	case GW_VERB_CHANGE:
		change(s, menu, verb->name);
		break;
	case GW_VERB_LISTEN:
		gw_listen(&s->jobs, &s->reply, s->shared, menu, &s->request);
		break;
	case GW_VERB_MONITOR:
		gw_monitor(&s->jobs, &s->reply, s->shared, menu, &s->request);
		break;
	case GW_VERB_PING:
		gw_ping(&s->jobs, &s->reply, &ask);
		break;
	case GW_VERB_DISCOVER:
		gw_discover(&s->jobs, &s->reply, &ask);
		break;
	case GW_VERB_EXPORT:
		export_answer(s);
		break;
	case GW_VERB_ELSEWHERE:
		gw_reply_trap(&s->reply, tag, GW_CATEGORY_GENERAL, verb->refusal);
		break;
	case GW_VERB_NONE:
		gw_reply_trap(&s->reply, tag, GW_CATEGORY_MISSING, "no such command");
		break;
	}
}

static void command_run(struct session *s)
{
	const char *command = s->request.command, *slash = strrchr(command, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - command);
	const struct gw_menu *menu = gw_menu_find(command, len);
	const struct gw_verb_row *verb = slash == NULL ? NULL : gw_verb_find(slash + 1);

	if (verb != NULL &&
		(verb->verb == GW_VERB_EXPORT || (menu != NULL && gw_verb_is_of(verb, menu->path))))
		verb_run(s, menu, verb);
	else
		no_such(s, menu != NULL || slash == NULL || gw_menu_is_above(command, len)
				   ? "no such command"
				   : "no such command prefix");
}

static void request_run(struct session *s)
{
	const char *command = s->request.command;

	if (strcmp(command, "/login") == 0)
		login(s);
	else if (s->group == GW_GROUP_NONE)
		gw_reply_fatal(&s->reply, "not logged in");
	else if (strcmp(command, "/quit") == 0)
		gw_reply_fatal(&s->reply, "session terminated on request");
	else if (strcmp(command, "/cancel") == 0)
		gw_jobs_cancel(&s->jobs, &s->reply, &s->request);
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
		gw_reply_trap(&s->reply, s->request.tag, GW_CATEGORY_ARGUMENT, buf);
		return;
	}
	request_run(s);
}

// ---- bytes

// Runs every whole sentence that has come.
static void input_run(struct session *s)
{
	size_t at = 0;

	while (!s->reply.is_over) {
		int len = rosapi_read(&s->reader, s->group == GW_GROUP_NONE ? &strangers : &users, s->in + at,
			s->in_len - at, &s->sentence);

		if (len == -EAGAIN)
			break;
		if (len < 0) {
			gw_reply_fatal(
				&s->reply, len == -EPROTO ? "not the API of RouterOS" : "sentence too long");
			return;
		}
		sentence_run(s);
		at += (size_t)len;
	}
	s->in_len -= at;
	memmove(s->in, s->in + at, s->in_len);
}

// Milliseconds until a stranger's time is over, or a job wants to run; -1 = no limit.
static int wait_ms(const struct session *s)
{
	uint64_t passed_ms = base_mono_ms() - s->begin_ms;

	if (s->group != GW_GROUP_NONE)
		return gw_jobs_wait_ms(&s->jobs);
	return passed_ms >= LOGIN_WITHIN_MS ? 0 : (int)(LOGIN_WITHIN_MS - passed_ms);
}

// False: the client is done.
static bool input_take(struct session *s)
{
	ssize_t n = gw_wire_read(s->reply.wire, s->in + s->in_len, sizeof(s->in) - s->in_len);

	if (n == -EAGAIN)
		return true;
	if (n <= 0)
		return false;
	s->in_len += (size_t)n;
	input_run(s);
	return !s->reply.is_over;
}

static void serve(struct session *s)
{
	while (!s->reply.is_over) {
		struct pollfd p[1 + GW_JOBS_MAX] = {{.fd = gw_wire_fd(s->reply.wire), .events = POLLIN}};
		bool has_more = gw_wire_has_more(s->reply.wire);

		for (uint32_t i = 0; i < s->jobs.n; i++)
			p[1 + i] = (struct pollfd){.fd = s->jobs.list[i].fd, .events = POLLIN};
		int rc = poll(p, 1 + s->jobs.n, has_more ? 0 : wait_ms(s));

		if (rc < 0 && errno != EINTR)
			return;
		if (rc == 0 && s->group == GW_GROUP_NONE && !has_more)
			return; // a stranger that does not log in
		if ((has_more || p[0].revents != 0) && !input_take(s))
			return;
		gw_jobs_run(&s->jobs, &s->reply);
	}
}

void gw_session_run(const struct gw_session_client *client, const struct gw_shared *shared)
{
	uint64_t begin_ms = base_mono_ms();
	struct gw_wire *wire = gw_wire_create(client->fd, client->has_tls, begin_ms + LOGIN_WITHIN_MS);
	struct session *s = wire == NULL ? NULL : calloc(1, sizeof(*s));

	if (s != NULL) {
		s->client = client;
		s->shared = shared;
		s->begin_ms = begin_ms;
		gw_reply_init(&s->reply, wire);
		serve(s);
		gw_jobs_fini(&s->jobs);
		gw_active_end(&s->active);
		gw_pass_end(shared->roll, &s->pass);
		explicit_bzero(s->in, sizeof(s->in)); // passwords
		free(s);
	}
	client->is_no_stranger(client->ctx);
	if (wire != NULL)
		gw_wire_destroy(wire);
	close(client->fd);
}
