// SPDX-License-Identifier: BSD-3-Clause
// The streams of one node while a peer that knows every number, and lies, talks to it: segments of any kind
// at any place, users that write, read, shut and let go whenever the input says so, time that passes, ways
// that come and go. Afterwards limits held, and with nobody left everything is given back.
//
// An input is read as operations: a byte (low three bits: what; the rest: which connection), then that
// operation's bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_input.h"
#include "stream_conn.h"

#define PEERS   3
#define SERVICE 3
#define CONNS   24 // in all

static struct input in;
static struct stream_table *table;
static uint64_t now_us;
static uint64_t outcome;
static uint64_t dice;
static uint32_t segment;

static int send_any(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	(void)ctx;
	(void)way;
	if (peer == 0 || len < STREAM_SEGMENT_HEADER_LEN ||
		len > STREAM_SEGMENT_HEADER_LEN + STREAM_SEGMENT_DATA_MAX || way_len > STREAM_WAY_MAX)
		abort();
	outcome = fuzz_mix(outcome, payload, len);
	return 0;
}

static struct stream_route route_any(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len)
{
	(void)ctx;
	(void)way;
	(void)way_len;
	return (struct stream_route){.segment = segment, .is_foreign = peer % 2 == 0};
}

static uint32_t random_any(void *ctx)
{
	(void)ctx;
	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(dice >> 33);
}

// The n-th connection, in no order; NULL: there is none.
static struct stream_conn *conn_at(uint32_t n)
{
	return table->n_conns > 0 ? table->heap[n % table->n_conns] : NULL;
}

// A number near one that the connection knows, or any.
static uint32_t number(uint32_t near_to)
{
	uint8_t how = take(&in);

	switch (how % 4) {
	case 0:
		return near_to;
	case 1:
		return near_to + (int8_t)take(&in);
	case 2:
		return near_to + (uint32_t)(int8_t)take(&in) * 1000;
	default:
		return (uint32_t)take(&in) << 24 | (uint32_t)take(&in);
	}
}

static void segment_take(uint32_t which)
{
	uint8_t bytes[STREAM_SEGMENT_HEADER_LEN + STREAM_SEGMENT_DATA_MAX] = {0};
	const struct stream_conn *c = conn_at(which);
	uint8_t way[STREAM_WAY_MAX] = {0};
	uint8_t how = take(&in);
	bool is_known = c != NULL && how % 8 != 0;
	struct stream_segment s = {.kind = (uint8_t)(how / 8 % 6),
		.src_port = is_known ? c->there : (uint16_t)(SERVICE + take(&in)),
		.dst_port = is_known ? c->here : SERVICE};

	s.seq = number(is_known ? c->in.next : 0);
	s.ack = number(is_known ? c->top : 0);
	uint32_t len = how >= 128 ? take(&in) * 5u : 0;
	if (how == 255)
		len = 0;
	stream_segment_build(bytes, &s);
	(void)stream_input(table, is_known ? c->peer : 1u + how % PEERS, how % 2, bytes,
		STREAM_SEGMENT_HEADER_LEN + len, way, (uint32_t)take(&in) * 5, now_us);
}

static void user_do(uint32_t which)
{
	static uint8_t bytes[65536];
	struct stream_conn *c = conn_at(which);
	uint8_t how = take(&in);
	uint32_t len;

	if (c == NULL || !c->has_user)
		return;
	switch (how % 5) {
	case 0:
		(void)!stream_write(c, bytes, how * 255u, now_us);
		return;
	case 1:
		(void)stream_read(c, &len);
		stream_read_done(c, len * (how / 5) / 51);
		return;
	case 2:
		stream_shut(c, now_us);
		return;
	case 3:
		stream_release(c, now_us);
		return;
	default:
		(void)stream_is_read_out(c);
		return;
	}
}

static void news_take(void)
{
	uint32_t news;
	struct stream_conn *c;

	while ((c = stream_next(table, &news)) != NULL) {
		if (!c->has_user || news == 0)
			abort();
		outcome = fuzz_mix(outcome, &news, sizeof(news));
	}
}

static void operation(void)
{
	static const uint32_t segments[] = {1400, 1400, 100, 0};
	struct stream_conn *c;
	uint8_t what = take(&in);

	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		segment_take(what / 8);
		break;
	case 3:
	case 4:
		user_do(what / 8);
		break;
	case 5:
		now_us += 1ull << (what / 8 % 24);
		if (stream_tick(table, now_us) <= now_us)
			abort();
		break;
	case 6:
		(void)!stream_open(table, 1 + what / 8 % PEERS, SERVICE, NULL, now_us, &c);
		break;
	default:
		segment = segments[what / 8 % 4];
		stream_route_changed(table, 1 + what / 32 % PEERS, now_us);
		break;
	}
	news_take();
}

static void limits_check(void)
{
	struct stream_counts counts;

	stream_counts_get(table, &counts);
	if (counts.n_conns > CONNS || counts.buffered > table->cfg.buffer_max)
		abort();
	for (uint32_t i = 0; i < table->n_conns; i++) {
		const struct stream_conn *c = table->heap[i];
		if (c->in.buf.len > STREAM_BUF_MAX || c->out.len > STREAM_BUF_MAX ||
			c->nxt - c->una > c->out.len)
			abort();
	}
}

// Everybody lets go, and time passes.
static void end_check(void)
{
	for (uint32_t i = 0; i < table->n_conns; i++) {
		if (table->heap[i]->has_user) {
			stream_release(table->heap[i], now_us);
			i = UINT32_MAX; // the heap moved
		}
	}
	for (int i = 0; i < 60; i++) {
		now_us += 1000000;
		stream_tick(table, now_us);
	}
	if (table->n_conns != 0 || table->budget.used != 0)
		abort();
	for (uint32_t i = 0; i < STREAM_SLOTS; i++) {
		if (table->n_half[i] != 0)
			abort();
	}
}

uint64_t fuzz_outcome(void)
{
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_cfg cfg = stream_cfg_default;
	struct stream_io io = {.send = send_any, .route = route_any, .random = random_any};

	cfg.conns_max = CONNS;
	cfg.buffer_max = 1024 * 1024;
	in = (struct input){data, size};
	now_us = 1000000;
	outcome = 0;
	dice = 1;
	segment = 1400;
	table = stream_table_create(&cfg, &io);
	if (table == NULL || stream_listen(table, SERVICE) != 0)
		abort();
	while (in.left > 0) {
		operation();
		limits_check();
	}
	end_check();
	stream_table_destroy(table);
	return 0;
}
