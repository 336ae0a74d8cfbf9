// SPDX-License-Identifier: BSD-3-Clause
// One node: a worker with small tables and rings, and its snapshot. A thousand of them do not fit DPDK's list
// of named memory zones, so rings are plain memory here, and the table of relayed sources, which these nodes
// do not use, is one for all. Tests only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mempool.h>

#include "base_be.h"
#include "sim_net.h"
#include "sim_random.h"
#include "sim_seam.h"

#define RING_LEN         256
#define RING_LEN_SMALL   4
#define RING_LEN_STREAMS 1024
#define MBUFS            65535
#define MBUF_ROOM        (RTE_PKTMBUF_HEADROOM + 1664)
#define POLL_NS_MAX      20000 // a worker comes round to a queue within this time
#define DISCOVER_IN      100   // with a hostile node: limits.discover-in, low, for each flood costs real time
#define PUNT_DEFAULT     10000
#define PUNT_MANY \
	10000000 // limits.punt for thousands of nodes, whose answers are too many at once for the default

static struct rte_mempool *pool;
static struct nbr_table *sources; // empty
static struct conf *conf;         // scratch: what a node's snapshot is built from
static struct snap_input input;   // scratch
static struct rte_ring *unused;
static struct rte_ring *unused_flows;

static const char conf_text[] = "romon: { id: 02:00:00:00:00:01, identity: sim }\n"
				"ports:\n"
				"  a: { device: d0, link-id: 1 }\n";

static void *zalloc(size_t size)
{
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, (size_t)RTE_CACHE_LINE_SIZE));

	if (p == NULL)
		abort();
	memset(p, 0, size);
	return p;
}

static struct rte_ring *ring_make(uint32_t element, uint32_t n)
{
	ssize_t size = rte_ring_get_memsize_elem(element, n);
	struct rte_ring *r = size < 0 ? NULL : zalloc((size_t)size);

	if (r == NULL || rte_ring_init(r, "sim", n, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
		abort();
	return r;
}

static struct nbr_table *table_make(uint32_t capacity, uint32_t per_port)
{
	struct nbr_cfg cfg = {.capacity = capacity,
		.per_port_max = per_port,
		.socket_id = SOCKET_ID_ANY,
		.seed = 0x5eed5eed5eed5eed};
	struct nbr_table *t = nbr_table_create(&cfg);

	if (t == NULL) {
		fprintf(stderr, "sim: no memory for a table\n");
		abort();
	}
	return t;
}

bool sim_node_start(void)
{
	struct conf_issues *issues = calloc(1, sizeof(*issues));

	conf = issues == NULL ? NULL : conf_load_text(conf_text, sizeof(conf_text) - 1, issues);
	free(issues);
	pool = rte_pktmbuf_pool_create("sim", MBUFS, 0, 0, MBUF_ROOM, SOCKET_ID_ANY);
	if (conf == NULL || pool == NULL)
		return false;
	sources = table_make(SIM_NEIGHBORS, SIM_NEIGHBORS);
	unused = ring_make(sizeof(void *), RING_LEN_SMALL);
	unused_flows = ring_make(sizeof(struct xchg_flow), RING_LEN_SMALL);
	return true;
}

void sim_node_stop(void)
{
	nbr_table_destroy(sources);
	rte_mempool_free(pool);
	conf_free(conf);
	free(unused);
	free(unused_flows);
}

uint32_t sim_net_mbufs(void)
{
	return rte_mempool_in_use_count(pool);
}

static struct snap *snap_of(struct sim_net *net, uint32_t node)
{
	const struct sim_vertex *v = &net->graph->nodes[node];
	const struct conf_port port = conf->ports[0];

	conf->n_ports = v->n_ends;
	conf->limits.discover_in_pps = net->cfg.has_hostile ? DISCOVER_IN : 2000;
	conf->limits.punt_pps = net->graph->shape == SIM_ATTACH ? PUNT_MANY : PUNT_DEFAULT;
	input.conf = conf;
	input.generation++;
	input.tsc_hz = 1000000000;
	input.own_id = base_mac_u64(&v->id);
	for (uint32_t k = 0; k < v->n_ends; k++) {
		const struct sim_end *end = &net->graph->ends[v->ends[k]];

		if (k > 0)
			conf->ports[k] = port;
		conf->ports[k].link_id = end->link_id;
		conf->ports[k].cost = end->cost;
		input.ports[k] = (struct snap_input_port){.slot = (uint8_t)k,
			.is_open = true,
			.is_up = (net->nodes[node].ports_down >> k & 1) == 0,
			.ethdev_id = (uint16_t)v->ends[k],
			.n_rxq = 1,
			.n_txq = 1,
			.mtu = end->l2mtu,
			.mac = end->mac};
	}
	struct snap *s = snap_build(&input);
	if (s == NULL)
		abort();
	return s;
}

static struct xchg_channel *channel_make(bool has_streams)
{
	struct xchg_channel *c = zalloc(sizeof(*c));

	c->events = ring_make(sizeof(struct xchg_event), RING_LEN);
	c->punts = ring_make(sizeof(void *), RING_LEN);
	c->down = ring_make(sizeof(void *), has_streams ? RING_LEN_STREAMS : RING_LEN);
	c->across = unused;
	c->dispatched = unused;
	c->tap = unused;
	c->flows = unused_flows;
	return c;
}

void sim_node_open(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];
	struct dp_worker *w = zalloc(sizeof(*w));

	n->snaps = snap_domain_create(1, snap_of(net, node));
	if (n->snaps == NULL)
		abort();
	n->channel = channel_make(net->cfg.has_streams);
	w->neighbors = table_make(SIM_NEIGHBORS, SIM_NEIGHBORS_PER);
	w->origins = table_make(SIM_ROWS_ORIGINS, SIM_ROWS_ORIGINS);
	w->sources = sources;
	w->channel = n->channel;
	w->peers = &n->channel;
	w->pool = pool;
	w->snaps = n->snaps;
	w->n_workers = 1;
	w->burst_len = 32;
	w->tsc_hz = 1000000000;
	w->tsc_per_ms = SIM_MS;
	n->w = w;
}

void sim_node_close(struct sim_node *n)
{
	if (n->w == NULL)
		return;
	nbr_table_destroy(n->w->neighbors);
	nbr_table_destroy(n->w->origins);
	snap_domain_destroy(n->snaps);
	free(n->channel->events);
	free(n->channel->punts);
	free(n->channel->down);
	free(n->channel);
	free(n->w);
}

void sim_node_publish(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];

	// the worker holds no snapshot between turns; its next turn brings it online again
	snap_reader_offline(n->snaps, 0);
	if (snap_publish(n->snaps, snap_of(net, node)) != 0)
		abort();
}

struct rte_mbuf *sim_node_mbuf(const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m == NULL || len > rte_pktmbuf_tailroom(m)) {
		fprintf(stderr, "sim: no mbuf for a frame of %u bytes\n", len);
		abort();
	}
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	return m;
}

void sim_node_wake(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];

	if (n->is_polled)
		return;
	n->is_polled = true;
	sim_queue_put(
		&net->queue, net->now_ns + sim_below(&net->delays, POLL_NS_MAX), SIM_EVENT_POLL, node, NULL);
}

static void punts_take(struct sim_net *net, uint32_t node)
{
	struct sim_node *n = &net->nodes[node];
	struct xchg_event events[RING_LEN];
	struct rte_mbuf *m;

	(void)xchg_events_take(n->channel, events, RING_LEN);
	while (xchg_punts_take(n->channel, &m, 1) == 1) {
		sim_control_punt(net, node, m);
		rte_pktmbuf_free(m);
	}
}

static bool has_frames(const struct sim_net *net, uint32_t node)
{
	const struct sim_vertex *v = &net->graph->nodes[node];

	for (uint32_t k = 0; k < v->n_ends; k++) {
		if (net->rx[v->ends[k]].n > 0)
			return true;
	}
	return rte_ring_count(net->nodes[node].channel->down) > 0;
}

void sim_node_poll(struct sim_net *net, uint32_t node)
{
	net->nodes[node].is_polled = false;
	do {
		if (net->nodes[node].w->next_age_tsc < sim_tsc())
			net->nodes[node].w->next_age_tsc = 0; // no frame came: nobody was stopped
		dp_turn(net->nodes[node].w);
		punts_take(net, node);
	} while (has_frames(net, node));
}

int sim_node_send(struct sim_net *net, uint32_t node, uint32_t slot, const uint8_t *frame, uint32_t len)
{
	if ((net->nodes[node].ports_down >> slot & 1) != 0)
		return -ENETDOWN;
	struct rte_mbuf *m = sim_node_mbuf(frame, len);

	xchg_mark(m, (uint16_t)slot, 0, 0);
	if (rte_ring_sp_enqueue(net->nodes[node].channel->down, m) != 0) {
		if (!net->cfg.has_streams) // where they run it counts as lost
			sim_net_fault(net, "node %u: its ring to the worker is full", node);
		rte_pktmbuf_free(m);
		return -ENOBUFS;
	}
	sim_node_wake(net, node);
	return 0;
}
