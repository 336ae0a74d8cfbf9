// SPDX-License-Identifier: BSD-3-Clause
// A password for ssh (askpass.h). Main thread.
#include "askpass.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "ssh_words.h"

#define ASKPASS_ENV  "ROMONCTL_ASKPASS" // names the file, not the password
#define PASSWORD_MAX 512

// A line from the terminal, unseen. The length, or -1.
static ssize_t line_read(int tty, char *line, size_t size)
{
	struct termios before, quiet;

	if (tcgetattr(tty, &before) != 0)
		return -1;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	dprintf(tty, "Password on the nodes: ");
	ssize_t n = read(tty, line, size);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	return n;
}

int askpass_read(void)
{
	char line[PASSWORD_MAX];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	ssize_t n = tty >= 0 ? line_read(tty, line, sizeof(line)) : -1;
	int fd = n > 0 ? memfd_create("romonctl-password", MFD_CLOEXEC) : -1;
	if (fd >= 0 && write(fd, line, (size_t)n) != n) {
		close(fd);
		fd = -1;
	}
	explicit_bzero(line, sizeof(line));
	if (tty >= 0)
		close(tty);
	if (fd >= 0)
		return fd;
	fputs("romonctl: --ask-pass: no password was typed; it is asked for on a terminal\n", stderr);
	return base_errno_set(ENOTTY);
}

void askpass_env_set(int fd)
{
	char path[64];
	char own[SSH_TEXT_MAX];

	if (fd < 0) {
		setenv("SSH_ASKPASS_REQUIRE", "never", 1);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), fd);
	ssh_own_path(own);
	setenv(ASKPASS_ENV, path, 1);
	setenv("SSH_ASKPASS", own, 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
}

// ssh asks other things too: whether to trust a key, say.
static bool is_for_password(const char *prompt)
{
	return strcasestr(prompt, "password:") != NULL && strcasestr(prompt, "new password") == NULL;
}

bool askpass_is_asked(int argc, char **argv, int *code)
{
	const char *path = getenv(ASKPASS_ENV);
	char line[PASSWORD_MAX];

	// the proxy that ssh starts has the same environment, and more words
	if (path == NULL || argc != 2 || strchr(argv[1], ' ') == NULL)
		return false;
	*code = 1;
	int fd = is_for_password(argv[1]) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd >= 0 ? read(fd, line, sizeof(line) - 1) : -1;
	if (n > 0 && write(STDOUT_FILENO, line, (size_t)n) == n && write(STDOUT_FILENO, "\n", 1) == 1)
		*code = 0;
	explicit_bzero(line, sizeof(line));
	if (fd >= 0)
		close(fd);
	return true;
}
