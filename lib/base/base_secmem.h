// SPDX-License-Identifier: BSD-3-Clause
// Memory for secrets, and for what is as good as a secret (keys, key schedules, files that hold them): locked
// against swapping, left out of core dumps, zero in a forked child, between two pages that nobody may touch,
// wiped when it is given back. Any thread; each block costs a few system calls and at least three pages, so a
// block holds a whole struct, not one secret.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"

// size bytes of zeros, aligned to 64. NULL with errno (ENOMEM, EINVAL for 0). Give back by
// base_secmem_free().
BASE_MUST_USE void *base_secmem_alloc(size_t size);

void base_secmem_free(void *p); // wipes all of it; accepts NULL

// Why blocks of this process could not be locked, as errno; 0 = all of them are. Such blocks work all the
// same: their content may reach swap space.
int base_secmem_lock_error(void);

// Blocks that are not given back, for tests.
size_t base_secmem_n_blocks(void);
