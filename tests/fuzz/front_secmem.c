// SPDX-License-Identifier: BSD-3-Clause
// base_secmem.h for fuzz targets that publish thousands of snapshots a second: blocks are used again, where
// the real ones are mapped, locked and unmapped each time. A block that was given back is poisoned. It stands
// in front of base_secmem.c. One thread.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base_secmem.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, size)   ((void)(p), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(p, size) ((void)(p), (void)(size))
#endif

#define HEAD_SIZE 64
#define SPARE_MAX 8

static void *spare[SPARE_MAX];
static size_t n_blocks;

static size_t *size_of(void *block)
{
	return (size_t *)block;
}

static void *spare_take(size_t size)
{
	for (int i = 0; i < SPARE_MAX; i++) {
		void *block = spare[i];

		if (block == NULL || *size_of(block) != size)
			continue;
		spare[i] = NULL;
		ASAN_UNPOISON_MEMORY_REGION((uint8_t *)block + HEAD_SIZE, size);
		return block;
	}
	return NULL;
}

void *base_secmem_alloc(size_t size)
{
	void *block = spare_take(size);

	if (block == NULL)
		block = aligned_alloc(64, (HEAD_SIZE + size + 63) / 64 * 64);
	if (block == NULL)
		return base_errno_null(ENOMEM);
	*size_of(block) = size;
	memset((uint8_t *)block + HEAD_SIZE, 0, size);
	n_blocks++;
	return (uint8_t *)block + HEAD_SIZE;
}

void base_secmem_free(void *p)
{
	void *block = (uint8_t *)p - HEAD_SIZE;

	if (p == NULL)
		return;
	n_blocks--;
	for (int i = 0; i < SPARE_MAX; i++) {
		if (spare[i] == NULL) {
			ASAN_POISON_MEMORY_REGION(p, *size_of(block));
			spare[i] = block;
			return;
		}
	}
	free(block);
}

int base_secmem_lock_error(void)
{
	return 0;
}

size_t base_secmem_n_blocks(void)
{
	return n_blocks;
}
