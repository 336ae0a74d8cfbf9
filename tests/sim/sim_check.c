// SPDX-License-Identifier: BSD-3-Clause
// Checks of a simulated network. Tests only.
#include "sim_check.h"
#include "base_be.h"

#define TICKS 8 // a tick looks at 512 edges at most

static uint32_t n_honest(const struct sim_net *net)
{
	return net->graph->n_nodes - net->cfg.has_hostile;
}

static bool node_of(
	const struct sim_net *net, const struct sim_origin *o, uint32_t node, struct topo_node *out)
{
	int64_t row = topo_find(o->topo, base_mac_u64(&net->graph->nodes[node].id));

	return row >= 0 && topo_node_at(o->topo, (uint32_t)row, out);
}

// Go the path hop by hop: each is a port of the node before it and one of the next on the same segment.
static void path_check(struct sim_net *net, const struct sim_origin *o, uint32_t node,
	const struct topo_node *n, bool may_be_cut)
{
	const struct sim_graph *g = net->graph;
	struct topo_hop hops[TOPO_PATH_MAX];
	int64_t row = topo_find(o->topo, n->id);
	int n_hops = topo_path_hops(o->topo, (uint32_t)row, hops, TOPO_PATH_MAX);
	uint32_t here = o->node;
	uint64_t cost = 0;

	for (int i = 0; i < n_hops; i++) {
		struct base_mac mac = base_mac_from_u64(hops[i].mac);
		uint32_t from = sim_graph_link_of(g, here, hops[i].link_id);
		uint32_t to = sim_graph_end_of(g, mac.b);

		if (from == SIM_NONE || to == SIM_NONE || g->ends[from].seg != g->ends[to].seg) {
			sim_net_fault(net, "the path %u -> %u has no link at hop %d", o->node, node, i);
			return;
		}
		if (!may_be_cut && (g->ends[from].is_cut || g->ends[to].is_cut))
			sim_net_fault(net, "the path %u -> %u goes by the cut link", o->node, node);
		cost += (uint64_t)g->ends[from].cost + g->ends[to].cost;
		here = g->ends[to].node;
	}
	if (n_hops != n->hops || here != node || cost != n->cost)
		sim_net_fault(net, "the path %u -> %u: %d hops of cost %lu, the row says %u of %u", o->node,
			node, n_hops, cost, n->hops, n->cost);
}

static void row_check(struct sim_net *net, struct sim_origin *o, uint32_t node, const struct sim_dist *d)
{
	struct topo_node n;
	bool has_row = node_of(net, o, node, &n);

	if (has_row != sim_ref_has_answered(o->ref, node)) {
		sim_net_fault(net, "origin %u: node %u has %s row", o->node, node, has_row ? "a" : "no");
		return;
	}
	if (!has_row)
		return;
	if (n.has_path != d->is_path) {
		sim_net_fault(net, "origin %u: node %u has %s path", o->node, node, n.has_path ? "a" : "no");
		return;
	}
	if (!n.has_path)
		return;
	if (n.cost != d->cost || n.hops != d->hops || n.l2mtu != d->l2mtu || n.is_stale != (d->n_stale > 0))
		sim_net_fault(net, "origin %u, node %u: cost %u hops %u l2mtu %u stale %d, not %lu %u %u %d",
			o->node, node, n.cost, n.hops, n.l2mtu, n.is_stale, d->cost, d->hops, d->l2mtu,
			d->n_stale > 0);
	path_check(net, o, node, &n, true);
}

void sim_check_described(struct sim_net *net, struct sim_origin *o)
{
	uint64_t now_ms = net->now_ns / SIM_MS;

	for (int i = 0; i < TICKS; i++)
		topo_tick(o->topo, now_ms);
	const struct sim_dist *dist = sim_ref_described(o->ref, now_ms);
	for (uint32_t node = 0; node < n_honest(net); node++) {
		if (node != o->node)
			row_check(net, o, node, &dist[node]);
	}
}

void sim_check_found(struct sim_net *net, struct sim_origin *o)
{
	const struct sim_dist *dist = sim_ref_real(o->ref);

	for (uint32_t node = 0; node < n_honest(net); node++) {
		const struct sim_dist *d = &dist[node];
		struct topo_node n;

		if (node == o->node || !d->is_path)
			continue;
		if (!node_of(net, o, node, &n) || !n.has_path) {
			sim_net_fault(net, "origin %u did not find node %u", o->node, node);
			continue;
		}
		path_check(net, o, node, &n, false);
		if (net->graph->is_p2p && net->graph->shape != SIM_ATTACH &&
			(n.cost != d->cost || n.hops != d->hops || n.l2mtu != d->l2mtu))
			sim_net_fault(net,
				"origin %u, node %u: cost %u hops %u l2mtu %u, but least is %lu %u %u",
				o->node, node, n.cost, n.hops, n.l2mtu, d->cost, d->hops, d->l2mtu);
	}
}

void sim_check_apart(struct sim_net *net, struct sim_origin *o)
{
	const struct sim_dist *dist = sim_ref_real(o->ref);

	for (uint32_t node = 0; node < n_honest(net); node++) {
		struct topo_node n;

		if (node == o->node || dist[node].is_path || !node_of(net, o, node, &n))
			continue;
		if (n.has_path || n.status != TOPO_DOWN)
			sim_net_fault(net, "origin %u: node %u is cut off, but %s%s", o->node, node,
				topo_status_name(n.status), n.has_path ? " with a path" : "");
	}
}

uint32_t sim_check_missing(struct sim_net *net, struct sim_origin *o)
{
	uint32_t missing = 0;

	for (uint32_t node = 0; node < n_honest(net); node++) {
		struct topo_node n;

		if (node != o->node && (!node_of(net, o, node, &n) || !n.has_path))
			missing++;
	}
	return missing;
}

// A copy that left by this end came in at all others, or was lost.
static void copy_check(struct sim_net *net, const struct sim_origin *o, uint32_t end)
{
	const struct sim_seg *seg = &net->graph->segs[net->graph->ends[end].seg];

	for (uint32_t to = seg->first; to < seg->first + seg->n; to++) {
		if (net->graph->ends[to].node >= n_honest(net)) // what comes there is not noted
			continue;
		if (to != end && o->trails[to].heard != o->round && o->trails[to].lost != o->round)
			sim_net_fault(net, "a Discover of node %u vanished between nodes %u and %u", o->node,
				net->graph->ends[end].node, net->graph->ends[to].node);
	}
}

// Frames that found a full queue, or were too many by a limit.
static uint64_t n_refused(const struct sim_net *net, uint32_t node)
{
	uint64_t n = net->cfg.has_hostile ? net->n_overrun : 0;

	for (uint32_t slot = 0; net->cfg.has_hostile && slot < net->graph->nodes[node].n_ends; slot++) {
		const struct dp_port_counters *c = &net->nodes[node].w->ports[slot];

		n += dp_counter_read(&c->drops[DP_DROP_RATE_DISCOVER]);
	}
	return n;
}

static void node_flood_check(struct sim_net *net, const struct sim_origin *o, uint32_t node)
{
	const struct sim_vertex *v = &net->graph->nodes[node];
	uint32_t n_sent = 0;
	bool is_heard = false;

	for (uint32_t k = 0; k < v->n_ends; k++) {
		const struct sim_trail *t = &o->trails[v->ends[k]];

		is_heard |= t->heard == o->round;
		if (t->sent != o->round)
			continue;
		n_sent++;
		copy_check(net, o, v->ends[k]);
	}
	uint32_t wanted = node == o->node ? v->n_ends : is_heard ? v->n_ends - 1 : 0;
	if (n_sent == 0 && n_refused(net, node) > 0) // by its limits, under attack
		return;
	if (n_sent != wanted)
		sim_net_fault(net, "node %u sent a Discover of node %u by %u ports, not by %u", node, o->node,
			n_sent, wanted);
}

void sim_check_flood(struct sim_net *net, struct sim_origin *o)
{
	const struct sim_graph *g = net->graph;
	uint32_t bound = 2 * g->n_segs - g->n_nodes + 1;

	for (uint32_t node = 0; node < n_honest(net); node++)
		node_flood_check(net, o, node);
	if (g->is_p2p && !net->cfg.is_lossy && 5 * o->n_sent > 6 * bound)
		sim_net_fault(net, "a Discover took %u transmissions, %u are least", o->n_sent, bound);
}

void sim_check_fates(struct sim_net *net, const struct sim_fates *fates, const char *what)
{
	for (uint32_t node = 0; node < n_honest(net); node++) {
		const struct sim_fates *f = &fates[node];

		if (f->sent != f->got + f->lost)
			sim_net_fault(net, "%s of node %u: %u sent, %u came back, %u lost", what, node,
				f->sent, f->got, f->lost);
	}
}

static void table_check(struct sim_net *net, uint32_t node, const struct nbr_table *t, const char *what,
	uint32_t cap, uint32_t per_port)
{
	if (nbr_table_used(t) > cap)
		sim_net_fault(net, "node %u: %u %s, the cap is %u", node, nbr_table_used(t), what, cap);
	for (uint32_t slot = 0; slot < net->graph->nodes[node].n_ends; slot++) {
		uint32_t used = nbr_table_port_counters(t, (uint8_t)slot).used;

		if (used > per_port)
			sim_net_fault(
				net, "node %u: %u %s of one port, the cap is %u", node, used, what, per_port);
	}
}

void sim_check_caps(struct sim_net *net)
{
	for (uint32_t node = 0; node < n_honest(net); node++) {
		const struct dp_worker *w = net->nodes[node].w;

		table_check(net, node, w->neighbors, "neighbors", SIM_NEIGHBORS, SIM_NEIGHBORS_PER);
		table_check(net, node, w->origins, "origins", SIM_ROWS_ORIGINS, SIM_ROWS_ORIGINS);
	}
	for (uint32_t o = 0; o < net->cfg.n_origins; o++) {
		if (topo_nodes_used(net->origins[o].topo) > SIM_NODES_MAX)
			sim_net_fault(net, "origin %u has %u nodes", net->origins[o].node,
				topo_nodes_used(net->origins[o].topo));
	}
}

static void balance_check(struct sim_net *net, uint32_t node)
{
	uint64_t n_in = 0;
	uint64_t n_out = 0;

	for (uint32_t slot = 0; slot < net->graph->nodes[node].n_ends; slot++) {
		const struct dp_port_counters *c = &net->nodes[node].w->ports[slot];

		n_in += dp_counter_read(&c->rx_frames);
		n_out += dp_counter_read(&c->tx_originals) + dp_counter_read(&c->delivered);
		for (uint32_t r = 0; r < DP_N_REASONS; r++)
			n_out += dp_counter_read(&c->drops[r]);
	}
	if (n_in != n_out)
		sim_net_fault(net, "node %u took %lu frames, and knows the fate of %lu", node, n_in, n_out);
}

void sim_check_rest(struct sim_net *net)
{
	if (net->queue.n > 0 || net->n_frames > 0)
		sim_net_fault(net, "%u events and %u frames are left", net->queue.n, net->n_frames);
	if (sim_net_mbufs() > 0)
		sim_net_fault(net, "%u mbufs are left", sim_net_mbufs());
	if (net->n_overrun > 0 && !net->cfg.has_hostile)
		sim_net_fault(net, "%lu frames found a full queue", net->n_overrun);
	for (uint32_t node = 0; node < n_honest(net); node++)
		balance_check(net, node);
}
