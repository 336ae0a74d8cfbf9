// SPDX-License-Identifier: BSD-3-Clause
// AF_XDP on a kernel interface: whether it can work there, our filter program, and what net_af_xdp leaves
// to be tidied. lib/port only, control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "port_kernel.h"

#define PORT_XDP_PATH_MAX 256
// Names of the programs in xdp/; the kernel keeps 15 characters. The second puts tags back that stand beside
// a frame.
#define PORT_XDP_NAME     "romon_xdp"
#define PORT_XDP_NAME_TAG "romon_xdp_tag"

// The XDP program that is attached to an interface.
struct port_xdp_attached {
	uint32_t id; // 0 = none
	bool is_native;
	char name[16];
};

// Where the filter program is: $ROMOND_XDP_PROG, else the build tree, else the installed one. A file that
// others could have written is not taken. -ENOENT with why when there is none.
BASE_MUST_USE int port_xdp_find(char path[PORT_XDP_PATH_MAX], char *why, size_t why_size);

// The same for the program that puts tags back.
BASE_MUST_USE int port_xdp_find_tagged(char path[PORT_XDP_PATH_MAX], char *why, size_t why_size);

BASE_MUST_USE int port_xdp_attached(int ifindex, struct port_xdp_attached *out);

// What one open attaches.
struct port_xdp_plan {
	char path[PORT_XDP_PATH_MAX];   // of the program that net_af_xdp loads
	char tagged[PORT_XDP_PATH_MAX]; // of the one that takes its place; "" = the same again
	uint32_t n_queues;
};

// Put our program in the place of net_af_xdp's own: the same, or the one that puts tags back, over map (its
// xsks_map; -1 = one of its own, for a try). It hangs on a BPF link: it is gone when the descriptor is
// closed, also by the death of this process, and wherever the interface has been moved to; and nobody takes
// it away or replaces it by mistake. Returns the link's descriptor with the program's id, or -errno with why.
BASE_MUST_USE int port_xdp_link(const struct port_xdp_plan *plan, const char *ifname, int ifindex, int map,
	uint32_t *prog_id, char *why, size_t why_size);

// Try all that net_af_xdp and port_xdp_link() are going to do, and undo it: sockets bound to all queues, the
// program loaded and attached. That driver does not survive a failure half-way (it frees twice), so it must
// not come to one. A filter of ours that no living process uses is taken off first. 0, or -errno with why;
// -EADDRINUSE: another romond filters RoMON frames off this interface, AF_PACKET would see none either.
BASE_MUST_USE int port_xdp_try(
	const struct port_xdp_plan *plan, const char *ifname, int ifindex, char *why, size_t why_size);

// Are the queues free, and may we bind sockets to them? -EBUSY when somebody has one of them (found out in
// a third of a second, as the kernel is slow to let go of a queue).
BASE_MUST_USE int port_xdp_queues_try(int ifindex, uint32_t n_queues, char *why, size_t why_size);

// Is this AF_XDP socket in zero-copy mode?
bool port_xdp_is_zero_copy(int fd);

// net_af_xdp takes off whatever program it finds when it closes. Hold the program that is there if it is
// not ours (id), and put it back when the driver is done. hold returns a descriptor, or -1 for nothing.
int port_xdp_foreign_hold(int ifindex, uint32_t our_id, struct port_xdp_attached *foreign);
void port_xdp_foreign_restore(int ifindex, int fd, const struct port_xdp_attached *foreign);
