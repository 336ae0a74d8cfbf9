// SPDX-License-Identifier: BSD-3-Clause
// Locked memory that the kernel drivers need, and whether this process may have it. For lib/port and for
// preflight. Control thread.
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"

// Bytes of memory that this process may lock; UINT64_MAX = as many as it likes.
uint64_t port_locked_limit(void);

// May so many bytes be mapped and locked now (AF_PACKET's rings), or be given to sockets (AF_XDP)? 0, or
// -ENOBUFS with why.
BASE_MUST_USE int port_locked_map_try(uint64_t bytes, char *why, size_t why_size);
BASE_MUST_USE int port_locked_xdp_try(uint64_t bytes, char *why, size_t why_size);
