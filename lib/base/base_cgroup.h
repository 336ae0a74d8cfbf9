// SPDX-License-Identifier: BSD-3-Clause
// How much memory the control groups of a process allow it: the unit's MemoryMax=, a container's --memory.
// Control threads.
#pragma once

#include <stdint.h>

#define BASE_CGROUP_ROOT      "/sys/fs/cgroup"
#define BASE_CGROUP_SELF      "/proc/self/cgroup"
#define BASE_CGROUP_PATH_SIZE 1024

struct base_cgroup_limit {
	uint64_t bytes;                   // UINT64_MAX = none
	char file[BASE_CGROUP_PATH_SIZE]; // that says so
};

struct base_cgroup_memory {
	struct base_cgroup_limit max;  // beyond it the kernel kills: memory.max, memory.limit_in_bytes
	struct base_cgroup_limit high; // beyond it the kernel slows down: memory.high
};

// The least limits of all groups between that of the process and the root, versions 1 and 2. What cannot be
// read limits nothing. proc: the process's list, BASE_CGROUP_SELF or /proc/PID/cgroup; root: where the groups
// are mounted, BASE_CGROUP_ROOT but in tests.
void base_cgroup_memory_get(const char *proc, const char *root, struct base_cgroup_memory *out);
