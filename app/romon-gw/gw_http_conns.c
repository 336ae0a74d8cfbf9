// SPDX-License-Identifier: BSD-3-Clause
// Connections of HTTP clients. Any thread.
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_clock.h"
#include "gw_http_conns.h"

#define REQUEST_MS 30000 // for a whole request, from its first byte or the end of the one before
#define CROWD      (GW_HTTP_CONNS_MAX - 100)

struct conn {
	int fd;
	bool is_busy;
	bool is_ending;    // it was shut down, and is still here
	uint64_t since_ms; // it began, or the last request was answered
	struct conn *next, *prev;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct conn head = {.next = &head, .prev = &head}; // oldest first. Under lock
static uint32_t n_conns;                                  // under lock
static uint64_t n_requests;                               // under lock

static void unlink_conn(struct conn *c)
{
	c->prev->next = c->next;
	c->next->prev = c->prev;
}

static void append(struct conn *c)
{
	c->since_ms = base_mono_ms();
	c->prev = head.prev;
	c->next = &head;
	head.prev->next = c;
	head.prev = c;
}

// Under lock. Its own thread sees the end, and closes it: until then it is in the list, and the number its
// own.
static void idle_end(uint64_t before_ms, uint32_t most)
{
	for (struct conn *c = head.next; c != &head && most > 0 && c->since_ms <= before_ms; c = c->next) {
		if (c->is_busy || c->is_ending)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->is_ending = true;
		most--;
	}
}

static void *watch_main(void *arg)
{
	(void)arg;
	while (true) {
		uint64_t now_ms = base_mono_ms();

		pthread_mutex_lock(&lock);
		if (now_ms > REQUEST_MS)
			idle_end(now_ms - REQUEST_MS, UINT32_MAX);
		pthread_mutex_unlock(&lock);
		sleep(1);
	}
	return NULL;
}

int gw_http_conns_start(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, watch_main, NULL);

	if (err == 0)
		pthread_detach(thread);
	return -err;
}

void gw_http_conns_notify(void *ctx, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct conn *c = *socket_context;

	(void)ctx;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		c = calloc(1, sizeof(*c));
		*socket_context = c;
		if (c == NULL || info == NULL)
			return;
		c->fd = info->connect_fd;
		pthread_mutex_lock(&lock);
		append(c);
		if (++n_conns > CROWD) // faster than they come: their threads take time to close them
			idle_end(UINT64_MAX, 2);
		pthread_mutex_unlock(&lock);
	} else if (c != NULL) {
		pthread_mutex_lock(&lock);
		if (c->next != NULL) {
			unlink_conn(c);
			n_conns--;
		}
		pthread_mutex_unlock(&lock);
		free(c);
		*socket_context = NULL;
	}
}

uint32_t gw_http_conns_count(uint64_t *out_n_requests)
{
	pthread_mutex_lock(&lock);
	uint32_t n = n_conns;
	*out_n_requests = n_requests;
	pthread_mutex_unlock(&lock);
	return n;
}

void gw_http_conns_busy(struct MHD_Connection *connection, int is_busy)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct conn *c = info == NULL ? NULL : info->socket_context;

	if (c == NULL || c->next == NULL)
		return;
	pthread_mutex_lock(&lock);
	c->is_busy = is_busy != 0;
	n_requests += is_busy != 0;
	unlink_conn(c);
	append(c);
	pthread_mutex_unlock(&lock);
}
