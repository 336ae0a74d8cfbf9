// SPDX-License-Identifier: BSD-3-Clause
// Addresses of TCP servers as people write them: 127.0.0.1:22, [::1]:22. Any thread.
#pragma once

#include <sys/socket.h>

#include "base_err.h"

// Parse a numeric address and a port from 1 to 65535. Returns the length of what is in out, 0: it is none.
// Names are not looked up: that may take seconds.
socklen_t base_endpoint_parse(const char *text, struct sockaddr_storage *out);

// A TCP socket that listens there, closed on exec; flags of socket(2) on top. The descriptor, or -errno.
BASE_MUST_USE int base_endpoint_listen(const struct sockaddr *at, socklen_t len, int flags);
