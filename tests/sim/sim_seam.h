// SPDX-License-Identifier: BSD-3-Clause
// Put before every source of lib/dp that the simulator compiles (-include): the stages stay as they are, and
// what they ask DPDK's inline functions for is asked of the simulation instead. Three things: the time,
// frames in, frames out. Tests only.
#pragma once

#include <rte_cycles.h>
#include <rte_ethdev.h>

uint64_t sim_tsc(void); // nanoseconds of virtual time
uint16_t sim_rx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n);
uint16_t sim_tx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n);

#define rte_rdtsc        sim_tsc
#define rte_eth_rx_burst sim_rx_burst
#define rte_eth_tx_burst sim_tx_burst
