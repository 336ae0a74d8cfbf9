// SPDX-License-Identifier: BSD-3-Clause
// A node's control, in virtual time: what lib/node asks of a daemon. Tests only.
#include <stdlib.h>
#include <string.h>

#include "ref_parse.h"
#include "sim_net.h"
#include "sim_random.h"
#include "sim_stream.h"
#include "xchg_channel.h"

#define BRISK_NS        (2 * SIM_MS) // TICK_MS_BRISK of control_loop.c
#define PING_TIMEOUT_MS 200

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

// The first Discover of a tick begins a round.
static void round_note(struct sim_net *net, uint32_t node)
{
	struct sim_origin *o = sim_control_origin(net, net->graph->nodes[node].id.b);

	if (o == NULL) {
		sim_net_fault(net, "node %u sends a Discover of its own", node);
		return;
	}
	if (!o->is_new_round)
		return;
	o->is_new_round = false;
	o->round++;
	o->n_sent = 0;
}

static void ping_note(struct sim_net *net, uint32_t node, const uint8_t *frame)
{
	struct sim_origin *o = sim_control_origin(net, net->graph->nodes[node].id.b);
	uint32_t other =
		sim_graph_node_of(net->graph, frame + WIRE_ETH_LEN + offsetof(struct wire_hdr, dst_id));

	if (o == NULL || other == SIM_NONE)
		sim_net_fault(net, "node %u sends Data to nobody", node);
	else
		o->pings[other].sent++;
}

static int frame_send(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	const struct sim_seat *seat = ctx;
	uint8_t type = frame[WIRE_ETH_LEN];

	if (type == WIRE_TYPE_DISCOVER)
		round_note(seat->net, seat->node);
	int err = sim_node_send(seat->net, seat->node, slot, frame, len);
	if (err == 0 && type == WIRE_TYPE_DISCOVER_RESP)
		answer_note(seat->net, seat->node, frame);
	if (err == 0 && type == WIRE_TYPE_DATA && !seat->net->cfg.has_streams)
		ping_note(seat->net, seat->node, frame);
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

	if ((seat->net->cfg.troubles & SIM_DUPLICATE) != 0 &&
		(why == NODE_REFUSED_PING_LATE || why == NODE_REFUSED_PING_UNASKED))
		return; // the second copy of an answer
	if (!seat->net->cfg.has_hostile)
		sim_net_fault(seat->net, "node %u refused at port %u: %s", seat->node, slot,
			node_refused_name(why));
}

struct node_io sim_control_io(struct sim_node *n)
{
	return (struct node_io){.ctx = &n->seat,
		.port = port_get,
		.slot_of = slot_find,
		.self = self_get,
		.send = frame_send,
		.random = bytes_draw,
		.refuse = refusal_note};
}

void sim_control_open(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];

	n->seat = (struct sim_seat){.net = net, .node = node};
	struct node_io io = sim_control_io(n);
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

// ---- origins

static const struct node_discovery_cfg discovery_cfg = {.is_enabled = true,
	.is_master = true,
	.interval_ms = SIM_INTERVAL_MS,
	.late_after = SIM_LATE_AFTER,
	.down_after = SIM_DOWN_AFTER,
	.nodes_max = SIM_NODES_MAX};

static void ping_tell(void *ctx, uint32_t run, const struct node_ping_news *news)
{
	const struct sim_seat *seat = ctx;
	struct sim_origin *o = sim_control_origin(seat->net, seat->net->graph->nodes[seat->node].id.b);
	uint32_t node = o->pinged[run];

	switch (news->what) {
	case NODE_PING_TIMEOUT:
		if (!seat->net->cfg.is_lossy)
			sim_net_fault(
				seat->net, "origin %u: no answer to the ping of node %u", o->node, node);
		break;
	case NODE_PING_INVALID:
	case NODE_PING_UNSENT:
	case NODE_PING_SOUGHT:
	case NODE_PING_NOT_FOUND:
	case NODE_PING_NO_LINK:
		sim_net_fault(seat->net, "origin %u has no path to ping node %u", o->node, node);
		break;
	case NODE_PING_ANSWERED:
	case NODE_PING_DONE:
		break;
	}
}

static uint64_t named_find(void *ctx, uint32_t run)
{
	(void)ctx;
	(void)run;
	return 0;
}

static int link_find(void *ctx, uint32_t run)
{
	(void)ctx;
	(void)run;
	return -ENOENT;
}

static uint64_t clock_read(void *ctx)
{
	return ((const struct sim_seat *)ctx)->net->now_ns;
}

void sim_control_origin_open(struct sim_net *net, struct sim_origin *o)
{
	struct sim_node *n = &net->nodes[o->node];
	struct node_io io = sim_control_io(n);
	struct node_ping_user user = {.ctx = &n->seat,
		.tell = ping_tell,
		.id_of = named_find,
		.link_slot_of = link_find,
		.now_ns = clock_read};

	o->discovery = node_discovery_create(&io, &discovery_cfg);
	o->pinger = o->discovery == NULL ? NULL : node_pings_create(&io, o->discovery, &user);
	if (o->pinger == NULL)
		abort();
	o->topo = node_discovery_topo(o->discovery);
	n->origin = o;
}

void sim_control_origin_close(struct sim_origin *o)
{
	node_pings_destroy(o->pinger);
	node_discovery_destroy(o->discovery);
}

// What the discovery saw of its ports, the reference sees too.
static void ports_note(struct sim_net *net, struct sim_origin *o)
{
	uint64_t down = net->nodes[o->node].ports_down;

	for (uint32_t slot = 0; slot < net->graph->nodes[o->node].n_ends; slot++) {
		if (((down & ~o->ports_down) >> slot & 1) != 0)
			sim_ref_port_lost(o->ref, port_of(net, o->node, slot).link_id);
	}
	o->ports_down = down;
}

void sim_control_tick(struct sim_net *net, uint32_t origin)
{
	struct sim_origin *o = &net->origins[origin];
	struct topo_event e;
	uint32_t row;

	o->is_new_round = true;
	if (!node_discovery_tick(o->discovery, &discovery_cfg, net->now_ns / SIM_MS).has_looked)
		return;
	ports_note(net, o);
	while (topo_event_next(o->topo, &e)) {
		if (e.type == TOPO_NODE_MOVED || e.type == TOPO_NODE_UP || e.type == TOPO_NODE_PATH_FAILED)
			sim_streams_moved(net, o->node, e.id);
	}
	while (topo_dirty_next(o->topo, &row))
		;
}

bool sim_control_ping(struct sim_net *net, uint32_t origin, uint32_t node)
{
	struct sim_origin *o = &net->origins[origin];
	struct node_ping_cfg cfg = {.id = base_mac_u64(&net->graph->nodes[node].id),
		.count = 1,
		.interval_ms = PING_TIMEOUT_MS,
		.timeout_ms = PING_TIMEOUT_MS,
		.size = STREAM_PING_SIZE_DEFAULT};
	int run = node_pings_open(o->pinger, &cfg, NODE_PINGS_MAX, net->now_ns / SIM_MS);

	if (run < 0)
		return false;
	o->pinged[run] = node;
	brisk_put(net, o->node);
	return true;
}

void sim_control_brisk(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];

	n->is_brisk = false;
	bool is_busy = node_responder_tick(n->responder, net->now_ns / SIM_MS);
	if (n->origin != NULL)
		is_busy |= node_pings_tick(n->origin->pinger, net->now_ns / SIM_MS);
	if (is_busy)
		brisk_put(net, node);
}

static void resp_take(struct sim_net *net, uint32_t node, const struct rte_mbuf *m)
{
	struct sim_origin *o = net->nodes[node].origin;
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	const char *why = "";
	struct ref_frame ref;

	if (o == NULL || ref_parse_frame(bytes, m->data_len, &ref) != WIRE_OK) {
		sim_net_fault(net, "node %u was handed a DiscoverResp that it did not ask for", node);
		return;
	}
	uint32_t responder = sim_graph_node_of(net->graph, ref.routes[1].id);
	if (responder != SIM_NONE)
		o->answers[responder].got++;
	if (node_discovery_take(o->discovery, (uint8_t)m->port, bytes, m->data_len, net->now_ns / SIM_MS,
		    net->now_ns / 1000, &why) != NODE_ANSWER_TAKEN) {
		net->n_refused++;
		if (!net->cfg.has_hostile)
			sim_net_fault(
				net, "origin %u refused an answer of node %u: %s", node, responder, why);
		return;
	}
	if (responder != SIM_NONE && !sim_ref_learn(o->ref, &ref, net->now_ns / SIM_MS))
		sim_net_fault(net, "node %u answered with an edge that is none of the graph", responder);
}

static void data_take(struct sim_net *net, uint32_t node, const struct rte_mbuf *m)
{
	struct sim_origin *o = net->nodes[node].origin;
	struct node_data in;

	bool is_data = node_data_parse(
		rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, (uint8_t)m->port, xchg_stamp_read(m), &in);
	if (is_data && sim_streams_take(net, node, &in))
		return;
	if (o == NULL || !is_data || in.src_port != WIRE_SERVICE_PING) {
		sim_net_fault(net, "node %u was handed Data that is no answer to a ping", node);
		return;
	}
	struct base_mac from = base_mac_from_u64(in.src_id);
	uint32_t other = sim_graph_node_of(net->graph, from.b);
	if (other != SIM_NONE)
		o->pings[other].got++;
	node_pings_take(o->pinger, &in, net->now_ns / SIM_MS);
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
