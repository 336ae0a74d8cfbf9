// SPDX-License-Identifier: BSD-3-Clause
// One epoll set. Control thread.
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "loop.h"

#define WATCHES_MAX 16
#define READY_MAX   8

struct watch {
	int fd; // -1 = free
	loop_fn *fn;
	void *ctx;
};

struct loop {
	int epoll_fd;
	struct watch watches[WATCHES_MAX];
	int n_ready;
	struct epoll_event ready[READY_MAX];
};

struct loop *loop_create(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return base_errno_null(ENOMEM);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		int err = errno;

		free(l);
		return base_errno_null(err);
	}
	for (int i = 0; i < WATCHES_MAX; i++)
		l->watches[i].fd = -1;
	return l;
}

void loop_destroy(struct loop *l)
{
	if (l == NULL)
		return;
	close(l->epoll_fd);
	free(l);
}

static struct watch *watch_find(struct loop *l, int fd)
{
	for (int i = 0; i < WATCHES_MAX; i++) {
		if (l->watches[i].fd == fd)
			return &l->watches[i];
	}
	return NULL;
}

int loop_watch(struct loop *l, int fd, loop_fn *fn, void *ctx)
{
	struct watch *w = watch_find(l, -1);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};

	if (w == NULL)
		return base_errno_set(ENOSPC);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return -errno;
	*w = (struct watch){.fd = fd, .fn = fn, .ctx = ctx};
	return 0;
}

void loop_forget(struct loop *l, int fd)
{
	struct watch *w = watch_find(l, fd);

	if (w == NULL || fd < 0)
		return;
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	w->fd = -1;
}

void loop_wait(struct loop *l, int timeout_ms)
{
	l->n_ready = epoll_wait(l->epoll_fd, l->ready, READY_MAX, timeout_ms);
}

void loop_run(struct loop *l)
{
	for (int i = 0; i < l->n_ready; i++) {
		const struct watch *w = l->ready[i].data.ptr;

		if (w->fd >= 0) // else one before it took it back
			w->fn(w->ctx);
	}
	l->n_ready = 0;
}
