// SPDX-License-Identifier: BSD-3-Clause
// Return values: 0 or -errno; a pointer or NULL with errno set. Any thread.
#pragma once

#include <errno.h>
#include <stddef.h>

#define BASE_MUST_USE                  __attribute__((warn_unused_result))
#define BASE_PRINTF(fmt_idx, args_idx) __attribute__((format(printf, fmt_idx, args_idx)))
#define BASE_ARRAY_LEN(a)              (sizeof(a) / sizeof((a)[0]))

// Set errno to err (positive) and return -err.
static inline int base_errno_set(int err)
{
	errno = err;
	return -err;
}

// Set errno to err (positive) and return NULL.
static inline void *base_errno_null(int err)
{
	errno = err;
	return NULL;
}
