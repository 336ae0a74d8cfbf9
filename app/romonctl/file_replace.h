// SPDX-License-Identifier: BSD-3-Clause
// Another content for a file in one step: a new file beside it takes its place. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base_text.h"

#define FILE_KEPT 5 // files before this one: PATH.1 (the last one) to PATH.5

// A new file beside path, open for reading and writing, with its owner, and its mode unless is_private asks
// for 0600: its name in temp. The descriptor, or -errno.
BASE_MUST_USE int file_replace_begin(const char *path, bool is_private, char *temp, size_t size);

// temp takes the place of path; with has_kept what was there is PATH.1 then, and so on up to FILE_KEPT. What
// was written is on disk before. temp is gone in any case, fd is closed. 0, or -errno with why.
BASE_MUST_USE int file_replace_end(
	int fd, const char *temp, const char *path, bool has_kept, struct base_text *why);

void file_replace_cancel(int fd, const char *temp); // path stays as it was
