// SPDX-License-Identifier: BSD-3-Clause
// Memory for secrets. Any thread. A block is [guard page][head, content, slack][guard page].
#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base_secmem.h"

#define HEAD_SIZE  64 // keeps the content aligned to a cache line
#define HEAD_MAGIC 0x7365636d656d2131ull

struct head {
	uint64_t magic;
	size_t inner; // bytes between the guard pages
};

_Static_assert(sizeof(struct head) <= HEAD_SIZE, "the head has its place");

static _Atomic int lock_error;
static _Atomic size_t n_blocks;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void *base_secmem_alloc(size_t size)
{
	size_t page = page_size();

	if (size == 0 || size > SIZE_MAX - HEAD_SIZE - 3 * page)
		return base_errno_null(size == 0 ? EINVAL : ENOMEM);
	size_t inner = (size + HEAD_SIZE + page - 1) / page * page;
	uint8_t *map = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return base_errno_null(ENOMEM);
	uint8_t *block = map + page;
	if (mprotect(block, inner, PROT_READ | PROT_WRITE) != 0 ||
		madvise(block, inner, MADV_DONTDUMP) != 0) {
		munmap(map, inner + 2 * page);
		return base_errno_null(ENOMEM);
	}
	(void)madvise(
		block, inner, MADV_WIPEONFORK); // what does not know it has it in the child until exec()
	if (mlock(block, inner) != 0)
		atomic_store_explicit(&lock_error, errno, memory_order_relaxed);
	*(struct head *)block = (struct head){.magic = HEAD_MAGIC, .inner = inner};
	atomic_fetch_add_explicit(&n_blocks, 1, memory_order_relaxed);
	return block + HEAD_SIZE;
}

void base_secmem_free(void *p)
{
	size_t page = page_size();

	if (p == NULL)
		return;
	uint8_t *block = (uint8_t *)p - HEAD_SIZE;
	const struct head *head = (const struct head *)block;
	assert(head->magic == HEAD_MAGIC);
	size_t inner = head->inner;
	explicit_bzero(block, inner);
	munmap(block - page, inner + 2 * page); // unlocks it too
	atomic_fetch_sub_explicit(&n_blocks, 1, memory_order_relaxed);
}

int base_secmem_lock_error(void)
{
	return atomic_load_explicit(&lock_error, memory_order_relaxed);
}

size_t base_secmem_n_blocks(void)
{
	return atomic_load_explicit(&n_blocks, memory_order_relaxed);
}
