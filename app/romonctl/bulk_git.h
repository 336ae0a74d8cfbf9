// SPDX-License-Identifier: BSD-3-Clause
// The history of a folder of backups, by the command git. Main thread; waits for git.
#pragma once

#include "base_text.h"

// Commit what changed in dir, which becomes a repository if it is none: 1, or 0 when
// nothing did; -errno with why. message: of the commit.
BASE_MUST_USE int bulk_git_commit(const char *dir, const char *message, struct base_text *why);
