// SPDX-License-Identifier: BSD-3-Clause
// News for many listeners: the last of them are kept, each listener goes through them at its own pace. Any
// thread.
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define GW_RING_KEPT 1024

enum gw_change_kind {
	GW_CHANGE_INVALID,
	GW_CHANGE_ROW,  // it is new, or another
	GW_CHANGE_DEAD, // it is gone
	GW_CHANGE_AWAY, // romond does not answer
	GW_CHANGE_BACK, // it does again
};

struct gw_change {
	enum gw_change_kind kind;
	uint64_t number; // one more each time, from 1
	json_t *row;     // of ROW; of DEAD what it was. Else NULL
};

struct gw_watcher; // one who listens

struct gw_ring {
	pthread_mutex_t lock; // of all below
	uint64_t last;        // number of the last change
	struct gw_watcher *watchers;
	struct gw_change kept[GW_RING_KEPT]; // by number
};

void gw_ring_init(struct gw_ring *ring);
void gw_ring_tell(struct gw_ring *ring, enum gw_change_kind kind, json_t *row); // takes row

struct gw_watcher *gw_watcher_create(struct gw_ring *ring); // from now on. NULL: out of memory
void gw_watcher_destroy(struct gw_watcher *w);

int gw_watcher_fd(const struct gw_watcher *w); // readable: gw_watcher_next() may have something

// The next change, whose row is a reference of the caller's: 1; 0 = none so far; -EOVERFLOW: more came than
// are kept. It goes on behind them.
BASE_MUST_USE int gw_watcher_next(struct gw_watcher *w, struct gw_change *out);

// Go on behind the change of that number, which was told before. False: it is not kept any more.
bool gw_watcher_resume(struct gw_watcher *w, uint64_t number);
