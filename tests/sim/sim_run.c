// SPDX-License-Identifier: BSD-3-Clause
// The course of a run: three rounds, in which all must be found; pings; a link in use is cut, and comes back;
// where it is wanted, half of the nodes are cut off for a while; then nobody asks any more. With a hostile
// node only the first three rounds, under attack. Tests only.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_check.h"
#include "sim_net.h"
#include "sim_random.h"
#include "sim_run.h"

#define START_MS      1000
#define REST_MS       950  // of a round, after which its frames have come to rest
#define ROUNDS        3    // within which all must be found
#define LUCK          1e-6 // how seldom dice alone may keep a run's nodes from being found in time
#define MEND_MS       3000
#define PARTITION_MS  7000 // who is cut off is down by then
#define LAST_MS       2000 // after the last round
#define PINGS_MS      300  // after the last one all are answered or lost
#define PINGS_MAX     100  // of a run
#define HOSTILE_EVERY 5
#define HOSTILE_GRID  20 // a made-up origin floods a hundred nodes
#define SWAPS_EVERY   3
#define ATTACK_PPS    2000

static void run_ms(struct sim_net *net, uint64_t ms)
{
	sim_net_run(net, net->now_ns + ms * SIM_MS);
}

static void each_check(struct sim_net *net, void (*check)(struct sim_net *, struct sim_origin *))
{
	for (uint32_t o = 0; o < net->cfg.n_origins; o++)
		check(net, &net->origins[o]);
}

static uint32_t missing(struct sim_net *net)
{
	uint32_t n = 0;

	for (uint32_t o = 0; o < net->cfg.n_origins; o++)
		n += sim_check_missing(net, &net->origins[o]);
	return n;
}

// To the end of the next round.
static void round_run(struct sim_net *net)
{
	uint64_t round = (net->now_ns / SIM_MS - START_MS + SIM_INTERVAL_MS - REST_MS) / SIM_INTERVAL_MS;

	sim_net_run(net, (START_MS + round * SIM_INTERVAL_MS + REST_MS) * SIM_MS);
	each_check(net, sim_check_flood);
	each_check(net, sim_check_described);
}

// The rounds within which all are found, but for one run in a million: in each of them a node is missed when
// one of a Discover and an answer is lost on one of hops links. Copies by other ways make it less.
static uint32_t rounds_max(struct sim_net *net)
{
	uint32_t n_pairs = net->cfg.n_origins * net->graph->n_nodes;
	uint32_t hops = 1;

	for (uint32_t o = 0; o < net->cfg.n_origins; o++) {
		const struct sim_dist *dist = sim_ref_real(net->origins[o].ref);

		for (uint32_t node = 0; node < net->graph->n_nodes; node++) {
			if (dist[node].is_path && dist[node].hops > hops)
				hops = dist[node].hops;
		}
	}
	double missed = 1 - pow(1 - SIM_LOSS_PERCENT / 100.0, 2.0 * hops);
	uint32_t n = (uint32_t)ceil(log(LUCK / n_pairs) / log(missed));
	return n > ROUNDS ? n : ROUNDS;
}

// Each node leaves the next one 1/33 of limits.discover-in (dp_route.c). Where a wire doubles what a hostile
// node floods, that room is used up too: a Discover is refused now and then, as if the wire had lost it.
static bool is_overbooked(const struct sim_net *net)
{
	return net->cfg.has_hostile && (net->cfg.troubles & SIM_DUPLICATE) != 0;
}

// Dice may take all that a node sent, or all that was sent to it; a lossy run counts that.
static void rounds_run(struct sim_net *net, struct sim_totals *totals)
{
	uint32_t n_rounds = ROUNDS;
	uint32_t n_max = rounds_max(net);

	for (uint32_t i = 0; i < ROUNDS; i++)
		round_run(net);
	if (!net->cfg.is_lossy && !is_overbooked(net)) {
		each_check(net, sim_check_found);
		return;
	}
	totals->n_late += missing(net);
	while (missing(net) > 0 && n_rounds < n_max) {
		round_run(net);
		n_rounds++;
	}
	if (missing(net) > 0)
		sim_net_fault(net, "%u nodes are not found after %u rounds", missing(net), n_rounds);
	if (n_rounds > totals->rounds_max)
		totals->rounds_max = n_rounds;
}

static void pings_run(struct sim_net *net)
{
	uint32_t step = 1 + net->graph->n_nodes / PINGS_MAX;

	for (uint32_t o = 0; o < net->cfg.n_origins; o++) {
		for (uint32_t node = 0; node < net->graph->n_nodes; node += step) {
			if (node == net->origins[o].node)
				continue;
			while (!sim_control_ping(net, o, node))
				run_ms(net, 2);
		}
	}
	run_ms(net, PINGS_MS);
	for (uint32_t o = 0; o < net->cfg.n_origins; o++)
		sim_check_fates(net, net->origins[o].pings, "pings");
}

// An end on the path to some node: one that frames come in by.
static uint32_t end_in_use(struct sim_net *net, uint64_t *random)
{
	const struct sim_origin *o = &net->origins[0];
	struct topo_hop hops[TOPO_PATH_MAX];
	int n = 0;

	while (n <= 0) {
		uint32_t node = sim_below(random, net->graph->n_nodes);
		int64_t row = topo_find(o->topo, base_mac_u64(&net->graph->nodes[node].id));

		n = row < 0 ? 0 : topo_path_hops(o->topo, (uint32_t)row, hops, TOPO_PATH_MAX);
	}
	struct base_mac mac = base_mac_from_u64(hops[sim_below(random, (uint32_t)n)].mac);
	return sim_graph_end_of(net->graph, mac.b);
}

// A link between two nodes loses both its ends; of a LAN, one node's is pulled.
static void cut(struct sim_net *net, uint32_t end, bool is_cut, bool has_carrier)
{
	const struct sim_seg *seg = &net->graph->segs[net->graph->ends[end].seg];

	sim_net_cut(net, end, is_cut, has_carrier);
	if (seg->n == 2)
		sim_net_cut(net, seg->first + (end == seg->first), is_cut, has_carrier);
}

static void cut_run(struct sim_net *net, uint64_t *random)
{
	bool has_carrier = sim_below(random, 2) == 0; // else a wire behind a switch

	run_ms(net, sim_below(random, SIM_INTERVAL_MS));
	uint32_t end = end_in_use(net, random);
	cut(net, end, true, has_carrier);
	run_ms(net, MEND_MS);
	each_check(net, sim_check_described);
	if (!net->cfg.is_lossy)
		each_check(net, sim_check_found);
	run_ms(net, sim_below(random, 2 * SIM_INTERVAL_MS));
	cut(net, end, false, has_carrier);
	run_ms(net, MEND_MS);
	each_check(net, sim_check_described);
	if (!net->cfg.is_lossy)
		each_check(net, sim_check_found);
}

// Half of the nodes, those that are nearest to a drawn one. One byte a node, 1 = of this half.
static uint8_t *half_draw(const struct sim_net *net, uint64_t *random)
{
	const struct sim_graph *g = net->graph;
	uint32_t *reached = calloc(g->n_nodes, sizeof(*reached));
	uint8_t *half = calloc(g->n_nodes, 1);
	uint32_t n = 1;

	if (reached == NULL || half == NULL)
		abort();
	reached[0] = sim_below(random, g->n_nodes);
	half[reached[0]] = 1;
	for (uint32_t i = 0; i < n; i++) {
		const struct sim_vertex *v = &g->nodes[reached[i]];

		for (uint32_t k = 0; k < v->n_ends; k++) {
			const struct sim_seg *seg = &g->segs[g->ends[v->ends[k]].seg];

			for (uint32_t e = seg->first; e < seg->first + seg->n && n < g->n_nodes / 2; e++) {
				uint32_t other = g->ends[e].node;

				if (half[other] == 0)
					reached[n++] = other;
				half[other] = 1;
			}
		}
	}
	free(reached);
	return half;
}

// Nothing passes between that half and the others, or everything does again. Nobody's carrier tells.
static void halves_part(struct sim_net *net, const uint8_t *half, bool is_cut)
{
	const struct sim_graph *g = net->graph;

	for (uint32_t s = 0; s < g->n_segs; s++) {
		const struct sim_seg *seg = &g->segs[s];
		uint32_t n_in = 0;

		for (uint32_t e = seg->first; e < seg->first + seg->n; e++)
			n_in += half[g->ends[e].node];
		if (n_in == 0 || n_in == seg->n)
			continue;
		for (uint32_t e = seg->first; e < seg->first + seg->n; e++) {
			if (half[g->ends[e].node] != 0)
				sim_net_cut(net, e, is_cut, false);
		}
	}
}

static void partition_run(struct sim_net *net, uint64_t *random)
{
	uint8_t *half = half_draw(net, random);

	halves_part(net, half, true);
	run_ms(net, PARTITION_MS);
	each_check(net, sim_check_described);
	each_check(net, sim_check_apart);
	if (!net->cfg.is_lossy)
		each_check(net, sim_check_found);
	halves_part(net, half, false);
	run_ms(net, MEND_MS);
	each_check(net, sim_check_described);
	if (!net->cfg.is_lossy)
		each_check(net, sim_check_found);
	free(half);
}

static void course(struct sim_net *net, struct sim_totals *totals, uint64_t *random)
{
	rounds_run(net, totals);
	sim_check_caps(net);
	if (net->fault[0] != '\0' || net->cfg.has_hostile)
		return;
	for (uint32_t o = 0; o < net->cfg.n_origins; o++)
		sim_check_fates(net, net->origins[o].answers, "answers");
	pings_run(net);
	if (net->fault[0] != '\0')
		return;
	cut_run(net, random);
	sim_check_caps(net);
	totals->n_cuts++;
	if (net->fault[0] != '\0' || (net->cfg.troubles & SIM_PARTITION) == 0)
		return;
	partition_run(net, random);
	sim_check_caps(net);
	totals->n_partitions++;
}

static bool has_hostile(enum sim_shape shape, uint64_t seed)
{
	return shape != SIM_ATTACH && seed % (shape == SIM_GRID ? HOSTILE_GRID : HOSTILE_EVERY) == 0;
}

bool sim_run(enum sim_shape shape, uint64_t seed, uint32_t troubles, struct sim_totals *totals, char *fault)
{
	uint64_t random = seed * SIM_N_SHAPES + shape;
	struct sim_cfg cfg = {
		.seed = sim_random(&random),
		.has_hostile = has_hostile(shape, seed),
		.troubles = troubles,
	};

	cfg.is_lossy = !cfg.has_hostile && sim_below(&random, 2) == 0;
	cfg.has_swaps = sim_below(&random, SWAPS_EVERY) == 0;
	cfg.n_origins = 1 + sim_below(&random, SIM_ORIGINS_MAX);
	struct sim_graph *graph = sim_graph_create(shape, sim_random(&random), cfg.has_hostile);
	struct sim_net *net = sim_net_create(&cfg, graph);
	if (cfg.has_hostile) {
		net->attack_gap_ns = 1000 * SIM_MS / ATTACK_PPS;
		sim_queue_put(&net->queue, net->now_ns, SIM_EVENT_ATTACK, 0, NULL);
	}
	course(net, totals, &random);
	net->is_stopped = true;
	run_ms(net, LAST_MS);
	sim_check_rest(net);
	totals->n_runs++;
	totals->n_lossy += cfg.is_lossy;
	totals->n_hostile += cfg.has_hostile;
	totals->n_frames += net->n_tx;
	snprintf(fault, SIM_FAULT_LEN, "%s", net->fault);
	sim_net_destroy(net);
	return fault[0] == '\0';
}
