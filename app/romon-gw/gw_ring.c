// SPDX-License-Identifier: BSD-3-Clause
// News for many listeners. Any thread.
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gw_ring.h"

struct gw_watcher {
	struct gw_ring *ring;
	int fd;
	uint64_t next; // number of the change that comes next
	struct gw_watcher *beside;
};

void gw_ring_init(struct gw_ring *ring)
{
	pthread_mutex_init(&ring->lock, NULL);
}

static void wake(const struct gw_watcher *w)
{
	const uint64_t one = 1;
	ssize_t n = write(w->fd, &one, sizeof(one));

	(void)n; // it is readable already
}

void gw_ring_tell(struct gw_ring *ring, enum gw_change_kind kind, json_t *row)
{
	pthread_mutex_lock(&ring->lock);
	struct gw_change *c = &ring->kept[++ring->last % GW_RING_KEPT];

	json_decref(c->row);
	*c = (struct gw_change){kind, ring->last, row};
	for (const struct gw_watcher *w = ring->watchers; w != NULL; w = w->beside)
		wake(w);
	pthread_mutex_unlock(&ring->lock);
}

struct gw_watcher *gw_watcher_create(struct gw_ring *ring)
{
	struct gw_watcher *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->ring = ring;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0) {
		free(w);
		return NULL;
	}
	pthread_mutex_lock(&ring->lock);
	w->next = ring->last + 1;
	w->beside = ring->watchers;
	ring->watchers = w;
	pthread_mutex_unlock(&ring->lock);
	return w;
}

void gw_watcher_destroy(struct gw_watcher *w)
{
	struct gw_watcher **at = &w->ring->watchers;

	pthread_mutex_lock(&w->ring->lock);
	while (*at != w)
		at = &(*at)->beside;
	*at = w->beside;
	pthread_mutex_unlock(&w->ring->lock);
	close(w->fd);
	free(w);
}

int gw_watcher_fd(const struct gw_watcher *w)
{
	return w->fd;
}

int gw_watcher_next(struct gw_watcher *w, struct gw_change *out)
{
	struct gw_ring *ring = w->ring;
	uint64_t told;
	int rc = 0;

	pthread_mutex_lock(&ring->lock);
	if (w->next > ring->last) {
		ssize_t n = read(w->fd, &told, sizeof(told)); // not readable any more

		(void)n;
	} else if (ring->last - w->next >= GW_RING_KEPT) {
		w->next = ring->last + 1;
		rc = -EOVERFLOW;
	} else {
		*out = ring->kept[w->next++ % GW_RING_KEPT];
		json_incref(out->row);
		rc = 1;
	}
	pthread_mutex_unlock(&ring->lock);
	return rc;
}

bool gw_watcher_resume(struct gw_watcher *w, uint64_t number)
{
	pthread_mutex_lock(&w->ring->lock);
	bool is_kept = number <= w->ring->last && w->ring->last - number <= GW_RING_KEPT;
	if (is_kept) {
		w->next = number + 1;
		wake(w);
	}
	pthread_mutex_unlock(&w->ring->lock);
	return is_kept;
}
