// SPDX-License-Identifier: BSD-3-Clause
// One client of the server: its requests in, its answers out. The server's thread.
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_private.h"
#include "base_log.h"

LOG_TYPE("api");

#define READ_CHUNK  (64 * 1024)
#define REAL_DIGITS 9 // of a real number: 1.1, not 1.1000000000000001

// Append one piece of a JSON text to the answers; jansson calls it.
static int answer_write(const char *bytes, size_t len, void *ctx)
{
	struct api_conn *c = ctx;

	return api_buf_append(&c->out, bytes, len, API_QUEUE_LEN_MAX) == 0 ? 0 : -1;
}

// Queue a line. answer is stolen; NULL = there was no memory for it. -errno: the client is to be closed.
int api_conn_queue(struct api_conn *c, json_t *answer)
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

// The end of the feed, if one is open, because the client wants something else or nothing more.
// -errno: the client is to be closed.
int api_conn_cancel(struct api_conn *c)
{
	if (c->feed == NULL)
		return 0;
	json_t *id = json_incref(c->feed->id);
	json_t *summary = api_feed_close(c->feed, API_CLOSE_CANCELLED);
	int rc = api_conn_queue(c, api_message_make(id, "cancelled", summary));
	json_decref(id);
	return rc;
}

// Look for the end of the next request in what has come.
static void client_scan(struct api_conn *c)
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
static int client_refuse_long_line(struct api_conn *c)
{
	struct api_error err = API_ERROR_INIT;

	if (c->has_line ? c->line_len <= API_LINE_LEN_MAX : api_buf_len(&c->in) <= API_LINE_LEN_MAX)
		return 0;
	api_fail(&err, API_ERROR_BAD_REQUEST, "a request is at most %d bytes long", API_LINE_LEN_MAX);
	c->has_line = false;
	c->is_ending = true;
	api_buf_drop(&c->in, api_buf_len(&c->in));
	int rc = api_conn_cancel(c);
	return rc != 0 ? rc : api_conn_queue(c, api_answer_make(NULL, NULL, &err));
}

static void fds_close(struct api_conn *c)
{
	for (unsigned i = 0; i < c->n_fds; i++)
		close(c->fds[i]);
	c->n_fds = 0;
}

static void fds_take(struct api_conn *c, struct msghdr *msg)
{
	for (struct cmsghdr *cm = CMSG_FIRSTHDR(msg); cm != NULL; cm = CMSG_NXTHDR(msg, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
			if (c->n_fds < API_FDS_MAX)
				c->fds[c->n_fds++] = fd;
			else
				close(fd);
		}
	}
}

// Bytes, and with them the descriptors of who may pass some; those of others are closed by the kernel, which
// is given no room for them.
static ssize_t bytes_receive(struct api_conn *c, void *buf, size_t size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(API_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (c->peer.tier == API_TIER_ROOT) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	if (n >= 0)
		fds_take(c, &msg);
	return n;
}

// -errno: the client is to be closed.
int api_conn_read(struct api_conn *c)
{
	size_t max = API_LINE_LEN_MAX + READ_CHUNK;

	if (c->is_ending || c->has_line)
		return 0;
	int rc = api_buf_reserve(&c->in, READ_CHUNK, max);
	if (rc != 0)
		return rc;
	ssize_t n = bytes_receive(c, c->in.data + c->in.tail, READ_CHUNK);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0) {
		c->is_ending = true; // what it asked before is still answered
		return api_conn_cancel(c);
	}
	c->in.tail += (size_t)n;
	client_scan(c);
	return client_refuse_long_line(c);
}

// Run the command of a request. False: a feed answers it. True: *data answers it, or err when that is NULL.
static bool request_run(struct api_server *s, struct api_conn *c, const struct api_request *req,
	bool is_cancel, json_t **data, struct api_error *err)
{
	char who[API_PEER_TEXT_SIZE];

	if (strcmp(req->cmd, "cancel") == 0) {
		*data = json_pack("{s:b}", "cancelled", is_cancel);
		return true;
	}
	const struct api_command *command = api_command_find(&s->table, req->cmd, err);
	if (command == NULL)
		return true;
	if (api_command_permit(command, req->args, c->peer.tier, err) != 0) {
		if (api_server_may_tell(s))
			LOG(NOTICE, "refused %s to %s: %s", command->cmd,
				api_peer_describe(c->peer.uid, c->peer.pid, who), err->message);
		return true;
	}
	if (command->tier > API_TIER_READ && !api_server_share_take(s, &c->peer)) {
		api_fail(err, API_ERROR_BUSY,
			"too many commands of your uid %u that do something: %d a second are taken",
			c->peer.uid, API_OPERATE_PER_S);
		return true;
	}
	if (command->open != NULL)
		return api_feed_start(s, c, command, req, err) != 0;
	*data = api_dispatch(&s->table, c->peer.tier, req->cmd, req->args, err);
	if (command->tier > API_TIER_READ)
		LOG(INFO, "%s by %s%s", command->cmd, api_peer_describe(c->peer.uid, c->peer.pid, who),
			*data == NULL ? ": refused" : "");
	return true;
}

// The same, while everybody can ask who asks.
static bool request_run_as(struct api_server *s, struct api_conn *c, const struct api_request *req,
	bool is_cancel, json_t **data, struct api_error *err)
{
	s->call = (struct api_call){.peer = c->peer, .on_behalf = req->on_behalf};
	for (unsigned i = 0; i < API_FDS_MAX; i++)
		s->call.fds[i] = i < c->n_fds ? c->fds[i] : -1;
	s->is_called = true;
	bool wants_answer = request_run(s, c, req, is_cancel, data, err);
	s->is_called = false;
	return wants_answer;
}

// Answer the request that waits. -errno: the client is to be closed.
int api_conn_serve(struct api_server *s, struct api_conn *c)
{
	struct api_error err = API_ERROR_INIT;
	struct api_request req;
	json_t *data = NULL;
	bool is_cancel = c->feed != NULL;
	bool wants_answer = true;

	int rc = api_conn_cancel(c);
	if (rc != 0)
		return rc;
	if (api_request_decode(&req, c->in.data + c->in.head, c->line_len, &err) == 0)
		wants_answer = request_run_as(s, c, &req, is_cancel, &data, &err);
	if (wants_answer)
		rc = api_conn_queue(c, api_answer_make(req.id, data, &err));
	api_request_clear(&req);
	api_error_clear(&err);
	fds_close(c);
	c->quiet_ms = s->now_ms();
	api_buf_drop(&c->in, c->line_len + 1);
	c->has_line = false;
	c->scanned = 0;
	client_scan(c);
	return rc != 0 ? rc : client_refuse_long_line(c);
}

// Send what the socket takes. -errno: the client is to be closed.
int api_conn_write(struct api_server *s, struct api_conn *c)
{
	bool is_moving = false;

	while (api_buf_len(&c->out) > 0) {
		ssize_t n = send(c->fd, c->out.data + c->out.head, api_buf_len(&c->out), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n < 0)
			break;
		api_buf_drop(&c->out, (size_t)n);
		is_moving = true;
	}
	if (api_buf_len(&c->out) == 0)
		c->stuck_ms = 0;
	else if (is_moving || c->stuck_ms == 0)
		c->stuck_ms = s->now_ms();
	return 0;
}

// Watch for what the client can make progress with: no input while a request waits for its turn.
int api_conn_watch(struct api_server *s, struct api_conn *c)
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

static void conn_clear(struct api_server *s, struct api_conn *c)
{
	fds_close(c);
	api_buf_fini(&c->in);
	api_buf_fini(&c->out);
	*c = (struct api_conn){.fd = -1};
	s->n_clients--;
}

void api_conn_close(struct api_server *s, struct api_conn *c)
{
	if (c->feed != NULL)
		json_decref(api_feed_close(c->feed, API_CLOSE_GONE));
	close(c->fd); // leaves the epoll set with it: nobody else has a copy
	conn_clear(s, c);
}

int api_conn_take(struct api_server *s, struct api_conn *c)
{
	int fd = c->fd;

	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	conn_clear(s, c);
	return fd;
}
