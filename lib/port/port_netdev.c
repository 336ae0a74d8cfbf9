// SPDX-License-Identifier: BSD-3-Clause
// Kernel interfaces: the choice between net_af_xdp and net_af_packet, and both of them. Control thread.
#include <bpf/libbpf.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "port_locked.h"
#include "port_packet.h"
#include "port_private.h"
#include "port_xdp.h"

// net_af_packet: a slot of its ring is 2048 bytes, of which the kernel's headers take 66 before a frame.
#define PACKET_FRAMES  1024u
#define PACKET_BYTES   (2ull * PACKET_FRAMES * 2048) // its rings, both directions: locked memory
#define PACKET_MTU_MAX (2048 - 66 - PORT_ETH_OVERHEAD)

static unsigned n_made; // vdevs, for their names

// Which programs AF_XDP takes by the facts: 0 with plan, or -errno with why.
static int plan_make(const struct port_facts *f, enum conf_driver driver, bool has_vlans,
	struct port_xdp_plan *plan, char *why, size_t why_size)
{
	int rc = port_facts_xdp_fits(f, driver, has_vlans, why, why_size);

	*plan = (struct port_xdp_plan){.n_queues = f->queues.n_paired};
	if (rc == 0)
		rc = port_xdp_find(plan->path, why, why_size);
	if (rc == 0 && f->tells_tags)
		rc = port_xdp_find_tagged(plan->tagged, why, why_size);
	return rc;
}

uint64_t port_dev_bytes(const char *device, enum conf_driver driver, bool has_vlans)
{
	struct port_xdp_plan plan;
	struct port_facts facts;
	char why[PORT_WHY_LEN];

	if (port_kind_of(device) != PORT_KIND_AF_XDP)
		return 0;
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rtnl = port_link_open();
	int index = (int)if_nametoindex(device);
	int rc = sock < 0 || rtnl < 0 ? -EMFILE
		 : index == 0         ? -ENODEV // asked by index 0, the kernel calls the question invalid
				      : port_facts_read(sock, rtnl, device, index, &facts);
	if (sock >= 0)
		close(sock);
	if (rtnl >= 0)
		close(rtnl);
	if (rc == -ENODEV) { // it will come: one queue, most likely
		facts = (struct port_facts){.queues = {.n_paired = 1, .n_rx = 1}};
		rc = 0;
	}
	if (rc != 0 || plan_make(&facts, driver, has_vlans, &plan, why, sizeof(why)) != 0)
		return 0;
	return port_pool_xdp_bytes(plan.n_queues);
}

uint64_t port_locked_bytes(const char *device, enum conf_driver driver, bool has_vlans)
{
	uint64_t bytes = port_dev_bytes(device, driver, has_vlans);

	if (port_kind_of(device) != PORT_KIND_AF_XDP)
		return 0;
	return bytes > PACKET_BYTES ? bytes : PACKET_BYTES;
}

// Make the vdev and find its ethdev.
static int vdev_make(struct port_dev *dev, const char *driver, const char *args, char error[PORT_ERROR_LEN])
{
	char name[RTE_ETH_NAME_MAX_LEN];

	snprintf(name, sizeof(name), "%s_romond%u", driver, n_made++);
	int rc = rte_eal_hotplug_add("vdev", name, args);
	if (rc == 0) {
		dev->is_probed = true;
		rc = port_ethdev_find(dev, name);
	}
	if (rc != 0)
		snprintf(error, PORT_ERROR_LEN, "%s: DPDK cannot make a %s device (%s)", dev->ifname, driver,
			rte_strerror(-rc));
	return rc;
}

static uint16_t tx_give(uint16_t port_id, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n, void *pool)
{
	(void)port_id;
	(void)queue;
	port_pool_xdp_give(pool, mbufs, n);
	return n;
}

// What is left of a device of either driver, started or not.
static void netdev_undo(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	struct port_xdp_attached foreign;
	int foreign_fd = -1;

	if (dev->is_probed) {
		if (k->xdp_link >= 0)
			close(k->xdp_link); // our program comes off, wherever the interface is now
		k->xdp_link = -1;
		if (dev->kind == PORT_KIND_AF_XDP)
			foreign_fd = port_xdp_foreign_hold(k->state.index, k->xdp_prog_id, &foreign);
		for (uint16_t q = 0; q < BASE_ARRAY_LEN(k->tx_callbacks); q++) {
			if (k->tx_callbacks[q] != NULL &&
				rte_eth_remove_tx_callback(dev->ethdev_id, q, k->tx_callbacks[q]) == 0)
				rte_free((void *)(uintptr_t)k->tx_callbacks[q]);
			k->tx_callbacks[q] = NULL;
		}
		port_ethdev_remove(dev);
		dev->is_probed = false;
	}
	port_fd_close_left(k->fds, k->n_fds);
	k->n_fds = 0;
	port_xdp_foreign_restore(k->state.index, foreign_fd, &foreign);
	port_pool_xdp_retire(k->xdp_pool);
	k->xdp_pool = NULL;
}

// Let workers' frames on their way to the driver be told from those that it received.
static int tx_callbacks_add(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;

	for (uint16_t q = 0; q < dev->n_txq; q++) {
		k->tx_callbacks[q] = rte_eth_add_tx_callback(dev->ethdev_id, q, tx_give, k->xdp_pool);
		if (k->tx_callbacks[q] == NULL)
			return -rte_errno;
	}
	return 0;
}

// Once the driver has done its part: our program in the place of its own.
static int xdp_link_make(struct port_dev *dev, const struct port_xdp_plan *plan, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	int map = -1;

	for (uint32_t i = 0; i < k->n_fds; i++) {
		if (k->fds[i].kind == PORT_FD_MAP)
			map = k->fds[i].fd;
	}
	if (map < 0) {
		snprintf(error, PORT_ERROR_LEN, "%s: the driver made no map of sockets", dev->ifname);
		return -ENOENT;
	}
	k->xdp_link =
		port_xdp_link(plan, dev->ifname, k->state.index, map, &k->xdp_prog_id, error, PORT_ERROR_LEN);
	return k->xdp_link < 0 ? k->xdp_link : 0;
}

// Attaching the program may have given the interface other queues than were read before: nobody would read
// the rest.
static int xdp_queues_check(struct port_dev *dev, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	struct port_if_queues now;

	port_if_queues_read(k->sock, dev->ifname, &now);
	if (now.n_paired == dev->n_rxq && now.n_rx <= now.n_paired)
		return 0;
	snprintf(error, PORT_ERROR_LEN,
		"%s: its queues changed from %u to %u as the XDP program was attached", dev->ifname,
		dev->n_rxq, now.n_rx);
	return -EAGAIN;
}

// How the program runs.
static void xdp_note(struct port_dev *dev, const struct port_xdp_plan *plan)
{
	struct port_kernel *k = dev->kernel;
	struct port_link_info info;
	bool is_zero_copy = false;

	for (uint32_t i = 0; i < k->n_fds; i++)
		is_zero_copy |= k->fds[i].kind == PORT_FD_XDP && port_xdp_is_zero_copy(k->fds[i].fd);
	if (port_link_read(k->rtnl, k->state.index, &info) != 0)
		return;
	snprintf(k->driver_why, sizeof(k->driver_why), "AF_XDP, %s, %s mode%s",
		info.is_xdp_native ? "native" : "generic", is_zero_copy ? "zero-copy" : "copy",
		plan->tagged[0] != '\0' ? "; tags beside frames are put back" : "");
}

// The sockets of its queues: workers that have nothing to do wait for them.
static void rx_fds_find(struct port_dev *dev, enum port_fd_kind kind)
{
	const struct port_kernel *k = dev->kernel;
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->n_fds && n < dev->n_rxq; i++) {
		if (k->fds[i].kind == kind)
			dev->rx_fds[n++] = k->fds[i].fd;
	}
	dev->tells_of_frames = n == dev->n_rxq;
}

static int xdp_open(struct port_dev *dev, const struct port_xdp_plan *plan, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	char args[PORT_XDP_PATH_MAX + 64];
	struct port_fd_set before;

	dev->kind = PORT_KIND_AF_XDP;
	dev->n_rxq = (uint16_t)plan->n_queues;
	dev->n_txq = dev->n_rxq; // the driver has them in pairs
	k->mtu_max = PORT_MTU_MAX;
	k->xdp_pool = port_pool_xdp_create(dev->socket_id, plan->n_queues);
	if (k->xdp_pool == NULL) {
		int err = errno;

		snprintf(error, PORT_ERROR_LEN, "no memory for %u mbufs of AF_XDP queues (%s)",
			plan->n_queues * PORT_XDP_QUEUE_MBUFS, rte_strerror(err));
		return -err;
	}
	snprintf(args, sizeof(args), "iface=%s,start_queue=0,queue_count=%u,xdp_prog=%s", dev->ifname,
		plan->n_queues, plan->path);
	port_fd_snapshot(&before);
	int rc = vdev_make(dev, "net_af_xdp", args, error);
	if (rc == 0)
		rc = port_ethdev_start(dev, k->xdp_pool, error);
	k->n_fds = port_fd_opened_since(&before, k->fds, PORT_FDS_MAX);
	if (rc == 0)
		rc = xdp_link_make(dev, plan, error);
	if (rc == 0) {
		rc = tx_callbacks_add(dev);
		if (rc != 0)
			snprintf(error, PORT_ERROR_LEN, "no memory for callbacks (%s)", rte_strerror(-rc));
	}
	if (rc == 0)
		rc = xdp_queues_check(dev, error);
	if (rc != 0) {
		netdev_undo(dev);
		return rc;
	}
	xdp_note(dev, plan);
	rx_fds_find(dev, PORT_FD_XDP);
	return 0;
}

// What came in before the filter was in place.
static void unfiltered_drop(struct port_dev *dev)
{
	struct rte_mbuf *mbufs[32];

	for (uint32_t i = 0; i < PACKET_FRAMES; i += BASE_ARRAY_LEN(mbufs)) {
		uint16_t n = rte_eth_rx_burst(dev->ethdev_id, 0, mbufs, BASE_ARRAY_LEN(mbufs));

		rte_pktmbuf_free_bulk(mbufs, n);
		if (n == 0)
			return;
	}
}

static int packet_open(struct port_dev *dev, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	char args[64];
	struct port_fd_set before;

	dev->kind = PORT_KIND_AF_PACKET;
	dev->n_rxq = 1; // more of them would spread frames by a hash of addresses that RoMON frames lack
	dev->n_txq = 1;
	k->mtu_max = PACKET_MTU_MAX;
	int rc = port_locked_map_try(PACKET_BYTES, error, PORT_ERROR_LEN);
	if (rc != 0)
		return rc;
	snprintf(args, sizeof(args), "iface=%s,qpairs=1,framecnt=%u", dev->ifname, PACKET_FRAMES);
	port_fd_snapshot(&before);
	rc = vdev_make(dev, "net_af_packet", args, error);
	k->n_fds = port_fd_opened_since(&before, k->fds, PORT_FDS_MAX);
	for (uint32_t i = 0; i < k->n_fds && rc == 0; i++) {
		if (k->fds[i].kind != PORT_FD_PACKET)
			continue;
		rc = port_packet_filter(k->fds[i].fd);
		if (rc != 0)
			snprintf(error, PORT_ERROR_LEN, "%s: the kernel refuses the socket filter (%s)",
				dev->ifname, strerror(-rc));
	}
	if (rc == 0)
		rc = port_ethdev_start(dev, dev->pool, error);
	if (rc != 0) {
		netdev_undo(dev);
		return rc;
	}
	unfiltered_drop(dev);
	rx_fds_find(dev, PORT_FD_PACKET);
	return 0;
}

// AF_XDP, if it is right and works. 0, or -errno with why not.
static int xdp_choose(struct port_dev *dev, const struct port_dev_cfg *cfg, char why[PORT_WHY_LEN])
{
	struct port_kernel *k = dev->kernel;
	char error[PORT_ERROR_LEN] = "";
	struct port_xdp_plan plan;
	int rc = -EAGAIN;

	if (cfg->avoids_xdp && cfg->driver == CONF_DRIVER_AUTO) {
		snprintf(why, PORT_WHY_LEN, "somebody takes the XDP program off again and again");
		return -ECANCELED;
	}
	// attaching may change the number of queues: once more with those
	for (int i = 0; i < 2 && rc == -EAGAIN; i++) {
		rc = port_facts_renew(k->sock, k->rtnl, dev->ifname, k->state.index, &k->facts);
		if (rc != 0)
			snprintf(why, PORT_WHY_LEN, "the kernel does not tell about it (%s)", strerror(-rc));
		else
			rc = plan_make(&k->facts, cfg->driver, cfg->has_vlans, &plan, why, PORT_WHY_LEN);
		if (rc == 0)
			rc = port_xdp_try(&plan, dev->ifname, k->state.index, why, PORT_WHY_LEN);
		if (rc != 0)
			return rc;
		rc = xdp_open(dev, &plan, error);
		base_text_copy(why, PORT_WHY_LEN, error);
	}
	return rc;
}

static int driver_open(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	char why[PORT_WHY_LEN] = "";
	int rc = port_facts_read(k->sock, k->rtnl, dev->ifname, k->state.index, &k->facts);

	if (rc != 0) {
		snprintf(error, PORT_ERROR_LEN, "%s: the kernel does not tell about it (%s)", dev->ifname,
			strerror(-rc));
		return rc;
	}
	rc = xdp_choose(dev, cfg, why);
	if (rc == 0)
		return 0;
	if (cfg->driver == CONF_DRIVER_AF_XDP || rc == -EADDRINUSE) {
		snprintf(error, PORT_ERROR_LEN, "%s: AF_XDP cannot be had: %s", dev->ifname, why);
		return rc;
	}
	rc = packet_open(dev, error);
	if (rc == 0)
		snprintf(k->driver_why, sizeof(k->driver_why), "AF_PACKET: %.*s",
			(int)(sizeof(k->driver_why) - sizeof("AF_PACKET: ")), why);
	return rc;
}

// What later looks are compared with: attaching and opening have left their marks on it.
static void facts_settle(struct port_dev *dev, const struct port_dev_cfg *cfg)
{
	struct port_kernel *k = dev->kernel;
	char why[PORT_WHY_LEN];

	k->wanted = cfg->avoids_xdp ? CONF_DRIVER_AF_PACKET : cfg->driver;
	k->has_vlans = cfg->has_vlans;
	k->fits = port_facts_renew(k->sock, k->rtnl, dev->ifname, k->state.index, &k->facts);
	if (k->fits == 0)
		k->fits = port_facts_xdp_fits(&k->facts, k->wanted, k->has_vlans, why, sizeof(why));
	base_text_copy(k->upper_now, sizeof(k->upper_now), k->facts.upper);
	k->foreign_id = dev->kind == PORT_KIND_AF_PACKET ? k->facts.link.xdp_id : 0;
}

// Read what the interface is and become a member of the group.
static int netdev_join(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = sock < 0 ? -errno : port_if_read(sock, dev->ifname, &k->state);
	int node = sock < 0 ? -1 : port_if_numa(sock, dev->ifname);

	if (sock >= 0)
		close(sock);
	k->rtnl = port_link_open();
	if (rc == 0 && k->rtnl < 0)
		rc = k->rtnl;
	if (rc != 0) {
		snprintf(error, PORT_ERROR_LEN, "cannot read interface %s: %s", dev->ifname, strerror(-rc));
		return rc;
	}
	dev->socket_id = node >= 0 ? node : (int)rte_socket_id();
	// Many NICs pass the frames of a VLAN only when the kernel has an interface for it, or when they are
	// promiscuous.
	k->sock = port_if_join(k->state.index, cfg->is_promiscuous || cfg->has_vlans);
	if (k->sock < 0) {
		rc = k->sock;
		snprintf(error, PORT_ERROR_LEN, "%s: cannot join the RoMON group: %s%s", dev->ifname,
			strerror(-rc), rc == -EPERM ? " (needs the capability NET_RAW, or root)" : "");
	}
	return k->sock < 0 ? rc : 0;
}

static void kernel_free(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;

	if (k->sock >= 0)
		close(k->sock);
	if (k->rtnl >= 0)
		close(k->rtnl);
	free(k);
	dev->kernel = NULL;
}

int port_netdev_open(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		snprintf(error, PORT_ERROR_LEN, "no memory for a device");
		return -ENOMEM;
	}
	dev->kernel = k;
	k->sock = -1;
	k->rtnl = -1;
	k->xdp_link = -1;
	base_text_copy(dev->ifname, sizeof(dev->ifname), dev->device);
	int rc = netdev_join(dev, cfg, error);
	if (rc == 0) {
		dev->pool = port_pool_get(dev->socket_id, cfg->mbufs);
		if (dev->pool == NULL) {
			rc = -errno;
			snprintf(error, PORT_ERROR_LEN, "%s: no memory for %u mbufs (%s)", dev->ifname,
				cfg->mbufs, rte_strerror(-rc));
		}
	}
	if (rc == 0)
		rc = driver_open(dev, cfg, error);
	if (rc == 0) {
		dev->mac = k->state.mac;
		dev->ifindex = k->state.index;
		port_if_promisc_restore(k->sock, dev->ifname, &k->state);
		facts_settle(dev, cfg);
		return 0;
	}
	kernel_free(dev);
	return rc;
}

void port_netdev_close(struct port_dev *dev)
{
	const char *const names[] = {"pmd.net.af_xdp", "pmd.net.af_packet"};
	int ids[BASE_ARRAY_LEN(names)];
	int levels[BASE_ARRAY_LEN(names)];

	// The drivers report as errors that there is no program to take off, or that it is somebody's.
	bool is_expected = dev->link == PORT_LINK_GONE || dev->stale == PORT_STALE_XDP;
	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		ids[i] = rte_log_register(names[i]);
		levels[i] = ids[i] < 0 ? -1 : rte_log_get_level((uint32_t)ids[i]);
		if (levels[i] >= 0 && is_expected)
			rte_log_set_level((uint32_t)ids[i], RTE_LOG_CRIT);
	}
	libbpf_print_fn_t print = is_expected ? libbpf_set_print(NULL) : NULL;
	netdev_undo(dev);
	if (is_expected)
		libbpf_set_print(print);
	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		if (levels[i] >= 0)
			rte_log_set_level((uint32_t)ids[i], (uint32_t)levels[i]);
	}
	kernel_free(dev);
}

uint64_t port_netdev_rx_missed(const struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	uint64_t n = 0;

	for (uint32_t i = 0; i < k->n_fds; i++) {
		struct tpacket_stats packet = {0};
		struct xdp_statistics xdp = {0};
		socklen_t len = sizeof(packet);

		if (k->fds[i].kind == PORT_FD_PACKET &&
			getsockopt(k->fds[i].fd, SOL_PACKET, PACKET_STATISTICS, &packet, &len) == 0)
			k->rx_missed += packet.tp_drops; // the kernel clears it at each reading
		len = sizeof(xdp);
		if (k->fds[i].kind == PORT_FD_XDP &&
			getsockopt(k->fds[i].fd, SOL_XDP, XDP_STATISTICS, &xdp, &len) == 0)
			n += xdp.rx_dropped + xdp.rx_ring_full;
	}
	return n + k->rx_missed;
}
