// SPDX-License-Identifier: BSD-3-Clause
// Open, poll and close a device of any kind; PCI devices and vdevs themselves. Control thread.
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_log.h"
#include "base_text.h"
#include "port_private.h"

LOG_TYPE("port");

static struct rte_ether_addr romon_group = {{0x01, 0x80, 0xc2, 0x00, 0x88, 0xbf}};

static bool is_eal_kept; // by a memif that was opened

static uint16_t least16(uint32_t a, uint32_t b)
{
	return (uint16_t)(a < b ? a : b);
}

// Hear the RoMON group in the narrowest way that the driver has. Drivers with none of the three (net_pcap,
// net_null, net_ring) hear everything.
static void group_join(struct port_dev *dev, bool is_promiscuous)
{
	uint16_t id = dev->ethdev_id;
	int rc = -ENOTSUP;

	if (!is_promiscuous)
		rc = rte_eth_dev_set_mc_addr_list(id, &romon_group, 1);
	if (rc != 0 && !is_promiscuous)
		rc = rte_eth_allmulticast_enable(id);
	if (rc != 0)
		rc = rte_eth_promiscuous_enable(id);
	if (rc != 0 && dev->kind == PORT_KIND_PCI)
		LOG(WARNING, "%s: the driver has no way to hear the RoMON group (%s)", dev->device,
			rte_strerror(-rc));
}

// A driver that makes a fixed number of queues (net_ring, net_pcap) says it before it is configured. Other
// NICs leave frames that are not IP on queue 0: one queue hears all RoMON frames.
static int plain_queues(struct port_dev *dev, uint16_t n_txq_wanted)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(dev->ethdev_id, &info);

	if (rc != 0)
		return rc;
	uint16_t n_rxq = info.nb_rx_queues > 0 && dev->kind == PORT_KIND_VDEV ? info.nb_rx_queues : 1;
	uint16_t n_txq = n_txq_wanted > 0 ? n_txq_wanted : 1;
	dev->n_rxq = least16(least16(n_rxq, info.max_rx_queues), PORT_RXQ_MAX);
	dev->n_txq = least16(n_txq, info.max_tx_queues);
	return 0;
}

static int plain_find_or_probe(struct port_dev *dev, char error[PORT_ERROR_LEN])
{
	char name[RTE_ETH_NAME_MAX_LEN];
	size_t len = strcspn(dev->device, ",");
	bool is_short = dev->kind == PORT_KIND_PCI && len == strlen("bb:dd.f");

	snprintf(name, sizeof(name), "%s%.*s", is_short ? "0000:" : "", (int)len, dev->device);
	if (port_ethdev_find(dev, name) == 0)
		return 0; // EAL or the program itself has made it
	int rc = rte_dev_probe(dev->device);
	if (rc == 0) {
		dev->is_probed = true;
		rc = port_ethdev_find(dev, name);
	}
	if (rc != 0)
		snprintf(error, PORT_ERROR_LEN, "DPDK cannot open \"%.120s\" (%s): see its messages above",
			dev->device, rte_strerror(-rc));
	return rc;
}

static int plain_open(struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	int rc = plain_find_or_probe(dev, error);

	if (rc != 0)
		return rc;
	dev->socket_id = rte_eth_dev_socket_id(dev->ethdev_id);
	dev->pool = port_pool_get(dev->socket_id, cfg->mbufs);
	rc = dev->pool == NULL ? -errno : plain_queues(dev, cfg->n_txq_wanted);
	if (rc != 0)
		snprintf(error, PORT_ERROR_LEN, "%.100s: no memory for %u mbufs (%s)", dev->device,
			cfg->mbufs, rte_strerror(-rc));
	else
		rc = port_ethdev_start(dev, dev->pool, error);
	if (rc != 0) {
		port_ethdev_remove(dev);
		return rc;
	}
	group_join(dev, cfg->is_promiscuous);
	// docs/ports.md: the driver unmaps the rings under the worker when their other end leaves
	bool is_memif = strcmp(dev->driver, "net_memif") == 0;
	is_eal_kept = is_eal_kept || is_memif;
	snprintf(dev->why, sizeof(dev->why), "%s, %s%s", dev->driver,
		dev->is_probed ? "opened here" : "was there already",
		is_memif ? "; end romond before the other end, or it may crash" : "");
	return 0;
}

struct port_dev *port_dev_open(const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN])
{
	int rc = port_preflight(cfg->device, error);

	if (rc != 0)
		return base_errno_null(-rc);
	if (!port_is_present(cfg->device)) {
		snprintf(error, PORT_ERROR_LEN, "there is no interface %.100s yet", cfg->device);
		return base_errno_null(ENODEV);
	}
	struct port_dev *dev = calloc(1, sizeof(*dev));
	if (dev == NULL) {
		snprintf(error, PORT_ERROR_LEN, "no memory for a device");
		return base_errno_null(ENOMEM);
	}
	dev->kind = port_kind_of(cfg->device);
	base_text_copy(dev->device, sizeof(dev->device), cfg->device);
	bool is_kernel = dev->kind == PORT_KIND_AF_XDP;
	rc = is_kernel ? port_netdev_open(dev, cfg, error) : plain_open(dev, cfg, error);
	if (rc != 0) {
		free(dev);
		return base_errno_null(-rc);
	}
	port_dev_poll(dev);
	return dev;
}

void port_dev_close(struct port_dev *dev)
{
	if (dev == NULL)
		return;
	if (dev->kernel != NULL)
		port_netdev_close(dev);
	else
		port_ethdev_remove(dev);
	free(dev);
}

bool port_keeps_eal(void)
{
	return is_eal_kept;
}

static enum port_link plain_poll(struct port_dev *dev)
{
	struct rte_eth_link link = {0};
	uint16_t mtu = 0;

	if (rte_eth_dev_is_removed(dev->ethdev_id) != 0 || !port_is_present(dev->device))
		return PORT_LINK_GONE;
	if (rte_eth_link_get_nowait(dev->ethdev_id, &link) != 0)
		return PORT_LINK_DOWN;
	dev->speed_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	if (rte_eth_dev_get_mtu(dev->ethdev_id, &mtu) == 0)
		dev->mtu = least16(mtu, PORT_MTU_MAX);
	return link.link_status == RTE_ETH_LINK_UP ? PORT_LINK_UP : PORT_LINK_DOWN;
}

enum port_link port_dev_poll(struct port_dev *dev)
{
	dev->link = dev->kernel != NULL ? port_netdev_poll(dev) : plain_poll(dev);
	return dev->link;
}

void port_dev_stats(const struct port_dev *dev, struct port_dev_stats *out)
{
	struct rte_eth_stats stats;

	memset(out, 0, sizeof(*out));
	if (rte_eth_stats_get(dev->ethdev_id, &stats) != 0)
		return;
	out->rx_missed = stats.imissed;
	out->rx_nombuf = stats.rx_nombuf;
	out->rx_errors = stats.ierrors;
	out->tx_errors = stats.oerrors;
	if (dev->kernel != NULL)
		out->rx_missed = port_netdev_rx_missed(dev);
}
