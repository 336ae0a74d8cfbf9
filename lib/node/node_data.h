// SPDX-License-Identifier: BSD-3-Clause
// Data frames of this node's own services: taken apart, sent by the path that the topology knows, answered by
// the way that they came (docs/protocol.md sections 5 and 6). Pure functions over struct node_io; no state.
// One thread.
#pragma once

#include "node_io.h"
#include "topo.h"
#include "wire_parse.h"

// A way to a node: the port that it begins at, and Data's hop list.
struct node_path {
	uint8_t slot;
	uint16_t l2mtu; // least that is known of it; 0 = not known
	uint32_t n;
	struct topo_hop hops[TOPO_PATH_MAX];
};

// Data for us. Points into the frame.
struct node_data {
	uint8_t slot;
	uint64_t src_id;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t n_hops;
	const struct wire_hop *hops; // in the order of the way here, each overwritten by what leads back
	const uint8_t *payload;      // behind the service ports
	uint32_t len;
	uint64_t at_ns; // when it was received, by the clock of whoever times answers
};

// Take Data apart that came in on slot: len bytes from the Ethernet header on. False: it is no Data.
BASE_MUST_USE bool node_data_parse(
	const uint8_t *bytes, uint32_t len, uint8_t slot, uint64_t at_ns, struct node_data *out);

// The path to a node that the topology knows. 0; -ENETUNREACH: no path now.
BASE_MUST_USE int node_path_find(
	const struct node_io *io, const struct topo *t, uint64_t id, struct node_path *out);

// The path to the neighbor with that MAC on the port, over that link alone, whatever others are known. 0;
// -ENETDOWN: no such port, or RoMON is off.
BASE_MUST_USE int node_path_link(const struct node_io *io, uint8_t slot, uint64_t mac, struct node_path *out);

// By which port and neighbor a path begins, or a frame came in: the answer to what was sent by a path comes
// in by node_path_way() of it, since Data goes back by the way that it came.
uint64_t node_path_way(const struct node_path *path);
uint64_t node_data_way(const struct node_data *in);

// Send to the node at the end of the path. 0; -EMSGSIZE: longer than the path is known to take; else as
// struct node_io's send.
BASE_MUST_USE int node_data_send(const struct node_io *io, const struct node_path *path, uint64_t id,
	uint16_t src_port, uint16_t dst_port, const void *payload, uint32_t len);

// Answer what came in, ports and ids swapped. As struct node_io's send.
BASE_MUST_USE int node_data_answer(
	const struct node_io *io, const struct node_data *in, const void *payload, uint32_t len);

// The most payload that a path of n links takes where l2mtu is its least.
static inline uint32_t node_payload_max(uint16_t l2mtu, uint32_t n)
{
	uint32_t used = WIRE_HDR_LEN + n * WIRE_HOP_LEN + (uint32_t)sizeof(struct wire_services);
	uint32_t room = l2mtu < WIRE_FRAME_LEN_MAX - WIRE_ETH_LEN ? l2mtu : WIRE_FRAME_LEN_MAX - WIRE_ETH_LEN;

	return room > used ? room - used : 0;
}
