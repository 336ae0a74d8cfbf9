// SPDX-License-Identifier: BSD-3-Clause
// Clocks. Protocol timers use the monotonic clock only; the wall clock is for people and for the first
// value of a signing counter. Control threads; workers read the TSC instead.
#pragma once

#include <stdint.h>

uint64_t base_mono_ns(void);
uint64_t base_mono_ms(void);
uint64_t base_wall_us(void);
uint64_t base_wall_ns(void);
