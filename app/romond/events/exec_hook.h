// SPDX-License-Identifier: BSD-3-Clause
// events.exec: a program of the operator that is run once for each event, with the event in its environment.
// No shell, no inherited environment or descriptors. Those on the wire have a share of its runs
// (exec_share.h). Control thread; nothing here waits for the program.
#pragma once

#include "event_kind.h"

#define EXEC_HOOK_RUNS_MAX  4   // programs at once
#define EXEC_HOOK_QUEUE_MAX 256 // events that wait; then the oldest go, counted

struct exec_hook;

// NULL with errno. No program is set.
BASE_MUST_USE struct exec_hook *exec_hook_create(void);
void exec_hook_destroy(struct exec_hook *h); // ends what still runs; accepts NULL

// Which program, and how long it may run. path "" = none; what waits for another program is dropped.
void exec_hook_set(struct exec_hook *h, const char *path, uint32_t timeout_ms);

// Readable when a program has ended: then call exec_hook_poll().
int exec_hook_fd(const struct exec_hook *h);

// The end is near: wait for what runs and waits, for so long at most.
void exec_hook_finish(struct exec_hook *h, uint32_t within_ms);

// Run the program for e, now or when its turn comes; or, if those on the wire can cause it, for a later one
// of the same family and port in its place.
void exec_hook_post(struct exec_hook *h, const struct app_event *e);

// Gather what ended, kill what runs for too long, start what waits. Also call it every 50 to 1000 ms.
void exec_hook_poll(struct exec_hook *h);

struct exec_hook_stats {
	uint32_t n_running;
	uint32_t n_waiting;
	uint64_t n_started;
	uint64_t n_failed;  // not started, ended with another status than 0, or killed
	uint64_t n_killed;  // at the timeout
	uint64_t n_lost;    // events that came too fast
	uint32_t n_held;    // sources on the wire whose last event waits for a token
	uint64_t n_skipped; // events in whose place a later one of the source was run
};
void exec_hook_stats_get(const struct exec_hook *h, struct exec_hook_stats *out);
