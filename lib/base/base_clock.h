// SPDX-License-Identifier: BSD-3-Clause
// Clocks. Protocol timers use the monotonic clock only; the wall clock is for people and for the first
// value of a signing counter. Control threads; workers read the TSC instead.
#pragma once

#include <stdint.h>

// The monotonic clock by which others are judged: whatever is late, silent, timed out or flapping is so by
// this clock. It stands still while this process was stopped, so that nobody is blamed for our own stall (see
// base_clock_watch). Never for a deadline that is handed to the kernel.
uint64_t base_mono_ns(void);
uint64_t base_mono_ms(void);

// CLOCK_MONOTONIC as it is: deadlines of pthread_cond_timedwait(), and promises made to people.
uint64_t base_real_ms(void);

// From now on this thread vouches for the clock: it reads it all the time, and where two of its reads lie
// gap_ns or more apart, it was stopped, and base_mono_ns() of all threads goes on from where it was. 1 = all
// time until the next read is left out; 0 = this thread vouches no more. One thread of a process at most.
void base_clock_watch(uint64_t gap_ns);
uint64_t base_clock_skipped_ns(void); // left out so far

uint64_t base_wall_us(void);
uint64_t base_wall_ns(void);
