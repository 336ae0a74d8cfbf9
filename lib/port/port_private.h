// SPDX-License-Identifier: BSD-3-Clause
// Between the files of lib/port: opening an ethdev, and what a kernel interface needs besides. Control
// thread.
#pragma once

#include "port.h"
#include "port_facts.h"
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
	int sock;                // holds the membership; for ioctls
	int rtnl;                // for questions by netlink
	struct port_if state;    // at the last poll; index is that of the open
	struct port_facts facts; // when the device was open, as the next three
	enum conf_driver wanted;
	bool has_vlans;
	int fits;                       // 0, or -errno: why AF_XDP is not right by these facts
	uint32_t foreign_id;            // XDP program of somebody else that was there; 0 = none
	char upper_now[PORT_UPPER_LEN]; // at the last close look
	bool is_warned;                 // dev->warning was made, of the next two
	bool warned_strips;
	uint32_t warned_xdp_id;
	uint32_t mtu_max; // of the driver
	char driver_why[PORT_WHY_LEN];
	struct port_fd fds[PORT_FDS_MAX];
	uint32_t n_fds;
	uint64_t rx_missed;           // AF_PACKET: sum of counters that reading clears
	struct rte_mempool *xdp_pool; // AF_XDP only, as what follows
	uint32_t xdp_prog_id;         // of our program, held by xdp_link
	int xdp_link;
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
