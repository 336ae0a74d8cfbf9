// SPDX-License-Identifier: BSD-3-Clause
// Virtual time and the way. Tests only.
#include "stream_wire.h"

#include "base_hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_US 50000 // what waits longer for a way that carries no more is dropped
#define ID(node) ((uint64_t)(node) + 1)
#define WAY_LEN  12
#define PACE_US  1000 // how often slow readers look

struct stream_wire_packet {
	uint64_t at_us;
	uint64_t order; // of those at the same time
	int to;
	uint32_t len;
	uint8_t bytes[STREAM_SEGMENT_HEADER_LEN + STREAM_SEGMENT_DATA_MAX];
};

uint32_t stream_wire_random(struct stream_wire *w)
{
	w->random += 0x9e3779b97f4a7c15ull;
	return (uint32_t)base_hash_mix(w->random);
}

// ---- the way

static bool packet_before(const struct stream_wire_packet *a, const struct stream_wire_packet *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void packet_put(struct stream_wire *w, int to, const uint8_t *bytes, uint32_t len, uint64_t at_us)
{
	if (w->n_packets == w->packets_size) {
		w->packets_size = w->packets_size > 0 ? 2 * w->packets_size : 256;
		w->packets = realloc(w->packets, w->packets_size * sizeof(*w->packets));
		assert(w->packets != NULL);
	}
	uint32_t i = w->n_packets++;
	struct stream_wire_packet p = {
		.at_us = at_us, .order = w->n_sent[0] + w->n_sent[1], .to = to, .len = len};

	memcpy(p.bytes, bytes, len);
	for (; i > 0 && packet_before(&p, &w->packets[(i - 1) / 2]); i = (i - 1) / 2)
		w->packets[i] = w->packets[(i - 1) / 2];
	w->packets[i] = p;
}

static struct stream_wire_packet packet_get(struct stream_wire *w)
{
	struct stream_wire_packet first = w->packets[0];
	struct stream_wire_packet last = w->packets[--w->n_packets];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= w->n_packets)
			break;
		if (child + 1 < w->n_packets && packet_before(&w->packets[child + 1], &w->packets[child]))
			child++;
		if (packet_before(&last, &w->packets[child]))
			break;
		w->packets[i] = w->packets[child];
		i = child;
	}
	w->packets[i] = last;
	return first;
}

static bool is_hit(struct stream_wire *w, uint32_t ppm)
{
	return ppm > 0 && stream_wire_random(w) % 1000000 < ppm;
}

static int wire_send(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	struct stream_wire_side *side = ctx;
	struct stream_wire *w = side->wire;
	const struct stream_wire_cfg *cfg = &w->cfg;

	// who answers sends by the way that the frame came
	assert(way_len == 0 || (way_len == WAY_LEN && way[0] == side->node));
	w->n_sent[side->node]++;
	if (!w->has_route)
		return -EHOSTUNREACH;
	bool is_dead = way_len > 0 && way[1] != w->way;
	if (peer != ID(1 - side->node) || w->is_cut[side->node] || is_dead || is_hit(w, cfg->loss_ppm) ||
		(cfg->hole > 0 && len > STREAM_SEGMENT_HEADER_LEN + cfg->hole)) {
		w->n_lost++;
		return 0;
	}
	uint64_t leaves_us = w->now_us;
	if (cfg->rate_bytes_ms > 0) {
		uint64_t *free_us = &w->free_us[side->node];
		if (*free_us < w->now_us)
			*free_us = w->now_us;
		if (*free_us - w->now_us > QUEUE_US) {
			w->n_lost++;
			return 0;
		}
		*free_us += (uint64_t)len * 1000 / cfg->rate_bytes_ms;
		leaves_us = *free_us;
	}
	for (int n = is_hit(w, cfg->double_ppm) ? 2 : 1; n > 0; n--) {
		uint64_t jitter = cfg->jitter_us > 0 ? stream_wire_random(w) % cfg->jitter_us : 0;
		packet_put(w, 1 - side->node, payload, len, leaves_us + cfg->delay_us + jitter);
	}
	return 0;
}

static struct stream_route wire_route(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len)
{
	const struct stream_wire_side *side = ctx;
	const struct stream_wire *w = side->wire;
	struct stream_route none = {0};

	(void)way;
	(void)way_len;
	if (!w->has_route || peer != ID(1 - side->node))
		return none;
	return (struct stream_route){.segment = w->cfg.segment > 0 ? w->cfg.segment : STREAM_SEGMENT_DATA_MAX,
		.is_foreign = w->cfg.is_foreign};
}

static uint32_t wire_random(void *ctx)
{
	return stream_wire_random(((struct stream_wire_side *)ctx)->wire);
}

// ---- users

static struct stream_talk *user_new(struct stream_wire *w, int node)
{
	assert(w->n_users[node] < STREAM_WIRE_USERS);
	return &w->users[node][w->n_users[node]++];
}

static void news_take(struct stream_wire *w, int node)
{
	struct stream_conn *c;
	uint32_t news;

	while ((c = stream_next(w->nodes[node], &news)) != NULL) {
		struct stream_talk *u = stream_user(c);

		if (u == NULL) {
			u = user_new(w, node);
			*u = (struct stream_talk){.conn = c,
				.seed = w->theirs_seed * 2 + 1,
				.peer_seed = w->theirs_seed * 2,
				.n_write = w->theirs_write,
				.read_bytes_ms = w->theirs_read_bytes_ms};
			stream_user_set(c, u);
		}
		stream_talk_news(u, news, w->now_us);
	}
}

static uint64_t readers_due(struct stream_wire *w)
{
	bool is_slow = false;

	for (int node = 0; node < 2; node++) {
		for (uint32_t i = 0; i < w->n_users[node]; i++) {
			struct stream_talk *u = &w->users[node][i];
			if (u->conn == NULL || u->read_bytes_ms == 0 || u->has_eof)
				continue;
			is_slow = true;
		}
	}
	return is_slow ? w->now_us + PACE_US : UINT64_MAX;
}

static void readers_pass(struct stream_wire *w, uint64_t us)
{
	for (int node = 0; node < 2; node++) {
		for (uint32_t i = 0; i < w->n_users[node]; i++)
			stream_talk_pass(&w->users[node][i], us, w->now_us);
	}
}

// ---- time

uint64_t stream_wire_run(struct stream_wire *w, uint64_t until_us, bool (*done)(const struct stream_wire *w))
{
	while (w->now_us < until_us && (done == NULL || !done(w))) {
		uint64_t next_us = until_us;
		uint64_t readers_us = readers_due(w);

		for (int node = 0; node < 2; node++) {
			uint64_t due = stream_tick(w->nodes[node], w->now_us);
			news_take(w, node);
			due = stream_tick(w->nodes[node], w->now_us); // what the news made due
			if (due < next_us)
				next_us = due;
		}
		if (done != NULL && done(w))
			break;
		if (w->n_packets > 0 && w->packets[0].at_us < next_us)
			next_us = w->packets[0].at_us;
		if (readers_us < next_us)
			next_us = readers_us;
		if (next_us > w->now_us) {
			readers_pass(w, next_us - w->now_us);
			w->now_us = next_us;
		}
		while (w->n_packets > 0 && w->packets[0].at_us <= w->now_us) {
			struct stream_wire_packet p = packet_get(w);
			stream_wire_inject(w, p.to, ID(1 - p.to), p.bytes, p.len);
			news_take(w, p.to);
		}
	}
	return w->now_us;
}

void stream_wire_inject(struct stream_wire *w, int node, uint64_t peer, const uint8_t *payload, uint32_t len)
{
	uint8_t way[WAY_LEN] = {(uint8_t)node, w->way};

	(void)stream_input(w->nodes[node], peer, (uint8_t)node, payload, len, way, sizeof(way), w->now_us);
}

bool stream_wire_all_ended(const struct stream_wire *w)
{
	for (int node = 0; node < 2; node++) {
		for (uint32_t i = 0; i < w->n_users[node]; i++) {
			if (w->users[node][i].conn != NULL && w->users[node][i].end == STREAM_END_NONE)
				return false;
		}
	}
	return true;
}

// ---- life

static struct stream_table *node_open(struct stream_wire *w, int node)
{
	struct stream_io io = {
		.ctx = &w->sides[node], .send = wire_send, .route = wire_route, .random = wire_random};
	struct stream_table *t =
		stream_table_create(w->cfg.stream != NULL ? w->cfg.stream : &stream_cfg_default, &io);

	assert(t != NULL);
	if (node == 1 && stream_listen(t, STREAM_WIRE_SERVICE) != 0)
		abort();
	return t;
}

struct stream_wire *stream_wire_open(const struct stream_wire_cfg *cfg)
{
	struct stream_wire *w = calloc(1, sizeof(*w));

	assert(w != NULL);
	w->cfg = *cfg;
	w->random = cfg->seed;
	w->now_us = 1000000;
	w->has_route = true;
	for (int node = 0; node < 2; node++) {
		w->sides[node] = (struct stream_wire_side){w, node};
		w->nodes[node] = node_open(w, node);
	}
	return w;
}

void stream_wire_close(struct stream_wire *w)
{
	for (int node = 0; node < 2; node++)
		stream_table_destroy(w->nodes[node]);
	free(w->packets);
	free(w);
}

struct stream_talk *stream_wire_dial(struct stream_wire *w, uint64_t n_out, uint64_t n_in)
{
	struct stream_talk *u = user_new(w, 0);

	*u = (struct stream_talk){.seed = w->theirs_seed * 2,
		.peer_seed = w->theirs_seed * 2 + 1,
		.n_write = n_out,
		.shuts = true};
	w->theirs_write = n_in;
	if (stream_open(w->nodes[0], ID(1), STREAM_WIRE_SERVICE, u, w->now_us, &u->conn) != 0) {
		w->n_users[0]--;
		return NULL;
	}
	return u;
}

void stream_wire_release(struct stream_wire *w, struct stream_talk *u)
{
	stream_release(u->conn, w->now_us);
	u->conn = NULL;
}

void stream_wire_restart(struct stream_wire *w, int node)
{
	for (uint32_t i = 0; i < w->n_users[node]; i++)
		w->users[node][i].conn = NULL;
	stream_table_destroy(w->nodes[node]);
	w->nodes[node] = node_open(w, node);
}
