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
	if (unlikely(romon_len > port->l2mtu))
		return DP_DROP_EGRESS_MTU;
	return DP_DROP_NONE;
}

static inline uint32_t egress_l2_len(const struct snap_port *port)
{
	return port->vid == 0 ? WIRE_ETH_LEN : WIRE_ETH_LEN + WIRE_VLAN_LEN;
}

// Write what follows the MACs in the port's Ethernet header: its tag, if it has one, and the EtherType.
static inline void egress_type_write(uint8_t *type, const struct snap_port *port)
{
	if (port->vid != 0) {
		base_be16_store(type, WIRE_ETHERTYPE_VLAN);
		base_be16_store(type + 2, port->vid);
		type += WIRE_VLAN_LEN;
	}
	base_be16_store(type, WIRE_ETHERTYPE);
}

// Both MACs of a frame that leaves by a port, as two words of its first 12 bytes.
static inline void egress_macs_make(const struct snap_port *port, uint64_t dst, uint64_t *low, uint32_t *high)
{
	*low = dst | port->mac << 48;
	*high = (uint32_t)(port->mac >> 16);
}

static inline void egress_macs_write(uint8_t *eth, const struct snap_port *port, uint64_t dst)
{
	uint64_t low;
	uint32_t high;

	egress_macs_make(port, dst, &low, &high);
	memcpy(eth, &low, sizeof(low));
	memcpy(eth + sizeof(low), &high, sizeof(high));
}

// Write the port's Ethernet header (with its tag) at eth, which has egress_l2_len() bytes.
static inline void egress_header_write(uint8_t *eth, const struct snap_port *port, uint64_t dst)
{
	egress_macs_write(eth, port, dst);
	egress_type_write(eth + 2 * BASE_MAC_LEN, port);
}

// Write the way back over a hop entry: our link id of the port that the frame came in on, and who sent it.
static inline void egress_hop_back(struct wire_hop *hop, const struct snap_port *in, const uint8_t *eth)
{
	memcpy(hop->link_id, &in->link_id_be, sizeof(hop->link_id));
	memcpy(&hop->mac, eth + BASE_MAC_LEN, BASE_MAC_LEN);
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
