// SPDX-License-Identifier: BSD-3-Clause
// Rosters of other masters. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_bucket.h"
#include "base_clock.h"
#include "base_log.h"
#include "discovery.h"
#include "rosters.h"
#include "stream_roster.h"
#include "topo.h"

LOG_TYPE("roster");

#define MASTERS_MAX    64
#define ANSWER_MS      1000 // a request without an answer is sent again
#define TRIES_MAX      3
#define SERVES_PER_S   500  // answers that we give to all askers together
#define SCAN_ROWS      4096 // of the inventory a tick, in search of masters
#define SERVE_ROWS_MAX 1000 // passed over for one answer

// A master that is being asked.
struct ask {
	uint64_t id; // 0 = free
	uint32_t seq;
	uint32_t cursor;
	uint64_t again_ms;
	uint32_t n_tries;
	uint16_t room;
};

struct rosters {
	uint32_t next_seq;
	uint64_t next_scan_ms; // when the next search for masters begins
	bool is_scanning;
	uint32_t scan_row;
	uint32_t n_asks;
	struct base_bucket serves;
	struct ask asks[MASTERS_MAX];
};

int rosters_start(struct app *app)
{
	app->rosters = calloc(1, sizeof(*app->rosters));
	return app->rosters == NULL ? -ENOMEM : 0;
}

void rosters_stop(struct app *app)
{
	free(app->rosters);
	app->rosters = NULL;
}

static bool is_master(const struct app *app)
{
	return app->conf->romon.role == CONF_ROLE_MASTER && app->conf->romon.is_enabled;
}

static uint8_t len_of(const char *text)
{
	return (uint8_t)strnlen(text, UINT8_MAX);
}

static bool row_add(struct stream_roster_writer *w, const struct topo_node *n, uint64_t wall_us)
{
	struct stream_roster_row row = {.id = n->id,
		.parent_id = n->parent_id,
		.status = (uint8_t)n->status,
		.hops = n->hops < UINT8_MAX ? (uint8_t)n->hops : UINT8_MAX,
		.l2mtu = n->l2mtu,
		.cost = n->cost,
		.age_s = wall_us > n->last_seen_us ? (uint32_t)((wall_us - n->last_seen_us) / 1000000) : 0,
		.version = n->version,
		.identity = n->identity,
		.identity_len = len_of(n->identity),
		.board = n->board,
		.board_len = len_of(n->board)};

	return stream_roster_add(w, &row);
}

// Only what we hear ourselves is told on: nothing goes round.
void rosters_serve(struct app *app, const struct data_in *in)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000, SERVES_PER_S, SERVES_PER_S);
	const struct topo *t = discovery_topo(app);
	uint8_t payload[STREAM_ROSTER_LEN_MAX];
	struct stream_roster_writer w;
	struct stream_roster_ask ask;
	uint64_t wall_us = base_wall_us();

	if (!is_master(app) || !stream_roster_ask_parse(in->payload, in->len, &ask) ||
		ask.room < STREAM_ROSTER_ASK_LEN ||
		base_bucket_take(&app->rosters->serves, &rate, base_mono_ms(), 1) == 0)
		return;
	stream_roster_begin(&w, payload, ask.room < sizeof(payload) ? ask.room : sizeof(payload), ask.seq);
	uint32_t row = ask.cursor;
	uint32_t end = topo_rows_end(t);
	for (uint32_t i = 0; row < end && i < SERVE_ROWS_MAX; i++, row++) {
		struct topo_node n;

		if (topo_node_at(t, row, &n) && n.via_master == 0 && n.id != in->src_id &&
			!row_add(&w, &n, wall_us))
			break;
	}
	// a row that fits no answer at all is left out, lest the asker never ends
	if (row == ask.cursor && row < end)
		row++;
	uint32_t len = stream_roster_finish(&w, row >= end ? STREAM_ROSTER_END : row);
	if (data_answer(app, in, payload, len) != 0)
		LOG(DEBUG, "an answer to another master could not be sent");
}

static void ask_send(struct app *app, struct ask *a, uint64_t now_ms)
{
	struct stream_roster_ask ask = {.seq = a->seq, .room = a->room, .cursor = a->cursor};
	uint8_t payload[STREAM_ROSTER_ASK_LEN];

	stream_roster_ask_build(payload, &ask);
	a->again_ms = now_ms + ANSWER_MS;
	a->n_tries++;
	if (data_send(app, a->id, STREAM_ROSTER_ASKER_PORT, STREAM_ROSTER_PORT, payload, sizeof(payload)) !=
		0)
		LOG(DEBUG, "a request to another master could not be sent");
}

static void ask_end(struct rosters *r, struct ask *a)
{
	a->id = 0;
	r->n_asks--;
}

static void ask_begin(struct app *app, const struct topo_node *n, uint64_t now_ms)
{
	struct rosters *r = app->rosters;
	struct ask *free_ask = NULL;

	for (uint32_t i = 0; i < MASTERS_MAX; i++) {
		if (r->asks[i].id == n->id)
			return; // the last one still runs
		if (r->asks[i].id == 0 && free_ask == NULL)
			free_ask = &r->asks[i];
	}
	uint32_t room = data_payload_max(n->l2mtu, n->hops);
	if (free_ask == NULL || room < STREAM_ROSTER_ASK_LEN)
		return;
	*free_ask = (struct ask){.id = n->id,
		.seq = r->next_seq++,
		.room = (uint16_t)(room < STREAM_ROSTER_LEN_MAX ? room : STREAM_ROSTER_LEN_MAX)};
	r->n_asks++;
	ask_send(app, free_ask, now_ms);
}

// Look for masters in the inventory, a part of it a tick.
static void scan(struct app *app, uint64_t now_ms)
{
	const struct topo *t = discovery_topo(app);
	struct rosters *r = app->rosters;
	uint32_t end = topo_rows_end(t);

	for (uint32_t i = 0; i < SCAN_ROWS && r->scan_row < end; i++, r->scan_row++) {
		struct topo_node n;

		if (topo_node_at(t, r->scan_row, &n) && n.master[0] != '\0' && n.via_master == 0 &&
			n.has_path)
			ask_begin(app, &n, now_ms);
	}
	r->is_scanning = r->scan_row < end;
}

bool rosters_tick(struct app *app, uint64_t now_ms)
{
	struct rosters *r = app->rosters;

	if (is_master(app) && !r->is_scanning && now_ms >= r->next_scan_ms) {
		r->next_scan_ms = now_ms + app->conf->discovery.interval_ms;
		r->is_scanning = true;
		r->scan_row = 0;
	}
	if (r->is_scanning)
		scan(app, now_ms);
	for (uint32_t i = 0; i < MASTERS_MAX && r->n_asks > 0; i++) {
		struct ask *a = &r->asks[i];

		if (a->id == 0 || now_ms < a->again_ms)
			continue;
		if (a->n_tries < TRIES_MAX)
			ask_send(app, a, now_ms);
		else
			ask_end(r, a); // it is asked again in the next interval
	}
	return r->n_asks > 0;
}

static void row_report(struct app *app, uint64_t master_id, const struct stream_roster_row *row)
{
	uint64_t wall_us = base_wall_us();
	uint64_t age_us = (uint64_t)row->age_s * 1000000;
	char identity[TOPO_TEXT_LEN_MAX + 1] = "";
	char board[TOPO_TEXT_LEN_MAX + 1] = "";
	struct topo_saved s = {.id = row->id,
		.identity = identity,
		.board = board,
		.version = row->version,
		.status = (enum topo_status)row->status,
		.cost = row->cost,
		.hops = row->hops,
		.l2mtu = row->l2mtu,
		.first_seen_us = wall_us,
		.last_seen_us = wall_us > age_us ? wall_us - age_us : 0};

	memcpy(identity, row->identity, row->identity_len);
	memcpy(board, row->board, row->board_len);
	if (row->parent_id != 0 && row->parent_id != master_id)
		s.path[s.path_n++] = row->parent_id;
	s.path[s.path_n++] = row->id;
	if (topo_report(discovery_topo(app), master_id, &s, base_mono_ms(), wall_us) != 0)
		LOG(DEBUG, "a node that another master reports is not taken up");
}

void rosters_take(struct app *app, const struct data_in *in)
{
	struct rosters *r = app->rosters;
	struct stream_roster_reader reader;
	struct stream_roster_row row;
	struct ask *a = NULL;

	for (uint32_t i = 0; i < MASTERS_MAX && a == NULL; i++) {
		if (r->asks[i].id != 0 && r->asks[i].id == in->src_id)
			a = &r->asks[i];
	}
	if (a == NULL || !stream_roster_open(&reader, in->payload, in->len) || reader.seq != a->seq)
		return;
	while (stream_roster_next(&reader, &row)) {
		if (row.id != app->own_id)
			row_report(app, in->src_id, &row);
	}
	if (reader.next_cursor == STREAM_ROSTER_END || reader.next_cursor <= a->cursor) {
		ask_end(r, a);
		return;
	}
	a->seq = r->next_seq++;
	a->cursor = reader.next_cursor;
	a->n_tries = 0;
	ask_send(app, a, base_mono_ms());
}
