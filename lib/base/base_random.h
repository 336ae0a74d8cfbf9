// SPDX-License-Identifier: BSD-3-Clause
// Bytes that nobody can guess. Any thread; a system call, so no worker.
#pragma once

#include <stddef.h>

// Fill out with len bytes. Waits at boot until the kernel's generator has its seed.
void base_random_fill(void *out, size_t len);
