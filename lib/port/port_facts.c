// SPDX-License-Identifier: BSD-3-Clause
// Facts about a kernel interface, and what follows for its driver. Control thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "port.h"
#include "port_facts.h"

int port_facts_renew(int sock, int rtnl, const char *ifname, int ifindex, struct port_facts *f)
{
	port_if_queues_read(sock, ifname, &f->queues);
	f->strips_tags = port_if_strips_vlan(sock, ifname);
	return port_link_read(rtnl, ifindex, &f->link);
}

int port_facts_read(int sock, int rtnl, const char *ifname, int ifindex, struct port_facts *out)
{
	memset(out, 0, sizeof(*out));
	int rc = port_facts_renew(sock, rtnl, ifname, ifindex, out);

	if (rc == 0)
		rc = port_link_upper(rtnl, ifindex, out->upper);
	out->tells_tags = rc == 0 && port_link_tells_tags(ifindex);
	return rc;
}

// A NIC keeps a tag beside the frame when its rxvlan is on. Software devices pass on what the kernel gave
// them, tag beside the frame: all but tun and tap, whose frames come from a program as bytes.
bool port_facts_hides_tags(const struct port_facts *f)
{
	bool is_nic = f->link.kind[0] == '\0' || strcmp(f->link.kind, "tun") == 0;

	return !f->tells_tags && (f->strips_tags || !is_nic);
}

// Would a program that takes RoMON frames off here change what others hear?
static bool is_shared(const struct port_facts *f, char *why, size_t why_size)
{
	// a VRF takes part in routing only
	if (f->link.master != 0 && strcmp(f->link.part_kind, "vrf") != 0) {
		snprintf(why, why_size, "part of a %s, which would hear no RoMON frame with AF_XDP",
			f->link.part_kind[0] != '\0' ? f->link.part_kind : "greater interface");
		return true;
	}
	if (f->upper[0] != '\0') {
		snprintf(why, why_size, "%s stands on it, and would hear no RoMON frame with AF_XDP",
			f->upper);
		return true;
	}
	return false;
}

int port_facts_xdp_fits(
	const struct port_facts *f, enum conf_driver driver, bool has_vlans, char *why, size_t why_size)
{
	const struct port_if_queues *q = &f->queues;

	if (driver == CONF_DRIVER_AF_PACKET) {
		snprintf(why, why_size, "asked for by driver: af-packet");
		return -ECANCELED;
	}
	if (driver == CONF_DRIVER_AUTO && has_vlans) {
		snprintf(why, why_size, "a VLAN port: the kernel may keep the tag where XDP cannot see it");
		return -ECANCELED;
	}
	if (driver == CONF_DRIVER_AUTO && is_shared(f, why, why_size))
		return -ECANCELED;
	if (driver == CONF_DRIVER_AUTO && port_facts_hides_tags(f)) {
		if (f->strips_tags)
			snprintf(why, why_size, "takes VLAN tags off (rxvlan), where XDP cannot see them");
		else
			snprintf(why, why_size,
				"a %s may keep a VLAN tag where XDP cannot see it (before Linux 6.8)",
				f->link.kind);
		return -ECANCELED;
	}
	if (q->n_rx > q->n_paired || q->n_paired > PORT_RXQ_MAX) {
		snprintf(why, why_size,
			"receives on %u queues, AF_XDP here on at most %u (see ethtool --set-channels)",
			q->n_rx, q->n_rx > q->n_paired ? q->n_paired : PORT_RXQ_MAX);
		return -E2BIG;
	}
	return 0;
}
