// SPDX-License-Identifier: BSD-3-Clause
// Control socket, client side. Blocks; one thread per client.
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "api_buf.h"
#include "api_client.h"
#include "api_listen.h"
#include "api_server.h"
#include "base_clock.h"
#include "base_text.h"

#define READ_CHUNK (64 * 1024)

struct api_client {
	int fd;
	json_int_t last_id;
	json_int_t feed_id; // of the open feed, 0 = none
	struct api_buf in;
	unsigned n_fds; // to go with the next request
	int fds[API_FDS_MAX];
	const char *on_behalf; // of the next request; NULL = of nobody else
};

struct api_client *api_client_connect(const char *path, int timeout_ms)
{
	struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	struct sockaddr_un addr;

	int rc = api_addr_make(&addr, path);
	if (rc != 0)
		return base_errno_null(-rc);
	struct api_client *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	// The send limit bounds connect() too: it waits while the server's backlog is full.
	if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
		connect(c->fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
		int err = errno == EAGAIN ? ETIMEDOUT : errno;
		api_client_close(c);
		return base_errno_null(err);
	}
	return c;
}

void api_client_close(struct api_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	api_buf_fini(&c->in);
	free(c);
}

// Wait until the socket is ready. 0, -ETIMEDOUT or -errno.
static int ready_wait(int fd, short events, uint64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		uint64_t now_ms = base_mono_ms();
		uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;

		int n = poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
		if (n > 0)
			return 0;
		if (n == 0)
			return base_errno_set(ETIMEDOUT);
		if (errno != EINTR)
			return -errno;
	}
}

// Some of the bytes, and with the first of a request its descriptors.
static ssize_t bytes_send(struct api_client *c, const char *text, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(API_FDS_MAX * sizeof(int))];
	} control = {.bytes = ""};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)text, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t size = c->n_fds * sizeof(int);

	if (size > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(size);
		struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(cm), c->fds, size);
	}
	ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		c->n_fds = 0;
	return n;
}

static int line_send(struct api_client *c, const char *text, size_t len, uint64_t deadline_ms)
{
	while (len > 0) {
		ssize_t n = bytes_send(c, text, len);

		if (n >= 0) {
			text += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EPIPE)
			return base_errno_set(ECONNRESET);
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		int rc = ready_wait(c->fd, POLLOUT, deadline_ms);
		if (rc != 0)
			return rc;
	}
	return 0;
}

// Read until in starts with a whole line; *line_len is its length without the newline.
static int line_receive(struct api_client *c, uint64_t deadline_ms, size_t *line_len)
{
	size_t scanned = 0;

	for (;;) {
		size_t len = api_buf_len(&c->in);
		const char *start = len == 0 ? NULL : c->in.data + c->in.head;
		const char *end = len == scanned ? NULL : memchr(start + scanned, '\n', len - scanned);

		if (end != NULL) {
			*line_len = (size_t)(end - start);
			return 0;
		}
		scanned = len;
		int rc = api_buf_reserve(&c->in, READ_CHUNK, API_ANSWER_LEN_MAX);
		if (rc != 0)
			return rc == -ENOBUFS ? base_errno_set(EMSGSIZE) : rc;
		rc = ready_wait(c->fd, POLLIN, deadline_ms);
		if (rc != 0)
			return rc;
		ssize_t n = recv(c->fd, c->in.data + c->in.tail, READ_CHUNK, MSG_DONTWAIT);
		if (n == 0)
			return base_errno_set(ECONNRESET);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0)
			c->in.tail += (size_t)n;
	}
}

static void error_take(json_t *error, struct api_error *err)
{
	const char *code = json_string_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));

	err->code = code == NULL ? API_ERROR_INVALID : api_error_parse(code);
	if (err->code == API_ERROR_INVALID)
		err->code = API_ERROR_FAILED;
	base_text_copy(err->message, sizeof(err->message), message == NULL ? "no reason given" : message);
	err->extra = json_copy(error);
	json_object_del(err->extra, "code");
	json_object_del(err->extra, "message");
}

// *has_more may be NULL where a feed's message is not expected.
static int answer_take(json_t *answer, json_int_t id, json_t **data, bool *has_more, struct api_error *err)
{
	json_t *ok = json_object_get(answer, "ok");
	json_t *answer_id = json_object_get(answer, "id");
	json_t *error = json_object_get(answer, "error");
	bool is_message = json_is_true(json_object_get(answer, "more"));

	if (json_is_true(ok) && json_integer_value(answer_id) == id && (has_more != NULL || !is_message)) {
		if (has_more != NULL)
			*has_more = is_message;
		*data = json_incref(json_object_get(answer, "data"));
		return *data != NULL ? 0 : base_errno_set(EPROTO);
	}
	// A request that could not be read is answered without its id.
	bool is_ours = json_is_null(answer_id) || json_integer_value(answer_id) == id;
	if (!json_is_false(ok) || !is_ours || !json_is_object(error))
		return base_errno_set(EPROTO);
	error_take(error, err);
	return base_errno_set(EREMOTEIO);
}

// The request as a line with its newline: a string that the caller frees, or NULL with errno.
static char *request_make(json_int_t id, const char *cmd, json_t *args, const char *on_behalf, size_t *len)
{
	json_t *request =
		json_pack("{s:i, s:I, s:s, s:s*}", "v", API_VERSION, "id", id, "cmd", cmd, "for", on_behalf);

	if (request == NULL || (args != NULL && json_object_set(request, "args", args) != 0)) {
		json_decref(request);
		return base_errno_null(ENOMEM);
	}
	char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(request);
	if (text == NULL)
		return base_errno_null(ENOMEM);
	*len = strlen(text);
	if (*len > API_LINE_LEN_MAX) {
		free(text);
		return base_errno_null(EMSGSIZE);
	}
	text[(*len)++] = '\n'; // in the place of the NUL
	return text;
}

static size_t bytes_waiting(const struct api_client *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static int request_send(struct api_client *c, const char *cmd, json_t *args, uint64_t deadline_ms)
{
	size_t len = 0;

	char *text = request_make(++c->last_id, cmd, args, c->on_behalf, &len);
	c->on_behalf = NULL;
	if (text == NULL)
		return -errno;
	int rc = line_send(c, text, len, deadline_ms);
	free(text);
	c->n_fds = 0;
	// Who is not served is told so, whatever he asks, and closed: the words may be there.
	return rc == -ECONNRESET && api_buf_len(&c->in) + bytes_waiting(c) > 0 ? 0 : rc;
}

// The next line that is not left from a request before id.
static int answer_receive(struct api_client *c, json_int_t id, uint64_t deadline_ms, json_t **answer)
{
	for (;;) {
		size_t len = 0;

		int rc = line_receive(c, deadline_ms, &len);
		if (rc != 0)
			return rc;
		*answer = json_loadb(c->in.data + c->in.head, len, JSON_REJECT_DUPLICATES, NULL);
		api_buf_drop(&c->in, len + 1);
		if (*answer == NULL)
			return base_errno_set(EPROTO);
		json_t *answer_id = json_object_get(*answer, "id");
		if (!json_is_integer(answer_id) || json_integer_value(answer_id) >= id)
			return 0;
		json_decref(*answer);
	}
}

int api_client_call(struct api_client *c, const char *cmd, json_t *args, int timeout_ms, json_t **data,
	struct api_error *err)
{
	uint64_t deadline_ms = base_mono_ms() + (uint64_t)timeout_ms;
	json_t *answer = NULL;

	*data = NULL;
	c->feed_id = 0;
	int rc = request_send(c, cmd, args, deadline_ms);
	if (rc == 0)
		rc = answer_receive(c, c->last_id, deadline_ms, &answer);
	if (rc != 0)
		return rc;
	rc = answer_take(answer, c->last_id, data, NULL, err);
	json_decref(answer);
	return rc;
}

int api_client_open(struct api_client *c, const char *cmd, json_t *args, int timeout_ms)
{
	int rc = request_send(c, cmd, args, base_mono_ms() + (uint64_t)timeout_ms);

	c->feed_id = rc == 0 ? c->last_id : 0;
	return rc;
}

int api_client_next(struct api_client *c, int timeout_ms, json_t **data, bool *is_last, struct api_error *err)
{
	uint64_t deadline_ms = base_mono_ms() + (uint64_t)timeout_ms;
	json_t *answer = NULL;
	bool has_more = false;

	*data = NULL;
	*is_last = true;
	if (c->feed_id == 0)
		return base_errno_set(EINVAL);
	int rc = answer_receive(c, c->feed_id, deadline_ms, &answer);
	*is_last = rc != -ETIMEDOUT;
	if (rc != 0)
		return rc;
	rc = answer_take(answer, c->feed_id, data, &has_more, err);
	json_decref(answer);
	*is_last = !has_more;
	if (!has_more)
		c->feed_id = 0;
	return rc;
}

int api_client_cancel(struct api_client *c, int timeout_ms)
{
	if (c->feed_id == 0)
		return 0;
	return request_send(c, "cancel", NULL, base_mono_ms() + (uint64_t)timeout_ms);
}

void api_client_attach(struct api_client *c, const int *fds, unsigned n)
{
	c->n_fds = n < API_FDS_MAX ? n : API_FDS_MAX;
	memcpy(c->fds, fds, c->n_fds * sizeof(c->fds[0]));
}

void api_client_for(struct api_client *c, const char *on_behalf)
{
	c->on_behalf = on_behalf;
}

int api_client_fd(const struct api_client *c)
{
	return c->fd;
}

int api_client_take(struct api_client *c, char **early, size_t *early_len)
{
	struct timeval none = {0};
	int fd = c->fd;

	*early_len = api_buf_len(&c->in);
	*early = *early_len > 0 ? malloc(*early_len) : NULL;
	if (*early != NULL)
		memcpy(*early, c->in.data + c->in.head, *early_len);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
	api_buf_fini(&c->in);
	free(c);
	return fd;
}
