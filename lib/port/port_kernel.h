// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says about one of its network interfaces, and the little that we ask of it: to hear the
// RoMON group. For lib/port, and for `romonctl doctor`, which looks as romond would. Control thread.
//
// Everything goes by ioctl on the interface's name, not by sysfs: a mount of sysfs shows the network
// namespace of whoever mounted it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "base_mac.h"

struct port_if {
	int index;
	int flags; // IFF_*
	uint32_t mtu;
	uint16_t hw_type; // ARPHRD_*
	struct base_mac mac;
};

// How an interface spreads what it receives.
struct port_if_queues {
	uint32_t n_paired; // queues that AF_XDP can have, numbered from 0
	uint32_t n_rx;     // queues that frames may arrive on
};

// Read an interface's state. sock: any socket. -ENODEV when there is no interface of this name.
BASE_MUST_USE int port_if_read(int sock, const char *ifname, struct port_if *out);

// Mbit/s; 0 when the driver does not know (no link, most virtual interfaces).
uint32_t port_if_speed(int sock, const char *ifname);

void port_if_queues_read(int sock, const char *ifname, struct port_if_queues *out);

// NUMA node of the PCI device behind it; -1 when there is none.
int port_if_numa(int sock, const char *ifname);

// Does the interface take VLAN tags off before an XDP program could see them?
bool port_if_strips_vlan(int sock, const char *ifname);

// A packet socket that receives nothing and is a member of the RoMON group on the interface (or makes it
// promiscuous) for as long as it is open: the kernel takes the membership back when we die. Also good for
// the ioctls above. Returns the descriptor or -errno.
BASE_MUST_USE int port_if_join(int ifindex, bool is_promiscuous);

// net_af_packet and net_af_xdp clear an IFF_PROMISC that the administrator had set. Give it back.
void port_if_promisc_restore(int sock, const char *ifname, const struct port_if *before);
