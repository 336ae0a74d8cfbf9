// SPDX-License-Identifier: BSD-3-Clause
// Files that somebody else names. Any thread.
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_file.h"

static const char *kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO or pipe";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	}
	return "of another kind";
}

static int stat_check(const struct stat *st, uint64_t size_max, struct base_text *why)
{
	if (!S_ISREG(st->st_mode)) {
		base_text_add(why, "is %s, not a regular file", kind_name(st->st_mode));
		return base_errno_set(S_ISDIR(st->st_mode) ? EISDIR : EINVAL);
	}
	if (st->st_size < 0 || (uint64_t)st->st_size > size_max) {
		base_text_add(why, "is larger than %" PRIu64 " bytes", size_max);
		return base_errno_set(EFBIG);
	}
	return 0;
}

static int unreadable(struct base_text *why)
{
	int err = errno;

	base_text_add(why, "cannot be read: %s", strerror(err));
	return base_errno_set(err);
}

int base_file_check(int fd, uint64_t size_max, struct stat *st, struct base_text *why)
{
	if (fstat(fd, st) != 0)
		return unreadable(why);
	return stat_check(st, size_max, why);
}

// What is there is looked at before it is opened: to open a device may do something already. What took its
// place in between is seen by fstat(), and O_NONBLOCK keeps a FIFO from waiting for its writer.
int base_file_open(const char *path, uint64_t size_max, struct stat *st, struct base_text *why)
{
	if (stat(path, st) != 0)
		return unreadable(why);
	int err = stat_check(st, size_max, why);
	if (err != 0)
		return err;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return unreadable(why);
	err = base_file_check(fd, size_max, st, why);
	if (err == 0)
		return fd;
	close(fd);
	return base_errno_set(-err);
}

ssize_t base_file_read(int fd, void *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = pread(fd, (char *)buf + len, size - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static bool owner_is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

// Whoever may write a directory may put another file in the place of one; with the sticky bit only of his
// own.
static int dir_judge(const char *dir, struct base_text *why)
{
	struct stat st;

	if (lstat(dir, &st) == 0 && S_ISLNK(st.st_mode) && !owner_is_trusted(&st)) {
		base_text_add(why, "is reached by %s, a link that uid %u owns: only root's and our own count",
			dir, st.st_uid);
		return base_errno_set(EPERM);
	}
	if (stat(dir, &st) != 0)
		return unreadable(why);
	if (!owner_is_trusted(&st)) {
		base_text_add(why, "is in %s, which uid %u owns: chown root it", dir, st.st_uid);
		return base_errno_set(EPERM);
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0) {
		base_text_add(why, "is in %s, which %s may write (mode %04o): chmod go-w it", dir,
			(st.st_mode & S_IWOTH) != 0 ? "everybody" : "a group", st.st_mode & 07777);
		return base_errno_set(EPERM);
	}
	return 0;
}

// All directories on the way along an absolute path, which is cut meanwhile.
static int dirs_judge(char *path, struct base_text *why)
{
	for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
		slash[slash == path ? 1 : 0] = '\0';
		int err = dir_judge(path, why);
		if (err != 0 || slash == path)
			return err;
	}
	return 0;
}

// path as it was written, from the root on. false: longer than a path can be.
static bool path_complete(const char *path, char out[PATH_MAX])
{
	char here[PATH_MAX] = "";
	struct base_text text;

	base_text_init(&text, out, PATH_MAX);
	if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return false;
	base_text_add(&text, "%s%s%s", here, path[0] == '/' ? "" : "/", path);
	return !text.is_cut;
}

int base_file_judge(const char *path, const struct stat *st, struct base_text *why)
{
	char written[PATH_MAX];
	char real[PATH_MAX];

	if (!owner_is_trusted(st)) {
		base_text_add(why, "belongs to uid %u: chown root it", st->st_uid);
		return base_errno_set(EPERM);
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		base_text_add(why, "may be written by %s (mode %04o): chmod go-w it",
			(st->st_mode & S_IWOTH) != 0 ? "everybody" : "a group", st->st_mode & 07777);
		return base_errno_set(EPERM);
	}
	if (!path_complete(path, written) || realpath(path, real) == NULL)
		return unreadable(why);
	int err = dirs_judge(written, why);
	return err != 0 ? err : dirs_judge(real, why);
}
