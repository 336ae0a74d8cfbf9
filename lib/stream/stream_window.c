// SPDX-License-Identifier: BSD-3-Clause
// Congestion control. Pure; one thread.
#include "stream_window.h"

#include "stream_segment.h"

#define FIRST_SEGMENTS 10 // RFC 6928

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void stream_window_init(struct stream_window *w, uint32_t segment, uint32_t limit, uint32_t first_seq)
{
	*w = (struct stream_window){.size = least(FIRST_SEGMENTS * segment, limit),
		.threshold = limit,
		.limit = limit,
		.recover = first_seq};
}

static void grow(struct stream_window *w, uint32_t segment, uint32_t n)
{
	if (w->size < w->threshold) {
		w->size += least(n, 2 * segment);
	} else {
		w->acked += n;
		if (w->acked >= w->size) {
			w->acked -= w->size;
			w->size += segment;
		}
	}
	w->size = least(w->size, w->limit);
}

bool stream_window_acked(struct stream_window *w, uint32_t segment, uint32_t una, uint32_t n)
{
	w->n_dups = 0;
	if (!w->is_recovering) {
		grow(w, segment, n);
		return false;
	}
	if (!stream_seq_before(una, w->recover)) {
		w->is_recovering = false;
		w->size = most(w->threshold, 2 * segment);
		return false;
	}
	// part of what was under way: what it filled leaves the window, the next one is lost too
	w->size = w->size > n ? w->size - n : 0;
	w->size = most(w->size + segment, 2 * segment);
	return true;
}

bool stream_window_dup(struct stream_window *w, uint32_t segment, uint32_t una, uint32_t flight, uint32_t top)
{
	if (w->is_recovering) {
		w->size = least(w->size + segment, 2 * w->limit);
		return false;
	}
	w->n_dups++;
	if (w->n_dups < STREAM_WINDOW_DUPS || stream_seq_before(una, w->recover))
		return false;
	w->threshold = most(flight / 2, 2 * segment);
	w->size = w->threshold + STREAM_WINDOW_DUPS * segment;
	w->recover = top;
	w->is_recovering = true;
	return true;
}

void stream_window_timeout(struct stream_window *w, uint32_t segment, uint32_t flight, uint32_t top)
{
	w->threshold = most(flight / 2, 2 * segment);
	w->size = segment;
	w->acked = 0;
	w->n_dups = 0;
	w->recover = top;
	w->is_recovering = false;
}
