// SPDX-License-Identifier: BSD-3-Clause
// Setting up, starting and removing an ethdev, whatever its driver. Control thread.
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>

#include "base_hash.h"
#include "base_log.h"
#include "base_text.h"
#include "port_private.h"

LOG_TYPE("port");

int port_ethdev_find(struct port_dev *dev, const char *name)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_get_port_by_name(name, &dev->ethdev_id);

	if (rc == 0)
		rc = rte_eth_dev_info_get(dev->ethdev_id, &info);
	if (rc == 0)
		base_text_copy(dev->driver, sizeof(dev->driver), info.driver_name);
	return rc;
}

static int failed(int rc, const char *device, const char *what, char error[PORT_ERROR_LEN])
{
	snprintf(error, PORT_ERROR_LEN, "%.100s: the driver refuses to %s (%s)", device, what,
		rte_strerror(-rc));
	return rc;
}

// No offloads at all: in particular no MBUF_FAST_FREE (mbufs are shared between ports and come from several
// pools) and no VLAN strip or filter (tags are read and written in the frame).
static int queues_setup(struct port_dev *dev, const struct rte_eth_dev_info *info, struct rte_mempool *pool,
	char error[PORT_ERROR_LEN])
{
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	struct rte_eth_txconf txconf = info->default_txconf;
	uint16_t n_rxd = PORT_DESCS;
	uint16_t n_txd = PORT_DESCS;
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(dev->ethdev_id, &n_rxd, &n_txd);

	if (rc != 0)
		return failed(rc, dev->device, "size its queues", error);
	rxconf.offloads = 0;
	txconf.offloads = 0;
	for (uint16_t q = 0; q < dev->n_rxq && rc == 0; q++)
		rc = rte_eth_rx_queue_setup(
			dev->ethdev_id, q, n_rxd, (unsigned)dev->socket_id, &rxconf, pool);
	if (rc != 0)
		return failed(rc, dev->device, "set a receive queue up", error);
	for (uint16_t q = 0; q < dev->n_txq && rc == 0; q++)
		rc = rte_eth_tx_queue_setup(dev->ethdev_id, q, n_txd, (unsigned)dev->socket_id, &txconf);
	return rc == 0 ? 0 : failed(rc, dev->device, "set a transmit queue up", error);
}

// Virtual devices may have no address (net_ring): a locally administered one from the device's text, so
// that it is the same after a restart.
void port_mac_made_up(const char *device, struct base_mac *out)
{
	*out = base_mac_from_u64(base_hash_bytes(device, strlen(device)));
	out->b[0] = 0x02;
}

int port_ethdev_start(struct port_dev *dev, struct rte_mempool *pool, char error[PORT_ERROR_LEN])
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	int rc = rte_eth_dev_info_get(dev->ethdev_id, &info);

	if (rc != 0)
		return failed(rc, dev->device, "describe itself", error);
	rc = rte_eth_dev_configure(dev->ethdev_id, dev->n_rxq, dev->n_txq, &conf);
	if (rc != 0)
		return failed(rc, dev->device, "be configured", error);
	rc = queues_setup(dev, &info, pool, error);
	if (rc != 0)
		return rc;
	rc = rte_eth_dev_start(dev->ethdev_id);
	if (rc != 0)
		return failed(rc, dev->device, "start", error);
	rc = rte_eth_macaddr_get(dev->ethdev_id, &mac);
	if (rc != 0)
		return failed(rc, dev->device, "tell its address", error);
	memcpy(dev->mac.b, mac.addr_bytes, sizeof(dev->mac.b));
	if (!base_mac_is_unicast(&dev->mac))
		port_mac_made_up(dev->device, &dev->mac);
	return 0;
}

void port_ethdev_remove(struct port_dev *dev)
{
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_stop(dev->ethdev_id);

	if (rc != 0)
		LOG(WARNING, "%s: the driver refuses to stop (%s)", dev->device, rte_strerror(-rc));
	if (!dev->is_probed)
		return; // made by EAL or by somebody in this process: it stays, stopped
	rc = rte_eth_dev_info_get(dev->ethdev_id, &info);
	if (rc == 0)
		rc = rte_dev_remove(info.device);
	if (rc != 0)
		LOG(WARNING, "%s: the driver refuses to remove it (%s)", dev->device, rte_strerror(-rc));
}
