// SPDX-License-Identifier: BSD-3-Clause
// Creating and destroying address tables. Control thread; the only file of this library that allocates.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "nbr_private.h"

// For rte_hash itself, which wants a function; lookups pass the hash in.
static uint32_t hash_of_key(const void *key, uint32_t len, uint32_t init)
{
	uint64_t k;

	(void)len;
	memcpy(&k, key, sizeof(k));
	return nbr_hash(k, init);
}

// A third more slots than entries: a cuckoo hash begins to fail inserts when nearly full.
static uint32_t slots_of(uint32_t capacity)
{
	return capacity + capacity / 3 + 64;
}

// Rows are ordinary memory: pages that no address ever used cost nothing.
static int rows_map(struct nbr_table *t)
{
	size_t entry_bytes = (size_t)t->n_slots * sizeof(struct nbr_entry);

	t->map_bytes = entry_bytes + t->n_slots;
	void *map = mmap(NULL, t->map_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	(void)madvise(map, t->map_bytes, MADV_HUGEPAGE); // fewer TLB misses; works without
	t->entries = map;
	t->ports = (_Atomic uint8_t *)((uint8_t *)map + entry_bytes);
	return 0;
}

// rte_hash_create() does not set rte_errno in all cases: without memory it leaves what was there before.
static int hash_error(void)
{
	return rte_errno == EEXIST || rte_errno == EINVAL ? rte_errno : ENOMEM;
}

struct nbr_table *nbr_table_create(const struct nbr_cfg *cfg)
{
	char name[RTE_HASH_NAMESIZE];
	struct nbr_table *t =
		rte_zmalloc_socket("nbr_table", sizeof(*t), RTE_CACHE_LINE_SIZE, cfg->socket_id);

	if (t == NULL)
		return base_errno_null(ENOMEM);
	t->capacity = cfg->capacity;
	t->n_slots = slots_of(cfg->capacity);
	t->per_port_max = cfg->per_port_max < cfg->capacity ? cfg->per_port_max : cfg->capacity;
	t->seed = cfg->seed;
	for (uint32_t p = 0; p < NBR_PORTS_MAX; p++)
		t->lists[p] = (struct nbr_list){.head = NBR_INDEX_NONE, .tail = NBR_INDEX_NONE};
	snprintf(name, sizeof(name), "nbr_%s", cfg->name);
	struct rte_hash_parameters params = {
		.name = name,
		.entries = t->n_slots,
		.key_len = sizeof(uint64_t),
		.hash_func = hash_of_key,
		.socket_id = cfg->socket_id,
	};
	rte_errno = 0;
	t->hash = rte_hash_create(&params);
	int err = t->hash == NULL ? hash_error() : -rows_map(t);
	if (err != 0) {
		nbr_table_destroy(t);
		return base_errno_null(err);
	}
	return t;
}

void nbr_table_destroy(struct nbr_table *t)
{
	if (t == NULL)
		return;
	if (t->entries != NULL)
		munmap(t->entries, t->map_bytes);
	rte_hash_free(t->hash);
	rte_free(t);
}

uint64_t nbr_table_bytes(uint32_t capacity)
{
	// rte_hash: 64-byte buckets of 8, rounded up to a power of two, a 16-byte key slot and an 8-byte ring
	// slot
	uint64_t slots = slots_of(capacity);
	uint64_t pow2 = 8;

	while (pow2 < slots)
		pow2 *= 2;
	return pow2 * 8 + slots * 16 + pow2 * 8 + sizeof(struct nbr_table) + 65536;
}
