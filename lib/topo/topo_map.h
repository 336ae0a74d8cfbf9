// SPDX-License-Identifier: BSD-3-Clause
// A hash index over rows of an array: chains of row numbers. It grows by one bucket an insert (linear
// hashing), so that no insert ever pays for a whole rehash. One thread.
#pragma once

#include <stdint.h>

#include "base_err.h"

#define TOPO_NONE UINT32_MAX

struct topo_map_cell { // of the row with the same number
	uint32_t next;
	uint32_t hash;
};

struct topo_map {
	uint32_t *heads;
	struct topo_map_cell *cells;
	uint32_t heads_size; // allocated
	uint32_t cells_size; // allocated
	uint32_t base;       // a power of two: buckets before this round of splitting
	uint32_t n_split;    // buckets split in this round
	uint32_t n_used;
};

BASE_MUST_USE int topo_map_init(struct topo_map *m);
void topo_map_fini(struct topo_map *m);

// Make room for rows below n_rows. 0 or -ENOMEM.
BASE_MUST_USE int topo_map_reserve(struct topo_map *m, uint32_t n_rows);

// row is below what was reserved and not in the map.
void topo_map_insert(struct topo_map *m, uint32_t row, uint32_t hash);
void topo_map_remove(struct topo_map *m, uint32_t row);

// The rows with this hash: for (r = topo_map_first(m, h); r != TOPO_NONE; r = topo_map_next(m, r)).
uint32_t topo_map_first(const struct topo_map *m, uint32_t hash);
uint32_t topo_map_next(const struct topo_map *m, uint32_t row);

uint64_t topo_map_bytes(const struct topo_map *m);

// SipHash-1-3 keyed by seed: who does not know it cannot choose keys that collide.
uint32_t topo_hash_words(uint64_t seed, const uint64_t *words, uint32_t n);
uint32_t topo_hash_bytes(uint64_t seed, const void *bytes, uint32_t len);
