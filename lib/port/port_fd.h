// SPDX-License-Identifier: BSD-3-Clause
// The sockets and BPF objects that DPDK's kernel drivers open behind our back. net_af_packet lets no one
// set options on its sockets, and net_af_xdp of DPDK 22.11 forgets to close most of what it opened (the
// socket stays bound to its queue: a second open would fail with EBUSY). lib/port only, control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PORT_FD_MAX 8192 // descriptors from here on are not looked at

enum port_fd_kind {
	PORT_FD_INVALID, // anything else
	PORT_FD_PACKET,  // AF_PACKET socket
	PORT_FD_XDP,     // AF_XDP socket
	PORT_FD_PROG,    // BPF program
	PORT_FD_MAP,     // BPF map
	PORT_FD_BTF,     // BPF type information
};

// A set of descriptors, as they stood at one moment.
struct port_fd_set {
	uint64_t words[PORT_FD_MAX / 64];
};

// One descriptor, so that it can be told from a later one of the same number.
struct port_fd {
	int fd;
	enum port_fd_kind kind;
	uint64_t id; // inode of a socket; id of a BPF object
};

void port_fd_snapshot(struct port_fd_set *out);

// The sockets and BPF objects opened since the snapshot. Fills at most max; returns how many.
uint32_t port_fd_opened_since(const struct port_fd_set *before, struct port_fd *out, uint32_t max);

// Is it still what it was?
bool port_fd_is_same(const struct port_fd *fd);

// Close what is still open of the list. Maps of the sockets are unmapped first.
void port_fd_close_left(const struct port_fd *fds, uint32_t n);
