// SPDX-License-Identifier: BSD-3-Clause
// The folder that backups go to: `backup_IDENTITY_MAC_TIMESTAMP.rsc`, or with git `IDENTITY_MAC.rsc`. A file
// is there whole or not at all, mode 0600. One run at a time; one that was killed goes on. Main thread.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base_text.h"

#define BULK_NAME_SIZE 160

struct bulk_store {
	int dir; // -1 = not open
	char path[PATH_MAX];
	bool has_git;
	bool has_shown; // sensitive values are asked for
	int journal;    // nodes that are done in this run, a line each
	char *done;     // of a run before that did not come to its end: such lines. NULL = none
};

struct bulk_export {
	const char *identity;
	const char *id;     // "02:00:00:00:00:05"
	const char *suffix; // ".rsc" of RouterOS, ".yaml" of romond
	const char *text;
	size_t len;
};

// The identity and id as the beginning of a file's name: letters, digits, "-", "_" and "." of ASCII, nothing
// hidden, never an option.
void bulk_store_stem(char out[BULK_NAME_SIZE], const char *identity, const char *id);

// Open path, made if it is not there. -errno with why: a sentence.
BASE_MUST_USE int bulk_store_open(
	struct bulk_store *s, const char *path, bool has_git, bool has_shown, struct base_text *why);

// Close it; is_whole: the run came to its end, and the next one begins anew.
void bulk_store_close(struct bulk_store *s, bool is_whole);

// Whether the run before, which did not come to its end, was done with this node.
bool bulk_store_is_done(const struct bulk_store *s, const char *id);

// Keep a node's export unless it is what the newest file has (but for what changes by itself) and !always:
// 1 with its name in file, 0 when it is unchanged (file is the one that has it), -errno with why.
BASE_MUST_USE int bulk_store_put(struct bulk_store *s, const struct bulk_export *e, bool always,
	char file[BULK_NAME_SIZE], struct base_text *why);

// Remove all but the newest n files of a node. -errno.
BASE_MUST_USE int bulk_store_thin(struct bulk_store *s, const char *id, unsigned n);
