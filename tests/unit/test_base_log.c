// SPDX-License-Identifier: BSD-3-Clause
// Standard error that takes nothing: the writer goes on, what was lost is told, what waits is tried at the
// end.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_log.h"
#include "suite.h"

LOG_TYPE("test");

#define SLOW_MS 2000 // a write that waited for its reader would take for ever

static char text[2 * 1024 * 1024];
static int real_stderr;

// Standard error becomes the write end of fds.
static void begin(const int fds[2])
{
	real_stderr = dup(STDERR_FILENO);
	CU_ASSERT_FATAL(real_stderr >= 0);
	CU_ASSERT_EQUAL(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	base_log_start();
}

static void end(const int fds[2])
{
	base_log_finish(0);
	CU_ASSERT_EQUAL(dup2(real_stderr, STDERR_FILENO), STDERR_FILENO);
	close(real_stderr);
	close(fds[0]);
	close(fds[1]);
}

// What the reader finds, until all of it that waits has come.
static void read_all(int fd)
{
	size_t len = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (int idle = 0; idle < 3 && len < sizeof(text) - 1;) {
		base_log_poll();
		if (poll(&p, 1, 0) != 1) {
			idle++;
			continue;
		}
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		idle = 0;
	}
	text[len] = '\0';
}

static uint32_t count(const char *what)
{
	uint32_t n = 0;

	for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
		n++;
	return n;
}

// Ten thousand lines into fds, nobody reads; then the reader comes.
static void flood(const int fds[2])
{
	uint64_t lost_before = base_log_lost();
	uint64_t from_ms = base_mono_ms();
	char told[64];

	for (int i = 0; i < 10000; i++)
		LOG(NOTICE, "line number %d of many", i);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < SLOW_MS);
	uint64_t n_lost = base_log_lost() - lost_before;
	CU_ASSERT_TRUE(n_lost > 0);

	read_all(fds[0]);
	CU_ASSERT_EQUAL(count("of many\n"), 10000 - n_lost);
	snprintf(told, sizeof(told), "log: %llu lines lost while standard error took none\n",
		(unsigned long long)n_lost);
	CU_ASSERT_EQUAL(count(told), 1);
	CU_ASSERT_EQUAL(count("line number 0 of many\n"), 1);
	CU_ASSERT_EQUAL(count("line number 9999 of many\n"), 1); // the last words are the ones that matter
	LOG(NOTICE, "and on it goes");
	read_all(fds[0]);
	CU_ASSERT_EQUAL(count("and on it goes\n"), 1);
	CU_ASSERT_EQUAL(count("lost"), 0);
}

static void full_pipe_holds_up_nobody(void)
{
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	begin(fds);
	flood(fds);
	// whoever shares the pipe finds it as it was
	CU_ASSERT_EQUAL(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	CU_ASSERT_EQUAL(fcntl(base_log_child_fd(), F_GETFL) & O_NONBLOCK, 0);
	// a library's write does not wait either
	CU_ASSERT_NOT_EQUAL(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	end(fds);
}

static void full_socket_holds_up_nobody(void)
{
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	begin(fds);
	flood(fds);
	end(fds);
}

static void lost_lines_are_told_in_json_too(void)
{
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	base_log_json_set(true);
	begin(fds);
	for (int i = 0; i < 10000; i++)
		LOG(NOTICE, "line number %d of many", i);
	read_all(fds[0]);
	CU_ASSERT_EQUAL(count(" lines lost while standard error took none\"}\n"), 1);
	CU_ASSERT_EQUAL(count("\"level\":\"warning\",\"type\":\"log\",\"message\":\""), 1);
	end(fds);
	base_log_json_set(false);
}

static void pipe_without_a_reader_ends_nobody(void)
{
	int fds[2];
	int other[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	begin(fds);
	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL(pipe(other), 0);
	CU_ASSERT_EQUAL(dup2(other[0], fds[0]), fds[0]); // the read end is gone
	for (int i = 0; i < 1000; i++)
		LOG(NOTICE, "line number %d of many", i);
	close(other[0]);
	close(other[1]);
	end(fds);
}

static void last_lines_are_tried_for_a_bounded_time(void)
{
	int fds[2];
	uint64_t from_ms;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	begin(fds);
	for (int i = 0; i < 10000; i++)
		LOG(NOTICE, "line number %d of many", i);
	from_ms = base_mono_ms();
	base_log_finish(100);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms >= 99);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < SLOW_MS);
	read_all(fds[0]);
	end(fds);
}

static const struct suite_case cases[] = {
	SUITE_CASE(full_pipe_holds_up_nobody),
	SUITE_CASE(full_socket_holds_up_nobody),
	SUITE_CASE(lost_lines_are_told_in_json_too),
	SUITE_CASE(pipe_without_a_reader_ends_nobody),
	SUITE_CASE(last_lines_are_tried_for_a_bounded_time),
};
SUITE_MAIN("base", cases)
