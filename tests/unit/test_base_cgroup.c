// SPDX-License-Identifier: BSD-3-Clause
// Limits of memory, from trees of files as the kernel shows them: versions 1 and 2, nested groups,
// containers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base_cgroup.h"
#include "base_err.h"
#include "suite.h"

#define MIB (1024ull * 1024)

static char root[64];
static char proc[96];
static struct base_cgroup_memory got;

static void cleanup(void)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	(void)!system(cmd);
}

static void put(const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = strchr(full + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0700);
		*slash = '/';
	}
	FILE *f = fopen(full, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

// A new tree, of a process with this list.
static void begin(const char *list)
{
	cleanup();
	snprintf(root, sizeof(root), "/tmp/test-cgroup-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
	snprintf(proc, sizeof(proc), "%s/proc", root);
	put("proc", list);
}

// The limit is so many bytes, and this file says so.
static void is(const struct base_cgroup_limit *limit, uint64_t bytes, const char *file)
{
	CU_ASSERT_EQUAL(limit->bytes, bytes);
	if (bytes == UINT64_MAX)
		return;
	CU_ASSERT_EQUAL(strncmp(limit->file, root, strlen(root)), 0);
	CU_ASSERT_STRING_EQUAL(limit->file + strlen(root) + 1, file);
}

static void look(void)
{
	base_cgroup_memory_get(proc, root, &got);
}

static void version_2_takes_the_least_of_the_path(void)
{
	begin("0::/system.slice/romond.service\n");
	put("system.slice/romond.service/memory.max", "max\n");
	put("system.slice/romond.service/memory.high", "134217728\n");
	put("system.slice/memory.max", "67108864\n");
	put("system.slice/memory.high", "max\n");
	put("other.slice/memory.max", "4096\n");
	look();
	is(&got.max, 64 * MIB, "system.slice/memory.max");
	is(&got.high, 128 * MIB, "system.slice/romond.service/memory.high");
	put("system.slice/romond.service/memory.max", "0\n");
	look();
	is(&got.max, 0, "system.slice/romond.service/memory.max");
}

static void version_1_has_its_own_mount_and_number_for_none(void)
{
	begin("9:name=systemd:/\n4:cpu,memory:/docker/0123\n0::/\n");
	put("memory/docker/0123/memory.limit_in_bytes", "9223372036854771712\n");
	put("memory/docker/memory.limit_in_bytes", "104857600\n");
	put("memory/memory.limit_in_bytes", "9223372036854771712\n");
	look();
	is(&got.max, 100 * MIB, "memory/docker/memory.limit_in_bytes");
	is(&got.high, UINT64_MAX, NULL);
	put("unified/memory.high", "1048576\n"); // version 2 beside it
	look();
	is(&got.high, MIB, "unified/memory.high");
}

static void in_a_container_the_mount_is_the_group(void)
{
	begin("4:memory:/docker/0123\n"); // without a namespace of groups: that path is the host's
	put("memory/memory.limit_in_bytes", "67108864\n");
	look();
	is(&got.max, 64 * MIB, "memory/memory.limit_in_bytes");
	begin("0::/\n");
	put("memory.max", "67108864\n");
	look();
	is(&got.max, 64 * MIB, "memory.max");
	begin("0::/../../x\n"); // out of the namespace
	put("memory.max", "67108864\n");
	look();
	is(&got.max, 64 * MIB, "memory.max");
}

static void what_is_not_there_or_not_understood_limits_nothing(void)
{
	static const char *const lists[] = {
		"", "\n", "0", "0:", "0::", "0::x\n", "3:memoryx:/a\n", "3:cpu:/a\n", "0::/no/such/group\n"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(lists); i++) {
		begin(lists[i]);
		put("memory/a/memory.limit_in_bytes", "4096\n");
		look();
		is(&got.max, UINT64_MAX, NULL);
		is(&got.high, UINT64_MAX, NULL);
	}
	static const char *const values[] = {"", "max\n", "-1\n", "12x\n", "99999999999999999999999\n"};
	for (size_t i = 0; i < BASE_ARRAY_LEN(values); i++) {
		begin("0::/a\n");
		put("a/memory.max", values[i]);
		look();
		is(&got.max, UINT64_MAX, NULL);
	}
	base_cgroup_memory_get("/no/such/file", root, &got);
	is(&got.max, UINT64_MAX, NULL);
}

static void this_process_is_read(void)
{
	base_cgroup_memory_get(BASE_CGROUP_SELF, BASE_CGROUP_ROOT, &got);
	CU_ASSERT_TRUE(got.max.bytes > MIB); // it runs
	CU_ASSERT_TRUE(got.max.bytes == UINT64_MAX || got.max.file[0] == '/');
}

int main(void)
{
	static const struct suite_case cases[] = {
		SUITE_CASE(version_2_takes_the_least_of_the_path),
		SUITE_CASE(version_1_has_its_own_mount_and_number_for_none),
		SUITE_CASE(in_a_container_the_mount_is_the_group),
		SUITE_CASE(what_is_not_there_or_not_understood_limits_nothing),
		SUITE_CASE(this_process_is_read),
	};
	int status = suite_run("base cgroup", cases, BASE_ARRAY_LEN(cases));

	cleanup();
	return status;
}
