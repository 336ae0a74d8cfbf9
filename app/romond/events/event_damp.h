// SPDX-License-Identifier: BSD-3-Clause
// Damping: what flaps is listed a few times, then held, and told in one line when it is quiet or a minute is
// over. Bounded memory, whatever happens. Pure: time is passed in. One thread.
#pragma once

#include "event_kind.h"

#define EVENT_DAMP_LISTED    6     // events of one subject listed in a window; what comes then is held
#define EVENT_DAMP_WINDOW_MS 60000 // quiet for so long: the subject is as new
#define EVENT_DAMP_QUIET_MS  10000 // quiet for so long: what was held is told

struct event_damp;

// For up to n_subjects at once (rounded up to a power of two); beyond that the ones quiet for the longest
// time are forgotten, of the port that has most (app_event.cause). seed: of the hash; subjects come from the
// wire. NULL with errno.
BASE_MUST_USE struct event_damp *event_damp_create(uint32_t n_subjects, uint64_t seed);
void event_damp_destroy(struct event_damp *d);

// May e be listed now? The subject is e's family with its port, mac and id; of neighbors without the id, of
// WIRE and PORT events the port alone. False: it is held, as the last one of its subject.
BASE_MUST_USE bool event_damp_take(struct event_damp *d, const struct app_event *e, uint64_t now_ms);

// What was held and is to be told now: the last event of a subject, with the number of all that were held (at
// least 1) and the time since the first of them. False: nothing more. Looks through all subjects once.
struct event_damp_told {
	struct app_event last;
	uint32_t n_held;
	uint32_t over_ms;
};
BASE_MUST_USE bool event_damp_next(struct event_damp *d, uint64_t now_ms, struct event_damp_told *out);

// Events that were held and forgotten with their subject, since the last call.
uint64_t event_damp_lost(struct event_damp *d);
