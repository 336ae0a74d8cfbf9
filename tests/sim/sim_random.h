// SPDX-License-Identifier: BSD-3-Clause
// Random numbers of a simulation: a state per user, so that one's draws do not move another's. Tests only.
#pragma once

#include "base_hash.h"

// splitmix64: any state will do, 0 too.
static inline uint64_t sim_random(uint64_t *state)
{
	return base_hash_mix(*state += 0x9e3779b97f4a7c15u);
}

// 0 .. n-1
static inline uint32_t sim_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((sim_random(state) >> 32) * n >> 32);
}

// low .. high
static inline uint32_t sim_between(uint64_t *state, uint32_t low, uint32_t high)
{
	return low + sim_below(state, high - low + 1);
}
