// SPDX-License-Identifier: BSD-3-Clause
// Data frames of this node's own services: taken apart, sent by the path that the topology knows, answered by
// the way that they came (docs/protocol.md sections 5 and 6). Control thread, under app_lock().
#pragma once

#include "app.h"

struct rte_mbuf;

// Data for us. Points into the frame.
struct data_in {
	uint8_t slot;
	uint64_t src_id;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t n_hops;
	const struct wire_hop *hops; // in the order of the way here, each overwritten by what leads back
	const uint8_t *payload;      // behind the service ports
	uint32_t len;
	uint64_t at_tsc; // when the worker received it
};

// False: no Data.
BASE_MUST_USE bool data_parse(const struct rte_mbuf *m, struct data_in *out);

// Send to a node. 0; -ENETUNREACH: no path now; else as inject_send().
BASE_MUST_USE int data_send(struct app *app, uint64_t id, uint16_t src_port, uint16_t dst_port,
	const void *payload, uint32_t len);

// Send to the neighbor with that MAC on the port, over that link alone, whatever paths are known. 0;
// -ENETDOWN: the port cannot send; else as inject_send().
BASE_MUST_USE int data_send_link(struct app *app, uint8_t slot, uint64_t mac, uint64_t id, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len);

// Answer what came in, ports and ids swapped. As inject_send().
BASE_MUST_USE int data_answer(struct app *app, const struct data_in *in, const void *payload, uint32_t len);

// The most payload that a path of n links takes where l2mtu is its least.
static inline uint32_t data_payload_max(uint16_t l2mtu, uint32_t n)
{
	uint32_t used = WIRE_HDR_LEN + n * WIRE_HOP_LEN + (uint32_t)sizeof(struct wire_services);
	uint32_t room = l2mtu < WIRE_FRAME_LEN_MAX - WIRE_ETH_LEN ? l2mtu : WIRE_FRAME_LEN_MAX - WIRE_ETH_LEN;

	return room > used ? room - used : 0;
}
