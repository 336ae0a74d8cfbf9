// SPDX-License-Identifier: BSD-3-Clause
// Can AF_XDP sockets be bound to the queues of an interface, as net_af_xdp is going to bind them? Control
// thread. Sockets here see no frame: no filter program leads to them.
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "port_xdp.h"

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69 // younger than Debian 12's headers for user space
#endif

#define TRY_CHUNK 2048
#define TRY_BYTES 8192 // of memory for frames; two pages or a half
#define TRY_RING  64

// The kernel lets go of a queue some time after the socket was closed, from a work queue.
#define LET_GO_MS      10
#define LET_GO_ROUNDS  100 // after which the queue counts as somebody else's
#define LET_GO_WAIT_MS 50  // for a socket of our own on a zero-copy queue

// Set fd up and bind it; 0 or -errno. memory: TRY_BYTES, page-aligned.
//
// Zero-copy is asked for because a device that does not have it (-EOPNOTSUPP) refuses after the queue was
// found free, and without having taken it; a socket in copy mode would take it, and closing gives it back
// too late for the driver that comes next. Without a program attached the hardware is not set up anew.
static int socket_bind(int fd, void *memory, int ifindex, uint32_t queue)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)memory,
		.len = TRY_BYTES,
		.chunk_size = TRY_CHUNK,
		.flags = XDP_UMEM_UNALIGNED_CHUNK_FLAG,
	};
	struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = (uint32_t)ifindex,
		.sxdp_queue_id = queue,
		.sxdp_flags = XDP_ZEROCOPY | XDP_USE_NEED_WAKEUP,
	};
	int ring = TRY_RING;

	if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) != 0 ||
		setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &ring, sizeof(ring)) != 0 ||
		setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &ring, sizeof(ring)) != 0 ||
		setsockopt(fd, SOL_XDP, XDP_RX_RING, &ring, sizeof(ring)) != 0 ||
		setsockopt(fd, SOL_XDP, XDP_TX_RING, &ring, sizeof(ring)) != 0)
		return -errno;
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
}

static void why_write(int err, uint32_t queue, char *why, size_t why_size)
{
	switch (err) {
	case EBUSY:
		snprintf(why, why_size, "queue %u belongs to an AF_XDP socket of another process", queue);
		return;
	case EPERM:
	case EACCES:
		snprintf(why, why_size, "AF_XDP needs the capabilities NET_ADMIN, NET_RAW and BPF (or root)");
		return;
	case EAFNOSUPPORT:
		snprintf(why, why_size, "this kernel has no AF_XDP");
		return;
	case ENOBUFS:
		snprintf(why, why_size,
			"AF_XDP needs more locked memory (ulimit -l) or the capability IPC_LOCK");
		return;
	case ENOPROTOOPT: // net_af_xdp then makes an idle worker wait up to a second in poll()
		snprintf(why, why_size,
			"AF_XDP without preferred busy polling stalls a worker (Linux 5.11 has it)");
		return;
	}
	snprintf(why, why_size, "the kernel refuses an AF_XDP socket on queue %u (%s)", queue, strerror(err));
}

static void sleep_ms(uint32_t ms)
{
	struct timespec t = {.tv_nsec = (long)ms * 1000000};

	nanosleep(&t, NULL);
}

// One socket on one queue. 0 = taken and given back, 1 = the queue is free, or -errno.
static int socket_try(int fd, void *memory, int ifindex, uint32_t queue)
{
	int rc = socket_bind(fd, memory, ifindex, queue);

	return rc == -EOPNOTSUPP || rc == -EINVAL ? 1 : rc; // no zero-copy here, or not in this form
}

static int queue_try(void *memory, int ifindex, uint32_t queue, char *why, size_t why_size)
{
	int prefer = 1;
	int rc = -EBUSY;

	for (uint32_t round = 0; rc == -EBUSY && round < LET_GO_ROUNDS; round++) {
		int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

		if (round > 0)
			sleep_ms(LET_GO_MS);
		rc = fd < 0 ? -errno : socket_try(fd, memory, ifindex, queue);
		if (rc >= 0 && setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &prefer, sizeof(prefer)) != 0)
			rc = -ENOPROTOOPT;
		if (fd >= 0)
			close(fd);
	}
	if (rc < 0) {
		why_write(-rc, queue, why, why_size);
		return rc;
	}
	if (rc == 0)
		sleep_ms(LET_GO_WAIT_MS);
	return 0;
}

int port_xdp_queues_try(int ifindex, uint32_t n_queues, char *why, size_t why_size)
{
	void *memory = mmap(
		NULL, TRY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int rc = 0;

	if (memory == MAP_FAILED) {
		why_write(ENOMEM, 0, why, why_size);
		return -ENOMEM;
	}
	for (uint32_t q = 0; q < n_queues && rc == 0; q++)
		rc = queue_try(memory, ifindex, q, why, why_size);
	munmap(memory, TRY_BYTES);
	return rc;
}

bool port_xdp_is_zero_copy(int fd)
{
	struct xdp_options options = {0};
	socklen_t len = sizeof(options);

	return getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &len) == 0 &&
	       (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
}
