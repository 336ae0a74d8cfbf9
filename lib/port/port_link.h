// SPDX-License-Identifier: BSD-3-Clause
// What netlink says about a network interface: to whom it belongs, what stands on it, its XDP program; and
// word from the kernel when one changes. For lib/port, and for `romonctl doctor`. Control thread.
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define PORT_KIND_LEN 16 // of a kind as in `ip -d link`: "veth", "bridge"

struct port_link_info {
	int master;                    // index of the interface that ours is a part of; 0 = none
	char kind[PORT_KIND_LEN];      // "veth", "bridge", …; "" = a device of its own (a NIC)
	char part_kind[PORT_KIND_LEN]; // what it is a part of: "bridge", "bond"
	uint32_t xdp_id;               // of the XDP program that is attached; 0 = none
	bool is_xdp_native;
};

// A socket for the functions below; descriptor or -errno.
BASE_MUST_USE int port_link_open(void);

// 0, or -errno: -ENODEV when there is no interface of this index.
BASE_MUST_USE int port_link_read(int rtnl, int ifindex, struct port_link_info *out);

// An interface of the same namespace that stands on ours and hears frames through it: "macvlan guest0", ""
// = none. VRFs and tunnels take nothing away.
#define PORT_UPPER_LEN (IFNAMSIZ + PORT_KIND_LEN)
BASE_MUST_USE int port_link_upper(int rtnl, int ifindex, char out[PORT_UPPER_LEN]);

// Can the device's driver tell an XDP program of a VLAN tag that stands beside a frame (Linux 6.8)?
bool port_link_tells_tags(int ifindex);

// Word of changes: a non-blocking descriptor that is readable when there is some, or -errno.
BASE_MUST_USE int port_watch_open(void);

// One change of an interface, or of several.
struct port_change {
	int index;           // 0 = too much has changed to be told: look at all
	int lower;           // of the interface that it stands on; 0 = none
	char name[IFNAMSIZ]; // "" = not told
};

// Read what is there; calls fn for each change.
typedef void (*port_change_fn)(void *ctx, const struct port_change *change);
void port_watch_read(int fd, port_change_fn fn, void *ctx);
