// SPDX-License-Identifier: BSD-3-Clause
// Who follows a stream of Server-Sent Events: waited for together with what he follows, and gone when he
// left, or may follow no longer. The thread of the connection.
#pragma once

#include "gw_http.h"

struct gw_follower {
	struct gw_roll *roll;
	struct gw_pass pass;
	int fd;
	bool is_gone;
};

// f is all zero. It must end before the connection does: with the response.
void gw_follower_begin(struct gw_follower *f, const struct gw_http *h);
void gw_follower_end(struct gw_follower *f);

// Waits until fd is readable; where that takes long, a sign of life comes to out. libmicrohttpd does not look
// at the client meanwhile: who leaves would keep a thread until then.
void gw_follower_wait(struct gw_follower *f, int fd, struct gw_out *out);
