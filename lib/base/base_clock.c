// SPDX-License-Identifier: BSD-3-Clause
// Clocks. Any thread but workers: each call may be a system call.
#include <time.h>

#include "base_clock.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t base_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
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
