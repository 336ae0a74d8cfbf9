// SPDX-License-Identifier: BSD-3-Clause
// Between the files of lib/port: opening an ethdev, and what a kernel interface needs besides. Control
// thread.
#pragma once

#include "port.h"
#include "port_fd.h"
#include "port_kernel.h"
#include "port_pool.h"

#define PORT_ETH_OVERHEAD (14 + 4) // bytes before the payload: header and one tag
#define PORT_MTU_MAX      (PORT_FRAME_MAX - PORT_ETH_OVERHEAD)
#define PORT_DESCS        1024 // of a queue, each direction, where the device lets us choose

// Sockets and BPF objects that one device makes: a socket a queue, program, map, type information.
#define PORT_FDS_MAX (PORT_RXQ_MAX + 8)

struct rte_eth_rxtx_callback;

struct port_kernel {
	int sock;             // holds the membership; for ioctls
	struct port_if state; // at the last poll; index is that of the open
	uint32_t mtu_max;     // of the driver
	char driver_why[PORT_WHY_LEN];
	struct port_fd fds[PORT_FDS_MAX];
	uint32_t n_fds;
	uint64_t rx_missed;           // AF_PACKET: sum of counters that reading clears
	struct rte_mempool *xdp_pool; // AF_XDP only, as what follows
	uint32_t xdp_prog_id;
	const struct rte_eth_rxtx_callback *tx_callbacks[PORT_RXQ_MAX];
};

// Ask for an ethdev by its name. Sets dev->ethdev_id and dev->driver; -ENODEV when there is none.
BASE_MUST_USE int port_ethdev_find(struct port_dev *dev, const char *name);

// Configure n_rxq and n_txq queues (those of dev), set them up with pool for reception, and start. 0, or
// -errno with error, and nothing to undo but the ethdev itself.
BASE_MUST_USE int port_ethdev_start(
	struct port_dev *dev, struct rte_mempool *pool, char error[PORT_ERROR_LEN]);

// Stop, and remove the ethdev if the open made it.
void port_ethdev_remove(struct port_dev *dev);

// Open a kernel interface: choose a driver, make its vdev, start it. 0, or -errno with error and all undone.
BASE_MUST_USE int port_netdev_open(
	struct port_dev *dev, const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN]);
void port_netdev_close(struct port_dev *dev);
enum port_link port_netdev_poll(struct port_dev *dev);
uint64_t port_netdev_rx_missed(const struct port_dev *dev);

// Can this interface have AF_XDP by a port's wishes? Looks only. 0 with the number of its queues and the
// path of the filter program, or -errno with why.
BASE_MUST_USE int port_netdev_xdp_wanted(const char *ifname, enum conf_driver driver, bool has_vlans,
	uint32_t *n_queues, char *path, char why[PORT_WHY_LEN]);
