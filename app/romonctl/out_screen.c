// SPDX-License-Identifier: BSD-3-Clause
// The whole terminal. Main thread.
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base_clock.h"
#include "out_screen.h"

// Alternate screen, no cursor, no wrapping at the right; and back.
#define SCREEN_ENTER "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
#define SCREEN_LEAVE "\x1b[?7h\x1b[?25h\x1b[?1049l"
#define LINE_END     "\x1b[K\n" // what stood there before goes
#define REST_CLEAR   "\x1b[J"
#define HOME         "\x1b[H"

#define ROWS_DEFAULT    24
#define COLUMNS_DEFAULT 80

bool out_screen_is_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static void size_read(struct out_screen *s)
{
	struct winsize size = {.ws_row = 0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		size = (struct winsize){.ws_row = 0};
	s->rows = size.ws_row > 0 ? size.ws_row : ROWS_DEFAULT;
	s->columns = size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
}

int out_screen_open(struct out_screen *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGWINCH);
	if (tcgetattr(STDIN_FILENO, &s->old) != 0)
		return -errno;
	s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->signal_fd < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &s->old_mask);
	struct termios raw = s->old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE; // a stopped program would leave the terminal like this
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(SCREEN_ENTER, stdout);
	fflush(stdout);
	size_read(s);
	return 0;
}

void out_screen_close(struct out_screen *s)
{
	fputs(SCREEN_LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &s->old);
	close(s->signal_fd);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
}

void out_screen_show(const struct out_screen *s, const char *text)
{
	fputs(HOME, stdout);
	for (unsigned row = 0; row < s->rows && *text != '\0'; row++) {
		int len = (int)strcspn(text, "\n");
		bool is_last = row + 1 == s->rows; // a newline there would scroll

		printf("%.*s%s", len, text, is_last ? "\x1b[K" : LINE_END);
		text += len + (text[len] == '\n');
	}
	fputs(REST_CLEAR, stdout);
	fflush(stdout);
}

static enum out_screen_event signals_read(struct out_screen *s)
{
	enum out_screen_event event = OUT_SCREEN_INVALID;
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH)
			return OUT_SCREEN_QUIT;
		event = OUT_SCREEN_RESIZED;
	}
	size_read(s);
	return event;
}

static enum out_screen_event keys_read(void)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0 || memchr(keys, 'q', (size_t)n) != NULL || memchr(keys, 'Q', (size_t)n) != NULL)
		return OUT_SCREEN_QUIT;
	return OUT_SCREEN_INVALID;
}

enum out_screen_event out_screen_wait(struct out_screen *s, uint64_t until_ms)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = s->signal_fd, .events = POLLIN},
	};
	enum out_screen_event event = OUT_SCREEN_INVALID;

	while (event == OUT_SCREEN_INVALID) {
		uint64_t now_ms = base_mono_ms();
		uint64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;

		int n = poll(fds, BASE_ARRAY_LEN(fds), left_ms > INT_MAX ? INT_MAX : (int)left_ms);
		if (n == 0)
			return OUT_SCREEN_TIME;
		if (n > 0 && fds[1].revents != 0)
			event = signals_read(s);
		else if (n > 0)
			event = keys_read();
	}
	return event;
}
