// SPDX-License-Identifier: BSD-3-Clause
// The connection of a client of the binary API. The thread of its session.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base_clock.h"
#include "gw_tls.h"
#include "gw_wire.h"

#define UNREAD_MS 10000 // a client that takes nothing for so long is dropped

struct gw_wire {
	int fd;
	gnutls_session_t tls; // NULL = plain
};

// 0, -ETIMEDOUT or -errno.
static int ready_wait(int fd, short events, uint64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	while (true) {
		uint64_t now_ms = base_mono_ms();
		int rc = poll(&p, 1, deadline_ms > now_ms ? (int)(deadline_ms - now_ms) : 0);

		if (rc > 0)
			return 0;
		if (rc == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int handshake(struct gw_wire *w, uint64_t deadline_ms)
{
	if (gnutls_init(&w->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0)
		return -ENOMEM;
	if (gnutls_priority_set_direct(w->tls, GW_TLS_PRIORITIES, NULL) != 0 ||
		gnutls_credentials_set(w->tls, GNUTLS_CRD_CERTIFICATE, gw_tls_credentials()) != 0)
		return -EINVAL;
	gnutls_transport_set_int(w->tls, w->fd);
	while (true) {
		int rc = gnutls_handshake(w->tls);

		if (rc == GNUTLS_E_SUCCESS)
			return 0;
		if (gnutls_error_is_fatal(rc))
			return -EPROTO;
		rc = ready_wait(
			w->fd, gnutls_record_get_direction(w->tls) == 1 ? POLLOUT : POLLIN, deadline_ms);
		if (rc != 0)
			return rc;
	}
}

struct gw_wire *gw_wire_create(int fd, bool has_tls, uint64_t deadline_ms)
{
	struct gw_wire *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = fd;
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 &&
		(!has_tls || handshake(w, deadline_ms) == 0))
		return w;
	gw_wire_destroy(w);
	return NULL;
}

void gw_wire_destroy(struct gw_wire *w)
{
	if (w->tls != NULL) {
		(void)gnutls_bye(w->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(w->tls);
	}
	free(w);
}

int gw_wire_fd(const struct gw_wire *w)
{
	return w->fd;
}

bool gw_wire_has_more(const struct gw_wire *w)
{
	return w->tls != NULL && gnutls_record_check_pending(w->tls) > 0;
}

ssize_t gw_wire_read(struct gw_wire *w, void *bytes, size_t n)
{
	if (w->tls == NULL) {
		ssize_t got = recv(w->fd, bytes, n, 0);

		return got >= 0 ? got : errno == EINTR ? -EAGAIN : -errno;
	}
	ssize_t got = gnutls_record_recv(w->tls, bytes, n);
	if (got == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	if (got < 0)
		return gnutls_error_is_fatal((int)got) || got == GNUTLS_E_REHANDSHAKE ? -EPROTO : -EAGAIN;
	return got;
}

// Some of it: how many bytes; -EAGAIN; -errno.
static ssize_t some_send(struct gw_wire *w, const void *bytes, size_t n)
{
	if (w->tls == NULL) {
		ssize_t sent = send(w->fd, bytes, n, MSG_NOSIGNAL);

		return sent >= 0 ? sent : errno == EINTR ? -EAGAIN : -errno;
	}
	ssize_t sent = gnutls_record_send(w->tls, bytes, n);
	if (sent < 0)
		return gnutls_error_is_fatal((int)sent) ? -EPIPE : -EAGAIN;
	return sent;
}

int gw_wire_send(struct gw_wire *w, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n > 0) {
		ssize_t sent = some_send(w, at, n);

		if (sent >= 0) {
			at += sent;
			n -= (size_t)sent;
			continue;
		}
		if (sent != -EAGAIN)
			return (int)sent;
		int rc = ready_wait(w->fd, POLLOUT, base_mono_ms() + UNREAD_MS);
		if (rc != 0)
			return rc;
	}
	return 0;
}
