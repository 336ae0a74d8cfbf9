// SPDX-License-Identifier: BSD-3-Clause
// Secrets in files, as romonctl reads and writes them: one a line, "" is the empty secret (docs/secrets.md).
// Main thread. What is read stands in memory of base_secmem.h.
#pragma once

#include <stdbool.h>

#include "base_text.h"
#include "conf.h"

// The secrets in a file, "-" = standard input: NULL with a sentence in why, which shows no part of them. Give
// back by base_secmem_free(). is_private: refuse a file that group or others may read or write.
BASE_MUST_USE struct conf_secrets *secret_file_read(const char *path, bool is_private, struct base_text *why);

// The same for a file that must hold one secret, which is not empty.
BASE_MUST_USE struct conf_secrets *secret_file_read_one(
	const char *path, bool is_private, struct base_text *why);

// Put a file of that content, mode 0600, in the place of path in one step; the owner stays. 0, or -errno with
// a sentence in why.
BASE_MUST_USE int secret_file_write(
	const char *path, const struct conf_secrets *secrets, struct base_text *why);
