// SPDX-License-Identifier: BSD-3-Clause
// Locked memory: both kernel drivers want some, and DPDK says only "mmap failed" or "Operation not permitted"
// where there is none. Control thread.
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "port_locked.h"

#define KIB 1024

static bool has_ipc_lock(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &header, data) == 0 && (data[0].effective >> CAP_IPC_LOCK & 1) != 0;
}

uint64_t port_locked_limit(void)
{
	struct rlimit limit;

	if (has_ipc_lock() || getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

static int refuse(const char *driver, uint64_t bytes, char *why, size_t why_size)
{
	snprintf(why, why_size,
		"%s needs %" PRIu64 " KiB of locked memory, and the limit is %" PRIu64
		" KiB: raise it (LimitMEMLOCK=, ulimit -l), or give CAP_IPC_LOCK",
		driver, bytes / KIB, port_locked_limit() / KIB);
	return -ENOBUFS;
}

int port_locked_map_try(uint64_t bytes, char *why, size_t why_size)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	if (p == MAP_FAILED)
		return refuse("AF_PACKET", bytes, why, why_size);
	munmap(p, bytes);
	return 0;
}

// The kernel counts these pages a user, not a process: a trial of the whole size would cost more than it
// tells.
int port_locked_xdp_try(uint64_t bytes, char *why, size_t why_size)
{
	return port_locked_limit() >= bytes ? 0 : refuse("AF_XDP", bytes, why, why_size);
}
