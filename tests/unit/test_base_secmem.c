// SPDX-License-Identifier: BSD-3-Clause
// Memory for secrets: what the kernel says of it, what a child sees of it, and that it is gone afterwards.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_secmem.h"
#include "base_text.h"
#include "suite.h"

// The VmFlags line of the mapping that holds p, from /proc/self/smaps.
static void flags_of(const void *p, char *flags, size_t size)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	bool is_ours = false;
	char line[512];

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	flags[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long from;
		unsigned long to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_ours = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
			(void)base_text_copy(flags, size, line + 8);
	}
	fclose(file);
}

static void blocks_are_zero_aligned_and_apart(void)
{
	static const size_t sizes[] = {1, 63, 64, 65, 4031, 4032, 4033, 200000};

	for (size_t i = 0; i < BASE_ARRAY_LEN(sizes); i++) {
		uint8_t *p = base_secmem_alloc(sizes[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_EQUAL((uintptr_t)p % 64, 0);
		for (size_t k = 0; k < sizes[i]; k++)
			CU_ASSERT_EQUAL_FATAL(p[k], 0);
		memset(p, 0xa5, sizes[i]);
		CU_ASSERT_EQUAL(base_secmem_n_blocks(), 1);
		base_secmem_free(p);
	}
	base_secmem_free(NULL);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), 0);
	CU_ASSERT_PTR_NULL(base_secmem_alloc(0));
	CU_ASSERT_PTR_NULL(base_secmem_alloc(SIZE_MAX));
	CU_ASSERT_EQUAL(errno, ENOMEM);
}

static void kernel_neither_dumps_nor_swaps_nor_inherits_it(void)
{
	char flags[256];
	void *p = base_secmem_alloc(100000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	flags_of(p, flags, sizeof(flags));
	CU_ASSERT_PTR_NOT_NULL(strstr(flags, " dd")); // not in core dumps
	CU_ASSERT_PTR_NOT_NULL(strstr(flags, " wf")); // zero in a child
	if (base_secmem_lock_error() == 0 && !SUITE_HAS_ASAN)
		CU_ASSERT_PTR_NOT_NULL(strstr(flags, " lo")); // locked
	base_secmem_free(p);
}

static void child_sees_zeros(void)
{
	char *p = base_secmem_alloc(64);
	int status = -1;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memcpy(p, "a secret", 9);
	pid_t pid = fork();
	if (pid == 0)
		_exit(p[0] == '\0' ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_STRING_EQUAL(p, "a secret");
	base_secmem_free(p);
}

// A step past the end, or before the block, ends the child.
static void pages_around_a_block_are_closed(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (int side = 0; side < 2; side++) {
		char *p = base_secmem_alloc(page - 64);
		int status = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		pid_t pid = fork();
		if (pid == 0) {
			(void)!freopen("/dev/null", "w", stderr); // a sanitizer has words for it
			p[side == 0 ? (ptrdiff_t)page - 64 : -65] = 1;
			_exit(0);
		}
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_NOT_EQUAL(status, 0);
		base_secmem_free(p);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(blocks_are_zero_aligned_and_apart),
	SUITE_CASE(kernel_neither_dumps_nor_swaps_nor_inherits_it),
	SUITE_CASE(child_sees_zeros),
	SUITE_CASE(pages_around_a_block_are_closed),
};

SUITE_MAIN("base_secmem", cases)
