// SPDX-License-Identifier: BSD-3-Clause
// Another content for a file in one step. Main thread.
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_replace.h"

#define MODE_BITS 0777

int file_replace_begin(const char *path, bool is_private, char *temp, size_t size)
{
	struct base_text name;
	struct stat st;

	base_text_init(&name, temp, size);
	base_text_add(&name, "%s.XXXXXX", path);
	int fd = name.is_cut ? base_errno_set(ENAMETOOLONG) : mkostemp(temp, O_CLOEXEC); // mode 0600
	if (fd < 0)
		return -errno;
	bool is_there = stat(path, &st) == 0;
	// the owner first: fchown() may take bits of the mode
	if ((is_there && fchown(fd, st.st_uid, st.st_gid) != 0) ||
		(is_there && !is_private && fchmod(fd, st.st_mode & MODE_BITS) != 0)) {
		int err = -errno;

		file_replace_cancel(fd, temp);
		return err;
	}
	return fd;
}

void file_replace_cancel(int fd, const char *temp)
{
	unlink(temp);
	close(fd);
}

// The directory of path, open; -1 = it cannot be.
static int dir_open(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct base_text name;

	base_text_init(&name, dir, sizeof(dir));
	base_text_add(&name, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void kept_name(char out[PATH_MAX], const char *path, unsigned number)
{
	struct base_text name;

	base_text_init(&name, out, PATH_MAX);
	base_text_add(&name, "%s.%u", path, number);
}

// PATH.1 becomes PATH.2 and so on, and path gets PATH.1 as a second name, so that there is a file at any
// time.
static int kept_shift(const char *path, struct base_text *why)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	for (unsigned n = FILE_KEPT; n > 1; n--) {
		kept_name(from, path, n - 1);
		kept_name(to, path, n);
		if (rename(from, to) != 0 && errno != ENOENT) {
			base_text_add(why, "%s cannot become %s: %s", from, to, strerror(errno));
			return -errno;
		}
	}
	kept_name(to, path, 1);
	if (link(path, to) != 0 && errno != ENOENT) {
		base_text_add(why, "what was there cannot be kept as %s: %s", to, strerror(errno));
		return -errno;
	}
	return 0;
}

int file_replace_end(int fd, const char *temp, const char *path, bool has_kept, struct base_text *why)
{
	int dir = dir_open(path);
	int err = fsync(fd) != 0 ? -errno : 0;

	close(fd);
	if (dir >= 0)
		(void)flock(dir, LOCK_EX); // two at once would mix up the numbers
	if (err != 0)
		base_text_add(why, "%s", strerror(-err));
	else if (has_kept)
		err = kept_shift(path, why);
	if (err == 0 && rename(temp, path) != 0) {
		err = -errno;
		base_text_add(why, "%s", strerror(-err));
	}
	if (err != 0)
		unlink(temp);
	if (dir >= 0) {
		(void)fsync(dir); // what a rename did must outlive a power cut too
		close(dir);
	}
	return err;
}
