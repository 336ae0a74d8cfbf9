// SPDX-License-Identifier: BSD-3-Clause
// Hashes that need no secret: any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The last steps of splitmix64: each bit of x moves half of the result's.
static inline uint64_t base_hash_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

// FNV-1a of a name, 32 bits: the same in each version, since ids that stay follow from it.
static inline uint32_t base_hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash;
}

// FNV-1a of bytes, 64 bits: likewise.
static inline uint64_t base_hash_bytes(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}
