// SPDX-License-Identifier: BSD-3-Clause
// romond's own stalls: stopped by a signal, suspended with its machine, without a CPU, blocked. The clock
// that others are judged by (base_mono_ms) stands still meanwhile, also while a worker cannot run; an event
// tells how long it was and why. Control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;

#define STALL_GAP_MS  500   // the loop turns every 50 ms: a longer gap is one
#define STALL_TOLD_MS 2000  // such gaps, in sum, are worth an event
#define STALL_HELD_MS 60000 // a worker that stands still for longer is a fault: others are judged again

// What the loop's thread was doing between two looks, and what the machine did.
struct stall_facts {
	uint64_t gap_ms;       // by the monotonic clock
	uint64_t suspended_ms; // by which the machine's uptime grew more
	uint64_t ran_ms;       // CPU time of this thread
	uint64_t waited_ms;    // it could have run, and had no CPU
	uint64_t worker_ms;    // for so long a worker ran
};

// Why it was: a word for the event's text, and the rest of the sentence.
const char *stall_reason(const struct stall_facts *f);

BASE_MUST_USE int stall_start(struct app *app);
void stall_stop(struct app *app);

void stall_sleep(struct app *app); // the loop is about to wait
void stall_wake(struct app *app);  // it has waited: before anything else reads the clock
