// SPDX-License-Identifier: BSD-3-Clause
// Shares of the program of events.exec: a place for each source, none of them made up by the wire. Control
// thread.
#include <stdlib.h>

#include "base_bucket.h"
#include "exec_share.h"

#define CAUSES_MAX (CONF_PORTS_MAX + 1) // app_event.cause; the first is the home of what no port caused

static const struct base_bucket_rate source_rate = {
	.cost_ticks = EXEC_SHARE_EVERY_MS,
	.burst_ticks = (uint64_t)EXEC_SHARE_EVERY_MS * EXEC_SHARE_BURST,
};
static const struct base_bucket_rate all_rate = {
	.cost_ticks = EXEC_SHARE_ALL_MS,
	.burst_ticks = (uint64_t)EXEC_SHARE_ALL_MS * EXEC_SHARE_ALL_BURST,
};

struct source {
	struct base_bucket bucket;
	uint64_t since; // the order in which they began to wait
	uint32_t n;     // events that came since the last run; 0 = none waits
	struct app_event last;
};

struct exec_share {
	struct base_bucket all;
	uint64_t n_since;
	uint32_t n_waiting;
	struct source sources[EVENT_N_FAMILIES][CAUSES_MAX];
};

struct exec_share *exec_share_create(void)
{
	return calloc(1, sizeof(struct exec_share));
}

void exec_share_destroy(struct exec_share *s)
{
	free(s);
}

bool exec_share_concerns(const struct app_event *e)
{
	switch (event_kind_family(e->kind)) {
	case EVENT_FAMILY_NEIGHBOR:
	case EVENT_FAMILY_NODE:
	case EVENT_FAMILY_WIRE:
		return true;
	case EVENT_FAMILY_SELF: // who floods brings these about
		return e->kind == EVENT_EVENTS_HELD || e->kind == EVENT_DEGRADED || e->kind == EVENT_WELL;
	case EVENT_FAMILY_INVALID:
	case EVENT_FAMILY_PORT:
	case EVENT_FAMILY_CONFIG:
	case EVENT_FAMILY_STORE:
	case EVENT_N_FAMILIES:
		break;
	}
	return false;
}

void exec_share_put(struct exec_share *s, const struct app_event *e)
{
	struct source *src = &s->sources[event_kind_family(e->kind)][e->cause < CAUSES_MAX ? e->cause : 0];

	if (src->n == 0) {
		src->since = s->n_since++;
		s->n_waiting++;
	}
	if (src->n < UINT32_MAX)
		src->n++;
	src->last = *e;
}

// Ticks that a bucket of a source has in hand.
static uint64_t credit(const struct base_bucket *b, uint64_t now_ms)
{
	uint64_t has = b->credit_ticks + (now_ms - b->last_ticks);

	return b->last_ticks == 0 || has > source_rate.burst_ticks ? source_rate.burst_ticks : has;
}

static bool is_before(const struct source *a, const struct source *b, uint64_t now_ms)
{
	uint64_t of_a = credit(&a->bucket, now_ms);
	uint64_t of_b = credit(&b->bucket, now_ms);

	return of_a != of_b ? of_a > of_b : a->since < b->since;
}

bool exec_share_next(struct exec_share *s, uint64_t now_ms, struct app_event *out, uint32_t *n_skipped)
{
	struct source *first = NULL;

	if (s->n_waiting == 0 || !base_bucket_has(&s->all, &all_rate, now_ms))
		return false;
	for (int family = 0; family < EVENT_N_FAMILIES; family++) {
		for (int cause = 0; cause < CAUSES_MAX; cause++) {
			struct source *src = &s->sources[family][cause];

			if (src->n > 0 && (first == NULL || is_before(src, first, now_ms)))
				first = src;
		}
	}
	// nobody has more tokens than the first
	if (first == NULL || base_bucket_take(&first->bucket, &source_rate, now_ms, 1) == 0)
		return false;
	(void)base_bucket_take(&s->all, &all_rate, now_ms, 1);
	*out = first->last;
	*n_skipped = first->n - 1;
	first->n = 0;
	s->n_waiting--;
	return true;
}

uint32_t exec_share_waiting(const struct exec_share *s)
{
	return s->n_waiting;
}

void exec_share_clear(struct exec_share *s)
{
	for (int family = 0; family < EVENT_N_FAMILIES; family++) {
		for (int cause = 0; cause < CAUSES_MAX; cause++)
			s->sources[family][cause].n = 0;
	}
	s->n_waiting = 0;
}
