// SPDX-License-Identifier: BSD-3-Clause
// One client of the binary API, from its first byte to its last, in a thread of its own: a slow login, or a
// romond that does not answer, stops nobody else.
#pragma once

#include "gw_shared.h"

struct gw_session_client {
	int fd; // connected; the session closes it
	bool has_tls;
	struct sockaddr_storage from;
	// Called when it logged in, and before fd is closed.
	void (*is_no_stranger)(void *ctx);
	void *ctx;
};

// Serve the client until it is done.
void gw_session_run(const struct gw_session_client *client, const struct gw_shared *shared);
