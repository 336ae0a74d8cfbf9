// SPDX-License-Identifier: BSD-3-Clause
// DPDK's runtime directory: BASE/dpdk/PREFIX. DPDK makes both with mode 0700, takes over what is there
// already, whoever made it, and says little when it cannot. Control thread, before EAL.
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eal_runtime.h"

// As in eal_create_runtime_dir() of DPDK 22.11.
static const char *base_dir(void)
{
	const char *dir = getenv("RUNTIME_DIRECTORY");

	if (dir != NULL)
		return dir;
	if (getuid() == 0)
		return "/var/run";
	dir = getenv("XDG_RUNTIME_DIR");
	return dir != NULL ? dir : "/tmp";
}

// One of the two directories: there and ours, or made.
static int dir_check(const char *path, char *error, size_t error_size)
{
	static const char mend[] =
		"make it writable, or name another directory in RUNTIME_DIRECTORY (RuntimeDirectory= of a unit)";
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		int err = errno;

		snprintf(error, error_size, "DPDK cannot make its directory %s: %s: %s", path, strerror(err),
			mend);
		return -err;
	}
	// who owns the directory can put another one in the place of each in it
	if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
		(st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		snprintf(error, error_size,
			"%s, where DPDK would keep its files, belongs to somebody else or may be written by others: remove it, or set XDG_RUNTIME_DIR to a directory of your own",
			path);
		return -EPERM;
	}
	if (access(path, W_OK | X_OK) == 0)
		return 0;
	int err = errno;
	snprintf(error, error_size, "DPDK cannot write in its directory %s: %s: %s", path, strerror(err),
		mend);
	return -err;
}

int eal_runtime_check(const char *prefix, char *error, size_t error_size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dpdk", base_dir());
	int rc = dir_check(path, error, error_size);
	if (rc != 0)
		return rc;
	snprintf(path, sizeof(path), "%s/dpdk/%s", base_dir(), prefix);
	return dir_check(path, error, error_size);
}

pid_t eal_runtime_holder(const char *prefix)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dpdk/%s/config", base_dir(), prefix);
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bool is_held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(fd);
	return is_held ? lock.l_pid : 0;
}
