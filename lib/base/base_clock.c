// SPDX-License-Identifier: BSD-3-Clause
// Clocks. Any thread but workers: each call may be a system call.
#include <stdatomic.h>
#include <time.h>

#include "base_clock.h"

static _Atomic uint64_t skipped_ns; // the watching thread: rw, others: ro
static _Thread_local uint64_t watch_gap_ns;
static _Thread_local uint64_t watch_last_ns;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t base_mono_ns(void)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (watch_gap_ns != 0) {
		if (now_ns - watch_last_ns >= watch_gap_ns)
			atomic_fetch_add(&skipped_ns, now_ns - watch_last_ns);
		watch_last_ns = now_ns;
	}
	return now_ns - atomic_load(&skipped_ns);
}

uint64_t base_real_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000u;
}

void base_clock_watch(uint64_t gap_ns)
{
	if (watch_gap_ns == 0)
		watch_last_ns = clock_ns(CLOCK_MONOTONIC);
	watch_gap_ns = gap_ns;
}

uint64_t base_clock_skipped_ns(void)
{
	return atomic_load(&skipped_ns);
}

uint64_t base_mono_ms(void)
{
	return base_mono_ns() / 1000000u;
}

uint64_t base_wall_us(void)
{
	return base_wall_ns() / 1000u;
}

uint64_t base_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
