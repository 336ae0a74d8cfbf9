// SPDX-License-Identifier: BSD-3-Clause
// The hostile node: Discovers of origins that it makes up, each another one and each second one from another
// MAC, and answers of nodes that it makes up to the Discovers that it hears. Tests only.
#include <string.h>

#include "sim_net.h"
#include "sim_random.h"
#include "wire_parse.h"

#define FORGED_EVERY 4 // of its frames, one in so many is a forged answer

static struct base_mac made_up(struct sim_net *net)
{
	uint64_t id = sim_random(&net->attacks) << 8 | 0x06; // local, not one of the graph's 0x02

	return base_mac_from_u64(id & 0xffffffffffff);
}

void sim_hostile_hear(struct sim_net *net, struct rte_mbuf *m)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);

	if (m->pkt_len > sizeof(net->heard) || bytes[WIRE_ETH_LEN] != WIRE_TYPE_DISCOVER ||
		sim_control_origin(net, bytes + WIRE_ETH_LEN + offsetof(struct wire_hdr, src_id)) == NULL)
		return;
	memcpy(net->heard, bytes, m->pkt_len);
	net->heard_len = m->pkt_len;
}

static int forge(
	struct sim_net *net, uint8_t *frame, const struct topo_self *self, const struct topo_port *port)
{
	const struct base_mac *src = (const struct base_mac *)(net->heard + BASE_MAC_LEN);
	const uint8_t *romon = net->heard + WIRE_ETH_LEN;
	struct wire_frame f;

	if (net->heard_len == 0 || wire_frame_parse(romon, net->heard_len - WIRE_ETH_LEN, &f) != WIRE_OK)
		return -1;
	return topo_resp_build(frame, WIRE_FRAME_LEN_MAX, self, port, src, romon, &f);
}

void sim_hostile_attack(struct sim_net *net)
{
	const struct sim_graph *g = net->graph;
	uint32_t end = g->nodes[g->n_nodes - 1].ends[0];
	uint32_t draw = sim_below(&net->attacks, 2 * FORGED_EVERY);
	struct topo_self self = {.id = made_up(net), .identity = "x", .identity_len = 1};
	struct topo_port port = {.link_id = 1 + sim_below(&net->attacks, 65535),
		.l2mtu = 1500,
		.cost = (uint16_t)sim_below(&net->attacks, 200),
		.mac = g->ends[end].mac};
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	if (draw % 2 == 1)
		port.mac = made_up(net);
	int len = draw < 2 ? forge(net, frame, &self, &port) : -1;
	if (len < 0)
		len = topo_discover_build(frame, sizeof(frame), &self, &port);
	if (len > 0)
		sim_link_send(net, end, sim_node_mbuf(frame, (uint32_t)len));
}
