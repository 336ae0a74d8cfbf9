// SPDX-License-Identifier: BSD-3-Clause
// Addresses of TCP servers as people write them: 127.0.0.1:22, [::1]:22. Pure; any thread.
#pragma once

#include <sys/socket.h>

// Parse a numeric address and a port from 1 to 65535. Returns the length of what is in out, 0: it is none.
// Names are not looked up: that may take seconds.
socklen_t base_endpoint_parse(const char *text, struct sockaddr_storage *out);
