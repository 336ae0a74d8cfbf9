// SPDX-License-Identifier: BSD-3-Clause
// Sockets that listen. At the start.
#pragma once

#include <stdbool.h>

#include "base_err.h"
#include "base_text.h"

// A socket that listens on "127.0.0.1:8728" or "[::1]:8728", or -errno with why: a sentence that begins with
// key. only_loopback: -EACCES for any other address.
BASE_MUST_USE int gw_endpoint_listen(
	const char *endpoint, const char *key, bool only_loopback, struct base_text *why);
