// SPDX-License-Identifier: BSD-3-Clause
// Lookup, learning, eviction and ageing. Runs on the worker that owns the table; allocates nothing.
//
// Each port has a list of its entries, oldest listed first. A hit does not touch the list: it only sets
// last_ms. Eviction and ageing look at the head; an entry that was heard since it was listed goes to the
// tail (CLOCK), so both cost a constant per entry and never sweep the table.
#include <assert.h>

#include "nbr_private.h"

// Heads looked at before an eviction takes one that was heard since.
#define EVICT_TRIES 8

#define LOAD(field)         atomic_load_explicit(&(field), memory_order_relaxed)
#define STORE(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

struct nbr_entry *nbr_table_entry(struct nbr_table *t, uint32_t idx)
{
	return &t->entries[idx];
}

const _Atomic uint8_t *nbr_table_ports(const struct nbr_table *t)
{
	return t->ports;
}

struct nbr_entry *nbr_table_entries(struct nbr_table *t)
{
	return t->entries;
}

void nbr_table_guess_bulk(struct nbr_table *t, const uint64_t *keys, uint32_t n, uint32_t *idx)
{
	const struct nbr_index x = t->index;
	const struct nbr_entry *entries = t->entries;

	assert(n <= NBR_BULK_MAX);
	for (uint32_t i = 0; i < n; i++) {
		idx[i] = nbr_hash(keys[i], x.seed);
		__builtin_prefetch(nbr_bucket_of(&x, idx[i]));
	}
	for (uint32_t i = 0; i < n; i++) {
		idx[i] = nbr_index_guess(nbr_bucket_of(&x, idx[i]), idx[i]);
		__builtin_prefetch(&entries[idx[i]], 1);
	}
}

void nbr_table_lookup_bulk(struct nbr_table *t, const uint64_t *keys, uint32_t n, uint32_t *idx)
{
	nbr_table_guess_bulk(t, keys, n, idx);
	for (uint32_t i = 0; i < n; i++) {
		if (LOAD(t->entries[idx[i]].key) != keys[i])
			idx[i] = nbr_table_lookup(t, keys[i]);
	}
}

uint32_t nbr_table_lookup(struct nbr_table *t, uint64_t key)
{
	return nbr_index_find(&t->index, t->entries, key);
}

static void list_append(struct nbr_table *t, uint32_t idx, uint8_t port, uint32_t listed_ms)
{
	struct nbr_list *l = &t->lists[port];
	struct nbr_entry *e = &t->entries[idx];

	e->listed_ms = listed_ms;
	e->next = NBR_INDEX_NONE;
	e->prev = l->tail;
	if (l->tail == NBR_INDEX_NONE)
		l->head = idx;
	else
		t->entries[l->tail].next = idx;
	l->tail = idx;
	STORE(l->n, LOAD(l->n) + 1);
	STORE(t->ports[idx], port);
}

static void list_remove(struct nbr_table *t, uint32_t idx)
{
	struct nbr_entry *e = &t->entries[idx];
	struct nbr_list *l = &t->lists[LOAD(t->ports[idx])];

	if (e->prev == NBR_INDEX_NONE)
		l->head = e->next;
	else
		t->entries[e->prev].next = e->next;
	if (e->next == NBR_INDEX_NONE)
		l->tail = e->prev;
	else
		t->entries[e->next].prev = e->prev;
	STORE(l->n, LOAD(l->n) - 1);
}

// Mark a row as changing hands, or as settled again: control rejects what it read in between.
static void row_begin(struct nbr_entry *e)
{
	STORE(e->generation, LOAD(e->generation) + 1);
	atomic_thread_fence(memory_order_release);
}

static void row_end(struct nbr_entry *e)
{
	atomic_store_explicit(&e->generation, LOAD(e->generation) + 1, memory_order_release);
}

static uint64_t entry_remove(struct nbr_table *t, uint32_t idx)
{
	struct nbr_entry *e = &t->entries[idx];
	uint64_t key = LOAD(e->key);

	nbr_index_remove(&t->index, key, idx);
	list_remove(t, idx);
	e->next = t->free_head;
	t->free_head = idx;
	row_begin(e);
	STORE(e->key, 0);
	row_end(e);
	STORE(t->n_used, LOAD(t->n_used) - 1);
	return key;
}

uint64_t nbr_table_remove(struct nbr_table *t, uint32_t idx)
{
	return entry_remove(t, idx);
}

// Remove the oldest entry of a port's list that was not heard since it was listed.
static uint64_t port_evict(struct nbr_table *t, uint8_t port)
{
	struct nbr_list *l = &t->lists[port];

	for (int tries = 0; tries < EVICT_TRIES; tries++) {
		uint32_t idx = l->head;
		uint32_t last_ms = LOAD(t->entries[idx].last_ms);

		if (last_ms == t->entries[idx].listed_ms)
			break;
		list_remove(t, idx);
		list_append(t, idx, port, last_ms);
	}
	STORE(t->n_evicted, LOAD(t->n_evicted) + 1);
	STORE(l->n_evicted, LOAD(l->n_evicted) + 1);
	return entry_remove(t, l->head);
}

static uint8_t port_with_most(const struct nbr_table *t)
{
	uint8_t most = 0;

	for (uint8_t p = 1; p < NBR_PORTS_MAX; p++) {
		if (LOAD(t->lists[p].n) > LOAD(t->lists[most].n))
			most = p;
	}
	return most;
}

// A row for the next key; there is one while n_used is below capacity.
static uint32_t row_free(const struct nbr_table *t)
{
	return t->free_head != NBR_INDEX_NONE ? t->free_head : LOAD(t->rows_end);
}

uint32_t nbr_table_add(struct nbr_table *t, uint64_t key, uint8_t port, uint32_t now_ms, uint64_t *evicted)
{
	*evicted = 0;
	if (LOAD(t->lists[port].n) >= t->per_port_max)
		*evicted = port_evict(t, port);
	else if (LOAD(t->n_used) >= t->capacity)
		*evicted = port_evict(t, port_with_most(t));

	uint32_t idx = row_free(t);
	if (!nbr_index_add(&t->index, key, idx)) {
		STORE(t->n_full, LOAD(t->n_full) + 1);
		STORE(t->lists[port].n_full, LOAD(t->lists[port].n_full) + 1);
		return NBR_INDEX_NONE;
	}
	struct nbr_entry *e = &t->entries[idx];
	if (idx == t->free_head)
		t->free_head = e->next;
	else
		STORE(t->rows_end, idx + 1);
	row_begin(e);
	STORE(e->key, key);
	STORE(e->rx_frames, 0);
	STORE(e->id, 0);
	STORE(e->first_ms, now_ms);
	STORE(e->last_ms, now_ms);
	e->bucket = (struct base_bucket){0, 0}; // and so roam
	list_append(t, idx, port, now_ms);
	row_end(e);
	STORE(t->n_used, LOAD(t->n_used) + 1);
	return idx;
}

void nbr_table_move(struct nbr_table *t, uint32_t idx, uint8_t port, uint32_t now_ms)
{
	struct nbr_entry *e = &t->entries[idx];

	list_remove(t, idx);
	row_begin(e);
	STORE(e->last_ms, now_ms);
	list_append(t, idx, port, now_ms);
	row_end(e);
}

uint32_t nbr_table_age(struct nbr_table *t, uint32_t now_ms, uint32_t age_ms, uint32_t budget, uint64_t *gone)
{
	uint32_t n_gone = 0;

	for (uint32_t p = 0; p < NBR_PORTS_MAX && budget > 0; p++) {
		uint8_t port = (uint8_t)t->age_port;
		struct nbr_list *l = &t->lists[port];

		// an entry is never older than its listing, so a young head ends the list
		while (l->head != NBR_INDEX_NONE && budget > 0) {
			uint32_t idx = l->head;
			struct nbr_entry *e = &t->entries[idx];
			uint32_t last_ms = LOAD(e->last_ms);

			if (now_ms - e->listed_ms < age_ms)
				break;
			budget--;
			if (now_ms - last_ms >= age_ms) {
				gone[n_gone++] = entry_remove(t, idx);
				continue;
			}
			list_remove(t, idx);
			list_append(t, idx, port, last_ms);
		}
		if (budget > 0)
			t->age_port = (t->age_port + 1) % NBR_PORTS_MAX;
	}
	return n_gone;
}

bool nbr_table_row(const struct nbr_table *t, uint32_t idx, struct nbr_row *out)
{
	const struct nbr_entry *e = &t->entries[idx];
	uint32_t generation = atomic_load_explicit(&e->generation, memory_order_acquire);

	out->key = LOAD(e->key);
	out->rx_frames = LOAD(e->rx_frames);
	out->id = LOAD(e->id);
	out->last_ms = LOAD(e->last_ms);
	out->first_ms = LOAD(e->first_ms);
	out->port = LOAD(t->ports[idx]);
	atomic_thread_fence(memory_order_acquire);
	return out->key != 0 && (generation & 1) == 0 && generation == LOAD(e->generation);
}

uint32_t nbr_table_rows_end(const struct nbr_table *t)
{
	return LOAD(t->rows_end);
}

uint32_t nbr_table_used(const struct nbr_table *t)
{
	return LOAD(t->n_used);
}

struct nbr_counters nbr_table_counters(const struct nbr_table *t)
{
	return (struct nbr_counters){.evicted = LOAD(t->n_evicted), .full = LOAD(t->n_full)};
}

struct nbr_port_counters nbr_table_port_counters(const struct nbr_table *t, uint8_t port)
{
	const struct nbr_list *l = &t->lists[port];

	return (struct nbr_port_counters){
		.used = LOAD(l->n), .evicted = LOAD(l->n_evicted), .full = LOAD(l->n_full)};
}
