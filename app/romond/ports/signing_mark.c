// SPDX-License-Identifier: BSD-3-Clause
// One line of text: a decimal number. Written beside, then renamed over the old one.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signing_mark.h"

#define NAME "signing-mark"

static int path_make(char path[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return n < 0 || n >= PATH_MAX ? base_errno_set(ENAMETOOLONG) : 0;
}

uint64_t signing_mark_load(const char *dir)
{
	char path[PATH_MAX];
	char text[32];
	char *end;

	if (path_make(path, dir, NAME) != 0)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return 0;
	text[n] = '\0';
	errno = 0;
	uint64_t mark = strtoull(text, &end, 10);
	return errno == 0 && end[0] == '\n' && end[1] == '\0' ? mark : 0;
}

static int file_write(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = 0;

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, len);
	if (n != (ssize_t)len)
		err = n < 0 ? -errno : -EIO;
	else if (fdatasync(fd) != 0)
		err = -errno;
	close(fd);
	return err;
}

int signing_mark_save(const char *dir, uint64_t mark)
{
	char path[PATH_MAX], beside[PATH_MAX], text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", mark);
	int err = path_make(path, dir, NAME);

	if (err == 0)
		err = path_make(beside, dir, NAME ".new");
	if (err != 0)
		return base_errno_set(-err);
	err = file_write(beside, text, (size_t)len);
	if (err == 0 && rename(beside, path) != 0)
		err = -errno;
	return err == 0 ? 0 : base_errno_set(-err);
}

uint64_t signing_mark_next(uint64_t mark, uint64_t counter)
{
	if (mark > counter && mark - counter >= SIGNING_MARK_AHEAD / 2)
		return mark;
	return counter > UINT64_MAX - SIGNING_MARK_AHEAD ? UINT64_MAX : counter + SIGNING_MARK_AHEAD;
}
