// SPDX-License-Identifier: BSD-3-Clause
// Control socket, server side. One thread; never blocks: every descriptor is non-blocking, and a peer that
// does not read is closed instead of waited for.
//
// A turn (api_server_run_once) takes events, reads at most READ_CHUNK bytes a client, and answers at most
// one request a client, so that a client with a megabyte of requests cannot hold up the others or the
// control loop. Requests that are left keep wake_fd readable.
//
// A stream sends at any time, also from a handler or an opener: then a client that failed is only marked, and
// closed in the next turn, so that on_close never runs inside a function of its owner.
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_buf.h"
#include "api_listen.h"
#include "api_server.h"
#include "api_stream.h"
#include "base_bucket.h"
#include "base_clock.h"
#include "base_log.h"

LOG_TYPE("api");

#define READ_CHUNK        (64 * 1024)
#define REAL_DIGITS       9 // of a real number: 1.1, not 1.1000000000000001
#define ACCEPTS_PER_TURN  16
#define NS_PER_S          1000000000u
#define REFUSALS_LOG_PPS  1 // lines about refused peers: they come as fast as peers connect
#define REFUSALS_LOG_MOST 5

struct client {
	int fd;             // -1 = free
	uint32_t events;    // what epoll watches
	struct api_buf in;  // bytes of requests
	struct api_buf out; // bytes of answers
	size_t scanned;     // bytes of in that are known to hold no newline
	bool has_line;      // in[0..line_len) is a request
	size_t line_len;
	bool is_ready;             // has an event in this turn
	bool is_ending;            // reads no more; closes when everything is answered and sent
	int broken;                // -errno of a stream's line that could not be sent: to be closed
	struct api_stream *stream; // open one, or NULL; never with is_ending
};

struct api_stream {
	struct api_server *server;
	struct client *client;
	json_t *id; // of the request, owned
	api_stream_close_fn on_close;
	void *user;
};

struct api_server {
	struct api_listen listen;
	struct api_table table;
	int epoll_fd;
	int wake_fd;  // eventfd: readable while a client waits for its turn: with a request, or to be closed
	int spare_fd; // given up for a moment when descriptors run out, to take and close a connection
	bool is_awake;
	unsigned n_clients;
	struct base_bucket_rate refusal_rate;
	struct base_bucket refusals;
	struct client clients[API_CLIENTS_MAX];
};

static int spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool may_log_refusal(struct api_server *s)
{
	return base_bucket_take(&s->refusals, &s->refusal_rate, base_mono_ns(), 1) == 1;
}

static int watch_add(struct api_server *s, int fd, void *who)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = who};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

struct api_server *api_server_create(const struct api_server_cfg *cfg)
{
	struct api_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->table = cfg->table;
	s->refusal_rate = base_bucket_rate_make(NS_PER_S, REFUSALS_LOG_PPS, REFUSALS_LOG_MOST);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->spare_fd = spare_open();
	int rc = s->epoll_fd < 0 || s->wake_fd < 0 || s->spare_fd < 0 ? -errno : 0;
	if (rc != 0) {
		LOG(ERROR, "%s: cannot serve this socket: %s", cfg->path, strerror(-rc));
		s->listen = (struct api_listen){.fd = -1, .lock_fd = -1};
	} else {
		rc = api_listen_open(&s->listen, cfg->path, cfg->group);
	}
	if (rc == 0)
		rc = watch_add(s, s->listen.fd, &s->listen);
	if (rc == 0)
		rc = watch_add(s, s->wake_fd, &s->wake_fd);
	if (rc == 0)
		return s;
	api_server_destroy(s);
	return base_errno_null(-rc);
}

// Take the stream off its client.
static void stream_free(struct api_stream *st)
{
	st->client->stream = NULL;
	json_decref(st->id);
	free(st);
}

// Tell the owner that its stream is gone. Returns what on_close did.
static json_t *stream_close(struct api_stream *st, enum api_close why)
{
	api_stream_close_fn fn = st->on_close;
	void *user = st->user;

	stream_free(st);
	return fn(user, why);
}

static void client_close(struct api_server *s, struct client *c)
{
	if (c->stream != NULL)
		json_decref(stream_close(c->stream, API_CLOSE_GONE));
	close(c->fd); // leaves the epoll set with it: nobody else has a copy
	api_buf_fini(&c->in);
	api_buf_fini(&c->out);
	*c = (struct client){.fd = -1};
	s->n_clients--;
}

void api_server_destroy(struct api_server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		if (s->clients[i].fd >= 0)
			client_close(s, &s->clients[i]);
	}
	api_listen_close(&s->listen);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	if (s->spare_fd >= 0)
		close(s->spare_fd);
	free(s);
}

int api_server_fd(const struct api_server *s)
{
	return s->epoll_fd;
}

unsigned api_server_clients(const struct api_server *s)
{
	return s->n_clients;
}

// Take what connected into a free place; refuse it when it may not connect or no place is free.
static void client_open(struct api_server *s, int fd)
{
	struct client *c = NULL;

	if (!api_listen_peer_is_allowed(&s->listen, fd)) {
		if (may_log_refusal(s))
			LOG(WARNING, "refused a connection: its user is neither root nor in the group of the "
				     "socket");
		close(fd);
		return;
	}
	for (size_t i = 0; i < API_CLIENTS_MAX && c == NULL; i++) {
		if (s->clients[i].fd < 0)
			c = &s->clients[i];
	}
	if (c == NULL || watch_add(s, fd, c) != 0) {
		if (may_log_refusal(s))
			LOG(WARNING, "refused a connection: %u clients are connected already", s->n_clients);
		close(fd);
		return;
	}
	c->fd = fd;
	c->events = EPOLLIN;
	s->n_clients++;
}

static void listener_ready(struct api_server *s)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(s->listen.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			client_open(s, fd);
			continue;
		}
		if (errno != EMFILE && errno != ENFILE)
			return;
		// No descriptor left: one that is never taken would keep the listener readable for ever.
		if (may_log_refusal(s))
			LOG(WARNING, "refused a connection: no file descriptor left");
		close(s->spare_fd);
		fd = accept4(s->listen.fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
		s->spare_fd = spare_open();
		return;
	}
}

// Append one piece of a JSON text to the answers; jansson calls it.
static int answer_write(const char *bytes, size_t len, void *ctx)
{
	struct client *c = ctx;

	return api_buf_append(&c->out, bytes, len, API_QUEUE_LEN_MAX) == 0 ? 0 : -1;
}

// Queue a line. answer is stolen; NULL = there was no memory for it. -errno: the client is to be closed.
static int client_queue(struct client *c, json_t *answer)
{
	if (answer == NULL)
		return base_errno_set(ENOMEM);
	size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(REAL_DIGITS);
	int rc = json_dump_callback(answer, answer_write, c, flags);
	json_decref(answer);
	if (rc == 0)
		rc = answer_write("\n", 1, c);
	return rc == 0 ? 0 : base_errno_set(ENOBUFS);
}

// The end of the stream, if one is open, because the client wants something else or nothing more.
// -errno: the client is to be closed.
static int client_cancel(struct client *c)
{
	if (c->stream == NULL)
		return 0;
	json_t *id = json_incref(c->stream->id);
	json_t *summary = stream_close(c->stream, API_CLOSE_CANCELLED);
	int rc = client_queue(c, api_message_make(id, "cancelled", summary));
	json_decref(id);
	return rc;
}

// Look for the end of the next request in what has come.
static void client_scan(struct client *c)
{
	size_t len = api_buf_len(&c->in);

	if (c->has_line || len == c->scanned)
		return;
	const char *start = c->in.data + c->in.head;
	const char *end = memchr(start + c->scanned, '\n', len - c->scanned);
	c->scanned = len;
	if (end == NULL)
		return;
	c->line_len = (size_t)(end - start);
	c->has_line = true;
}

// A request that is too long has no end that is worth waiting for.
static int client_refuse_long_line(struct client *c)
{
	struct api_error err = API_ERROR_INIT;

	if (c->has_line ? c->line_len <= API_LINE_LEN_MAX : api_buf_len(&c->in) <= API_LINE_LEN_MAX)
		return 0;
	api_fail(&err, API_ERROR_BAD_REQUEST, "a request is at most %d bytes long", API_LINE_LEN_MAX);
	c->has_line = false;
	c->is_ending = true;
	api_buf_drop(&c->in, api_buf_len(&c->in));
	int rc = client_cancel(c);
	return rc != 0 ? rc : client_queue(c, api_answer_make(NULL, NULL, &err));
}

// -errno: the client is to be closed.
static int client_read(struct client *c)
{
	size_t max = API_LINE_LEN_MAX + READ_CHUNK;

	if (c->is_ending || c->has_line)
		return 0;
	int rc = api_buf_reserve(&c->in, READ_CHUNK, max);
	if (rc != 0)
		return rc;
	ssize_t n = recv(c->fd, c->in.data + c->in.tail, READ_CHUNK, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0) {
		c->is_ending = true; // what it asked before is still answered
		return client_cancel(c);
	}
	c->in.tail += (size_t)n;
	client_scan(c);
	return client_refuse_long_line(c);
}

// Open a stream. -errno with err set when it was refused.
static int stream_open(struct api_server *s, struct client *c, const struct api_command *command,
	const struct api_request *req, struct api_error *err)
{
	struct api_stream *st = calloc(1, sizeof(*st));
	json_t *args = req->args != NULL ? json_incref(req->args) : json_object();
	int rc = -ENOMEM;

	if (st != NULL && args != NULL) {
		*st = (struct api_stream){.server = s, .client = c, .id = json_incref(req->id)};
		c->stream = st;
		rc = command->open(s->table.ctx, st, args, err);
		assert(rc == 0 || c->stream == st); // who ended it did not refuse it
		assert(rc != 0 || c->stream == NULL || st->on_close != NULL);
	}
	if (rc != 0 && err->code == API_ERROR_INVALID)
		api_fail(err, API_ERROR_FAILED, "out of memory in %s", command->cmd);
	if (rc != 0 && c->stream != NULL)
		stream_free(st);
	else if (rc != 0)
		free(st);
	json_decref(args);
	return rc;
}

// Run the command of a request. False: a stream answers it. True: *data answers it, or err when that is NULL.
static bool request_run(struct api_server *s, struct client *c, const struct api_request *req, bool is_cancel,
	json_t **data, struct api_error *err)
{
	if (strcmp(req->cmd, "cancel") == 0) {
		*data = json_pack("{s:b}", "cancelled", is_cancel);
		return true;
	}
	const struct api_command *command = api_command_find(&s->table, req->cmd, err);
	if (command != NULL && command->open != NULL)
		return stream_open(s, c, command, req, err) != 0;
	if (command != NULL)
		*data = api_dispatch(&s->table, req->cmd, req->args, err);
	return true;
}

// Answer the request that waits. -errno: the client is to be closed.
static int client_serve(struct api_server *s, struct client *c)
{
	struct api_error err = API_ERROR_INIT;
	struct api_request req;
	json_t *data = NULL;
	bool is_cancel = c->stream != NULL;
	bool wants_answer = true;

	int rc = client_cancel(c);
	if (rc != 0)
		return rc;
	if (api_request_decode(&req, c->in.data + c->in.head, c->line_len, &err) == 0)
		wants_answer = request_run(s, c, &req, is_cancel, &data, &err);
	if (wants_answer)
		rc = client_queue(c, api_answer_make(req.id, data, &err));
	api_request_clear(&req);
	api_error_clear(&err);
	api_buf_drop(&c->in, c->line_len + 1);
	c->has_line = false;
	c->scanned = 0;
	client_scan(c);
	return rc != 0 ? rc : client_refuse_long_line(c);
}

// Send what the socket takes. -errno: the client is to be closed.
static int client_write(struct client *c)
{
	while (api_buf_len(&c->out) > 0) {
		ssize_t n = send(c->fd, c->out.data + c->out.head, api_buf_len(&c->out), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		api_buf_drop(&c->out, (size_t)n);
	}
	return 0;
}

// Watch for what the client can make progress with: no input while a request waits for its turn.
static int client_watch(struct api_server *s, struct client *c)
{
	struct epoll_event ev = {.data.ptr = c};

	if (!c->is_ending && !c->has_line)
		ev.events |= EPOLLIN;
	if (api_buf_len(&c->out) > 0)
		ev.events |= EPOLLOUT;
	if (ev.events == c->events)
		return 0;
	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) != 0)
		return -errno;
	c->events = ev.events;
	return 0;
}

static void client_turn(struct api_server *s, struct client *c)
{
	int rc = c->broken;

	if (rc == 0 && c->is_ready)
		rc = client_read(c);
	c->is_ready = false;
	if (rc == 0 && c->has_line)
		rc = client_serve(s, c);
	if (rc == 0)
		rc = c->broken; // by a stream that sent in there
	if (rc == 0)
		rc = client_write(c);
	bool is_done = c->is_ending && !c->has_line && api_buf_len(&c->out) == 0;
	if (rc == 0 && !is_done)
		rc = client_watch(s, c);
	if (rc == -ENOBUFS)
		LOG(NOTICE, "closed a client that left %d bytes of answers unread", API_QUEUE_LEN_MAX);
	if (rc != 0 || is_done)
		client_close(s, c);
}

static void wake_set(struct api_server *s, bool is_awake)
{
	uint64_t n = 1;

	if (is_awake == s->is_awake)
		return;
	ssize_t done = is_awake ? write(s->wake_fd, &n, sizeof(n)) : read(s->wake_fd, &n, sizeof(n));
	assert(done == sizeof(n)); // an eventfd at 0 takes a 1, one at 1 gives it back
	s->is_awake = is_awake;
}

void api_server_run_once(struct api_server *s)
{
	struct epoll_event events[API_CLIENTS_MAX + 2];
	bool has_work = false; // for the next turn
	bool must_accept = false;

	int n = epoll_wait(s->epoll_fd, events, BASE_ARRAY_LEN(events), 0);
	for (int i = 0; i < n; i++) {
		void *who = events[i].data.ptr;

		if (who == &s->listen) {
			must_accept = true;
		} else if (who != &s->wake_fd) {
			((struct client *)who)->is_ready = true;
		}
	}
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (c->is_ready || c->has_line || c->broken != 0)
			client_turn(s, c);
	}
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		has_work |= s->clients[i].has_line || s->clients[i].broken != 0;
	wake_set(s, has_work);
	if (must_accept)
		listener_ready(s);
}

// Queue a line of a stream and send what the socket takes. line is stolen.
static void stream_line(struct api_stream *st, json_t *line)
{
	struct client *c = st->client;

	if (c->broken != 0) {
		json_decref(line);
		return;
	}
	bool was_empty = api_buf_len(&c->out) == 0; // else the socket is known to be full
	int rc = client_queue(c, line);
	if (rc == 0 && was_empty)
		rc = client_write(c);
	if (rc == 0)
		rc = client_watch(st->server, c);
	if (rc == 0)
		return;
	c->broken = rc;
	wake_set(st->server, true);
}

void api_stream_on_close(struct api_stream *s, api_stream_close_fn fn, void *user)
{
	s->on_close = fn;
	s->user = user;
}

void api_stream_send(struct api_stream *s, json_t *data)
{
	stream_line(s, api_message_make(s->id, "more", data));
}

size_t api_stream_pending(const struct api_stream *s)
{
	return api_buf_len(&s->client->out);
}

void api_stream_end(struct api_stream *s, json_t *data)
{
	stream_line(s, api_answer_make(s->id, data != NULL ? data : json_null(), NULL));
	stream_free(s);
}

void api_stream_fail(struct api_stream *s, const struct api_error *err)
{
	stream_line(s, api_answer_make(s->id, NULL, err));
	stream_free(s);
}
