// SPDX-License-Identifier: BSD-3-Clause
// Rosters of other masters: whom to ask, and what to answer. How often, and whether to believe it:
// stream_asks.h and stream_share.h. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_random.h"
#include "discovery.h"
#include "refused.h"
#include "rosters.h"
#include "stream_asks.h"
#include "stream_roster.h"
#include "stream_share.h"
#include "topo.h"

LOG_TYPE("roster");

#define SCAN_ROWS      1024 // of the inventory a tick, in search of masters
#define SENDS_A_TICK   64
#define SERVE_ROWS_MAX 1000       // passed over for one answer
#define NO_WAY         UINT64_MAX // of a request that did not leave
#define ENDLESS_LOG_MS 10000      // at most one line in this time

_Static_assert(
	STREAM_ASKS_PORTS == SNAP_PORTS_MAX && STREAM_SHARE_PORTS == SNAP_PORTS_MAX, "one share a port");

static const struct stream_share_rate share_rate = STREAM_SHARE_ROSTERS;

// The search for masters behind one port. It goes on where it stopped, so that each of them has its turn.
struct search {
	uint32_t row;
	uint32_t left; // rows still to be looked at in this round
};

struct rosters {
	uint64_t next_round_ms; // when the next search for masters begins
	uint64_t endless_log_ms;
	struct search searches[SNAP_PORTS_MAX];
	struct rosters_counts counts;
	struct stream_asks asks;
	struct stream_share share;
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

struct rosters_counts rosters_counts(const struct app *app)
{
	return app->rosters->counts;
}

static bool is_master(const struct app *app)
{
	return app->conf->romon.role == CONF_ROLE_MASTER && app->conf->romon.is_enabled;
}

static bool is_listed(const struct app *app, uint64_t id)
{
	const struct conf_ids *masters = &app->conf->discovery.masters;

	for (uint32_t i = 0; i < masters->n; i++) {
		if (base_mac_u64(&masters->id[i]) == id)
			return true;
	}
	return masters->n == 0;
}

// A master that we hear ourselves, and that the configuration lets us deal with.
static bool is_peer(const struct app *app, const struct topo_node *n)
{
	return n->master[0] != '\0' && n->via_master == 0 && is_listed(app, n->id);
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

// May this request be answered? An answer is some 16 times as long as the request, and goes where the
// request's hop list leads back: so only masters that we hear get one, and no more than their share.
static bool may_serve(struct app *app, const struct data_in *in)
{
	const struct topo *t = discovery_topo(app);
	struct topo_node n;
	int64_t row = topo_find(t, in->src_id);

	if (row < 0 || !topo_node_at(t, (uint32_t)row, &n) || !is_peer(app, &n)) {
		refused_count(app, in->slot, NODE_REFUSED_ASKER_STRANGER);
		return false;
	}
	if (stream_share_take(&app->rosters->share, &share_rate, in->slot, in->src_id, base_mono_ms()))
		return true;
	refused_count(app, in->slot, NODE_REFUSED_ASKER_RATE);
	return false;
}

// Only what we hear ourselves is told on: nothing goes round.
void rosters_serve(struct app *app, const struct data_in *in)
{
	const struct topo *t = discovery_topo(app);
	uint8_t payload[STREAM_ROSTER_LEN_MAX];
	struct stream_roster_writer w;
	struct stream_roster_ask ask;
	uint64_t wall_us = base_wall_us();

	if (!is_master(app)) {
		refused_count(app, in->slot, NODE_REFUSED_ASKER_STRANGER);
		return;
	}
	if (!stream_roster_ask_parse(in->payload, in->len, &ask) || ask.room < STREAM_ROSTER_ASK_LEN) {
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_BROKEN);
		return;
	}
	if (!may_serve(app, in))
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
	if (data_answer(app, in, payload, len) == 0)
		app->rosters->counts.served++;
	else
		app->rosters->counts.unsent++;
}

// A request that does not leave is one that is not answered: it is tried again.
static void ask_send(struct app *app, struct stream_ask_run *run, uint64_t now_ms)
{
	struct stream_roster_ask ask = {.cursor = run->cursor};
	uint8_t payload[STREAM_ROSTER_ASK_LEN];
	struct data_path path;

	if (run->n_tries > 0 && run->way != NO_WAY)
		discovery_path_tell(app, run->id, false, STREAM_ASKS_ANSWER_MS); // the last one was lost
	int err = data_path_find(app, run->id, &path);
	uint32_t room = err == 0 ? data_payload_max(path.l2mtu, path.n) : 0;
	if (err == 0 && room < STREAM_ROSTER_ASK_LEN)
		err = -EMSGSIZE;
	base_random_fill(&ask.seq, sizeof(ask.seq));
	ask.room = (uint16_t)(room < STREAM_ROSTER_LEN_MAX ? room : STREAM_ROSTER_LEN_MAX);
	stream_roster_ask_build(payload, &ask);
	stream_asks_sent(run, ask.seq, err == 0 ? data_path_way(&path) : NO_WAY, now_ms);
	if (err == 0)
		err = data_send(app, &path, run->id, STREAM_ROSTER_ASKER_PORT, STREAM_ROSTER_PORT, payload,
			sizeof(payload));
	if (err == 0)
		app->rosters->counts.asked++;
	else
		app->rosters->counts.unsent++;
}

// Is there a master in the row whose path begins at that port?
static uint64_t master_behind(const struct app *app, uint32_t row, uint8_t slot)
{
	struct data_path path;
	struct topo_node n;

	return topo_node_at(discovery_topo(app), row, &n) && is_peer(app, &n) && n.has_path &&
			       data_path_find(app, n.id, &path) == 0 && path.slot == slot
		       ? n.id
		       : 0;
}

// A part of the round of one port: it pauses while the port's share of masters is being asked.
static void search_go_on(struct app *app, uint8_t slot, uint32_t n_rows, uint64_t now_ms)
{
	struct search *s = &app->rosters->searches[slot];
	uint32_t end = topo_rows_end(discovery_topo(app));

	for (uint32_t i = 0; i < n_rows && s->left > 0; i++) {
		if (s->row >= end)
			s->row = 0;
		uint64_t id = master_behind(app, s->row, slot);
		if (id != 0 && stream_asks_begin(&app->rosters->asks, slot, id, now_ms) == STREAM_ASKS_FULL)
			return;
		s->row++;
		s->left--;
	}
}

// Returns whether a round still goes on.
static bool searches_tick(struct app *app, uint64_t now_ms)
{
	struct rosters *r = app->rosters;
	uint32_t n_searching = 0;

	if (is_master(app) && now_ms >= r->next_round_ms) {
		r->next_round_ms = now_ms + app->conf->discovery.interval_ms;
		for (uint8_t s = 0; s < SNAP_PORTS_MAX; s++) {
			if (app->slots[s].is_used && r->searches[s].left == 0)
				r->searches[s].left = topo_rows_end(discovery_topo(app));
		}
	}
	for (uint8_t s = 0; s < SNAP_PORTS_MAX; s++)
		n_searching += r->searches[s].left > 0;
	for (uint8_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (!app->slots[s].is_used || !is_master(app))
			r->searches[s].left = 0;
		if (r->searches[s].left > 0)
			search_go_on(app, s, SCAN_ROWS / n_searching, now_ms);
	}
	return n_searching > 0;
}

bool rosters_tick(struct app *app, uint64_t now_ms)
{
	struct rosters *r = app->rosters;
	struct stream_ask_run *run;
	bool is_searching = searches_tick(app, now_ms);

	for (int i = 0; i < SENDS_A_TICK && (run = stream_asks_due(&r->asks, now_ms)) != NULL; i++)
		ask_send(app, run, now_ms);
	return is_searching || r->asks.n_runs > 0;
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

static void endless_tell(struct app *app, const struct data_in *in, uint64_t now_ms)
{
	struct base_mac master = base_mac_from_u64(in->src_id);
	struct rosters *r = app->rosters;
	char text[BASE_MAC_TEXT_LEN];

	refused_count(app, in->slot, NODE_REFUSED_ROSTER_ENDLESS);
	if (now_ms < r->endless_log_ms)
		return;
	r->endless_log_ms = now_ms + ENDLESS_LOG_MS;
	LOG(WARNING,
		"%s: the roster of the master %s does not come to an end: it is not asked for %d min; "
		"discovery.masters says whom to ask",
		app->slots[in->slot].name, base_mac_format(&master, text), STREAM_ASKS_HOLD_MS / 60000);
}

// Rows are believed as far as they can be read. Returns how many.
static uint32_t rows_take(struct app *app, const struct data_in *in, struct stream_roster_reader *reader)
{
	struct stream_roster_row row;
	uint32_t n_told = reader->n_rows;
	uint32_t n = 0;

	for (; stream_roster_next(reader, &row); n++) {
		if (row.id != app->own_id)
			row_report(app, in->src_id, &row);
	}
	if (n < n_told)
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_BROKEN);
	return n;
}

void rosters_take(struct app *app, const struct data_in *in)
{
	struct rosters *r = app->rosters;
	struct stream_roster_reader reader;
	struct stream_ask_run *run;
	uint64_t now_ms = base_mono_ms();

	if (!stream_roster_open(&reader, in->payload, in->len)) {
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_BROKEN);
		return;
	}
	switch (stream_asks_judge(&r->asks, in->src_id, data_in_way(in), reader.seq, &run)) {
	case STREAM_ASKS_VERDICT_INVALID:
	case STREAM_ASKS_UNASKED:
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_UNASKED);
		return;
	case STREAM_ASKS_WAY:
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_WAY);
		return;
	case STREAM_ASKS_TOKEN:
		refused_count(app, in->slot, NODE_REFUSED_ROSTER_TOKEN);
		return;
	case STREAM_ASKS_ANSWER:
		break;
	}
	r->counts.taken++;
	discovery_path_tell(app, in->src_id, true, 0);
	uint32_t n_rows = rows_take(app, in, &reader);
	switch (stream_asks_page(&r->asks, run, n_rows, reader.next_cursor, now_ms)) {
	case STREAM_ASKS_MORE:
		// the next page at once, unless it is another one's turn
		run = stream_asks_due(&r->asks, now_ms);
		if (run != NULL)
			ask_send(app, run, now_ms);
		break;
	case STREAM_ASKS_ENDLESS:
		endless_tell(app, in, now_ms);
		break;
	case STREAM_ASKS_NEXT_INVALID:
	case STREAM_ASKS_DONE:
		break;
	}
}
