// SPDX-License-Identifier: BSD-3-Clause
// All connections of a node: found by peer and service ports, ordered by when they are due, held within
// limits. One thread.
#include "stream_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stream_conn.h"

#define QUARANTINE_US (60 * 1000000ull) // our service ports rest for one to two of these

const struct stream_cfg stream_cfg_default = {
	.conns_max = 1024,
	.peer_max = 64,
	.half_open_max = 8,
	.slot_half_max = 64,
	.opens_peer_s = 10,
	.opens_slot_s = 100,
	.buffer_max = 64 * 1024 * 1024,
};

// ---- the heap of what is due

static void heap_set(struct stream_table *t, uint32_t place, struct stream_conn *c)
{
	t->heap[place] = c;
	c->place = place;
}

static void heap_up(struct stream_table *t, struct stream_conn *c)
{
	uint32_t place = c->place;

	while (place > 0 && t->heap[(place - 1) / 2]->due_us > c->due_us) {
		heap_set(t, place, t->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	heap_set(t, place, c);
}

static void heap_down(struct stream_table *t, struct stream_conn *c)
{
	uint32_t place = c->place;

	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= t->n_conns)
			break;
		if (child + 1 < t->n_conns && t->heap[child + 1]->due_us < t->heap[child]->due_us)
			child++;
		if (t->heap[child]->due_us >= c->due_us)
			break;
		heap_set(t, place, t->heap[child]);
		place = child;
	}
	heap_set(t, place, c);
}

void stream_conn_due(struct stream_conn *c, uint64_t due_us)
{
	bool is_earlier = due_us < c->due_us;

	if (c->state == STREAM_FREE)
		return;
	c->due_us = due_us;
	if (is_earlier)
		heap_up(c->table, c);
	else
		heap_down(c->table, c);
}

// ---- finding

static struct stream_conn **bucket_of(struct stream_table *t, uint64_t peer, uint16_t here, uint16_t there)
{
	uint64_t h = (peer ^ (uint64_t)here << 48 ^ (uint64_t)there << 32) * 0x9e3779b97f4a7c15ull;

	return &t->buckets[(h >> 32) & (t->n_buckets - 1)];
}

static struct stream_conn *conn_find(struct stream_table *t, uint64_t peer, uint16_t here, uint16_t there)
{
	struct stream_conn *c = *bucket_of(t, peer, here, there);

	while (c != NULL && (c->peer != peer || c->here != here || c->there != there))
		c = c->chain;
	return c;
}

void stream_news_drop(struct stream_conn *c)
{
	struct stream_table *t = c->table;

	for (uint32_t i = 0; c->news != 0 && i < t->n_ready; i++) {
		if (t->ready[i] == c) {
			t->ready[i] = t->ready[--t->n_ready];
			c->news = 0;
		}
	}
}

void stream_conn_free(struct stream_conn *c)
{
	struct stream_table *t = c->table;
	struct stream_conn **link = bucket_of(t, c->peer, c->here, c->there);
	struct stream_conn *last = t->heap[--t->n_conns];

	while (*link != c)
		link = &(*link)->chain;
	*link = c->chain;
	if (last != c) {
		heap_set(t, c->place, last);
		heap_up(t, last);
		heap_down(t, last);
	}
	stream_news_drop(c);
	stream_buf_free(&c->out, &t->budget);
	stream_buf_free(&c->in.buf, &t->budget);
	c->state = STREAM_FREE;
	c->chain = t->free;
	t->free = c;
}

// An ended connection that nobody holds any more gives way.
static bool room_make(struct stream_table *t)
{
	if (t->n_conns < t->cfg.conns_max)
		return true;
	for (uint32_t i = 0; i < t->n_conns; i++) {
		struct stream_conn *c = t->heap[i];

		if (c->state == STREAM_OVER && !c->has_user) {
			stream_conn_free(c);
			return true;
		}
	}
	return false;
}

struct stream_conn *stream_conn_new(struct stream_table *t, uint64_t peer, uint16_t here, uint16_t there)
{
	if (!room_make(t))
		return NULL;
	struct stream_conn *c = t->free;
	struct stream_conn **bucket = bucket_of(t, peer, here, there);

	if (c != NULL)
		t->free = c->chain;
	else if ((c = malloc(sizeof(*c))) == NULL)
		return NULL;
	*c = (struct stream_conn){.table = t,
		.peer = peer,
		.here = here,
		.there = there,
		.chain = *bucket,
		.due_us = UINT64_MAX,
		.first = t->io.random(t->io.ctx)};
	c->una = c->nxt = c->top = c->first;
	*bucket = c;
	heap_set(t, t->n_conns++, c);
	return c;
}

void stream_news_add(struct stream_conn *c, uint32_t news)
{
	struct stream_table *t = c->table;

	if (!c->has_user)
		return;
	if (c->news == 0)
		t->ready[t->n_ready++] = c;
	c->news |= news;
}

struct stream_conn *stream_next(struct stream_table *t, uint32_t *news)
{
	if (t->n_ready == 0)
		return NULL;
	struct stream_conn *c = t->ready[--t->n_ready];
	*news = c->news;
	c->news = 0;
	return c;
}

// ---- life of the table

struct stream_table *stream_table_create(const struct stream_cfg *cfg, const struct stream_io *io)
{
	struct stream_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return base_errno_null(ENOMEM);
	t->cfg = *cfg;
	t->io = *io;
	t->budget.max = cfg->buffer_max;
	t->n_buckets = 16;
	while (t->n_buckets < cfg->conns_max)
		t->n_buckets *= 2;
	t->heap = calloc(cfg->conns_max, sizeof(*t->heap));
	t->ready = calloc(cfg->conns_max, sizeof(*t->ready));
	t->buckets = calloc(t->n_buckets, sizeof(*t->buckets));
	if (t->heap == NULL || t->ready == NULL || t->buckets == NULL) {
		stream_table_destroy(t);
		return base_errno_null(ENOMEM);
	}
	return t;
}

void stream_table_destroy(struct stream_table *t)
{
	if (t == NULL)
		return;
	while (t->n_conns > 0)
		stream_conn_free(t->heap[t->n_conns - 1]);
	while (t->free != NULL) {
		struct stream_conn *c = t->free;
		t->free = c->chain;
		free(c);
	}
	free(t->heap);
	free(t->ready);
	free(t->buckets);
	free(t);
}

void stream_limits_set(struct stream_table *t, const struct stream_cfg *cfg)
{
	uint32_t conns_max = t->cfg.conns_max;

	t->cfg = *cfg;
	t->cfg.conns_max = conns_max;
	t->budget.max = cfg->buffer_max;
}

static uint16_t *listen_find(struct stream_table *t, uint16_t port)
{
	for (uint32_t i = 0; i < t->n_listens; i++) {
		if (t->listens[i] == port)
			return &t->listens[i];
	}
	return NULL;
}

int stream_listen(struct stream_table *t, uint16_t port)
{
	if (listen_find(t, port) != NULL)
		return -EEXIST;
	if (t->n_listens == BASE_ARRAY_LEN(t->listens))
		return -ENOSPC;
	t->listens[t->n_listens++] = port;
	return 0;
}

void stream_unlisten(struct stream_table *t, uint16_t port)
{
	uint16_t *at = listen_find(t, port);

	if (at != NULL)
		*at = t->listens[--t->n_listens];
}

// ---- opening

static uint32_t n_of_peer(const struct stream_table *t, uint64_t peer, bool only_half)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_conns; i++) {
		const struct stream_conn *c = t->heap[i];
		n += c->peer == peer && c->state != STREAM_OVER &&
		     (!only_half || c->state == STREAM_ACCEPTING);
	}
	return n;
}

static void quarantine_turn(struct stream_table *t, uint64_t now_us)
{
	if (now_us - t->quarantine_us < QUARANTINE_US)
		return;
	if (now_us - t->quarantine_us < 2 * QUARANTINE_US)
		memcpy(t->quarantine_old, t->quarantine, sizeof(t->quarantine));
	else
		memset(t->quarantine_old, 0, sizeof(t->quarantine_old));
	memset(t->quarantine, 0, sizeof(t->quarantine));
	t->quarantine_us = now_us;
}

// A service port of ours that nobody can guess and nothing used lately. 0: a thousand tries hit used ones
// only.
static uint16_t port_take(struct stream_table *t, uint64_t now_us)
{
	quarantine_turn(t, now_us);
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t at = t->io.random(t->io.ctx) % (65536 - STREAM_PORT_MIN);
		uint64_t bit = 1ull << (at % 64);

		if (((t->quarantine[at / 64] | t->quarantine_old[at / 64]) & bit) != 0 ||
			listen_find(t, (uint16_t)(STREAM_PORT_MIN + at)) != NULL)
			continue;
		t->quarantine[at / 64] |= bit;
		return (uint16_t)(STREAM_PORT_MIN + at);
	}
	return 0;
}

int stream_open(struct stream_table *t, uint64_t peer, uint16_t service, void *user, uint64_t now_us,
	struct stream_conn **out)
{
	struct stream_conn *c;

	if (t->io.route(t->io.ctx, peer, NULL, 0).segment == 0)
		return -EHOSTUNREACH;
	uint16_t here = n_of_peer(t, peer, false) < t->cfg.peer_max ? port_take(t, now_us) : 0;
	if (here == 0 || conn_find(t, peer, here, service) != NULL ||
		(c = stream_conn_new(t, peer, here, service)) == NULL)
		return -ENOSPC;
	c->state = STREAM_OPENING;
	c->is_ours = true;
	c->has_user = true;
	c->user = user;
	c->opened_us = now_us;
	stream_out_route(c, now_us);
	stream_window_init(&c->window, c->segment, c->window.limit, c->first);
	stream_out_segment(c, STREAM_KIND_OPEN, c->first, 0);
	stream_out_arm(c, now_us);
	stream_out_plan(c);
	*out = c;
	return 0;
}

void stream_answer_unknown(struct stream_table *t, uint64_t peer, const uint8_t *way, uint32_t way_len,
	const struct stream_segment *s)
{
	bool is_open = s->kind == STREAM_KIND_OPEN;
	// an open hears its own number, as the one who saw it can tell; anything else what it said that it
	// heard
	struct stream_segment answer = {.src_port = s->dst_port,
		.dst_port = s->src_port,
		.kind = STREAM_KIND_CLOSE,
		.seq = is_open ? 0 : s->ack,
		.ack = is_open ? s->seq : 0};

	stream_segment_build(t->payload, &answer);
	t->counts.segments_out++;
	(void)!t->io.send(t->io.ctx, peer, way, way_len, t->payload, STREAM_SEGMENT_HEADER_LEN);
}

static void way_set(struct stream_conn *c, const uint8_t *way, uint32_t way_len, uint64_t now_us)
{
	if (way_len > STREAM_WAY_MAX || (way_len == c->way_len && memcmp(c->way, way, way_len) == 0))
		return;
	if (c->rtt.n_backoffs > 0 && c->resend_us > now_us)
		c->resend_us = now_us; // what waits for an answer has another way now
	memcpy(c->way, way, way_len);
	c->way_len = (uint16_t)way_len;
}

// What an open asks for is granted; the accept leaves.
static bool accept_begin(struct stream_table *t, uint64_t peer, uint8_t slot, const struct stream_segment *s,
	const uint8_t *way, uint32_t way_len, uint64_t now_us)
{
	struct stream_conn *c = stream_conn_new(t, peer, s->dst_port, s->src_port);

	if (c == NULL)
		return false;
	c->state = STREAM_ACCEPTING;
	c->slot = slot;
	c->their_first = s->seq;
	c->opened_us = now_us;
	t->n_half[slot]++;
	way_set(c, way, way_len, now_us);
	c->segment = STREAM_SEGMENT_MIN;
	stream_out_route(c, now_us);
	stream_window_init(&c->window, c->segment, c->window.limit, c->first);
	stream_recv_init(&c->in, s->seq);
	stream_out_segment(c, STREAM_KIND_ACCEPT, c->first, 0);
	stream_out_arm(c, now_us);
	stream_out_plan(c);
	return true;
}

// A segment for no connection. True: it was taken or answered.
static bool unknown_take(struct stream_table *t, uint64_t peer, uint8_t slot, const struct stream_segment *s,
	const uint8_t *way, uint32_t way_len, uint64_t now_us)
{
	struct stream_share_rate opens = {.port_s = t->cfg.opens_slot_s, .asker_s = t->cfg.opens_peer_s};
	struct stream_share_rate answers = {.port_s = 10 * STREAM_ANSWERS_S, .asker_s = STREAM_ANSWERS_S};

	if (s->kind >= STREAM_N_KINDS || (s->kind == STREAM_KIND_CLOSE && s->ack == 0)) {
		t->counts.ignored[STREAM_IGNORED_UNKNOWN]++;
		return false;
	}
	if (s->kind == STREAM_KIND_OPEN && s->len == 0 && listen_find(t, s->dst_port) != NULL) {
		if (!stream_share_take(&t->opens, &opens, slot, peer, now_us / 1000) ||
			t->n_half[slot] >= t->cfg.slot_half_max) {
			t->counts.ignored[STREAM_IGNORED_LIMIT]++;
			return false; // not answered: a flood gets nothing, an honest peer asks again
		}
		if (n_of_peer(t, peer, true) < t->cfg.half_open_max &&
			n_of_peer(t, peer, false) < t->cfg.peer_max &&
			accept_begin(t, peer, slot, s, way, way_len, now_us))
			return true;
		t->counts.ignored[STREAM_IGNORED_LIMIT]++;
	}
	if (!stream_share_take(&t->answers, &answers, slot, peer, now_us / 1000)) {
		t->counts.ignored[STREAM_IGNORED_UNKNOWN]++;
		return false;
	}
	stream_answer_unknown(t, peer, way, way_len, s);
	return true;
}

bool stream_input(struct stream_table *t, uint64_t peer, uint8_t slot, const uint8_t *payload, uint32_t len,
	const uint8_t *way, uint32_t way_len, uint64_t now_us)
{
	struct stream_segment s;

	assert(slot < STREAM_SLOTS);
	t->counts.segments_in++;
	if (!stream_segment_parse(payload, len, &s)) {
		t->counts.ignored[STREAM_IGNORED_SHORT]++;
		return false;
	}
	struct stream_conn *c = conn_find(t, peer, s.dst_port, s.src_port);
	if (c == NULL)
		return unknown_take(t, peer, slot, &s, way, way_len, now_us);
	t->from = way;
	t->from_len = way_len;
	// an answer goes back as the newest frame in order came, or as any when nothing comes of that
	if (!c->is_ours && (c->rtt.n_backoffs > 0 || !stream_seq_before(s.seq, c->in.next)))
		way_set(c, way, way_len, now_us);
	stream_conn_take(c, &s, now_us);
	return true;
}

uint64_t stream_tick(struct stream_table *t, uint64_t now_us)
{
	while (t->n_conns > 0 && t->heap[0]->due_us <= now_us) {
		struct stream_conn *c = t->heap[0];

		stream_out_timer(c, now_us);
		assert(t->n_conns == 0 || t->heap[0] != c || c->due_us > now_us);
	}
	return t->n_conns > 0 ? t->heap[0]->due_us : UINT64_MAX;
}

struct stream_conn *stream_conn_each(struct stream_table *t, struct stream_conn *c)
{
	struct stream_conn **bucket = t->buckets;

	if (c != NULL && c->chain != NULL)
		return c->chain;
	if (c != NULL)
		bucket = bucket_of(t, c->peer, c->here, c->there) + 1;
	while (bucket < t->buckets + t->n_buckets && *bucket == NULL)
		bucket++;
	return bucket < t->buckets + t->n_buckets ? *bucket : NULL;
}

struct stream_conn *stream_each(struct stream_table *t, struct stream_conn *c)
{
	do {
		c = stream_conn_each(t, c);
	} while (c != NULL && c->state != STREAM_OPENING && c->state != STREAM_OPEN);
	return c;
}

void stream_route_changed(struct stream_table *t, uint64_t peer, uint64_t now_us)
{
	for (struct stream_conn *c = stream_conn_each(t, NULL); c != NULL; c = stream_conn_each(t, c)) {
		if (c->peer != peer || c->state == STREAM_OVER)
			continue;
		stream_out_route(c, now_us);
		if (c->resend_us > now_us && c->rtt.n_backoffs > 0)
			c->resend_us = now_us;
		else if (c->state == STREAM_OPEN && c->is_ours)
			stream_out_ack(c);
		stream_out_plan(c);
	}
	stream_tick(t, now_us);
}
