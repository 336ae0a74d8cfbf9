// SPDX-License-Identifier: BSD-3-Clause
// Descriptors that the control thread waits for, each with what is to be done when it is readable. Control
// thread.
#pragma once

#include "base_err.h"

struct loop;

typedef void loop_fn(void *ctx);

// NULL with errno.
BASE_MUST_USE struct loop *loop_create(void);
void loop_destroy(struct loop *l); // accepts NULL; closes no descriptor that it watched

// Call fn(ctx) while fd is readable. The descriptor stays the caller's, who takes it back before it is
// closed. 0 or -errno.
BASE_MUST_USE int loop_watch(struct loop *l, int fd, loop_fn *fn, void *ctx);
void loop_forget(struct loop *l, int fd);

// Wait for so long, -1 = for ever; call nobody yet. So whoever holds a lock need not hold it meanwhile.
void loop_wait(struct loop *l, int timeout_ms);

// Call whom the last loop_wait() found something for.
void loop_run(struct loop *l);
