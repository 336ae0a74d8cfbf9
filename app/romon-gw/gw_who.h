// SPDX-License-Identifier: BSD-3-Clause
// Who asks, for logs: "ann@127.0.0.1", "ann@[fd00::1]". Any thread.
#pragma once

#include <sys/socket.h>

#include "gw_users.h"

#define GW_WHO_LEN 80 // romond takes no more (API_FOR_LEN_MAX)

// The address alone, "" when it is not known (NULL). Returns whether it is one of IPv6.
bool gw_who_address(const struct sockaddr *from, char *text, size_t size);

// Of IPv4 or IPv6; NULL is none.
bool gw_who_is_loopback(const struct sockaddr *from);

// from: NULL = not known. Returns who.
const char *gw_who(const char *name, const struct sockaddr *from, char who[GW_WHO_LEN]);
