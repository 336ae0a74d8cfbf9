// SPDX-License-Identifier: BSD-3-Clause
// Rosters of other masters. Pure; one thread.
#include "node_rosters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stream_asks.h"
#include "stream_roster.h"
#include "stream_share.h"

#define NO_WAY UINT64_MAX // of a request that did not leave

_Static_assert(STREAM_ASKS_PORTS == NODE_PORTS && STREAM_SHARE_PORTS == NODE_PORTS, "one share a port");

static const struct stream_share_rate share_rate = STREAM_SHARE_ROSTERS;

// The search for masters behind one port. It goes on where it stopped, so that each of them has its turn.
struct search {
	uint32_t row;
	uint32_t left; // rows still to be looked at in this round
};

struct node_rosters {
	struct node_io io;
	struct node_discovery *discovery;
	uint64_t next_round_ms; // when the next search for masters begins
	struct search searches[NODE_PORTS];
	struct node_rosters_counts counts;
	struct stream_asks asks;
	struct stream_share share;
};

struct node_rosters *node_rosters_create(const struct node_io *io, struct node_discovery *d)
{
	struct node_rosters *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->io = *io;
	r->discovery = d;
	return r;
}

void node_rosters_destroy(struct node_rosters *r)
{
	free(r);
}

struct node_rosters_counts node_rosters_counts(const struct node_rosters *r)
{
	return r->counts;
}

static struct topo *topo_of(const struct node_rosters *r)
{
	return node_discovery_topo(r->discovery);
}

static void refuse(struct node_rosters *r, const struct node_data *in, enum node_refused why)
{
	r->io.refuse(r->io.ctx, in->slot, why);
}

static bool is_listed(const struct node_rosters_cfg *cfg, uint64_t id)
{
	for (uint32_t i = 0; i < cfg->n_masters; i++) {
		if (base_mac_u64(&cfg->masters[i]) == id)
			return true;
	}
	return cfg->n_masters == 0;
}

// A master that we hear ourselves, and that the configuration lets us deal with.
static bool is_peer(const struct node_rosters_cfg *cfg, const struct topo_node *n)
{
	return n->master[0] != '\0' && n->via_master == 0 && is_listed(cfg, n->id);
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
static bool may_serve(struct node_rosters *r, const struct node_rosters_cfg *cfg, const struct node_data *in,
	uint64_t now_ms)
{
	const struct topo *t = topo_of(r);
	struct topo_node n;
	int64_t row = topo_find(t, in->src_id);

	if (row < 0 || !topo_node_at(t, (uint32_t)row, &n) || !is_peer(cfg, &n)) {
		refuse(r, in, NODE_REFUSED_ASKER_STRANGER);
		return false;
	}
	if (stream_share_take(&r->share, &share_rate, in->slot, in->src_id, now_ms))
		return true;
	refuse(r, in, NODE_REFUSED_ASKER_RATE);
	return false;
}

// Only what we hear ourselves is told on: nothing goes round.
void node_rosters_serve(struct node_rosters *r, const struct node_rosters_cfg *cfg,
	const struct node_data *in, uint64_t now_ms, uint64_t wall_us)
{
	const struct topo *t = topo_of(r);
	uint8_t payload[STREAM_ROSTER_LEN_MAX];
	struct stream_roster_writer w;
	struct stream_roster_ask ask;

	if (!cfg->is_master) {
		refuse(r, in, NODE_REFUSED_ASKER_STRANGER);
		return;
	}
	if (!stream_roster_ask_parse(in->payload, in->len, &ask) || ask.room < STREAM_ROSTER_ASK_LEN) {
		refuse(r, in, NODE_REFUSED_ROSTER_BROKEN);
		return;
	}
	if (!may_serve(r, cfg, in, now_ms))
		return;
	stream_roster_begin(&w, payload, ask.room < sizeof(payload) ? ask.room : sizeof(payload), ask.seq);
	uint32_t row = ask.cursor;
	uint32_t end = topo_rows_end(t);
	for (uint32_t i = 0; row < end && i < NODE_ROSTERS_SERVE_ROWS; i++, row++) {
		struct topo_node n;

		if (topo_node_at(t, row, &n) && n.via_master == 0 && n.id != in->src_id &&
			!row_add(&w, &n, wall_us))
			break;
	}
	// a row that fits no answer at all is left out, lest the asker never ends
	if (row == ask.cursor && row < end)
		row++;
	uint32_t len = stream_roster_finish(&w, row >= end ? STREAM_ROSTER_END : row);
	if (node_data_answer(&r->io, in, payload, len) == 0)
		r->counts.served++;
	else
		r->counts.unsent++;
}

// A request that does not leave is one that is not answered: it is tried again.
static void ask_send(struct node_rosters *r, struct stream_ask_run *run, uint64_t now_ms)
{
	struct stream_roster_ask ask = {.cursor = run->cursor};
	uint8_t payload[STREAM_ROSTER_ASK_LEN];
	struct node_path path;

	if (run->n_tries > 0 && run->way != NO_WAY)
		node_discovery_path_tell(
			r->discovery, run->id, false, STREAM_ASKS_ANSWER_MS, now_ms); // the last one was lost
	int err = node_path_find(&r->io, topo_of(r), run->id, &path);
	uint32_t room = err == 0 ? node_payload_max(path.l2mtu, path.n) : 0;
	if (err == 0 && room < STREAM_ROSTER_ASK_LEN)
		err = -EMSGSIZE;
	r->io.random(r->io.ctx, &ask.seq, sizeof(ask.seq));
	ask.room = (uint16_t)(room < STREAM_ROSTER_LEN_MAX ? room : STREAM_ROSTER_LEN_MAX);
	stream_roster_ask_build(payload, &ask);
	stream_asks_sent(run, ask.seq, err == 0 ? node_path_way(&path) : NO_WAY, now_ms);
	if (err == 0)
		err = node_data_send(&r->io, &path, run->id, STREAM_ROSTER_ASKER_PORT, STREAM_ROSTER_PORT,
			payload, sizeof(payload));
	if (err == 0)
		r->counts.asked++;
	else
		r->counts.unsent++;
}

// Is there a master in the row whose path begins at that port?
static uint64_t master_behind(
	const struct node_rosters *r, const struct node_rosters_cfg *cfg, uint32_t row, uint8_t slot)
{
	struct node_path path;
	struct topo_node n;

	return topo_node_at(topo_of(r), row, &n) && is_peer(cfg, &n) && n.has_path &&
			       node_path_find(&r->io, topo_of(r), n.id, &path) == 0 && path.slot == slot
		       ? n.id
		       : 0;
}

// A part of the round of one port: it pauses while the port's share of masters is being asked.
static void search_go_on(struct node_rosters *r, const struct node_rosters_cfg *cfg, uint8_t slot,
	uint32_t n_rows, uint64_t now_ms)
{
	struct search *s = &r->searches[slot];
	uint32_t end = topo_rows_end(topo_of(r));

	for (uint32_t i = 0; i < n_rows && s->left > 0; i++) {
		if (s->row >= end)
			s->row = 0;
		uint64_t id = master_behind(r, cfg, s->row, slot);
		if (id != 0 && stream_asks_begin(&r->asks, slot, id, now_ms) == STREAM_ASKS_FULL)
			return;
		s->row++;
		s->left--;
	}
}

static bool has_port(const struct node_rosters *r, uint8_t slot)
{
	struct node_port port;

	return r->io.port(r->io.ctx, slot, &port);
}

// Returns whether a round still goes on.
static bool searches_tick(struct node_rosters *r, const struct node_rosters_cfg *cfg, uint64_t now_ms)
{
	uint32_t n_searching = 0;

	if (cfg->is_master && now_ms >= r->next_round_ms) {
		r->next_round_ms = now_ms + cfg->interval_ms;
		for (uint8_t s = 0; s < NODE_PORTS; s++) {
			if (has_port(r, s) && r->searches[s].left == 0)
				r->searches[s].left = topo_rows_end(topo_of(r));
		}
	}
	for (uint8_t s = 0; s < NODE_PORTS; s++)
		n_searching += r->searches[s].left > 0;
	for (uint8_t s = 0; s < NODE_PORTS; s++) {
		if (!cfg->is_master || !has_port(r, s))
			r->searches[s].left = 0;
		if (r->searches[s].left > 0)
			search_go_on(r, cfg, s, NODE_ROSTERS_SCAN_ROWS / n_searching, now_ms);
	}
	return n_searching > 0;
}

bool node_rosters_tick(struct node_rosters *r, const struct node_rosters_cfg *cfg, uint64_t now_ms)
{
	struct stream_ask_run *run;
	bool is_searching = searches_tick(r, cfg, now_ms);

	for (int i = 0; i < NODE_ROSTERS_ASKS_A_TICK && (run = stream_asks_due(&r->asks, now_ms)) != NULL;
		i++)
		ask_send(r, run, now_ms);
	return is_searching || r->asks.n_runs > 0;
}

static void row_report(struct node_rosters *r, uint64_t master_id, const struct stream_roster_row *row,
	uint64_t now_ms, uint64_t wall_us)
{
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
	(void)!topo_report(topo_of(r), master_id, &s, now_ms, wall_us); // it counts what it refuses
}

// Rows are believed as far as they can be read. Returns how many.
static uint32_t rows_take(struct node_rosters *r, const struct node_data *in,
	struct stream_roster_reader *reader, uint64_t now_ms, uint64_t wall_us)
{
	struct stream_roster_row row;
	struct topo_self self;
	uint32_t n_told = reader->n_rows;
	uint32_t n = 0;

	r->io.self(r->io.ctx, &self);
	for (; stream_roster_next(reader, &row); n++) {
		if (row.id != base_mac_u64(&self.id))
			row_report(r, in->src_id, &row, now_ms, wall_us);
	}
	if (n < n_told)
		refuse(r, in, NODE_REFUSED_ROSTER_BROKEN);
	return n;
}

// A page of a run came. False: the roster does not end.
static bool page_take(struct node_rosters *r, const struct node_data *in, struct stream_roster_reader *reader,
	struct stream_ask_run *run, uint64_t now_ms, uint64_t wall_us)
{
	uint32_t n_rows = rows_take(r, in, reader, now_ms, wall_us);

	switch (stream_asks_page(&r->asks, run, n_rows, reader->next_cursor, now_ms)) {
	case STREAM_ASKS_MORE:
		// the next page at once, unless it is another one's turn
		run = stream_asks_due(&r->asks, now_ms);
		if (run != NULL)
			ask_send(r, run, now_ms);
		return true;
	case STREAM_ASKS_ENDLESS:
		refuse(r, in, NODE_REFUSED_ROSTER_ENDLESS);
		return false;
	case STREAM_ASKS_NEXT_INVALID:
	case STREAM_ASKS_DONE:
		break;
	}
	return true;
}

bool node_rosters_take(struct node_rosters *r, const struct node_data *in, uint64_t now_ms, uint64_t wall_us)
{
	struct stream_roster_reader reader;
	struct stream_ask_run *run;

	if (!stream_roster_open(&reader, in->payload, in->len)) {
		refuse(r, in, NODE_REFUSED_ROSTER_BROKEN);
		return true;
	}
	switch (stream_asks_judge(&r->asks, in->src_id, node_data_way(in), reader.seq, &run)) {
	case STREAM_ASKS_VERDICT_INVALID:
	case STREAM_ASKS_UNASKED:
		refuse(r, in, NODE_REFUSED_ROSTER_UNASKED);
		return true;
	case STREAM_ASKS_WAY:
		refuse(r, in, NODE_REFUSED_ROSTER_WAY);
		return true;
	case STREAM_ASKS_TOKEN:
		refuse(r, in, NODE_REFUSED_ROSTER_TOKEN);
		return true;
	case STREAM_ASKS_ANSWER:
		break;
	}
	r->counts.taken++;
	node_discovery_path_tell(r->discovery, in->src_id, true, 0, now_ms);
	return page_take(r, in, &reader, run, now_ms, wall_us);
}
