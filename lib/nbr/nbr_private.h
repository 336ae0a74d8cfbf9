// SPDX-License-Identifier: BSD-3-Clause
// Inside of a table. lib/nbr only.
#pragma once

#include <rte_hash.h>

#include "nbr_table.h"

// A port's entries, oldest listed first. worker: rw; control: ro, the atomics
struct nbr_list {
	uint32_t head;
	uint32_t tail;
	_Atomic uint32_t n;
	_Atomic uint64_t n_evicted;
	_Atomic uint64_t n_full;
};

// A key that was looked up lately: its whole hash, and its slot. A wrong slot does no harm: the row's key is
// compared.
struct nbr_recent {
	uint32_t hash;
	uint32_t slot;
};

// A power of two. Direct-mapped, so it is large against the hundred or so neighbors that are busy at a time:
// at 1,024 a tenth of 100 keys shared a place with another and took the long way at every frame.
#define NBR_RECENT_LEN 4096

struct nbr_table {
	struct rte_hash *hash; // key -> slot, which is the index of entries and ports
	struct nbr_entry *entries;
	_Atomic uint8_t *ports; // owner of entries[i]; worker: rw, control: ro
	uint64_t seed;
	uint32_t capacity;
	uint32_t n_slots;
	uint32_t per_port_max;
	uint32_t age_port; // list where the next ageing pass begins
	_Atomic uint32_t n_used;
	_Atomic uint32_t rows_end; // highest index ever used, plus one
	_Atomic uint64_t n_evicted;
	_Atomic uint64_t n_full;
	size_t map_bytes; // of entries and ports together
	struct nbr_list lists[NBR_PORTS_MAX];
	struct nbr_recent recent[NBR_RECENT_LEN]; // worker: rw
};

// A multiplicative hash keyed by the seed: an attacker who does not know it cannot choose colliding keys,
// which a CRC, being linear, would allow for any seed.
static inline uint32_t nbr_hash(uint64_t key, uint64_t seed)
{
	uint64_t x = (key ^ seed) * 0x9e3779b97f4a7c15u;

	x ^= x >> 29;
	x *= seed | 1;
	return (uint32_t)(x >> 32);
}
