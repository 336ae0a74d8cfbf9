// SPDX-License-Identifier: BSD-3-Clause
// Listening for clients of the binary API. The thread of the listener.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_log.h"
#include "gw_api.h"
#include "gw_endpoint.h"

LOG_TYPE("api");

#define SESSIONS_MAX 512
#define STACK_SIZE   (256 * 1024)
#define UNREAD_S     10 // a client that takes nothing for so long is dropped

struct listener {
	int fd;
	const struct gw_shared *shared;
};

struct client {
	int fd;
	const struct gw_shared *shared;
};

static atomic_uint n_sessions;

static void *client_main(void *arg)
{
	struct client c = *(struct client *)arg;

	free(arg);
	gw_session_run(c.fd, c.shared);
	atomic_fetch_sub(&n_sessions, 1);
	return NULL;
}

static void options_set(int fd)
{
	struct timeval unread = {.tv_sec = UNREAD_S};
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &unread, sizeof(unread));
}

static bool client_start(const struct listener *l, int fd)
{
	struct client *c = malloc(sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;

	if (c == NULL)
		return false;
	*c = (struct client){fd, l->shared};
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	atomic_fetch_add(&n_sessions, 1);
	int err = pthread_create(&thread, &attr, client_main, c);
	pthread_attr_destroy(&attr);
	if (err != 0) {
		atomic_fetch_sub(&n_sessions, 1);
		free(c);
	}
	return err == 0;
}

static void *listener_main(void *arg)
{
	const struct listener *l = arg;

	while (true) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno != EINTR && errno != ECONNABORTED)
				sleep(1); // no descriptors are left: some will be
			continue;
		}
		options_set(fd);
		if (atomic_load(&n_sessions) >= SESSIONS_MAX || !client_start(l, fd))
			close(fd);
	}
	return NULL;
}

int gw_api_start(const struct gw_shared *shared, struct base_text *why)
{
	static struct listener l;
	pthread_t thread;

	l.fd = gw_endpoint_listen(shared->conf->api_listen, "api.listen", false, why);
	if (l.fd < 0)
		return l.fd;
	l.shared = shared;
	int err = pthread_create(&thread, NULL, listener_main, &l);
	if (err != 0) {
		base_text_add(why, "no thread for api.listen: %s", strerror(err));
		close(l.fd);
		return -err;
	}
	pthread_detach(thread);
	LOG(NOTICE, "the binary API is served on %s", shared->conf->api_listen);
	return 0;
}
