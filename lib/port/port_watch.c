// SPDX-License-Identifier: BSD-3-Clause
// What an interface has become since it was opened. Somebody changes its address, its queues, its XDP program
// or takes it into a bridge: the port must follow, or be opened anew. Control thread.
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "port_private.h"
#include "port_xdp.h"

static void stale_set(struct port_dev *dev, enum port_stale stale, const char *fmt, ...) BASE_PRINTF(3, 4);
static void stale_set(struct port_dev *dev, enum port_stale stale, const char *fmt, ...)
{
	va_list ap;

	dev->stale = stale;
	va_start(ap, fmt);
	vsnprintf(dev->stale_why, sizeof(dev->stale_why), fmt, ap);
	va_end(ap);
}

static void xdp_look(struct port_dev *dev, const struct port_facts *now)
{
	const struct port_kernel *k = dev->kernel;
	const struct port_if_queues *was = &k->facts.queues;
	char why[PORT_WHY_LEN];

	if (now->link.xdp_id == 0)
		stale_set(dev, PORT_STALE_XDP, "somebody took our XDP program off");
	else if (now->link.xdp_id != k->xdp_prog_id)
		stale_set(dev, PORT_STALE_XDP, "somebody put another XDP program (id %u) in place of ours",
			now->link.xdp_id);
	else if (now->queues.n_paired != was->n_paired || now->queues.n_rx != was->n_rx)
		stale_set(dev, PORT_STALE_QUEUES, "it receives on %u queues now, and on %u before",
			now->queues.n_rx, was->n_rx);
	else if (port_facts_xdp_fits(now, k->wanted, k->has_vlans, why, sizeof(why)) != 0)
		stale_set(dev, PORT_STALE_DRIVER, "%s", why);
}

// A foreign program that is gone, or a bridge that was left: what was wanted first may work now.
static void packet_look(struct port_dev *dev, const struct port_facts *now)
{
	const struct port_kernel *k = dev->kernel;
	char why[PORT_WHY_LEN];

	if (k->wanted == CONF_DRIVER_AF_PACKET ||
		port_facts_xdp_fits(now, k->wanted, k->has_vlans, why, sizeof(why)) != 0)
		return;
	if (k->fits != 0)
		stale_set(dev, PORT_STALE_DRIVER, "what kept AF_XDP from it is over");
	else if (k->foreign_id != 0 && now->link.xdp_id == 0)
		stale_set(dev, PORT_STALE_DRIVER, "the XDP program of somebody else is gone");
}

// What is not wrong by itself, but keeps frames from being heard as they should.
static void warning_make(struct port_dev *dev, const struct port_facts *now)
{
	struct port_kernel *k = dev->kernel;
	struct port_xdp_attached foreign;

	dev->warning[0] = '\0';
	if (dev->kind == PORT_KIND_AF_XDP) {
		if (port_facts_hides_tags(now))
			snprintf(dev->warning, sizeof(dev->warning),
				"driver: af-xdp here takes frames whose VLAN tag stands beside them for untagged ones: driver: auto, or see docs/ports.md");
		return;
	}
	if (now->link.xdp_id == 0 || port_xdp_attached(k->state.index, &foreign) != 0)
		return;
	snprintf(dev->warning, sizeof(dev->warning),
		"the XDP program %s (id %u) of somebody else sees frames first, and may keep RoMON's: `ip link set dev %s xdp off` takes it off",
		foreign.name, foreign.id, dev->ifname);
}

static void look(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	struct port_facts now = k->facts; // what costs more or cannot change stays

	dev->stale = PORT_STALE_INVALID;
	if (port_facts_renew(k->sock, k->rtnl, dev->ifname, k->state.index, &now) != 0)
		return;
	if (dev->looks_closely && port_link_upper(k->rtnl, k->state.index, now.upper) == 0)
		base_text_copy(k->upper_now, sizeof(k->upper_now), now.upper);
	dev->looks_closely = false;
	base_text_copy(now.upper, sizeof(now.upper), k->upper_now);
	if (dev->kind == PORT_KIND_AF_XDP)
		xdp_look(dev, &now);
	else
		packet_look(dev, &now);
	if (now.link.xdp_id != k->warned_xdp_id || now.strips_tags != k->warned_strips || !k->is_warned) {
		k->is_warned = true;
		k->warned_xdp_id = now.link.xdp_id;
		k->warned_strips = now.strips_tags;
		warning_make(dev, &now);
	}
}

enum port_link port_netdev_poll(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	struct port_if now;
	bool is_first = dev->link == PORT_LINK_INVALID;

	if (port_if_read(k->sock, dev->ifname, &now) != 0 || now.index != k->state.index)
		return PORT_LINK_GONE;
	bool is_up = (now.flags & IFF_UP) != 0;
	bool was_up = (k->state.flags & IFF_UP) != 0;
	enum port_link link = is_up && (now.flags & IFF_RUNNING) != 0 ? PORT_LINK_UP : PORT_LINK_DOWN;
	if (link != dev->link)
		dev->speed_mbps = link == PORT_LINK_UP ? port_if_speed(k->sock, dev->ifname) : 0;
	if (is_up != was_up || is_first) {
		struct base_text t;

		base_text_init(&t, dev->why, sizeof(dev->why));
		base_text_add(&t, "%s", k->driver_why);
		if (!is_up)
			base_text_add(&t, "; the interface is down (ip link set it up)");
	}
	dev->is_admin_down = !is_up;
	dev->mtu = (uint16_t)(now.mtu < k->mtu_max ? now.mtu : k->mtu_max);
	dev->mac = now.mac;
	k->state = now;
	look(dev);
	return link;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	return (h ^ value) * 0x100000001b3u;
}

// Carrier is left out: attaching a program makes some NICs lose it for a moment, and it is no reason for a
// failure to open.
uint64_t port_fingerprint(const char *device)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rtnl = port_link_open();
	struct port_if state;
	struct port_facts f;
	uint64_t h = 0;

	if (sock >= 0 && rtnl >= 0 && port_kind_of(device) == PORT_KIND_AF_XDP &&
		port_if_read(sock, device, &state) == 0 &&
		port_facts_renew(sock, rtnl, device, state.index, &f) == 0) {
		h = mix(0xcbf29ce484222325u, (uint64_t)state.index);
		h = mix(h, (uint64_t)(state.flags & IFF_UP));
		h = mix(h, state.mtu);
		h = mix(h, state.hw_type);
		h = mix(h, base_mac_u64(&state.mac));
		h = mix(h, (uint64_t)f.link.master);
		h = mix(h, f.link.xdp_id);
		h = mix(h, (uint64_t)f.queues.n_paired << 32 | f.queues.n_rx);
		h = mix(h, f.strips_tags);
	}
	if (sock >= 0)
		close(sock);
	if (rtnl >= 0)
		close(rtnl);
	return h;
}
