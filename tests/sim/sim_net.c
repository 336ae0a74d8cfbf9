// SPDX-License-Identifier: BSD-3-Clause
// The network as a whole: time, events, and what the workers ask in place of DPDK's devices and clock. Tests
// only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eal_start.h"
#include "sim_net.h"
#include "sim_random.h"
#include "sim_seam.h"
#include "sim_stream.h"

#define EAL_MBYTES 448
#define START_NS   (1000 * SIM_MS) // time 0 is no ordinary time
#define PHASE_NS   (300 * SIM_MS)
#define TICK_NS    (50 * SIM_MS)

static struct sim_net *world; // the one that runs

uint64_t sim_tsc(void)
{
	return world->now_ns;
}

uint16_t sim_rx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n)
{
	struct sim_rx *rx = &world->rx[port];
	uint32_t n_taken = rx->n < n ? rx->n : n;

	(void)queue;
	memcpy(m, rx->m, n_taken * sizeof(*m));
	rx->n -= n_taken;
	memmove(rx->m, rx->m + n_taken, rx->n * sizeof(*m));
	return (uint16_t)n_taken;
}

uint16_t sim_tx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **m, uint16_t n)
{
	(void)queue;
	for (uint16_t i = 0; i < n; i++)
		sim_link_send(world, port, m[i]);
	return n;
}

void sim_net_start(void)
{
	eal_start("romond_sim", EAL_MBYTES);
	if (!sim_node_start()) {
		fprintf(stderr, "sim: no memory to start\n");
		abort();
	}
}

void sim_net_stop(void)
{
	sim_node_stop();
	eal_stop();
}

void sim_net_fault(struct sim_net *net, const char *format, ...)
{
	va_list args;

	if (net->fault[0] != '\0')
		return;
	int n = snprintf(
		net->fault, sizeof(net->fault), "at %.3f s: ", (double)net->now_ns / (1000.0 * SIM_MS));
	va_start(args, format);
	vsnprintf(net->fault + n, sizeof(net->fault) - (size_t)n, format, args);
	va_end(args);
}

static void *zalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

static void origin_open(struct sim_net *net, uint32_t o, uint64_t *random)
{
	struct sim_origin *origin = &net->origins[o];
	const struct sim_graph *g = net->graph;
	uint32_t n_honest = g->n_nodes - net->cfg.has_hostile;

	do {
		origin->node = sim_below(random, n_honest);
	} while (o > 0 && origin->node == net->origins[0].node);
	sim_control_origin_open(net, origin);
	origin->ref = sim_ref_create(g, origin->node);
	origin->trails = zalloc(g->n_ends, sizeof(*origin->trails));
	origin->answers = zalloc(g->n_nodes, sizeof(*origin->answers));
	origin->pings = zalloc(g->n_nodes, sizeof(*origin->pings));
	origin->phase_ns = o == 0 ? 0 : sim_below(random, PHASE_NS);
	sim_control_tick(net, o); // looks at the ports: the next one may send
	sim_queue_put(&net->queue, net->now_ns + origin->phase_ns, SIM_EVENT_TICK, o, NULL);
}

struct sim_net *sim_net_create(const struct sim_cfg *cfg, struct sim_graph *graph)
{
	struct sim_net *net = zalloc(1, sizeof(*net));
	uint64_t random = cfg->seed + 1;

	world = net;
	net->cfg = *cfg;
	net->graph = graph;
	net->now_ns = START_NS;
	net->dice = sim_random(&random);
	net->delays = sim_random(&random);
	net->secrets = sim_random(&random);
	net->attacks = sim_random(&random);
	net->troubles = sim_random(&random);
	net->wear.node = SIM_NONE;
	net->rx_max = cfg->has_streams ? SIM_RX_STREAMS : DP_BURST_MAX;
	net->rx = zalloc(graph->n_ends, sizeof(*net->rx));
	net->rx_room = zalloc((size_t)graph->n_ends * net->rx_max, sizeof(*net->rx_room));
	for (uint32_t end = 0; end < graph->n_ends; end++)
		net->rx[end].m = net->rx_room + (size_t)end * net->rx_max;
	net->last_ns = zalloc(graph->n_ends, sizeof(*net->last_ns));
	net->nodes = zalloc(graph->n_nodes, sizeof(*net->nodes));
	for (uint32_t i = 0; i < graph->n_nodes - cfg->has_hostile; i++) {
		sim_node_open(net, i);
		sim_control_open(net, i);
		net->nodes[i].answer_swaps = cfg->has_swaps && sim_below(&random, 2) == 0;
	}
	for (uint32_t o = 0; o < cfg->n_origins; o++)
		origin_open(net, o, &random);
	if (cfg->has_streams)
		sim_streams_open(net);
	return net;
}

static void event_drop(struct sim_event *e)
{
	if (e->kind == SIM_EVENT_FRAME)
		rte_pktmbuf_free(e->what);
	else
		free(e->what);
}

void sim_net_destroy(struct sim_net *net)
{
	struct sim_event e;

	sim_streams_close(net);
	while (sim_queue_take(&net->queue, UINT64_MAX, &e))
		event_drop(&e);
	free(net->queue.heap);
	for (uint32_t i = 0; i < net->graph->n_nodes; i++) {
		sim_control_close(&net->nodes[i]);
		sim_node_close(&net->nodes[i]);
	}
	for (uint32_t o = 0; o < net->cfg.n_origins; o++) {
		sim_control_origin_close(&net->origins[o]);
		sim_ref_destroy(net->origins[o].ref);
		free(net->origins[o].trails);
		free(net->origins[o].answers);
		free(net->origins[o].pings);
	}
	free(net->nodes);
	free(net->rx);
	free(net->rx_room);
	free(net->last_ns);
	sim_graph_destroy(net->graph);
	free(net);
	world = NULL;
}

static void repeat(struct sim_net *net, const struct sim_event *e, uint64_t after_ns)
{
	if (!net->is_stopped)
		sim_queue_put(&net->queue, e->at_ns + after_ns, e->kind, e->who, NULL);
}

static void event_handle(struct sim_net *net, const struct sim_event *e)
{
	switch (e->kind) {
	case SIM_EVENT_INVALID:
		abort();
	case SIM_EVENT_FRAME:
		sim_link_arrive(net, e->who, e->what);
		break;
	case SIM_EVENT_POLL:
		sim_node_poll(net, e->who);
		break;
	case SIM_EVENT_BRISK:
		sim_control_brisk(net, e->who);
		break;
	case SIM_EVENT_TICK:
		if (!net->is_stopped)
			sim_control_tick(net, e->who);
		repeat(net, e, TICK_NS);
		break;
	case SIM_EVENT_ATTACK:
		if (!net->is_stopped)
			net->attacks_streams ? sim_liar_send(net) : sim_hostile_attack(net);
		if (net->attack_until_ns == 0 || net->now_ns < net->attack_until_ns)
			repeat(net, e, net->attack_gap_ns);
		break;
	case SIM_EVENT_STREAM:
		sim_streams_tick(net, e->who);
		break;
	}
}

void sim_net_run(struct sim_net *net, uint64_t until_ns)
{
	struct sim_event e;

	while (sim_queue_take(&net->queue, until_ns, &e)) {
		net->now_ns = e.at_ns;
		event_handle(net, &e);
	}
	net->now_ns = until_ns;
}

void sim_net_cut(struct sim_net *net, uint32_t end, bool is_cut, bool has_carrier)
{
	struct sim_end *e = &net->graph->ends[end];
	struct sim_node *n = &net->nodes[e->node];

	e->is_cut = is_cut;
	if (!has_carrier)
		return;
	if (is_cut)
		n->ports_down |= 1ull << e->slot;
	else
		n->ports_down &= ~(1ull << e->slot);
	sim_node_publish(net, e->node);
}
