// SPDX-License-Identifier: BSD-3-Clause
// Standard error as a sink that never holds up its writer. Control and telemetry threads, under the log's
// lock.
//
// O_NONBLOCK belongs to the open file, which the shell that started us, or a pipeline, may share: it is never
// set there. A pipe, terminal or other character device is opened anew through /proc instead, non-blocking,
// and takes the place of descriptor 2; a socket is sent to with MSG_DONTWAIT. Where neither can be, poll()
// is asked first: a pipe that is writable takes PIPE_BUF bytes at once. A plain file takes what it is given.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_log_out.h"

#define LINE_MAX_LEN 2048 // newline included
#define CHILD_FD_MIN 3

_Static_assert(LINE_MAX_LEN <= PIPE_BUF, "a pipe takes a line as a whole or not at all");

struct out_line {
	size_t len;
	char text[LINE_MAX_LEN];
};

static struct {
	bool is_socket;
	int child_fd; // 0 = descriptor 2 is the one that we were given
	base_log_lost_fn lost_fn;
	struct out_line now; // being written
	size_t n_written;    // of it
	uint32_t first;      // of the ring
	uint32_t n;
	struct out_line ring[BASE_LOG_WAIT_LINES];
	uint64_t n_untold; // lost, and not yet told
} out;

static atomic_uint_fast64_t n_lost;

static void line_set(struct out_line *l, const char *text, size_t len)
{
	l->len = len < LINE_MAX_LEN - 1 ? len : LINE_MAX_LEN - 1;
	memcpy(l->text, text, l->len);
	l->text[l->len++] = '\n';
}

// Bytes taken, or -1 with errno; EAGAIN when nothing is taken now.
static ssize_t try_write(const char *bytes, size_t len)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (out.is_socket)
		return send(STDERR_FILENO, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(STDERR_FILENO, bytes, len);
}

// The next line to write. false: there is none.
static bool line_next(void)
{
	out.n_written = 0;
	out.now.len = 0;
	if (out.n_untold > 0 && out.lost_fn != NULL) {
		char text[LINE_MAX_LEN];

		line_set(&out.now, text, out.lost_fn(text, sizeof(text), out.n_untold));
		out.n_untold = 0;
		return true;
	}
	if (out.n == 0)
		return false;
	out.now = out.ring[out.first];
	out.first = (out.first + 1) % BASE_LOG_WAIT_LINES;
	out.n--;
	return true;
}

bool base_log_out_drain(void)
{
	while (out.n_written < out.now.len || line_next()) {
		ssize_t n = try_write(out.now.text + out.n_written, out.now.len - out.n_written);

		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
			return false;
		// nobody reads any more, or the disk is full: the line is gone, the next one may do better
		if (n < 0) {
			atomic_fetch_add(&n_lost, 1);
			out.n_untold++;
			out.now.len = 0;
			out.n_written = 0;
			return true;
		}
		out.n_written += (size_t)n;
	}
	return true;
}

void base_log_out_add(const char *line, size_t len)
{
	if (out.n == BASE_LOG_WAIT_LINES) {
		out.first = (out.first + 1) % BASE_LOG_WAIT_LINES;
		out.n--;
		out.n_untold++;
		atomic_fetch_add(&n_lost, 1);
	}
	line_set(&out.ring[(out.first + out.n++) % BASE_LOG_WAIT_LINES], line, len);
	(void)base_log_out_drain();
}

void base_log_out_start(base_log_lost_fn fn)
{
	struct stat st;

	out.lost_fn = fn;
	if (fstat(STDERR_FILENO, &st) != 0)
		return;
	out.is_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return;
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return; // not ours to open: poll() has to do
	int child_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, CHILD_FD_MIN);
	if (child_fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO)
		out.child_fd = child_fd;
	close(fd);
}

void base_log_out_finish(uint32_t within_ms)
{
	uint64_t end_ms = base_real_ms() + within_ms;

	while (!base_log_out_drain()) {
		struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
		uint64_t now_ms = base_real_ms();

		if (now_ms >= end_ms)
			return;
		(void)poll(&p, 1, (int)(end_ms - now_ms));
	}
}

uint64_t base_log_out_lost(void)
{
	return atomic_load(&n_lost);
}

int base_log_out_child_fd(void)
{
	return out.child_fd > 0 ? out.child_fd : STDERR_FILENO;
}
