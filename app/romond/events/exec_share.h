// SPDX-License-Identifier: BSD-3-Clause
// How often those on the wire may have the program of events.exec run. An event that they can cause waits in
// the place of its source, which is its family on its port, until that source and all of them together have a
// token; a newer one of the source takes its place. So the last event of each source gets its run, and a
// flood on one port delays no other. Bounded; pure: time is passed in. Control thread.
#pragma once

#include "event_kind.h"

#define EXEC_SHARE_EVERY_MS  2000 // a token of a source
#define EXEC_SHARE_BURST     20
#define EXEC_SHARE_ALL_MS    500 // a token of all sources together
#define EXEC_SHARE_ALL_BURST 40

struct exec_share;

// NULL with errno.
BASE_MUST_USE struct exec_share *exec_share_create(void);
void exec_share_destroy(struct exec_share *s); // accepts NULL

// Does e wait for a token? False: it is of an operator, of the daemon's life or of a port's device, and runs
// at any time.
bool exec_share_concerns(const struct app_event *e);

void exec_share_put(struct exec_share *s, const struct app_event *e);

// The event whose turn it is at now_ms, and how many of its source it took the place of. Of those that could
// run it is the one of the source that used least of its share lately, then the one that waits longest.
// False: none waits, or there is no token yet.
BASE_MUST_USE bool exec_share_next(
	struct exec_share *s, uint64_t now_ms, struct app_event *out, uint32_t *n_skipped);

uint32_t exec_share_waiting(const struct exec_share *s); // sources with an event that waits
void exec_share_clear(struct exec_share *s);             // forgets what waits; tokens stay
