// SPDX-License-Identifier: BSD-3-Clause
// What every stage that sends needs: may this frame leave by that port, and how its Ethernet header
// becomes that port's. lib/dp only; worker thread.
#pragma once

#include "base_be.h"
#include "dp_filter.h"
#include "dp_worker.h"

// May a RoMON frame of romon_len bytes leave by this node port? Filters are asked separately.
static inline enum dp_reason egress_check(const struct snap_port *port, uint32_t romon_len)
{
	if (unlikely(port->state != SNAP_STATE_ACTIVE))
		return port->state == SNAP_STATE_FORBIDDEN ? DP_DROP_EGRESS_FORBIDDEN : DP_DROP_EGRESS_DOWN;
	if (unlikely((port->auth & SNAP_SEND_UNSIGNED) == 0))
		return DP_DROP_EGRESS_SIGN;
	if (unlikely(romon_len > port->l2mtu))
		return DP_DROP_EGRESS_MTU;
	return DP_DROP_NONE;
}

static inline uint32_t egress_l2_len(const struct snap_port *port)
{
	return port->vid == 0 ? WIRE_ETH_LEN : WIRE_ETH_LEN + WIRE_VLAN_LEN;
}

// Write the port's Ethernet header (with its tag) at eth, which has egress_l2_len() bytes.
static inline void egress_header_write(uint8_t *eth, const struct snap_port *port, uint64_t dst)
{
	uint64_t low = dst | port->mac << 48;
	uint32_t high = (uint32_t)(port->mac >> 16);
	uint8_t *type = eth + 2 * BASE_MAC_LEN;

	memcpy(eth, &low, sizeof(low)); // both MACs in two stores
	memcpy(eth + sizeof(low), &high, sizeof(high));
	if (port->vid != 0) {
		base_be16_store(type, WIRE_ETHERTYPE_VLAN);
		base_be16_store(type + 2, port->vid);
		type += WIRE_VLAN_LEN;
	}
	base_be16_store(type, WIRE_ETHERTYPE);
}

// Make the frame one of romon_len RoMON bytes behind the egress port's header: the header grows or shrinks
// by a tag at the front, padding behind the frame's own length goes. False when there is no headroom.
static inline bool egress_reframe(struct rte_mbuf *m, uint32_t l2_len_in, const struct snap_port *port,
	uint64_t dst, uint32_t romon_len)
{
	uint32_t l2_len = egress_l2_len(port);
	uint32_t start = m->data_off + l2_len_in;

	if (unlikely(start < l2_len))
		return false;
	m->data_off = (uint16_t)(start - l2_len);
	m->data_len = (uint16_t)(l2_len + romon_len);
	m->pkt_len = m->data_len;
	egress_header_write(dp_eth(m), port, dst);
	return true;
}
