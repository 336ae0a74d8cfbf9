// SPDX-License-Identifier: BSD-3-Clause
// Free hugepages, from files as the kernel writes /proc/meminfo.
#include <stdio.h>
#include <unistd.h>

#include "base_err.h"
#include "base_hugepages.h"
#include "suite.h"

// What is read in a file with this text.
static uint64_t free_in(const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/test_base_hugepages_%d", (int)getpid());
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	uint64_t bytes = base_hugepages_free(path);
	unlink(path);
	return bytes;
}

static void free_pages_count_and_no_others(void)
{
	CU_ASSERT_EQUAL(
		free_in("MemTotal:        4024308 kB\nHugePages_Total:     250\nHugePages_Free:       12\n"
			"HugePages_Rsvd:        3\nHugePages_Surp:        7\nHugepagesize:       2048 kB\n"
			"Hugetlb:          512000 kB\n"),
		12ull * 2048 * 1024);
	CU_ASSERT_EQUAL(free_in("HugePages_Free:        4\nHugepagesize:    1048576 kB\n"),
		4ull * 1024 * 1024 * 1024);
}

static void without_hugepages_there_are_none(void)
{
	CU_ASSERT_EQUAL(
		free_in("HugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB\n"),
		0);
	CU_ASSERT_EQUAL(free_in("MemTotal:        4024308 kB\n"), 0); // a kernel built without them
	CU_ASSERT_EQUAL(free_in(""), 0);
	CU_ASSERT_EQUAL(base_hugepages_free("/no/such/file"), 0);
}

static void this_kernel_is_read(void)
{
	uint64_t bytes = base_hugepages_free(BASE_MEMINFO);

	CU_ASSERT_EQUAL(bytes % 4096, 0);
	CU_ASSERT_TRUE(bytes < 1ull << 50);
}

int main(void)
{
	static const struct suite_case cases[] = {
		SUITE_CASE(free_pages_count_and_no_others),
		SUITE_CASE(without_hugepages_there_are_none),
		SUITE_CASE(this_kernel_is_read),
	};

	return suite_run("base hugepages", cases, BASE_ARRAY_LEN(cases));
}
