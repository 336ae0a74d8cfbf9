// SPDX-License-Identifier: BSD-3-Clause
// Segments: frames leave, are delayed or lost, and come in. What passes is noted here, by a reading of the
// frame that has nothing of lib/wire (tests/common/ref_parse.c). Tests only.
#include <string.h>

#include "ref_parse.h"
#include "sim_net.h"
#include "sim_random.h"

#define JITTER_PERCENT 20

#define REORDER_PERCENT   5
#define REORDER_NS        5000000
#define DUPLICATE_PERCENT 2
#define GIGABIT_NS        8        // of a byte, where streams send many frames at once
#define QUEUE_NS          50000000 // what waits longer for worn wires is dropped

// What the notes need of a frame.
struct reading {
	uint8_t type;
	struct sim_origin *origin; // whose Discover, answer or ping; NULL = none of ours
	uint32_t node;             // who answers, or is pinged
	bool is_discover;
};

static bool frame_read(struct sim_net *net, const struct rte_mbuf *m, struct ref_frame *f, struct reading *r)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);

	*r = (struct reading){.node = SIM_NONE};
	if (ref_parse_frame(bytes, m->pkt_len, f) != WIRE_OK)
		return false;
	r->type = f->type;
	r->is_discover = f->type == WIRE_TYPE_DISCOVER;
	if (f->type == WIRE_TYPE_DATA && net->cfg.has_streams)
		return true; // of which nothing is noted
	r->origin = sim_control_origin(net, f->src_id);
	const uint8_t *other = f->dst_id;
	if (f->type == WIRE_TYPE_DATA && f->src_port == WIRE_SERVICE_PING) {
		r->origin = sim_control_origin(net, f->dst_id);
		other = f->src_id;
	}
	if (f->type == WIRE_TYPE_DISCOVER_RESP)
		other = f->routes[1].id;
	r->node = sim_graph_node_of(net->graph, other);
	return true;
}

// A Discover of ours leaves a node.
static void discover_note(struct sim_net *net, uint32_t end, const struct ref_frame *f, struct sim_origin *o)
{
	struct sim_trail *t = &o->trails[end];
	uint32_t sender = net->graph->ends[end].node;

	if (t->sent == o->round)
		sim_net_fault(net, "node %u sent one Discover of node %u twice by one port", sender, o->node);
	t->sent = o->round;
	o->n_sent++;
	// each entry names who sent the frame to the next one
	for (uint32_t i = 0; i < f->n_hops; i++) {
		uint32_t node = sim_graph_node_of(net->graph, f->hops[i].mac);
		bool is_again = node == sender || node == SIM_NONE;

		for (uint32_t k = 0; k < i; k++)
			is_again |= sim_graph_node_of(net->graph, f->hops[k].mac) == node;
		if (is_again)
			sim_net_fault(net, "a Discover of node %u passed node %u twice", o->node, node);
	}
}

// The count of a kind of frame that belongs to an origin and a node; NULL: none is kept.
static struct sim_fates *fates_of(const struct reading *r)
{
	if (r->origin == NULL || r->node == SIM_NONE)
		return NULL;
	if (r->type == WIRE_TYPE_DISCOVER_RESP)
		return &r->origin->answers[r->node];
	return r->type == WIRE_TYPE_DATA ? &r->origin->pings[r->node] : NULL;
}

static void loss_note(uint32_t end, const struct reading *r)
{
	struct sim_fates *f = fates_of(r);

	if (r->is_discover && r->origin != NULL)
		r->origin->trails[end].lost = r->origin->round;
	else if (f != NULL)
		f->lost++;
}

static bool is_hit(struct sim_net *net, uint32_t percent)
{
	return percent > 0 && sim_below(&net->troubles, 100) < percent;
}

static bool is_drawn(struct sim_net *net, enum sim_trouble what, uint32_t percent)
{
	return (net->cfg.troubles & what) != 0 && is_hit(net, percent);
}

// What these wires do to frames; NULL: nothing.
static const struct sim_wear *wear_of(const struct sim_net *net, uint32_t from, uint32_t to)
{
	uint32_t node = net->wear.node;

	return node != SIM_NONE && (net->graph->ends[from].node == node || net->graph->ends[to].node == node)
		       ? &net->wear
		       : NULL;
}

// Neither the type, which would make it another frame, nor the segment: a byte of that is told from the right
// one by the Ethernet checksum or a digest alone.
static void corrupt(struct sim_net *net, struct rte_mbuf *m)
{
	uint32_t at = sim_below(&net->troubles, WIRE_ETH_LEN + WIRE_HDR_LEN);

	if (sim_below(&net->troubles, 4) == 0)
		rte_pktmbuf_trim(m, (uint16_t)sim_below(&net->troubles, m->data_len - WIRE_ETH_LEN));
	else if (at != WIRE_ETH_LEN)
		rte_pktmbuf_mtod(m, uint8_t *)[at] ^= (uint8_t)(1u << sim_below(&net->troubles, 8));
}

// When a frame comes in that leaves now; 0: never.
static uint64_t arrival(
	struct sim_net *net, const struct sim_wear *w, uint32_t to, uint32_t len, uint64_t at_ns)
{
	uint64_t *last_ns = &net->last_ns[to];
	uint64_t gap_ns = net->cfg.has_streams ? len * GIGABIT_NS : 1;
	bool is_late =
		is_drawn(net, SIM_REORDER, REORDER_PERCENT) || (w != NULL && is_hit(net, w->late_percent));

	if (w != NULL)
		at_ns += w->delay_ns;
	if (w != NULL && w->rate_bytes_ms > 0) {
		gap_ns = len * SIM_MS / w->rate_bytes_ms;
		if (*last_ns > at_ns + QUEUE_NS)
			return 0;
	}
	if (is_late)
		return at_ns + sim_below(&net->troubles, REORDER_NS); // others overtake it
	*last_ns = at_ns > *last_ns + gap_ns ? at_ns : *last_ns + gap_ns;
	return *last_ns;
}

static void carry(
	struct sim_net *net, uint32_t from, uint32_t to, struct rte_mbuf *m, const struct reading *r)
{
	const struct sim_graph *g = net->graph;
	uint64_t delay_ns = g->segs[g->ends[to].seg].delay_ns;
	const struct sim_wear *w = wear_of(net, from, to);
	bool is_data = r->type == WIRE_TYPE_DATA;
	bool is_lost = (net->cfg.is_lossy && sim_below(&net->dice, 100) < SIM_LOSS_PERCENT) ||
		       (w != NULL && is_hit(net, w->loss_percent)) ||
		       (w != NULL && w->data_max > 0 && is_data && m->pkt_len > w->data_max);

	if (is_lost || g->ends[from].is_cut || g->ends[to].is_cut) {
		loss_note(to, r);
		rte_pktmbuf_free(m);
		return;
	}
	uint64_t at_ns =
		net->now_ns + delay_ns + sim_below(&net->delays, (uint32_t)(delay_ns * JITTER_PERCENT / 100));
	at_ns = arrival(net, w, to, m->pkt_len, at_ns);
	if (at_ns == 0) {
		loss_note(to, r);
		rte_pktmbuf_free(m);
		return;
	}
	if (w != NULL && is_data && is_hit(net, w->corrupt_percent))
		corrupt(net, m);
	net->n_frames++;
	sim_queue_put(&net->queue, at_ns, SIM_EVENT_FRAME, to, m);
}

// A second copy counts as one more that was sent.
static void carry_all(
	struct sim_net *net, uint32_t from, uint32_t to, struct rte_mbuf *m, const struct reading *r)
{
	const struct sim_wear *w = wear_of(net, from, to);

	if (is_drawn(net, SIM_DUPLICATE, DUPLICATE_PERCENT) ||
		(w != NULL && is_hit(net, w->double_percent))) {
		struct sim_fates *f = fates_of(r);

		if (f != NULL)
			f->sent++;
		carry(net, from, to, sim_node_mbuf(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len), r);
	}
	carry(net, from, to, m, r);
}

void sim_link_send(struct sim_net *net, uint32_t end, struct rte_mbuf *m)
{
	const struct sim_graph *g = net->graph;
	const struct sim_seg *seg = &g->segs[g->ends[end].seg];
	uint8_t dst[BASE_MAC_LEN];
	struct ref_frame f;
	struct reading r;

	memcpy(dst, rte_pktmbuf_mtod(m, const uint8_t *), sizeof(dst));
	net->n_tx++;
	if (!frame_read(net, m, &f, &r))
		sim_net_fault(net, "node %u sent a frame that is none", g->ends[end].node);
	if (r.is_discover && r.origin != NULL)
		discover_note(net, end, &f, r.origin);
	if (seg->n == 2) {
		carry_all(net, end, seg->first + (end == seg->first), m, &r);
		return;
	}
	// a switch: to the group address all, else the one whose MAC it is
	for (uint32_t to = seg->first; to < seg->first + seg->n; to++) {
		if (to == end || ((dst[0] & 1) == 0 && !base_mac_equal(dst, &g->ends[to].mac)))
			continue;
		carry_all(net, end, to, sim_node_mbuf(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len), &r);
	}
	rte_pktmbuf_free(m);
}

void sim_link_arrive(struct sim_net *net, uint32_t end, struct rte_mbuf *m)
{
	uint32_t node = net->graph->ends[end].node;
	struct sim_rx *rx = &net->rx[end];
	struct ref_frame f;
	struct reading r;

	net->n_frames--;
	if (net->cfg.has_hostile && node == net->graph->n_nodes - 1) {
		sim_hostile_hear(net, m);
		rte_pktmbuf_free(m);
		return;
	}
	if (rte_pktmbuf_mtod(m, const uint8_t *)[14] == WIRE_TYPE_DISCOVER && frame_read(net, m, &f, &r) &&
		r.origin != NULL)
		r.origin->trails[end].heard = r.origin->round;
	if (rx->n == net->rx_max) {
		net->n_overrun++;
		rte_pktmbuf_free(m);
		return;
	}
	rx->m[rx->n++] = m;
	sim_node_wake(net, node);
}
