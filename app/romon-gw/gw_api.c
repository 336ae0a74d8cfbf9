// SPDX-License-Identifier: BSD-3-Clause
// Listening for clients of the binary API. The threads of the listeners, and of clients where said so.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_log.h"
#include "gw_api.h"
#include "gw_endpoint.h"
#include "gw_session.h"
#include "gw_thread.h"

LOG_TYPE("api");

#define SESSIONS_MAX  512
#define STRANGERS_MAX 128 // of them; who is longest without a login makes place for the next one

struct listener {
	int fd;
	bool has_tls;
	const struct gw_shared *shared;
};

struct client {
	struct gw_session_client session;
	const struct gw_shared *shared;
	struct client *next; // of the strangers
	bool is_stranger;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct client *strangers; // youngest first. Under lock, as all below
static uint32_t n_strangers, n_sessions;

// Under lock.
static void stranger_drop(struct client *c)
{
	struct client **at = &strangers;

	if (!c->is_stranger)
		return;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->is_stranger = false;
	n_strangers--;
}

// Under lock. Its thread sees the end of the connection, and closes it.
static void oldest_end(void)
{
	struct client *oldest = strangers;

	while (oldest != NULL && oldest->next != NULL)
		oldest = oldest->next;
	if (oldest == NULL)
		return;
	shutdown(oldest->session.fd, SHUT_RDWR);
	stranger_drop(oldest);
}

// The thread of the client.
static void is_no_stranger(void *ctx)
{
	pthread_mutex_lock(&lock);
	stranger_drop(ctx);
	pthread_mutex_unlock(&lock);
}

static void *client_main(void *arg)
{
	struct client *c = arg;

	gw_session_run(&c->session, c->shared);
	pthread_mutex_lock(&lock);
	n_sessions--;
	pthread_mutex_unlock(&lock);
	free(c);
	return NULL;
}

static void options_set(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

// Under lock. False: there is no place.
static bool place_take(struct client *c)
{
	if (n_strangers == STRANGERS_MAX)
		oldest_end();
	if (n_sessions == SESSIONS_MAX)
		return false;
	n_sessions++;
	n_strangers++;
	c->is_stranger = true;
	c->next = strangers;
	strangers = c;
	return true;
}

static bool client_start(struct client *c)
{
	pthread_mutex_lock(&lock);
	bool is_started = place_take(c);
	if (is_started) {
		is_started = gw_thread_start(client_main, c);
		if (!is_started) {
			stranger_drop(c);
			n_sessions--;
		}
	}
	pthread_mutex_unlock(&lock);
	return is_started;
}

static void client_take(const struct listener *l, int fd, const struct sockaddr_storage *from)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->shared = l->shared;
		c->session = (struct gw_session_client){fd, l->has_tls, *from, is_no_stranger, c};
		options_set(fd);
		if (client_start(c))
			return;
	}
	free(c);
	close(fd);
}

uint32_t gw_api_count(void)
{
	pthread_mutex_lock(&lock);
	uint32_t n = n_sessions;
	pthread_mutex_unlock(&lock);
	return n;
}

static void *listener_main(void *arg)
{
	const struct listener *l = arg;

	while (true) {
		struct sockaddr_storage from = {0};
		socklen_t len = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);

		if (fd >= 0)
			client_take(l, fd, &from);
		else if (errno != EINTR && errno != ECONNABORTED)
			sleep(1); // no descriptors are left: some will be
	}
	return NULL;
}

static int listener_start(struct listener *l, const char *endpoint, const char *key, struct base_text *why)
{
	pthread_t thread;

	if (endpoint[0] == '\0')
		return 0;
	l->fd = gw_endpoint_listen(endpoint, key, false, why);
	if (l->fd < 0)
		return l->fd;
	int err = pthread_create(&thread, NULL, listener_main, l);
	if (err != 0) {
		base_text_add(why, "no thread for %s: %s", key, strerror(err));
		close(l->fd);
		return -err;
	}
	pthread_detach(thread);
	LOG(NOTICE, "the binary API is served on %s%s", endpoint, l->has_tls ? ", with TLS" : "");
	return 0;
}

int gw_api_start(const struct gw_shared *shared, struct base_text *why)
{
	static struct listener plain, tls;

	plain = (struct listener){.shared = shared};
	tls = (struct listener){.shared = shared, .has_tls = true};
	int rc = listener_start(&plain, shared->conf->api_listen, "api.listen", why);
	return rc != 0 ? rc : listener_start(&tls, shared->conf->api_tls_listen, "api.tls-listen", why);
}
