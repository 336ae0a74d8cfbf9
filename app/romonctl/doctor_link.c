// SPDX-License-Identifier: BSD-3-Clause
// doctor: the devices that the configuration names, as romond would find them. Main thread.
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doctor.h"
#include "out_text.h"
#include "port.h"
#include "port_facts.h"
#include "port_kernel.h"

#define MTU_LEAST 1500
#define MEND_SIZE 160

// A kernel interface under the looking glass.
struct link {
	struct doctor *d;
	const struct conf_port *port;
	const char *ifname;
	int sock;
	struct port_if state;
	struct port_facts facts;
};

static void mend_make(char mend[MEND_SIZE], const char *fmt, const char *ifname) BASE_PRINTF(2, 0);
static void mend_make(char mend[MEND_SIZE], const char *fmt, const char *ifname)
{
	snprintf(mend, MEND_SIZE, fmt, ifname);
}

// What it is a part of takes part in what it hears.
static void master_look(const struct link *l)
{
	char master[IFNAMSIZ] = "?";
	const char *kind = l->facts.link.part_kind;

	if (l->facts.link.master == 0)
		return;
	if_indextoname((unsigned)l->facts.link.master, master);
	if (strcmp(kind, "bond") == 0 || strcmp(kind, "team") == 0)
		doctor_add(l->d, DOCTOR_WARN, l->ifname, "name the bond in the configuration instead",
			"is a part of the %s %s, which takes its frames", kind, master);
	else if (strcmp(kind, "bridge") == 0 && l->port->driver == CONF_DRIVER_AF_XDP)
		doctor_add(l->d, DOCTOR_FAIL, l->ifname, "driver: auto, or take it out of the bridge",
			"is a port of the bridge %s, which hears no RoMON frame with driver: af-xdp", master);
	else if (strcmp(kind, "bridge") == 0)
		doctor_add(l->d, DOCTOR_WARN, l->ifname, "take it out of the bridge, or see docs/ports.md",
			"is a port of the bridge %s, which forwards RoMON frames too", master);
	else
		doctor_add(l->d, DOCTOR_WARN, l->ifname, NULL, "belongs to %s", master);
}

// Which driver will serve it, and what an insisting configuration loses.
static void driver_look(const struct link *l)
{
	char mend[MEND_SIZE];
	char why[PORT_WHY_LEN];

	if (l->port->driver == CONF_DRIVER_AUTO &&
		port_facts_xdp_fits(&l->facts, l->port->driver, l->port->vlan != 0, why, sizeof(why)) != 0)
		doctor_add(l->d, DOCTOR_OK, l->ifname, NULL, "AF_PACKET serves it: %s", why);
	if (l->port->driver != CONF_DRIVER_AF_XDP || !port_facts_hides_tags(&l->facts))
		return;
	mend_make(mend,
		l->facts.strips_tags ? "driver: auto, or ethtool -K %s rxvlan off" : "driver: auto, for %s",
		l->ifname);
	if (l->port->vlan != 0)
		doctor_add(l->d, DOCTOR_FAIL, l->ifname, mend,
			"keeps VLAN tags beside its frames, so driver: af-xdp cannot hear VLAN %u",
			l->port->vlan);
	else
		doctor_add(l->d, DOCTOR_WARN, l->ifname, mend,
			"keeps VLAN tags beside its frames: with driver: af-xdp a tagged RoMON frame looks untagged");
}

static void state_look(const struct link *l)
{
	bool is_up = (l->state.flags & IFF_UP) != 0;
	char mend[MEND_SIZE];

	if (!is_up) {
		mend_make(mend, "ip link set %s up", l->ifname);
		doctor_add(l->d, DOCTOR_FAIL, l->ifname, mend, "is down: romond never brings one up");
	} else if ((l->state.flags & IFF_RUNNING) == 0) {
		doctor_add(l->d, DOCTOR_WARN, l->ifname, "look at the cable and the other end",
			"is up, but has no link");
	} else {
		doctor_add(l->d, DOCTOR_OK, l->ifname, NULL, "is up, MTU %u", l->state.mtu);
	}
	if (l->state.mtu < MTU_LEAST) {
		mend_make(mend, "ip link set %s mtu 1500", l->ifname);
		doctor_add(l->d, DOCTOR_WARN, l->ifname, mend,
			"MTU %u: RoMON frames of routers may be longer, and are dropped", l->state.mtu);
	}
}

static void netdev_look(struct doctor *d, const struct conf_port *port)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct link l = {.d = d, .port = port, .ifname = port->device, .sock = sock};

	if (sock < 0)
		return;
	int rtnl = port_link_open();
	int rc = port_if_read(l.sock, l.ifname, &l.state);
	if (rc == 0) {
		state_look(&l);
		if (rtnl >= 0 && port_facts_read(sock, rtnl, l.ifname, l.state.index, &l.facts) == 0) {
			driver_look(&l);
			master_look(&l);
		}
	} else {
		doctor_add(d, DOCTOR_FAIL, l.ifname,
			"`ip link` lists the interfaces; romond waits for this one",
			"there is no such interface (port %s)", port->name);
	}
	if (rtnl >= 0)
		close(rtnl);
	close(sock);
}

// Several ports may share a device: it is looked at once, for the port that wants most of it.
static bool is_looked_at(const struct conf *conf, uint32_t i)
{
	for (uint32_t j = 0; j < conf->n_ports; j++) {
		const struct conf_port *other = &conf->ports[j];
		bool wants_more = (other->vlan != 0) > (conf->ports[i].vlan != 0);

		if (j != i && !other->is_disabled && strcmp(other->device, conf->ports[i].device) == 0 &&
			(wants_more || (j < i && (other->vlan != 0) == (conf->ports[i].vlan != 0))))
			return true;
	}
	return false;
}

static void device_look(struct doctor *d, const struct conf_port *port)
{
	char error[PORT_ERROR_LEN];

	if (port_preflight(port->device, error) != 0) {
		doctor_add(d, DOCTOR_FAIL, port->name, "see docs/ports.md", "%s", error);
		return;
	}
	switch (port_kind_of(port->device)) {
	case PORT_KIND_PCI:
		doctor_add(d, DOCTOR_OK, port->device, NULL, "is bound for DPDK");
		break;
	case PORT_KIND_AF_XDP:
	case PORT_KIND_AF_PACKET:
		netdev_look(d, port);
		break;
	case PORT_KIND_VDEV:
	case PORT_KIND_INVALID:
		break;
	}
}

void doctor_links(struct doctor *d)
{
	if (d->conf == NULL)
		return;
	if (d->conf->n_ports == 0)
		doctor_add(d, DOCTOR_WARN, "ports", "add some under ports: in the configuration file",
			"none are configured: nothing will be forwarded");
	for (uint32_t i = 0; i < d->conf->n_ports; i++) {
		if (!d->conf->ports[i].is_disabled && !is_looked_at(d->conf, i))
			device_look(d, &d->conf->ports[i]);
	}
}
