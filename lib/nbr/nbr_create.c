// SPDX-License-Identifier: BSD-3-Clause
// Creating and destroying address tables. Control thread; the only file of this library that allocates.
#include <sys/mman.h>

#include <rte_malloc.h>

#include "nbr_private.h"

#define ALLOC_SLACK 1024 // headers and alignment of two allocations

// Rows are ordinary memory: pages that no address ever used cost nothing.
static int rows_map(struct nbr_table *t)
{
	size_t entry_bytes = (size_t)t->capacity * sizeof(struct nbr_entry);

	t->map_bytes = entry_bytes + t->capacity;
	void *map = mmap(NULL, t->map_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	(void)madvise(map, t->map_bytes, MADV_HUGEPAGE); // fewer TLB misses; works without
	t->entries = map;
	t->ports = (_Atomic uint8_t *)((uint8_t *)map + entry_bytes);
	return 0;
}

struct nbr_table *nbr_table_create(const struct nbr_cfg *cfg)
{
	struct nbr_table *t =
		rte_zmalloc_socket("nbr_table", sizeof(*t), RTE_CACHE_LINE_SIZE, cfg->socket_id);
	uint64_t index_bytes = nbr_index_bytes(cfg->capacity);

	if (t == NULL)
		return base_errno_null(ENOMEM);
	t->capacity = cfg->capacity;
	t->per_port_max = cfg->per_port_max < cfg->capacity ? cfg->per_port_max : cfg->capacity;
	t->free_head = NBR_INDEX_NONE;
	for (uint32_t p = 0; p < NBR_PORTS_MAX; p++)
		t->lists[p] = (struct nbr_list){.head = NBR_INDEX_NONE, .tail = NBR_INDEX_NONE};
	t->index.seed = cfg->seed;
	t->index.mask = (uint32_t)(index_bytes / sizeof(struct nbr_bucket)) - 1;
	t->index.buckets = rte_zmalloc_socket("nbr_index", index_bytes, RTE_CACHE_LINE_SIZE, cfg->socket_id);
	int err = t->index.buckets == NULL ? ENOMEM : -rows_map(t);
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
	rte_free(t->index.buckets);
	rte_free(t);
}

uint64_t nbr_table_bytes(uint32_t capacity)
{
	return nbr_index_bytes(capacity) + sizeof(struct nbr_table) + ALLOC_SLACK;
}
