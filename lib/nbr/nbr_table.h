// SPDX-License-Identifier: BSD-3-Clause
// A table of 48-bit addresses heard on ports, with a hard cap, fair eviction and ageing. A worker keeps
// three: neighbors (port, MAC), sources in relay groups (group, MAC) and origins of Discovers (id).
//
// One worker owns a table: it alone adds, touches and removes. Control reads rows at any time through
// nbr_table_row(), without a lock: fields that it reads are atomics, and a generation tells a torn row.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_bucket.h"
#include "base_err.h"
#include "base_mac.h"

#define NBR_PORTS_MAX  64
#define NBR_BULK_MAX   64
#define NBR_INDEX_NONE UINT32_MAX

// Key: the address in the low 48 bits, a tag of the owner above (port tag, group tag, channel).
static inline uint64_t nbr_key(uint64_t mac, uint16_t tag)
{
	return mac | (uint64_t)tag << 48;
}

static inline uint64_t nbr_key_mac(uint64_t key)
{
	return key & 0xffffffffffffu;
}

static inline uint16_t nbr_key_tag(uint64_t key)
{
	return (uint16_t)(key >> 48);
}

// Where a relayed source is may be in doubt (dp_relay.c). Times until which something holds; 0 = it does not.
struct nbr_roam {
	uint32_t watched_ms; // its frames are remembered
	uint32_t loops_ms;   // copies of its frames come back
	uint32_t roams_ms;   // it was heard on two ports
	uint32_t n_copies;   // that came back, with nothing new from another port in between
};

// One address; one cache line, so that a hit costs one line beside that of the hash.
struct nbr_entry {
	_Atomic uint32_t generation; // odd while the row changes hands. worker: rw, control: ro
	_Atomic uint32_t last_ms;    // coarse time of the last frame. worker: rw, control: ro
	_Atomic uint64_t key;        // worker: rw, control: ro
	_Atomic uint64_t rx_frames;  // worker: rw, control: ro
	_Atomic uint64_t
		id; // neighbors: RoMON id, 0 = not known; origins: see dp_route.c. worker: rw, control: ro
	_Atomic uint32_t first_ms; // worker: rw, control: ro
	uint32_t listed_ms;        // when it was put at its port list's tail
	uint32_t prev;             // port list, oldest listed first
	uint32_t next;
	union {
		struct base_bucket bucket; // origins: re-floods
		struct nbr_roam roam;      // relayed sources
	};
};

_Static_assert(sizeof(struct nbr_entry) == 64, "one cache line");

struct nbr_cfg {
	uint32_t capacity;     // entries in all
	uint32_t per_port_max; // entries of one port
	int socket_id;
	uint64_t seed; // random per start: against keys chosen to collide
};

struct nbr_table;

// Control thread, before the worker runs. NULL with errno.
BASE_MUST_USE struct nbr_table *nbr_table_create(const struct nbr_cfg *cfg);
void nbr_table_destroy(struct nbr_table *t); // accepts NULL

// Bytes of DPDK memory that a table of this capacity takes (the rows themselves are ordinary memory).
uint64_t nbr_table_bytes(uint32_t capacity);

// worker: look up n <= NBR_BULK_MAX keys; idx[i] becomes the row that keys[i] has, if it has one, but for few
// keys another: the caller reads the row, so it is the caller who compares the key, and asks
// nbr_table_lookup() when it is another's.
void nbr_table_guess_bulk(struct nbr_table *t, const uint64_t *keys, uint32_t n, uint32_t *idx);
// worker: the same, to the end: idx[i] becomes the entry's index or NBR_INDEX_NONE.
void nbr_table_lookup_bulk(struct nbr_table *t, const uint64_t *keys, uint32_t n, uint32_t *idx);
uint32_t nbr_table_lookup(struct nbr_table *t, uint64_t key);

// worker: add a key that is not in the table, owned by port (< NBR_PORTS_MAX). At the port's cap its own
// oldest entry makes room; at the table's cap the oldest of the port with the most entries. What had to go
// is put into *evicted (its key; 0 = none). NBR_INDEX_NONE when the hash has no room for the key (counted).
uint32_t nbr_table_add(struct nbr_table *t, uint64_t key, uint8_t port, uint32_t now_ms, uint64_t *evicted);

// worker: note n frames from the entry.
static inline void nbr_table_touch(struct nbr_entry *e, uint32_t n, uint32_t now_ms)
{
	uint64_t rx_frames = atomic_load_explicit(&e->rx_frames, memory_order_relaxed);

	atomic_store_explicit(&e->rx_frames, rx_frames + n, memory_order_relaxed);
	atomic_store_explicit(&e->last_ms, now_ms, memory_order_relaxed);
}

// worker: give an entry to another port (a relay source that moved).
void nbr_table_move(struct nbr_table *t, uint32_t idx, uint8_t port, uint32_t now_ms);

// worker: remove the entry at idx; returns its key.
uint64_t nbr_table_remove(struct nbr_table *t, uint32_t idx);

// worker: remove entries silent for age_ms or longer. Looks at no more than budget entries; returns the
// number removed, their keys in gone[] (room for budget).
uint32_t nbr_table_age(
	struct nbr_table *t, uint32_t now_ms, uint32_t age_ms, uint32_t budget, uint64_t *gone);

// worker: the rows, to be indexed by what a lookup gave; fixed for the table's life.
struct nbr_entry *nbr_table_entries(struct nbr_table *t);

// worker: the entry at idx.
struct nbr_entry *nbr_table_entry(struct nbr_table *t, uint32_t idx);
// worker: the ports that own the entries, by idx, for as long as the table is there.
const _Atomic uint8_t *nbr_table_ports(const struct nbr_table *t);

// A consistent copy of a row, for control.
struct nbr_row {
	uint64_t key;
	uint64_t rx_frames;
	uint64_t id;
	uint32_t last_ms;
	uint32_t first_ms;
	uint8_t port;
};

// control: copy row idx; false when it is free or was changing. Rows stand below nbr_table_rows_end().
bool nbr_table_row(const struct nbr_table *t, uint32_t idx, struct nbr_row *out);
uint32_t nbr_table_rows_end(const struct nbr_table *t);
uint32_t nbr_table_used(const struct nbr_table *t); // any thread

struct nbr_counters {
	uint64_t evicted; // made room for a newer one
	uint64_t full;    // not added: no room could be made
};

struct nbr_counters nbr_table_counters(const struct nbr_table *t); // any thread

// The same of one port's entries, and how many it has now. evicted: its own entries that had to go.
struct nbr_port_counters {
	uint32_t used;
	uint64_t evicted;
	uint64_t full;
};

struct nbr_port_counters nbr_table_port_counters(const struct nbr_table *t, uint8_t port); // any thread
