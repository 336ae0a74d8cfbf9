// SPDX-License-Identifier: BSD-3-Clause
// A binary heap of events. Tests only.
#include <stdlib.h>

#include "sim_queue.h"

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

void sim_queue_put(struct sim_queue *q, uint64_t at_ns, enum sim_event_kind kind, uint32_t who, void *what)
{
	struct sim_event e = {.at_ns = at_ns, .seq = q->seq++, .what = what, .who = who, .kind = kind};

	if (q->n == q->size) {
		q->size = q->size == 0 ? 1024 : 2 * q->size;
		q->heap = realloc(q->heap, q->size * sizeof(*q->heap));
		if (q->heap == NULL)
			abort();
	}
	uint32_t pos = q->n++;
	while (pos > 0 && is_before(&e, &q->heap[(pos - 1) / 2])) {
		q->heap[pos] = q->heap[(pos - 1) / 2];
		pos = (pos - 1) / 2;
	}
	q->heap[pos] = e;
}

bool sim_queue_take(struct sim_queue *q, uint64_t until_ns, struct sim_event *out)
{
	if (q->n == 0 || q->heap[0].at_ns > until_ns)
		return false;
	*out = q->heap[0];
	struct sim_event last = q->heap[--q->n];
	uint32_t pos = 0;
	while (2 * pos + 1 < q->n) {
		uint32_t down = 2 * pos + 1;

		if (down + 1 < q->n && is_before(&q->heap[down + 1], &q->heap[down]))
			down++;
		if (is_before(&last, &q->heap[down]))
			break;
		q->heap[pos] = q->heap[down];
		pos = down;
	}
	if (q->n > 0)
		q->heap[pos] = last;
	return true;
}
