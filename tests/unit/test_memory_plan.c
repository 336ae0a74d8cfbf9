// SPDX-License-Identifier: BSD-3-Clause
// What romond needs beside what its control groups allow: the sentence that is told, and when it is an error.
#include <stdio.h>
#include <string.h>

#include "memory_plan.h"
#include "suite.h"

#define MIB (1024ull * 1024)

static const struct memory_plan plan = {.need_bytes = 155 * MIB + 7, .least_bytes = 70 * MIB};
static char text[2 * BASE_CGROUP_PATH_SIZE];

static int judge(const struct memory_plan *p, uint64_t max, uint64_t high)
{
	struct base_cgroup_memory allowed = {
		.max = {.bytes = max, .file = "/g/memory.max"},
		.high = {.bytes = high, .file = "/g/memory.high"},
	};

	text[0] = '\0';
	return memory_plan_judge(p, 24576, &allowed, text, sizeof(text));
}

static void what_is_killed_at_start_is_an_error(void)
{
	CU_ASSERT_EQUAL(judge(&plan, 64 * MIB, UINT64_MAX), -ENOMEM);
	CU_ASSERT_STRING_EQUAL(text,
		"memory: romond needs 156 MiB with 24576 mbufs (71 MiB of these at start), and "
		"/g/memory.max allows 64 MiB: it would be killed; set memory.mbufs lower, or raise the "
		"limit (MemoryMax= of the unit, --memory of the container)");
	CU_ASSERT_EQUAL(judge(&plan, 64 * MIB, 32 * MIB), -ENOMEM); // the worse one is told
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/g/memory.max"));
}

static void what_may_be_killed_later_or_slowed_down_is_a_warning(void)
{
	CU_ASSERT_EQUAL(judge(&plan, 70 * MIB, UINT64_MAX), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/g/memory.max allows 70 MiB: it may be killed when"));
	CU_ASSERT_EQUAL(judge(&plan, UINT64_MAX, 64 * MIB), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/g/memory.high allows 64 MiB: it may be slowed down"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "MemoryHigh="));
	CU_ASSERT_EQUAL(judge(&plan, 100 * MIB, 90 * MIB), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/g/memory.high"));
}

static void what_fits_or_is_on_hugepages_is_no_matter(void)
{
	struct memory_plan huge = plan;

	CU_ASSERT_EQUAL(judge(&plan, UINT64_MAX, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(judge(&plan, plan.need_bytes, plan.need_bytes), 0);
	huge.is_huge = true;
	CU_ASSERT_EQUAL(judge(&huge, MIB, MIB), 0);
	CU_ASSERT_STRING_EQUAL(text, "");
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_is_killed_at_start_is_an_error),
	SUITE_CASE(what_may_be_killed_later_or_slowed_down_is_a_warning),
	SUITE_CASE(what_fits_or_is_on_hugepages_is_no_matter),
};

SUITE_MAIN("memory plan", cases)
