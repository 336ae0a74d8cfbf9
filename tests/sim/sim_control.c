// SPDX-License-Identifier: BSD-3-Clause
// A node's control, in virtual time: what lib/node asks of a daemon. Tests only.
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "ref_parse.h"
#include "sim_net.h"
#include "sim_random.h"
#include "wire_build.h"
#include "wire_parse.h"

#define BRISK_NS (2 * SIM_MS) // TICK_MS_BRISK of control_loop.c
#define PING_LEN 32

struct sim_origin *sim_control_origin(struct sim_net *net, const uint8_t *id)
{
	uint32_t node = sim_graph_node_of(net->graph, id);

	for (uint32_t o = 0; node != SIM_NONE && o < net->cfg.n_origins; o++) {
		if (net->origins[o].node == node)
			return &net->origins[o];
	}
	return NULL;
}

static struct topo_self self_of(const struct sim_net *net, uint32_t node)
{
	return (struct topo_self){.id = net->graph->nodes[node].id,
		.answer_swaps = net->nodes[node].answer_swaps,
		.identity = "sim",
		.identity_len = 3,
		.board = "romond",
		.board_len = 6,
		.version = {7, 13, 'f', 0}};
}

static struct topo_port port_of(const struct sim_net *net, uint32_t node, uint32_t slot)
{
	const struct sim_end *end = &net->graph->ends[net->graph->nodes[node].ends[slot]];

	return (struct topo_port){
		.link_id = end->link_id, .l2mtu = end->l2mtu, .cost = end->cost, .mac = end->mac};
}

static bool port_get(void *ctx, uint8_t slot, struct node_port *out)
{
	const struct sim_seat *seat = ctx;

	if (slot >= seat->net->graph->nodes[seat->node].n_ends)
		return false;
	out->own = port_of(seat->net, seat->node, slot);
	out->is_active = (seat->net->nodes[seat->node].ports_down >> slot & 1) == 0;
	return true;
}

static int slot_find(void *ctx, uint32_t link_id)
{
	const struct sim_seat *seat = ctx;
	uint32_t end = sim_graph_link_of(seat->net->graph, seat->node, link_id);

	return end == SIM_NONE ? -ENOENT : seat->net->graph->ends[end].slot;
}

static void self_get(void *ctx, struct topo_self *out)
{
	const struct sim_seat *seat = ctx;

	*out = self_of(seat->net, seat->node);
}

// An answer of ours leaves: where it must come in, is known from here on.
static void answer_note(struct sim_net *net, uint32_t node, const uint8_t *frame)
{
	struct sim_origin *o =
		sim_control_origin(net, frame + WIRE_ETH_LEN + offsetof(struct wire_hdr, src_id));

	if (o != NULL)
		o->answers[node].sent++;
}

static int frame_send(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	const struct sim_seat *seat = ctx;
	int err = sim_node_send(seat->net, seat->node, slot, frame, len);

	if (err == 0 && frame[WIRE_ETH_LEN] == WIRE_TYPE_DISCOVER_RESP)
		answer_note(seat->net, seat->node, frame);
	return err;
}

static void bytes_draw(void *ctx, void *out, size_t len)
{
	const struct sim_seat *seat = ctx;
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)sim_random(&seat->net->secrets);
}

static void refusal_note(void *ctx, uint8_t slot, enum node_refused why)
{
	const struct sim_seat *seat = ctx;

	if (!seat->net->cfg.has_hostile)
		sim_net_fault(seat->net, "node %u refused at port %u: %s", seat->node, slot,
			node_refused_name(why));
}

void sim_control_open(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];
	struct node_io io = {.ctx = &n->seat,
		.port = port_get,
		.slot_of = slot_find,
		.self = self_get,
		.send = frame_send,
		.random = bytes_draw,
		.refuse = refusal_note};

	n->seat = (struct sim_seat){.net = net, .node = node};
	n->responder = node_responder_create(&io);
	if (n->responder == NULL)
		abort();
}

void sim_control_close(struct sim_node *n)
{
	node_responder_destroy(n->responder);
}

// As app/romond's control loop does: while something waits it looks again soon.
static void brisk_put(struct sim_net *net, uint32_t node)
{
	if (net->nodes[node].is_brisk)
		return;
	net->nodes[node].is_brisk = true;
	sim_queue_put(&net->queue, net->now_ns + BRISK_NS, SIM_EVENT_BRISK, node, NULL);
}

void sim_control_brisk(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];

	n->is_brisk = false;
	if (node_responder_tick(n->responder, net->now_ns / SIM_MS))
		brisk_put(net, node);
}

void sim_control_round(struct sim_net *net, uint32_t origin)
{
	struct sim_origin *o = &net->origins[origin];
	struct topo_self self = self_of(net, o->node);
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	o->round++;
	o->n_sent = 0;
	for (uint32_t slot = 0; slot < net->graph->nodes[o->node].n_ends; slot++) {
		struct topo_port port = port_of(net, o->node, slot);

		if ((net->nodes[o->node].ports_down >> slot & 1) != 0)
			continue;
		int len = topo_discover_build(frame, sizeof(frame), &self, &port);
		if (len > 0)
			(void)sim_node_send(net, o->node, slot, frame, (uint32_t)len);
		else
			sim_net_fault(net, "a Discover cannot be built");
	}
}

void sim_control_tick(struct sim_net *net, uint32_t origin)
{
	struct topo *t = net->origins[origin].topo;
	struct topo_event e;
	uint32_t row;

	topo_tick(t, net->now_ns / SIM_MS, net->now_ns / 1000);
	while (topo_event_next(t, &e))
		;
	while (topo_dirty_next(t, &row))
		;
}

static bool is_by_that_port(const struct topo_port *port, const struct topo_answer *a)
{
	return a->n_hops > 0 ||
	       (base_mac_u64(&port->mac) == a->parent_out.mac && a->parent_out.link_id == port->link_id);
}

static void resp_take(struct sim_net *net, uint32_t node, const struct rte_mbuf *m)
{
	struct sim_origin *o = sim_control_origin(net, net->graph->nodes[node].id.b);
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct topo_port port = port_of(net, node, m->port);
	const char *why = "it is none of ours";
	struct topo_answer answer;
	struct ref_frame ref;
	struct wire_frame f;
	struct wire_l2 l2;
	int err = -EINVAL;

	if (o == NULL || ref_parse_frame(bytes, m->data_len, &ref) != WIRE_OK) {
		sim_net_fault(net, "node %u was handed a DiscoverResp that it did not ask for", node);
		return;
	}
	uint32_t responder = sim_graph_node_of(net->graph, ref.routes[1].id);
	if (responder != SIM_NONE)
		o->answers[responder].got++;
	if (wire_l2_parse(bytes, m->data_len, &l2) == WIRE_OK &&
		wire_frame_parse(bytes + l2.romon_off, m->data_len - l2.romon_off, &f) == WIRE_OK &&
		topo_answer_parse(
			bytes + l2.romon_off, &f, base_mac_u64(&net->graph->nodes[node].id), &answer) == 0 &&
		is_by_that_port(&port, &answer))
		err = topo_learn(o->topo, &answer, net->now_ns / SIM_MS, net->now_ns / 1000, &why);
	if (err != 0) {
		net->n_refused++;
		if (!net->cfg.has_hostile)
			sim_net_fault(
				net, "origin %u refused an answer of node %u: %s", node, responder, why);
		return;
	}
	if (responder != SIM_NONE && !sim_ref_learn(o->ref, &ref, net->now_ns / SIM_MS))
		sim_net_fault(net, "node %u answered with an edge that is none of the graph", responder);
}

bool sim_control_ping(struct sim_net *net, uint32_t origin, uint32_t node)
{
	struct sim_origin *o = &net->origins[origin];
	const struct sim_vertex *from = &net->graph->nodes[o->node];
	struct topo_hop hops[TOPO_PATH_MAX];
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	uint8_t payload[PING_LEN] = {0};
	struct wire_builder b;

	int64_t row = topo_find(o->topo, base_mac_u64(&net->graph->nodes[node].id));
	int n = row < 0 ? -ENETUNREACH : topo_path_hops(o->topo, (uint32_t)row, hops, TOPO_PATH_MAX);
	uint32_t end = n > 0 ? sim_graph_link_of(net->graph, o->node, hops[0].link_id) : SIM_NONE;
	if (end == SIM_NONE)
		return false;
	struct wire_addr addr = {.eth_dst = base_mac_from_u64(hops[0].mac),
		.eth_src = net->graph->ends[end].mac,
		.src_id = from->id,
		.dst_id = net->graph->nodes[node].id};
	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	for (int i = 0; i < n; i++) {
		struct base_mac mac = base_mac_from_u64(hops[i].mac);

		wire_build_hop(&b, hops[i].link_id, &mac);
	}
	base_be32_store(payload, node);
	wire_build_services(&b, 5000, WIRE_SERVICE_PING);
	wire_build_bytes(&b, payload, sizeof(payload));
	int len = wire_build_finish(&b);
	if (len < 0)
		return false;
	o->pings[node].sent++;
	(void)sim_node_send(net, o->node, net->graph->ends[end].slot, frame, (uint32_t)len);
	return true;
}

static void data_take(struct sim_net *net, uint32_t node, const struct rte_mbuf *m)
{
	struct sim_origin *o = sim_control_origin(net, net->graph->nodes[node].id.b);
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct ref_frame f;

	if (o == NULL || ref_parse_frame(bytes, m->data_len, &f) != WIRE_OK)
		return;
	uint32_t other = sim_graph_node_of(net->graph, f.src_id);
	const uint8_t *payload = bytes + f.n_before + f.body_at + 4;
	if (f.src_port == WIRE_SERVICE_PING && f.dst_port == 5000 && other != SIM_NONE &&
		base_be32_load(payload) == other)
		o->pings[other].got++;
	else
		sim_net_fault(net, "node %u was handed Data that is no answer to its ping", node);
}

void sim_control_punt(struct sim_net *net, uint32_t node, struct rte_mbuf *m)
{
	switch ((enum xchg_punt_class)xchg_mark_class(m)) {
	case XCHG_PUNT_DISCOVER:
		node_responder_take(net->nodes[node].responder, (uint8_t)m->port,
			rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, net->now_ns / SIM_MS);
		brisk_put(net, node);
		break;
	case XCHG_PUNT_RESP:
		resp_take(net, node, m);
		break;
	case XCHG_PUNT_DATA:
		data_take(net, node, m);
		break;
	case XCHG_PUNT_HELLO:
	case XCHG_PUNT_BAD:
	case XCHG_PUNT_INVALID:
	case XCHG_N_PUNTS:
		break;
	}
}
