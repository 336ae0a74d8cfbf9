// SPDX-License-Identifier: BSD-3-Clause
// Services that others reach. Control thread.
//
// A peer proves that it hears us before a TCP connection is made for it: made-up senders take no place at the
// service.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_endpoint.h"
#include "base_log.h"
#include "base_mac.h"
#include "events.h"
#include "reach_offer.h"
#include "wire_frame.h"

LOG_TYPE("reach");

void reach_offer_configure(struct app *app, struct stream_table *streams)
{
	stream_unlisten(streams, WIRE_SERVICE_SSH);
	if (app->conf->services.ssh_is_enabled && stream_listen(streams, WIRE_SERVICE_SSH) != 0)
		LOG(ERROR, "services.ssh: cannot be offered");
}

static bool is_allowed(const struct app *app, uint64_t id)
{
	const struct conf_ids *ids = &app->conf->services.allow_ids;

	for (uint32_t i = 0; i < ids->n; i++) {
		if (base_mac_u64(&ids->id[i]) == id)
			return true;
	}
	return ids->n == 0;
}

// A connection that is under way, or -errno.
static int dial(const char *to)
{
	struct sockaddr_storage addr;
	socklen_t len = base_endpoint_parse(to, &addr);
	int one = 1;

	if (len == 0)
		return -EINVAL;
	int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&addr, len) == 0 || errno == EINPROGRESS)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

void reach_offer_accept(struct app *app, struct pipe *p)
{
	uint64_t now_us = base_mono_ns() / 1000;
	struct stream_facts facts;

	stream_facts_get(p->conn, &facts);
	if (facts.here != WIRE_SERVICE_SSH || !app->conf->services.ssh_is_enabled ||
		!is_allowed(app, facts.peer)) {
		pipe_close(p, STREAM_END_REFUSED, now_us);
		return;
	}
	int fd = dial(app->conf->services.ssh_to);
	int err = fd < 0 ? fd : pipe_bind(p, fd, true, now_us);
	if (err == 0) {
		events_node(app, EVENT_SESSION_OPENED, SNAP_PORTS_MAX, facts.peer, "",
			"it reaches service %u here, %s", facts.here, app->conf->services.ssh_to);
		return;
	}
	LOG(WARNING, "services.ssh.to: %s: %s", app->conf->services.ssh_to, strerror(-err));
	if (fd >= 0)
		close(fd);
	pipe_close(p, STREAM_END_REFUSED, now_us);
}
