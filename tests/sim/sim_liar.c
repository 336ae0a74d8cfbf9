// SPDX-License-Identifier: BSD-3-Clause
// A hostile node among streams: opens, ends, acks and bytes for connections that it guesses, by its own id
// and by ids that it makes up. It knows the way to an origin. Tests only.
#include <stdlib.h>

#include "sim_net.h"
#include "sim_random.h"
#include "sim_stream.h"

#define GUESSES 64 // service ports, so that some of what it says meets what it said before

// By which ends each node is reached first, from the last node on: the graph has no other way to ask.
static void ways_find(const struct sim_graph *g, uint32_t *out_end, uint32_t *in_end)
{
	uint32_t *reached = calloc(g->n_nodes, sizeof(*reached));
	uint32_t n = 1;

	if (reached == NULL)
		abort();
	for (uint32_t node = 0; node < g->n_nodes; node++)
		out_end[node] = SIM_NONE;
	reached[0] = g->n_nodes - 1;
	for (uint32_t i = 0; i < n; i++) {
		const struct sim_vertex *v = &g->nodes[reached[i]];

		for (uint32_t k = 0; k < v->n_ends; k++) {
			const struct sim_seg *seg = &g->segs[g->ends[v->ends[k]].seg];

			for (uint32_t e = seg->first; e < seg->first + seg->n; e++) {
				uint32_t node = g->ends[e].node;

				if (out_end[node] != SIM_NONE || node == g->n_nodes - 1)
					continue;
				out_end[node] = v->ends[k];
				in_end[node] = e;
				reached[n++] = node;
			}
		}
	}
	free(reached);
}

static void way_find(struct sim_net *net)
{
	const struct sim_graph *g = net->graph;
	uint32_t *out_end = calloc(2 * g->n_nodes, sizeof(*out_end));
	struct topo_hop hops[TOPO_PATH_MAX];
	uint32_t n = 0;

	if (out_end == NULL)
		abort();
	uint32_t *in_end = out_end + g->n_nodes;
	ways_find(g, out_end, in_end);
	for (uint32_t node = net->origins[0].node; node != g->n_nodes - 1; node = g->ends[out_end[node]].node)
		hops[n++] = (struct topo_hop){.link_id = g->ends[out_end[node]].link_id,
			.mac = base_mac_u64(&g->ends[in_end[node]].mac)};
	net->attack_way = (struct node_path){.n = n};
	for (uint32_t i = 0; i < n; i++)
		net->attack_way.hops[i] = hops[n - 1 - i];
	free(out_end);
}

static bool port_get(void *ctx, uint8_t slot, struct node_port *out)
{
	struct sim_net *net = ctx;
	const struct sim_end *end = &net->graph->ends[net->graph->nodes[net->graph->n_nodes - 1].ends[slot]];

	*out = (struct node_port){
		.is_active = true, .own = {.link_id = end->link_id, .l2mtu = end->l2mtu, .mac = end->mac}};
	return true;
}

// Every second time it is somebody who is not there.
static void self_get(void *ctx, struct topo_self *out)
{
	struct sim_net *net = ctx;
	struct base_mac made_up = base_mac_from_u64((uint64_t)sim_below(&net->attacks, 1u << 16) << 8 | 0x06);

	*out = (struct topo_self){.id = sim_below(&net->attacks, 2) == 0
						? made_up
						: net->graph->nodes[net->graph->n_nodes - 1].id};
}

static int frame_send(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	struct sim_net *net = ctx;

	sim_link_send(net, net->graph->nodes[net->graph->n_nodes - 1].ends[slot], sim_node_mbuf(frame, len));
	return 0;
}

void sim_liar_send(struct sim_net *net)
{
	struct node_io io = {.ctx = net, .port = port_get, .self = self_get, .send = frame_send};
	uint8_t payload[STREAM_SEGMENT_HEADER_LEN + 64] = {0};
	struct stream_segment s = {.kind = (uint8_t)sim_below(&net->attacks, STREAM_N_KINDS + 1),
		.seq = (uint32_t)sim_random(&net->attacks),
		.ack = (uint32_t)sim_random(&net->attacks) & (0 - sim_below(&net->attacks, 2))};

	if (net->attack_way.n == 0)
		way_find(net);
	stream_segment_build(payload, &s);
	const uint8_t *behind = payload + sizeof(struct wire_services);
	(void)!node_data_send(&io, &net->attack_way,
		base_mac_u64(&net->graph->nodes[net->origins[0].node].id),
		(uint16_t)(STREAM_PORT_MIN + sim_below(&net->attacks, GUESSES)), SIM_STREAM_SERVICE, behind,
		(uint32_t)(sizeof(payload) - sizeof(struct wire_services)) -
			16 * sim_below(&net->attacks, 5));
}
