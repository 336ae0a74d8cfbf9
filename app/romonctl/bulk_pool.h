// SPDX-License-Identifier: BSD-3-Clause
// Child processes, some at a time: what they write is kept up to a limit, who takes too long or writes too
// much is killed with all that it started, and so are all on Ctrl-C. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

#define BULK_JOBS_MAX 64
#define BULK_ERR_SIZE 4096 // of what a child says on standard error, the last of it

struct bulk_spawn {
	const char *const *argv; // until begin is called again
	const char *input;       // for standard input; NULL = none
	size_t input_len;        // at most 4096
	size_t out_max;
	int password_fd; // for ssh's askpass; -1 = none
};

struct bulk_out {
	char *text; // NUL-terminated, on the heap: end may take it and leave NULL
	size_t len;
	char err[BULK_ERR_SIZE];
	size_t err_len;
	int status;       // as waitpid() gives it
	bool is_late;     // was killed for its time
	bool is_too_much; // for what it wrote
	uint64_t took_ms;
};

// Work on n things, n_jobs at a time.
struct bulk_work {
	void *user;
	size_t n;
	unsigned n_jobs;
	uint64_t timeout_ms; // of a child
	// Fill in what to run for thing i. False: nothing (any more).
	bool (*begin)(void *user, size_t i, struct bulk_spawn *spawn);
	// What came of it. True: begin again for the same thing.
	bool (*end)(void *user, size_t i, struct bulk_out *out);
};

// 0; -EINTR: a signal ended it, and no child is left. -errno.
BASE_MUST_USE int bulk_pool_run(const struct bulk_work *work);
