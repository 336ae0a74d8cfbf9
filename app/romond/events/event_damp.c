// SPDX-License-Identifier: BSD-3-Clause
// Damping, in a table of sets of four. One thread.
#include <stdlib.h>
#include <string.h>

#include "base_hash.h"
#include "event_damp.h"

#define WAYS 4

struct subject {
	uint64_t key; // 0 = free
	uint64_t last_ms;
	uint64_t told_ms; // when something of it was told last: the window begins there
	uint64_t held_from_ms;
	uint32_t n_listed; // in this window
	uint32_t n_held;
	uint8_t cause;         // app_event.cause of the first
	struct app_event last; // when n_held > 0
};

struct event_damp {
	uint64_t seed;
	uint64_t n_lost;
	uint32_t n_subjects; // a power of two
	uint32_t at;         // where event_damp_next() goes on
	struct subject subjects[];
};

struct event_damp *event_damp_create(uint32_t n_subjects, uint64_t seed)
{
	uint32_t n = WAYS;

	while (n < n_subjects)
		n *= 2;
	struct event_damp *d = calloc(1, sizeof(*d) + n * sizeof(d->subjects[0]));
	if (d == NULL)
		return NULL;
	d->seed = seed;
	d->n_subjects = n;
	return d;
}

void event_damp_destroy(struct event_damp *d)
{
	free(d);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	return base_hash_mix(h ^ v);
}

static uint64_t key_of(const struct event_damp *d, const struct app_event *e)
{
	enum event_family family = event_kind_family(e->kind);
	bool is_port_only = family == EVENT_FAMILY_PORT || family == EVENT_FAMILY_WIRE;
	bool has_id = family != EVENT_FAMILY_NEIGHBOR; // a neighbor may tell another one in each frame
	uint64_t words[sizeof(e->port) / sizeof(uint64_t)] = {0};
	// a loop and a storm of one port are two things
	uint64_t h =
		mix(d->seed, family == EVENT_FAMILY_WIRE ? 0x100u + (uint64_t)e->kind : (uint64_t)family);

	memcpy(words, e->port, strnlen(e->port, sizeof(words)));
	for (size_t i = 0; i < BASE_ARRAY_LEN(words); i++)
		h = mix(h, words[i]);
	if (!is_port_only)
		h = mix(mix(h, e->mac), has_id ? e->id : 0);
	return h == 0 ? 1 : h;
}

static bool is_free(const struct subject *s, uint64_t now_ms)
{
	return s->key == 0 || (s->n_held == 0 && now_ms - s->last_ms >= EVENT_DAMP_WINDOW_MS);
}

static int n_of_cause(const struct subject *set, uint8_t cause)
{
	int n = 0;

	for (int i = 0; i < WAYS; i++)
		n += set[i].cause == cause;
	return n;
}

// Does a make room sooner than b? One that holds nothing, then the one that is quiet for longer.
static bool goes_sooner(const struct subject *a, const struct subject *b)
{
	if ((a->n_held == 0) != (b->n_held == 0))
		return a->n_held == 0;
	return a->last_ms < b->last_ms;
}

// Which subject of a full set makes room for one more of this cause: of whoever has most of it, itself if
// nobody has more. So what a port makes up pushes out nothing of another one that has less.
static struct subject *victim_of(struct subject *set, uint8_t cause)
{
	int n_own = n_of_cause(set, cause);
	int n_most = 0;
	struct subject *victim = NULL;

	for (int i = 0; i < WAYS; i++) {
		int n = n_of_cause(set, set[i].cause);

		n_most = n > n_most ? n : n_most;
	}
	for (int i = 0; i < WAYS; i++) {
		bool may_go =
			n_own == n_most ? set[i].cause == cause : n_of_cause(set, set[i].cause) == n_most;

		if (may_go && (victim == NULL || goes_sooner(&set[i], victim)))
			victim = &set[i];
	}
	return victim;
}

// The subject of key, else one to be used for it.
static struct subject *subject_of(struct event_damp *d, uint64_t key, uint8_t cause, uint64_t now_ms)
{
	struct subject *set = &d->subjects[key & (d->n_subjects - 1) & ~(uint64_t)(WAYS - 1)];
	struct subject *s = NULL;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (is_free(&set[i], now_ms))
			s = &set[i];
	}
	if (s == NULL)
		s = victim_of(set, cause);
	d->n_lost += s->n_held;
	*s = (struct subject){.key = key, .cause = cause};
	return s;
}

bool event_damp_take(struct event_damp *d, const struct app_event *e, uint64_t now_ms)
{
	struct subject *s = subject_of(d, key_of(d, e), e->cause, now_ms);

	if (s->n_held == 0 && now_ms - s->told_ms >= EVENT_DAMP_WINDOW_MS)
		s->n_listed = 0;
	s->last_ms = now_ms;
	if (s->n_listed < EVENT_DAMP_LISTED) {
		if (s->n_listed++ == 0)
			s->told_ms = now_ms;
		return true;
	}
	if (s->n_held++ == 0)
		s->held_from_ms = now_ms;
	s->last = *e;
	return false;
}

bool event_damp_next(struct event_damp *d, uint64_t now_ms, struct event_damp_told *out)
{
	for (; d->at < d->n_subjects; d->at++) {
		struct subject *s = &d->subjects[d->at];

		if (s->n_held == 0 || (now_ms - s->last_ms < EVENT_DAMP_QUIET_MS &&
					      now_ms - s->held_from_ms < EVENT_DAMP_WINDOW_MS))
			continue;
		out->last = s->last;
		out->n_held = s->n_held;
		out->over_ms = (uint32_t)(now_ms - s->held_from_ms);
		s->n_held = 0;
		s->told_ms = now_ms; // held on, until it is quiet for a window
		d->at++;
		return true;
	}
	d->at = 0;
	return false;
}

uint64_t event_damp_lost(struct event_damp *d)
{
	uint64_t n = d->n_lost;

	d->n_lost = 0;
	return n;
}
