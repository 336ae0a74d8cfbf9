// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that repeat: each test program that includes this has its own, and sets the seed.
#pragma once

#include <stdint.h>

static uint64_t random_state; // not 0

// 0 .. n-1, by xorshift.
static inline uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) * n >> 32);
}
