// SPDX-License-Identifier: BSD-3-Clause
// The adaptive idle policy: sleeps that grow while nothing arrives, and end with the first frame. Worker
// thread; the only file of this library that may enter the kernel.
#include <time.h>

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
