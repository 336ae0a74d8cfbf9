// SPDX-License-Identifier: BSD-3-Clause
// Mbuf pools: one a NUMA socket, for everything (port.h), and one of its own for each AF_XDP device.
// lib/port only, control thread.
//
// Why a pool of its own: net_af_xdp makes the pool's memory the memory of its kernel socket, keeps some
// 2,000 mbufs a queue in the kernel, and forgets all of them when it closes. In a pool from which nobody
// but the driver allocates these can be told from mbufs that workers still hold: the driver's carry
// RTE_MBUF_PORT_INVALID until they are received (rte_pktmbuf_alloc() sets it, and whoever holds a received
// mbuf has another value there).
#pragma once

#include <stdint.h>

#include "base_err.h"

struct rte_mempool;

#define PORT_FRAME_MAX        2048 // bytes of a frame that an mbuf holds behind its headroom
#define PORT_XDP_DESCS        1024 // of an AF_XDP queue, each direction
#define PORT_XDP_QUEUE_KEEPS  2048 // mbufs that net_af_xdp puts into a queue's fill ring
#define PORT_XDP_QUEUE_MOVING 1024 // mbufs of a queue that workers and other devices may hold
#define PORT_XDP_QUEUE_MBUFS  (PORT_XDP_QUEUE_KEEPS + PORT_XDP_DESCS + PORT_XDP_QUEUE_MOVING)

// A pool for an AF_XDP device; NULL with errno. Goes back with port_pool_xdp_retire() only.
BASE_MUST_USE struct rte_mempool *port_pool_xdp_create(int socket_id, uint32_t n_queues);

// Bytes of memory that it takes.
uint64_t port_pool_xdp_bytes(uint32_t n_queues);

// Mark mbufs of pool that are about to be sent as the driver's: for a tx callback.
struct rte_mbuf;
void port_pool_xdp_give(const struct rte_mempool *pool, struct rte_mbuf *const *mbufs, uint16_t n);

// The device is closed, and no socket of the kernel uses the memory. Take back what the driver forgot;
// free the pool now, or when the last mbuf that a worker holds has come back.
void port_pool_xdp_retire(struct rte_mempool *pool);
