// SPDX-License-Identifier: BSD-3-Clause
// Byte streams of romonctl. Main thread.
#include "stream_link.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd_job.h"

#define OPEN_MS 20000 // looking for the node, and six seconds for its answer
#define CHUNK   65536

// romond's reason as an exit code; CMD_EXIT_OK: it has none of its own.
static enum cmd_exit reason_exit(const char *reason)
{
	static const struct {
		const char *reason;
		enum cmd_exit code;
	} rows[] = {
		{"no-path", CMD_EXIT_NO_PATH},
		{"no-answer", CMD_EXIT_NO_ANSWER},
		{"refused", CMD_EXIT_REFUSED},
	};

	for (size_t i = 0; reason != NULL && i < BASE_ARRAY_LEN(rows); i++) {
		if (strcmp(reason, rows[i].reason) == 0)
			return rows[i].code;
	}
	return CMD_EXIT_OK;
}

// Messages until the answer: that the node is looked for is told on a terminal.
static int answer_wait(struct cmd_job *job, json_t **answer, struct api_error *err)
{
	bool is_last = false;
	int rc = 0;

	while (rc == 0 && !is_last) {
		rc = api_client_next(job->client, OPEN_MS, answer, &is_last, err);
		const char *detail =
			rc == 0 && !is_last ? json_string_value(json_object_get(*answer, "detail")) : NULL;
		if (detail != NULL && isatty(STDERR_FILENO) != 0)
			fprintf(stderr, "romonctl: %s\n", detail);
		if (!is_last)
			json_decref(*answer);
	}
	return rc;
}

enum cmd_exit stream_link_open(const struct cmd_call *call, json_t *args, struct stream_link *out)
{
	struct api_error err = API_ERROR_INIT;
	struct cmd_job job;
	json_t *answer = NULL;

	*out = (struct stream_link){.fd = -1};
	enum cmd_exit code = cmd_job_open(&job, call);
	if (code != CMD_EXIT_OK)
		return cmd_job_close(&job, code);
	int rc = api_client_open(job.client, "stream-open", args, CMD_TIMEOUT_MS);
	if (rc == 0)
		rc = answer_wait(&job, &answer, &err);
	if (rc != 0) {
		// before the sentence is told, which clears err
		enum cmd_exit by_reason =
			reason_exit(json_string_value(json_object_get(err.extra, "reason")));
		code = cmd_job_explain(&job, rc, &err);
		if (by_reason != CMD_EXIT_OK)
			code = by_reason;
		return cmd_job_close(&job, code);
	}
	out->number = (uint64_t)json_integer_value(json_object_get(answer, "stream"));
	json_decref(answer);
	out->fd = api_client_take(job.client, &out->early, &out->early_len);
	job.client = NULL;
	return cmd_job_close(&job, CMD_EXIT_OK);
}

void stream_link_close(struct stream_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	free(link->early);
	*link = (struct stream_link){.fd = -1};
}

// One direction: what was read and is not written yet.
struct flow {
	int from;
	int to;
	size_t at;
	size_t len;
	bool has_ended; // from has no more
	char bytes[CHUNK];
};

static int flow_read(struct flow *f)
{
	ssize_t n = read(f->from, f->bytes, sizeof(f->bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	f->at = 0;
	f->len = (size_t)n;
	f->has_ended = n == 0;
	return 0;
}

static int flow_write(struct flow *f)
{
	ssize_t n = write(f->to, f->bytes + f->at, f->len - f->at);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	f->at += (size_t)n;
	return 0;
}

// What the flow waits for.
static struct pollfd flow_poll(const struct flow *f)
{
	if (f->at < f->len)
		return (struct pollfd){.fd = f->to, .events = POLLOUT};
	return (struct pollfd){.fd = f->has_ended ? -1 : f->from, .events = POLLIN};
}

static int flow_step(struct flow *f, const struct pollfd *p)
{
	if (p->fd < 0 || p->revents == 0)
		return 0;
	return f->at < f->len ? flow_write(f) : flow_read(f);
}

static bool flow_is_over(const struct flow *f)
{
	return f->has_ended && f->at == f->len;
}

// A writer of the other end may not block both ways.
static void nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int stream_link_join(struct stream_link *link, int in_fd, int out_fd)
{
	struct flow *out = calloc(1, sizeof(*out)); // to the node
	struct flow *in = calloc(1, sizeof(*in));
	bool is_shut = false;
	int rc = out == NULL || in == NULL || link->early_len > sizeof(in->bytes) ? -ENOMEM : 0;

	if (rc == 0) {
		out->from = in_fd;
		out->to = link->fd;
		in->from = link->fd;
		in->to = out_fd;
		in->len = link->early_len;
		if (link->early_len > 0)
			memcpy(in->bytes, link->early, link->early_len);
		nonblocking(link->fd);
	}
	while (rc == 0 && !flow_is_over(in)) {
		struct pollfd fds[] = {flow_poll(out), flow_poll(in)};

		if (flow_is_over(out) && !is_shut) {
			shutdown(link->fd, SHUT_WR);
			is_shut = true;
		}
		if (poll(fds, BASE_ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			rc = -errno;
		if (rc == 0 &&
			flow_step(out, &fds[0]) != 0) { // romond closed it: what it sent before is still read
			out->has_ended = true;
			out->at = out->len;
		}
		if (rc == 0)
			rc = flow_step(in, &fds[1]);
	}
	free(out);
	free(in);
	return rc == -ECONNRESET ? 0 : rc;
}

static const struct {
	const char *end;
	enum cmd_exit code;
	const char *sentence;
} breaks[] = {
	{"lost", CMD_EXIT_LOST, "the stream broke: the node answers no more"},
	{"reset", CMD_EXIT_LOST, "the stream broke: the far end knows it no more"},
	{"no-path", CMD_EXIT_LOST, "the stream broke: no path leads to the node any more"},
	{"refused", CMD_EXIT_REFUSED,
		"the node took the stream and closed it at once: the service behind it is not there, or not for this node"},
};

enum cmd_exit stream_link_verdict(const struct cmd_call *call, const struct stream_link *link)
{
	struct cmd_job job;
	json_t *answer = NULL;

	enum cmd_exit code = cmd_job_open(&job, call);
	json_t *args = json_pack("{s:I}", "stream", (json_int_t)link->number);
	if (code == CMD_EXIT_OK)
		code = cmd_job_ask_for(&job, "stream", args, &answer);
	json_decref(args);
	const char *end = json_string_value(json_object_get(answer, "end"));
	for (size_t i = 0; code == CMD_EXIT_OK && end != NULL && i < BASE_ARRAY_LEN(breaks); i++) {
		if (strcmp(end, breaks[i].end) != 0)
			continue;
		fprintf(stderr, "romonctl: %s\n", breaks[i].sentence);
		code = breaks[i].code;
	}
	json_decref(answer);
	return cmd_job_close(&job, code);
}
