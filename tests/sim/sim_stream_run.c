// SPDX-License-Identifier: BSD-3-Clause
// The course of a run with streams: nodes are found, connections are opened from an origin to one node, whose
// wires are worn in the way that the seed draws, and in the middle something happens. Every byte arrives, or
// there is an error that has a name; and where nothing happened that could cost a connection, all arrive.
// Tests only.
#include "sim_stream_run.h"

#include <stdio.h>

#include "sim_check.h"
#include "sim_random.h"
#include "sim_stream.h"

#define ROUNDS_MS     3000
#define LOOK_MS       50
#define COPY_MS       200000 // a copy over the worst wires is done by then, or has ended
#define BROKEN_MS     15000  // an end that has something to say knows by then that nobody hears it
#define LINGER_MS     15000
#define BYTES_MAX     (100 * 1024)
#define MEND_MS       4000 // how long a link is cut that there is no way round of
#define TURNS         3
#define TURNS_FACTOR  10    // as many bytes more, so that a copy outlasts them
#define TURNS_RATE    400   // bytes/ms: likewise
#define ATTACK_PPS    5000  // below limits.punt: above it, whoever floods a port costs its others frames
#define ATTACK_MAX    20000 // segments: fifty runs see a million
#define ATTACK_MS     1000
#define FAIR_MS       20000
#define FAIR_JAIN     0.9
#define FAIR_USED     0.7
#define FAIR_BYTES_MS 1000

enum wear {
	WEAR_NONE,
	WEAR_LOSS,
	WEAR_DOUBLE,
	WEAR_LATE,
	WEAR_DELAY,
	WEAR_CORRUPT,
	WEAR_HOLE,
	WEAR_ALL,
	WEAR_N
};

enum incident {
	INCIDENT_NONE,
	INCIDENT_CUT,    // a link in use, its nodes are told
	INCIDENT_SILENT, // the same, nobody is told
	INCIDENT_TURNS,  // the same, and as soon as it is back one of the way that took its place
	INCIDENT_THERE,  // who answers restarts
	INCIDENT_HERE,   // who opened restarts
	INCIDENT_GONE,   // the way is cut for good
	INCIDENT_N,
};

struct course {
	struct sim_net *net;
	uint64_t random;
	uint32_t node; // who answers
	enum wear wear;
	enum incident incident;
};

static void run_ms(struct sim_net *net, uint64_t ms)
{
	sim_net_run(net, net->now_ns + ms * SIM_MS);
}

static void wear_set(struct course *c)
{
	struct sim_wear *w = &c->net->wear;
	bool is_all = c->wear == WEAR_ALL;

	*w = (struct sim_wear){.node = c->node};
	if (c->wear == WEAR_LOSS)
		w->loss_percent = sim_between(&c->random, 1, 30);
	if (c->wear == WEAR_DOUBLE || is_all)
		w->double_percent = sim_between(&c->random, 1, 20);
	if (c->wear == WEAR_LATE || is_all)
		w->late_percent = sim_between(&c->random, 1, 20);
	if (c->wear == WEAR_DELAY || is_all)
		w->delay_ns = sim_between(&c->random, 1, is_all ? 20 : 200) * SIM_MS;
	if (c->wear == WEAR_CORRUPT || is_all)
		w->corrupt_percent = sim_between(&c->random, 1, 5);
	if (c->wear == WEAR_HOLE)
		w->data_max = sim_between(&c->random, 700, 1400);
	if (is_all)
		w->loss_percent = sim_between(&c->random, 1, 5);
	if (c->incident == INCIDENT_TURNS)
		w->rate_bytes_ms = TURNS_RATE;
}

// The ends that frames come in by on the path from the first origin to the node; how many.
static uint32_t path_ends(struct course *c, uint32_t ends[TOPO_PATH_MAX])
{
	const struct sim_origin *o = &c->net->origins[0];
	struct topo_hop hops[TOPO_PATH_MAX];
	int64_t row = topo_find(o->topo, base_mac_u64(&c->net->graph->nodes[c->node].id));
	int n = row < 0 ? 0 : topo_path_hops(o->topo, (uint32_t)row, hops, TOPO_PATH_MAX);

	for (int i = 0; i < n; i++) {
		struct base_mac mac = base_mac_from_u64(hops[i].mac);
		ends[i] = sim_graph_end_of(c->net->graph, mac.b);
	}
	return n > 0 ? (uint32_t)n : 0;
}

// One of them. SIM_NONE: there is no path just now.
static uint32_t end_in_use(struct course *c)
{
	uint32_t ends[TOPO_PATH_MAX];
	uint32_t n = path_ends(c, ends);

	return n > 0 ? ends[sim_below(&c->random, n)] : SIM_NONE;
}

static bool is_passed_by(struct course *c, uint32_t end)
{
	uint32_t ends[TOPO_PATH_MAX];
	uint32_t n = path_ends(c, ends);

	for (uint32_t i = 0; i < n; i++) {
		if (ends[i] == end)
			return false;
	}
	return n > 0;
}

// All ends of the segment, so that no frame passes; those that come in by this one where it is a LAN.
static void link_cut(struct sim_net *net, uint32_t end, bool is_cut, bool has_carrier)
{
	const struct sim_seg *seg = &net->graph->segs[net->graph->ends[end].seg];

	sim_net_cut(net, end, is_cut, has_carrier);
	if (seg->n == 2)
		sim_net_cut(net, seg->first + (end == seg->first), is_cut, has_carrier);
}

static void node_part(struct sim_net *net, uint32_t node)
{
	const struct sim_vertex *v = &net->graph->nodes[node];

	for (uint32_t k = 0; k < v->n_ends; k++)
		link_cut(net, v->ends[k], true, false);
}

// Until all are over, or for so long.
static void streams_run(struct course *c, uint64_t ms)
{
	for (uint64_t t = 0; t < ms && !sim_streams_are_over(c->net) && c->net->fault[0] == '\0';
		t += LOOK_MS) {
		run_ms(c->net, LOOK_MS);
		sim_streams_check(c->net);
	}
}

// The way back that the answering side knows is dead each time when the next begins.
static void turns_run(struct course *c)
{
	uint32_t cut = SIM_NONE;

	for (uint32_t i = 0; i < TURNS && (cut == SIM_NONE || is_passed_by(c, cut)); i++) {
		uint32_t end = end_in_use(c);

		if (cut != SIM_NONE)
			link_cut(c->net, cut, false, false);
		cut = end;
		if (end == SIM_NONE)
			return;
		link_cut(c->net, end, true, false);
		streams_run(c, MEND_MS);
	}
	link_cut(c->net, cut, false, false);
}

static void incident_run(struct course *c)
{
	bool has_carrier = c->incident == INCIDENT_CUT;
	uint32_t end;

	switch (c->incident) {
	case INCIDENT_NONE:
	case INCIDENT_N:
		return;
	case INCIDENT_CUT:
	case INCIDENT_SILENT:
		end = end_in_use(c);
		if (end == SIM_NONE)
			return;
		link_cut(c->net, end, true, has_carrier);
		streams_run(c, MEND_MS);
		link_cut(c->net, end, false, has_carrier);
		return;
	case INCIDENT_TURNS:
		turns_run(c);
		return;
	case INCIDENT_THERE:
		sim_streams_restart(c->net, c->node);
		return;
	case INCIDENT_HERE:
		sim_streams_restart(c->net, c->net->origins[0].node);
		return;
	case INCIDENT_GONE:
		node_part(c->net, c->node);
		return;
	}
}

// Nothing happened that may cost a connection: loss alone does so from some percent on.
static bool must_be_whole(const struct course *c)
{
	bool may_be_lost = c->wear == WEAR_LOSS && c->net->wear.loss_percent > 10;

	return !may_be_lost && c->incident <= INCIDENT_TURNS;
}

static void ends_check(struct course *c, uint64_t n_out, uint64_t n_in, struct sim_stream_totals *totals)
{
	const struct sim_pair *p;

	for (uint32_t i = 0; (p = sim_streams_pair(c->net, i)) != NULL; i++) {
		const struct stream_talk *here = &p->talk[0];
		const struct stream_talk *there = &p->talk[1];
		bool is_whole = stream_talk_is_whole(here, n_in) && stream_talk_is_whole(there, n_out);

		totals->n_streams++;
		totals->n_whole += is_whole;
		totals->n_named += here->end > STREAM_END_CLOSED || there->end > STREAM_END_CLOSED;
		if (!is_whole && must_be_whole(c))
			sim_net_fault(c->net,
				"stream %u -> %u, wear %d, incident %d: here %s with %lu of %lu bytes, there "
				"%s "
				"with %lu of %lu",
				p->node[0], p->node[1], c->wear, c->incident, stream_end_name(here->end),
				here->n_read, n_in, stream_end_name(there->end), there->n_read, n_out);
		// "closed" is said where all was said and heard, and nowhere else
		if ((here->end == STREAM_END_CLOSED && here->n_read != n_in) ||
			(there->end == STREAM_END_CLOSED && there->n_read != n_out))
			sim_net_fault(
				c->net, "stream %u -> %u: closed, but not whole", p->node[0], p->node[1]);
	}
}

static void copies_run(struct course *c, struct sim_stream_totals *totals)
{
	uint32_t factor = c->incident == INCIDENT_TURNS ? TURNS_FACTOR : 1;
	uint64_t n_out = (uint64_t)sim_below(&c->random, BYTES_MAX) * factor;
	uint64_t n_in = (uint64_t)sim_below(&c->random, BYTES_MAX) * factor;
	uint32_t n = sim_between(&c->random, 1, 3);

	wear_set(c);
	for (uint32_t i = 0; i < n; i++) {
		if (sim_streams_dial(c->net, 0, c->node, n_out, n_in) == NULL)
			sim_net_fault(c->net, "origin %u cannot open a stream to node %u",
				c->net->origins[0].node, c->node);
	}
	// one that is not open yet has six seconds, less than two turns take
	streams_run(c, sim_below(&c->random, 200) + (c->incident == INCIDENT_TURNS ? 1000 : 0));
	incident_run(c);
	streams_run(c, c->incident <= INCIDENT_TURNS ? COPY_MS : BROKEN_MS);
	// who only reads waits for a peer that is gone for ever, as an idle session does
	if (!sim_streams_are_over(c->net) && must_be_whole(c))
		sim_net_fault(c->net, "streams did not end");
	ends_check(c, n_out, n_in, totals);
}

// Two that share wires which carry so much and no more.
static void fair_run(struct course *c)
{
	uint64_t had[2];
	double got[2];

	c->net->wear =
		(struct sim_wear){.node = c->node, .rate_bytes_ms = FAIR_BYTES_MS, .delay_ns = 5 * SIM_MS};
	for (int i = 0; i < 2; i++) {
		if (sim_streams_dial(c->net, 0, c->node, 1ull << 30, 0) == NULL) {
			sim_net_fault(c->net, "a stream does not open");
			return;
		}
		run_ms(c->net, sim_below(&c->random, 1000));
	}
	run_ms(c->net, 5000);
	for (uint32_t i = 0; i < 2; i++)
		had[i] = sim_streams_pair(c->net, i)->talk[1].n_read;
	run_ms(c->net, FAIR_MS);
	sim_streams_check(c->net);
	for (uint32_t i = 0; i < 2; i++)
		got[i] = (double)(sim_streams_pair(c->net, i)->talk[1].n_read - had[i]);
	double sum = got[0] + got[1];
	double jain = sum * sum / (2 * (got[0] * got[0] + got[1] * got[1]));
	if (sum < FAIR_USED * FAIR_MS * FAIR_BYTES_MS || jain < FAIR_JAIN)
		sim_net_fault(c->net, "two streams: %.0f and %.0f bytes of %d, Jain's index %.3f", got[0],
			got[1], FAIR_MS * FAIR_BYTES_MS, jain);
}

// Made-up segments beside copies: these are whole all the same.
static void hostile_run(struct course *c, struct sim_stream_totals *totals)
{
	uint64_t ignored = sim_streams_ignored(c->net);

	c->net->attacks_streams = true;
	c->net->attack_gap_ns = 1000 * SIM_MS / ATTACK_PPS;
	c->net->attack_until_ns = c->net->now_ns + ATTACK_MAX * c->net->attack_gap_ns;
	sim_queue_put(&c->net->queue, c->net->now_ns, SIM_EVENT_ATTACK, 0, NULL);
	run_ms(c->net, ATTACK_MS);
	copies_run(c, totals);
	totals->n_hostile++;
	totals->n_forged += sim_streams_ignored(c->net) - ignored;
}

static void course_draw(struct course *c, uint64_t seed)
{
	uint32_t n_honest = c->net->graph->n_nodes - c->net->cfg.has_hostile;

	do {
		c->node = sim_below(&c->random, n_honest);
	} while (c->node == c->net->origins[0].node);
	c->wear = c->net->cfg.has_hostile ? WEAR_NONE : (enum wear)(seed % WEAR_N);
	c->incident = c->net->cfg.has_hostile ? INCIDENT_NONE : (enum incident)(seed / WEAR_N % INCIDENT_N);
}

bool sim_stream_run(enum sim_shape shape, uint64_t seed, struct sim_stream_totals *totals, char *fault)
{
	uint64_t random = seed * SIM_N_SHAPES + shape + 77;
	struct sim_cfg cfg = {.seed = sim_random(&random),
		.has_hostile = seed % 5 == 0,
		.has_streams = true,
		.n_origins = 1};
	struct sim_graph *graph = sim_graph_create(shape, sim_random(&random), cfg.has_hostile);
	struct sim_net *net = sim_net_create(&cfg, graph);
	struct course c = {.net = net, .random = random};

	run_ms(net, ROUNDS_MS);
	course_draw(&c, seed);
	if (cfg.has_hostile)
		hostile_run(&c, totals);
	else if (seed % 17 == 0)
		fair_run(&c);
	else
		copies_run(&c, totals);
	sim_check_caps(net);
	net->is_stopped = true;
	net->wear.node = SIM_NONE;
	sim_streams_release(net);
	run_ms(net, LINGER_MS);
	sim_streams_check_rest(net);
	sim_check_rest(net);
	totals->n_runs++;
	totals->n_frames += net->n_tx;
	snprintf(fault, SIM_FAULT_LEN, "%s", net->fault);
	sim_net_destroy(net);
	return fault[0] == '\0';
}
