// SPDX-License-Identifier: BSD-3-Clause
// Kernel interfaces: the choice between net_af_xdp and net_af_packet, and both of them. Control thread.
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
#include "port_packet.h"
#include "port_private.h"
#include "port_xdp.h"

// net_af_packet: a slot of its ring is 2048 bytes, of which the kernel's headers take 66 before a frame.
#define PACKET_FRAMES  1024u
#define PACKET_MTU_MAX (2048 - 66 - PORT_ETH_OVERHEAD)

static unsigned n_made; // vdevs, for their names

int port_netdev_xdp_wanted(const char *ifname, enum conf_driver driver, bool has_vlans, uint32_t *n_queues,
	char *path, char why[PORT_WHY_LEN])
{
	struct port_if_queues queues = {.n_paired = 1, .n_rx = 1};

	if (driver == CONF_DRIVER_AF_PACKET) {
		snprintf(why, PORT_WHY_LEN, "asked for by driver: af-packet");
		return -ECANCELED;
	}
	if (has_vlans && driver != CONF_DRIVER_AF_XDP) {
		snprintf(why, PORT_WHY_LEN,
			"a VLAN port: the kernel may keep the tag where XDP cannot see it");
		return -ECANCELED;
	}
	int rc = port_xdp_find(path, why, PORT_WHY_LEN);
	if (rc != 0)
		return rc;
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock >= 0) {
		port_if_queues_read(sock, ifname, &queues);
		close(sock);
	}
	*n_queues = queues.n_paired;
	if (queues.n_rx > queues.n_paired || queues.n_paired > PORT_RXQ_MAX) {
		snprintf(why, PORT_WHY_LEN,
			"%s receives on %u queues, AF_XDP here on at most %u (see ethtool --set-channels)",
			ifname, queues.n_rx, queues.n_rx > queues.n_paired ? queues.n_paired : PORT_RXQ_MAX);
		return -E2BIG;
	}
	return 0;
}

uint64_t port_dev_bytes(const char *device, enum conf_driver driver, bool has_vlans)
{
	char path[PORT_XDP_PATH_MAX];
	char why[PORT_WHY_LEN];
	uint32_t n_queues;

	if (port_kind_of(device) != PORT_KIND_AF_XDP ||
		port_netdev_xdp_wanted(device, driver, has_vlans, &n_queues, path, why) != 0)
		return 0;
	return port_pool_xdp_bytes(n_queues);
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

// Once the driver has done its part: remember our program, and say how it runs.
static void xdp_note(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	struct port_xdp_attached attached;
	bool is_zero_copy = false;

	for (uint32_t i = 0; i < k->n_fds; i++) {
		if (k->fds[i].kind == PORT_FD_PROG)
			k->xdp_prog_id = (uint32_t)k->fds[i].id;
		is_zero_copy |= k->fds[i].kind == PORT_FD_XDP && port_xdp_is_zero_copy(k->fds[i].fd);
	}
	if (port_xdp_attached(k->state.index, &attached) != 0)
		return;
	snprintf(k->driver_why, sizeof(k->driver_why), "AF_XDP, %s, %s mode%s",
		attached.is_native ? "native" : "generic", is_zero_copy ? "zero-copy" : "copy",
		port_if_strips_vlan(k->sock, dev->ifname) ? "; tags that the device strips are not seen"
							  : "");
}

static int xdp_open(struct port_dev *dev, uint32_t n_queues, const char *path, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	char args[PORT_XDP_PATH_MAX + 64];
	struct port_fd_set before;

	dev->kind = PORT_KIND_AF_XDP;
	dev->n_rxq = (uint16_t)n_queues;
	dev->n_txq = (uint16_t)n_queues; // the driver has them in pairs
	k->mtu_max = PORT_MTU_MAX;
	k->xdp_pool = port_pool_xdp_create(dev->socket_id, n_queues);
	if (k->xdp_pool == NULL) {
		int err = errno;

		snprintf(error, PORT_ERROR_LEN, "no memory for %u mbufs of AF_XDP queues (%s)",
			n_queues * PORT_XDP_QUEUE_MBUFS, rte_strerror(err));
		return -err;
	}
	snprintf(args, sizeof(args), "iface=%s,start_queue=0,queue_count=%u,xdp_prog=%s", dev->ifname,
		n_queues, path);
	port_fd_snapshot(&before);
	int rc = vdev_make(dev, "net_af_xdp", args, error);
	if (rc == 0)
		rc = port_ethdev_start(dev, k->xdp_pool, error);
	k->n_fds = port_fd_opened_since(&before, k->fds, PORT_FDS_MAX);
	xdp_note(dev);
	if (rc == 0) {
		rc = tx_callbacks_add(dev);
		if (rc != 0)
			snprintf(error, PORT_ERROR_LEN, "no memory for callbacks (%s)", rte_strerror(-rc));
	}
	if (rc != 0)
		netdev_undo(dev);
	return rc;
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
	snprintf(args, sizeof(args), "iface=%s,qpairs=1,framecnt=%u", dev->ifname, PACKET_FRAMES);
	port_fd_snapshot(&before);
	int rc = vdev_make(dev, "net_af_packet", args, error);
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
	return 0;
}

static int driver_open(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	char path[PORT_XDP_PATH_MAX];
	char why[PORT_WHY_LEN];
	uint32_t n_queues;
	int rc = port_netdev_xdp_wanted(dev->ifname, cfg->driver, cfg->has_vlans, &n_queues, path, why);

	if (rc == 0)
		rc = port_xdp_try(dev->ifname, k->state.index, n_queues, path, why, sizeof(why));
	if (rc == 0) {
		rc = xdp_open(dev, n_queues, path, error);
		if (rc == 0)
			return 0;
		base_text_copy(why, sizeof(why), error);
	}
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

// Read what the interface is and become a member of the group.
static int netdev_join(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = dev->kernel;
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = sock < 0 ? -errno : port_if_read(sock, dev->ifname, &k->state);
	int node = sock < 0 ? -1 : port_if_numa(sock, dev->ifname);

	if (sock >= 0)
		close(sock);
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

int port_netdev_open(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	struct port_kernel *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		snprintf(error, PORT_ERROR_LEN, "no memory for a device");
		return -ENOMEM;
	}
	dev->kernel = k;
	k->sock = -1;
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
		port_if_promisc_restore(k->sock, dev->ifname, &k->state);
		return 0;
	}
	if (k->sock >= 0)
		close(k->sock);
	free(k);
	dev->kernel = NULL;
	return rc;
}

void port_netdev_close(struct port_dev *dev)
{
	struct port_kernel *k = dev->kernel;
	const char *const names[] = {"pmd.net.af_xdp", "pmd.net.af_packet"};
	int ids[BASE_ARRAY_LEN(names)];
	int levels[BASE_ARRAY_LEN(names)];

	// The drivers report as errors that a vanished interface has no program to take off.
	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		ids[i] = rte_log_register(names[i]);
		levels[i] = ids[i] < 0 ? -1 : rte_log_get_level((uint32_t)ids[i]);
		if (levels[i] >= 0 && dev->link == PORT_LINK_GONE)
			rte_log_set_level((uint32_t)ids[i], RTE_LOG_CRIT);
	}
	netdev_undo(dev);
	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		if (levels[i] >= 0)
			rte_log_set_level((uint32_t)ids[i], (uint32_t)levels[i]);
	}
	close(k->sock);
	free(k);
	dev->kernel = NULL;
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
	k->state = now;
	return link;
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
