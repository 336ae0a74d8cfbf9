// SPDX-License-Identifier: BSD-3-Clause
// Where a worker enters the kernel, and the only file of this library that may: the adaptive idle policy,
// sleeps that grow while nothing arrives and end with the first frame; and the word that wakes control, at
// most one for each of its sleeps, whatever comes in meanwhile (docs/decisions/0050). Worker thread.
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "dp_worker.h"

// Empty turns before the first sleep, and between two doublings of the sleep.
#define SPIN_TURNS   256
#define STEP_TURNS   16
#define SLEEP_US_MIN 10
#define SLEEP_US_MAX 500

void dp_idle(struct dp_worker *w)
{
	w->idle_turns++;
	if (w->idle_turns < SPIN_TURNS) {
		rte_pause();
		return;
	}
	uint32_t step = (w->idle_turns - SPIN_TURNS) / STEP_TURNS;
	uint64_t sleep_us = step < 6 ? (uint64_t)SLEEP_US_MIN << step : SLEEP_US_MAX;
	struct timespec ts = {.tv_nsec = (long)(sleep_us < SLEEP_US_MAX ? sleep_us : SLEEP_US_MAX) * 1000};
	uint64_t begin_tsc = rte_rdtsc();

	// a sleeper holds no snapshot: a reload need not wait for it
	snap_quiescent(w->snaps, w->id);
	nanosleep(&ts, NULL);
	dp_count(&w->counters.idle_tsc, rte_rdtsc() - begin_tsc);
}

void dp_wake(struct dp_worker *w)
{
	const uint64_t one = 1;

	w->n_punts_told = dp_counter_read(&w->counters.punts);
	if (w->wake != NULL && xchg_wake_take(w->wake))
		(void)!write(w->wake->fd, &one, sizeof(one)); // full: then control has word enough
}
