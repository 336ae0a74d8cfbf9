// SPDX-License-Identifier: BSD-3-Clause
// AF_XDP on a kernel interface: whether it can work there, our filter program, and what net_af_xdp leaves
// to be tidied. lib/port only, control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "port_kernel.h"

#define PORT_XDP_PATH_MAX 256
#define PORT_XDP_NAME     "romon_xdp" // of the program in xdp/port_xdp_filter.c; the kernel keeps 15 characters

// The XDP program that is attached to an interface.
struct port_xdp_attached {
	uint32_t id; // 0 = none
	bool is_native;
	char name[16];
};

// Where the filter program is: $ROMOND_XDP_PROG, else the build tree, else the installed one. A file that
// others could have written is not taken. -ENOENT with why when there is none.
BASE_MUST_USE int port_xdp_find(char path[PORT_XDP_PATH_MAX], char *why, size_t why_size);

BASE_MUST_USE int port_xdp_attached(int ifindex, struct port_xdp_attached *out);

// Try all that net_af_xdp is going to do, and undo it: sockets bound to queues 0..n_queues-1, the program
// loaded and attached. That driver does not survive a failure half-way (it frees twice), so it must not
// come to one. A filter of ours that no living process uses is taken off first. 0, or -errno with why;
// -EADDRINUSE: another romond filters RoMON frames off this interface, AF_PACKET would see none either.
BASE_MUST_USE int port_xdp_try(
	const char *ifname, int ifindex, uint32_t n_queues, const char *path, char *why, size_t why_size);

// Are the queues free, and may we bind sockets to them? -EBUSY when somebody has one of them (found out in
// a third of a second, as the kernel is slow to let go of a queue).
BASE_MUST_USE int port_xdp_queues_try(int ifindex, uint32_t n_queues, char *why, size_t why_size);

// Is this AF_XDP socket in zero-copy mode?
bool port_xdp_is_zero_copy(int fd);

// net_af_xdp takes off whatever program it finds when it closes. Hold the program that is there if it is
// not ours (id), and put it back when the driver is done. hold returns a descriptor, or -1 for nothing.
int port_xdp_foreign_hold(int ifindex, uint32_t our_id, struct port_xdp_attached *foreign);
void port_xdp_foreign_restore(int ifindex, int fd, const struct port_xdp_attached *foreign);
