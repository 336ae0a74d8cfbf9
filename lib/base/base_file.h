// SPDX-License-Identifier: BSD-3-Clause
// Files that somebody else names: opened so that no FIFO, device or endless file holds up who opens it, and
// judged by who could change them. Any thread; waits for nothing but the disk.
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base_text.h"

// Open path for reading. Nothing but a regular file of at most size_max bytes is opened. The descriptor,
// which does not block and is closed on exec, or -errno with what is wrong in why: words that go on behind
// the name of the file.
BASE_MUST_USE int base_file_open(const char *path, uint64_t size_max, struct stat *st, struct base_text *why);

// The same for a descriptor that was opened elsewhere: 0, or -errno with why. fd stays the caller's.
BASE_MUST_USE int base_file_check(int fd, uint64_t size_max, struct stat *st, struct base_text *why);

// The first size bytes of fd, wherever it stands: how many there were, or -errno.
BASE_MUST_USE ssize_t base_file_read(int fd, void *buf, size_t size);

// Could anybody but root and the user of this process write the file, or put another one in its place? It,
// and each directory on the way to it, must be root's or this user's, and writable by nobody else (but for
// directories with the sticky bit, like /tmp). st: of the file. 0; -EPERM or another -errno, with why.
BASE_MUST_USE int base_file_judge(const char *path, const struct stat *st, struct base_text *why);
