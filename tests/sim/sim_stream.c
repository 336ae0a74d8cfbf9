// SPDX-License-Identifier: BSD-3-Clause
// Streams of simulated nodes. Tests only.
#include "sim_stream.h"

#include <stdlib.h>
#include <string.h>

#include "node_stream.h"
#include "sim_random.h"
#include "stream_buf.h"

#define PATIENCE_NS (10000 * SIM_MS)

struct seat {
	struct stream_table *table; // NULL: it has none
	uint64_t due_ns;            // of the event that waits; UINT64_MAX = none does
};

struct sim_streams {
	struct seat *seats; // by node
	struct sim_pair pairs[SIM_PAIRS_MAX];
	uint32_t n_pairs;
	bool is_let_go; // no user takes a stream any more
};

static uint64_t us_of(const struct sim_net *net)
{
	return net->now_ns / 1000;
}

static uint64_t id_of(const struct sim_net *net, uint32_t node)
{
	return base_mac_u64(&net->graph->nodes[node].id);
}

// ---- what lib/stream asks of a daemon

static int way_find(const struct sim_seat *seat, uint64_t peer, const uint8_t *way, uint32_t way_len,
	struct node_path *out)
{
	struct node_io io = sim_control_io(&seat->net->nodes[seat->node]);
	const struct sim_origin *o = seat->net->nodes[seat->node].origin;

	if (way_len == 0)
		return o == NULL ? -ENETUNREACH : node_path_find(&io, o->topo, peer, out);
	node_stream_path(way, out);
	const struct sim_vertex *v = &seat->net->graph->nodes[seat->node];
	out->l2mtu = seat->net->graph->ends[v->ends[out->slot]].l2mtu;
	return 0;
}

static int segment_send(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	const struct sim_seat *seat = ctx;
	struct node_path path;

	int err = way_find(seat, peer, way, way_len, &path);
	if (err != 0)
		return err;
	struct node_io io = sim_control_io(&seat->net->nodes[seat->node]);

	return node_stream_send(&io, &path, peer, payload, len);
}

static struct stream_route segment_route(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len)
{
	struct node_path path;

	if (way_find(ctx, peer, way, way_len, &path) != 0)
		return (struct stream_route){0};
	return (struct stream_route){.segment = node_stream_room(&path)};
}

static uint32_t random_draw(void *ctx)
{
	const struct sim_seat *seat = ctx;

	return (uint32_t)sim_random(&seat->net->secrets);
}

static void stalled(void *ctx, uint64_t peer, bool is_by_path, uint32_t waited_ms)
{
	const struct sim_seat *seat = ctx;
	struct sim_origin *o = seat->net->nodes[seat->node].origin;
	uint64_t now_ms = seat->net->now_ns / SIM_MS;

	if (o == NULL)
		return;
	if (is_by_path)
		node_discovery_path_tell(o->discovery, peer, false, waited_ms, now_ms);
	node_discovery_want(o->discovery, now_ms + NODE_PINGS_ASK_MS, now_ms);
}

static void carried(void *ctx, uint64_t peer)
{
	const struct sim_seat *seat = ctx;
	const struct sim_origin *o = seat->net->nodes[seat->node].origin;

	if (o != NULL)
		node_discovery_path_tell(o->discovery, peer, true, 0, seat->net->now_ns / SIM_MS);
}

static void table_open(struct sim_net *net, uint32_t node)
{
	struct stream_io io = {.ctx = &net->nodes[node].seat,
		.send = segment_send,
		.route = segment_route,
		.random = random_draw,
		.stalled = stalled,
		.carried = carried};
	struct seat *seat = &net->streams->seats[node];

	seat->table = stream_table_create(&stream_cfg_default, &io);
	if (seat->table == NULL || stream_listen(seat->table, SIM_STREAM_SERVICE) != 0)
		abort();
}

// ---- users

static struct stream_talk *talk_of(
	struct sim_net *net, uint32_t node, const struct stream_facts *f, bool only_new)
{
	for (uint32_t i = 0; i < net->streams->n_pairs; i++) {
		struct sim_pair *p = &net->streams->pairs[i];

		if (p->node[1] == node && p->port == f->there && id_of(net, p->node[0]) == f->peer &&
			(!only_new || !p->talk[1].is_opened))
			return &p->talk[1];
	}
	return NULL;
}

static void news_take(struct sim_net *net, uint32_t node)
{
	struct stream_table *t = net->streams->seats[node].table;
	struct stream_facts f;
	struct stream_conn *c;
	uint32_t news;

	while ((c = stream_next(t, &news)) != NULL) {
		struct stream_talk *talk = stream_user(c);

		stream_facts_get(c, &f);
		if (talk == NULL && !net->streams->is_let_go)
			talk = talk_of(net, node, &f, true);
		if (talk == NULL) {
			stream_release(
				c, us_of(net)); // somebody's who was made up, or an open that came late
			continue;
		}
		talk->conn = c;
		stream_user_set(c, talk);
		stream_talk_news(talk, news, us_of(net));
	}
}

// Everything that is due now, and a word to ourselves for what will be.
static void run(struct sim_net *net, uint32_t node)
{
	struct seat *seat = &net->streams->seats[node];

	(void)stream_tick(seat->table, us_of(net));
	news_take(net, node);
	uint64_t due_us = stream_tick(seat->table, us_of(net));

	if (due_us == UINT64_MAX || due_us * 1000 >= seat->due_ns)
		return;
	seat->due_ns = due_us * 1000;
	sim_queue_put(&net->queue, seat->due_ns, SIM_EVENT_STREAM, node, NULL);
}

void sim_streams_tick(struct sim_net *net, uint32_t node)
{
	struct seat *seat = &net->streams->seats[node];

	if (net->now_ns < seat->due_ns)
		return; // an earlier one did it
	seat->due_ns = UINT64_MAX;
	run(net, node);
}

bool sim_streams_take(struct sim_net *net, uint32_t node, const struct node_data *in)
{
	uint8_t way[STREAM_WAY_MAX];
	uint32_t way_len = node_stream_way(in, way);
	uint32_t len;
	const uint8_t *segment = node_stream_segment(in, &len);

	if (net->streams == NULL || in->src_port == WIRE_SERVICE_PING || way_len == 0)
		return false;
	(void)stream_input(net->streams->seats[node].table, in->src_id, in->slot, segment, len, way, way_len,
		us_of(net));
	run(net, node);
	return true;
}

void sim_streams_moved(struct sim_net *net, uint32_t node, uint64_t peer)
{
	if (net->streams == NULL)
		return;
	stream_route_changed(net->streams->seats[node].table, peer, us_of(net));
	run(net, node);
}

struct sim_pair *sim_streams_dial(
	struct sim_net *net, uint32_t origin, uint32_t node, uint64_t n_out, uint64_t n_in)
{
	struct sim_streams *all = net->streams;
	struct sim_pair *p = &all->pairs[all->n_pairs];
	uint32_t from = net->origins[origin].node;
	struct stream_talk *t = &p->talk[0];
	struct stream_facts f;

	*p = (struct sim_pair){.node = {from, node}};
	p->talk[0] = (struct stream_talk){
		.seed = 2 * all->n_pairs, .peer_seed = 2 * all->n_pairs + 1, .n_write = n_out, .shuts = true};
	p->talk[1] = (struct stream_talk){
		.seed = 2 * all->n_pairs + 1, .peer_seed = 2 * all->n_pairs, .n_write = n_in, .shuts = true};
	if (all->n_pairs == SIM_PAIRS_MAX || stream_open(all->seats[from].table, id_of(net, node),
						     SIM_STREAM_SERVICE, t, us_of(net), &t->conn) != 0)
		return NULL;
	stream_facts_get(t->conn, &f);
	p->port = f.here;
	p->moved_ns[0] = p->moved_ns[1] = net->now_ns;
	all->n_pairs++;
	run(net, from);
	return p;
}

static void letting_go(struct sim_net *net, uint32_t node, bool is_gone)
{
	for (uint32_t i = 0; i < net->streams->n_pairs; i++) {
		struct sim_pair *p = &net->streams->pairs[i];

		for (int side = 0; side < 2; side++) {
			struct stream_talk *t = &p->talk[side];

			if (p->node[side] != node || t->conn == NULL)
				continue;
			if (!is_gone)
				stream_release(t->conn, us_of(net));
			t->conn = NULL;
		}
	}
}

void sim_streams_restart(struct sim_net *net, uint32_t node)
{
	letting_go(net, node, true);
	stream_table_destroy(net->streams->seats[node].table);
	table_open(net, node);
}

void sim_streams_release(struct sim_net *net)
{
	net->streams->is_let_go = true;
	for (uint32_t node = 0; node < net->graph->n_nodes; node++) {
		if (net->streams->seats[node].table == NULL)
			continue;
		letting_go(net, node, false);
		run(net, node);
	}
}

bool sim_streams_are_over(const struct sim_net *net)
{
	for (uint32_t i = 0; i < net->streams->n_pairs; i++) {
		const struct sim_pair *p = &net->streams->pairs[i];

		for (int side = 0; side < 2; side++) {
			if (p->talk[side].conn != NULL && p->talk[side].end == STREAM_END_NONE)
				return false;
		}
	}
	return true;
}

// ---- checks

static void progress_check(struct sim_net *net, struct sim_pair *p, int side)
{
	const struct stream_talk *t = &p->talk[side];
	struct stream_facts f;

	if (t->is_wrong)
		sim_net_fault(net, "stream %u -> %u: a byte is wrong", p->node[0], p->node[1]);
	if (t->conn == NULL || t->end != STREAM_END_NONE)
		return;
	stream_facts_get(t->conn, &f);
	uint64_t moved = f.bytes_out + t->n_read + t->is_opened;
	if (moved != p->moved_bytes[side] || (f.is_open && f.waiting == 0)) {
		p->moved_bytes[side] = moved;
		p->moved_ns[side] = net->now_ns;
	} else if (net->now_ns - p->moved_ns[side] > PATIENCE_NS) {
		sim_net_fault(net, "stream %u -> %u: %s of %u bytes at node %u, and nobody says so",
			p->node[0], p->node[1], f.is_open ? "nothing came" : "it does not open", f.waiting,
			p->node[side]);
	}
}

void sim_streams_check(struct sim_net *net)
{
	struct stream_counts counts;

	for (uint32_t i = 0; i < net->streams->n_pairs; i++) {
		progress_check(net, &net->streams->pairs[i], 0);
		progress_check(net, &net->streams->pairs[i], 1);
	}
	for (uint32_t node = 0; node < net->graph->n_nodes; node++) {
		if (net->streams->seats[node].table == NULL)
			continue;
		stream_counts_get(net->streams->seats[node].table, &counts);
		if (counts.n_conns > SIM_PAIRS_MAX + stream_cfg_default.slot_half_max ||
			counts.buffered > 2ull * SIM_PAIRS_MAX * STREAM_BUF_MAX)
			sim_net_fault(net, "node %u has %u streams and %lu bytes in them", node,
				counts.n_conns, counts.buffered);
	}
}

void sim_streams_check_rest(struct sim_net *net)
{
	struct stream_counts counts;

	for (uint32_t node = 0; node < net->graph->n_nodes; node++) {
		if (net->streams->seats[node].table == NULL)
			continue;
		stream_counts_get(net->streams->seats[node].table, &counts);
		if (counts.n_conns != 0 || counts.buffered != 0)
			sim_net_fault(net, "node %u keeps %u streams and %lu bytes", node, counts.n_conns,
				counts.buffered);
	}
}

struct sim_pair *sim_streams_pair(struct sim_net *net, uint32_t i)
{
	return i < net->streams->n_pairs ? &net->streams->pairs[i] : NULL;
}

uint64_t sim_streams_ignored(const struct sim_net *net)
{
	struct stream_counts counts;
	uint64_t n = 0;

	for (uint32_t node = 0; node < net->graph->n_nodes; node++) {
		if (net->streams->seats[node].table == NULL)
			continue;
		stream_counts_get(net->streams->seats[node].table, &counts);
		for (int i = 0; i < STREAM_N_IGNORED; i++)
			n += counts.ignored[i];
	}
	return n;
}

// ---- life

void sim_streams_open(struct sim_net *net)
{
	net->streams = calloc(1, sizeof(*net->streams));
	if (net->streams == NULL ||
		(net->streams->seats = calloc(net->graph->n_nodes, sizeof(struct seat))) == NULL)
		abort();
	for (uint32_t node = 0; node < net->graph->n_nodes - net->cfg.has_hostile; node++) {
		table_open(net, node);
		net->streams->seats[node].due_ns = UINT64_MAX;
	}
}

void sim_streams_close(struct sim_net *net)
{
	if (net->streams == NULL)
		return;
	for (uint32_t node = 0; node < net->graph->n_nodes; node++)
		stream_table_destroy(net->streams->seats[node].table);
	free(net->streams->seats);
	free(net->streams);
	net->streams = NULL;
}
