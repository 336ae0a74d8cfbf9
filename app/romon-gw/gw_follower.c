// SPDX-License-Identifier: BSD-3-Clause
// Followers. The thread of the connection.
#include <poll.h>

#include "gw_follower.h"

#define HEARTBEAT_MS 15000

void gw_follower_begin(struct gw_follower *f, const struct gw_http *h)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(h->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	f->roll = h->shared->roll;
	f->fd = info == NULL ? -1 : info->connect_fd;
	gw_pass_begin(f->roll, &f->pass, &h->user, h->who, f->fd);
}

void gw_follower_end(struct gw_follower *f)
{
	gw_pass_end(f->roll, &f->pass);
}

void gw_follower_wait(struct gw_follower *f, int fd, struct gw_out *out)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = f->fd, .events = POLLRDHUP}};

	if (poll(p, BASE_ARRAY_LEN(p), HEARTBEAT_MS) == 0)
		gw_out_text(out, ": still here\n\n");
	f->is_gone = p[1].revents != 0;
}
