// SPDX-License-Identifier: BSD-3-Clause
// Inside of a table. lib/nbr only.
#pragma once

#include "nbr_index.h"
#include "nbr_table.h"

// A port's entries, oldest listed first. worker: rw; control: ro, the atomics
struct nbr_list {
	uint32_t head;
	uint32_t tail;
	_Atomic uint32_t n;
	_Atomic uint64_t n_evicted;
	_Atomic uint64_t n_full;
};

struct nbr_table {
	struct nbr_index index; // key -> row
	struct nbr_entry *entries;
	_Atomic uint8_t *ports; // owner of entries[i]; worker: rw, control: ro
	uint32_t capacity;
	uint32_t free_head; // rows that were used and are free, by next
	uint32_t per_port_max;
	uint32_t age_port; // list where the next ageing pass begins
	_Atomic uint32_t n_used;
	_Atomic uint32_t rows_end; // highest index ever used, plus one
	_Atomic uint64_t n_evicted;
	_Atomic uint64_t n_full;
	size_t map_bytes; // of entries and ports together
	struct nbr_list lists[NBR_PORTS_MAX];
};
