// SPDX-License-Identifier: BSD-3-Clause
// One client of the binary API, from its first byte to its last, in a thread of its own: a slow login, or a
// romond that does not answer, stops nobody else.
#pragma once

#include "gw_conf.h"
#include "gw_link.h"

// What all sessions share; constant but for the link, which any thread may ask.
struct gw_shared {
	const struct gw_conf *conf;
	struct gw_link *link;
};

// Serve the client at fd, which is connected and blocks, until it is done. Closes fd.
void gw_session_run(int fd, const struct gw_shared *shared);
