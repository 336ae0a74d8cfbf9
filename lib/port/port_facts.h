// SPDX-License-Identifier: BSD-3-Clause
// What decides which driver serves a kernel interface, and the rule itself (docs/ports.md, decision 35). For
// lib/port, and for `romonctl doctor`. Control thread; looks only.
#pragma once

#include "conf.h"
#include "port_kernel.h"
#include "port_link.h"

struct port_facts {
	struct port_if_queues queues;
	struct port_link_info link;
	char upper[PORT_UPPER_LEN]; // what stands on it and hears through it, "" = nothing
	bool strips_tags;           // rxvlan
	bool tells_tags;            // an XDP program can ask for the tag beside a frame
};

// All facts of an interface. sock: any socket, rtnl: of port_link_open(). 0 or -errno.
BASE_MUST_USE int port_facts_read(
	int sock, int rtnl, const char *ifname, int ifindex, struct port_facts *out);

// The same but for what costs more than a question or two (uppers) or cannot change (tells_tags).
BASE_MUST_USE int port_facts_renew(int sock, int rtnl, const char *ifname, int ifindex, struct port_facts *f);

// May a tag stand beside a frame where no XDP program sees it?
bool port_facts_hides_tags(const struct port_facts *f);

// Is AF_XDP right by these facts and a port's wishes? 0, or -errno with why not.
BASE_MUST_USE int port_facts_xdp_fits(
	const struct port_facts *f, enum conf_driver driver, bool has_vlans, char *why, size_t why_size);
