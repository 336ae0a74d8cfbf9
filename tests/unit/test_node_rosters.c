// SPDX-License-Identifier: BSD-3-Clause
// Rosters of other masters, with a clock of the test's: who is asked, who is answered, what is believed.
#include <string.h>

#include "node_bed.h"
#include "node_rosters.h"
#include "stream_asks.h"
#include "stream_roster.h"
#include "suite.h"

#define INTERVAL_MS 30000

struct setup {
	struct node_bed *bed;
	struct node_discovery *d;
	struct node_rosters *r;
	struct node_discovery_cfg discovery;
	struct node_rosters_cfg cfg;
};

static void pass_ms(struct setup *s, uint32_t ms)
{
	for (uint32_t i = 0; i <= ms; i += 10) {
		node_discovery_tick(s->d, &s->discovery, s->bed->now_ms);
		node_rosters_tick(s->r, &s->cfg, s->bed->now_ms);
		s->bed->now_ms += i < ms ? 10 : 0;
	}
}

static struct setup begin(uint32_t n_ports)
{
	struct setup s = {.bed = node_bed_open(n_ports),
		.discovery = {.is_enabled = true,
			.is_master = true,
			.interval_ms = INTERVAL_MS,
			.late_after = 2,
			.down_after = 4,
			.nodes_max = 1000},
		.cfg = {.is_master = true, .interval_ms = INTERVAL_MS}};

	s.d = node_discovery_create(&s.bed->io, &s.discovery);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.d);
	s.r = node_rosters_create(&s.bed->io, s.d);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.r);
	pass_ms(&s, 100); // the first search finds nobody
	return s;
}

static void end(struct setup *s)
{
	node_rosters_destroy(s->r);
	node_discovery_destroy(s->d);
	node_bed_close(s->bed);
}

static void hear(struct setup *s, uint32_t n, uint8_t slot, const char *master)
{
	CU_ASSERT_EQUAL(node_bed_hear(s->bed, s->d, n, slot, master), NODE_ANSWER_TAKEN);
}

// To the next search for masters, and the requests that it makes.
static void next_search(struct setup *s)
{
	s->bed->n_sent = 0;
	pass_ms(s, INTERVAL_MS);
}

// Requests for rosters that left since n_sent was 0; *ask and *slot: of the last one.
static uint32_t asks_of(const struct setup *s, struct stream_roster_ask *ask, uint8_t *slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->bed->n_sent; i++) {
		const struct node_bed_frame *f = &s->bed->sent[i];
		struct node_data d;

		if (!node_data_parse(f->bytes, f->len, f->slot, 0, &d) || d.dst_port != STREAM_ROSTER_PORT)
			continue;
		CU_ASSERT_EQUAL(d.src_port, STREAM_ROSTER_ASKER_PORT);
		CU_ASSERT_TRUE(stream_roster_ask_parse(d.payload, d.len, ask));
		*slot = f->slot;
		n++;
	}
	return n;
}

// Data of node n, by the neighbor `by` on the port in slot.
static bool data_take(struct setup *s, uint32_t n, uint32_t by, uint8_t slot, uint16_t src_port,
	uint16_t dst_port, const uint8_t *payload, uint32_t len)
{
	struct base_mac from = node_bed_port_mac(by, 0);
	struct node_bed_data d = {.slot = slot,
		.n = n,
		.from_mac = base_mac_u64(&from),
		.src_port = src_port,
		.dst_port = dst_port,
		.payload = payload,
		.len = len};
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct node_data in;

	uint32_t n_bytes = node_bed_data(s->bed, &d, frame);
	CU_ASSERT_TRUE_FATAL(node_data_parse(frame, n_bytes, slot, 0, &in));
	if (dst_port == STREAM_ROSTER_ASKER_PORT)
		return node_rosters_take(s->r, &in, s->bed->now_ms, node_bed_wall_us(s->bed));
	node_rosters_serve(s->r, &s->cfg, &in, s->bed->now_ms, node_bed_wall_us(s->bed));
	return true;
}

// A page with one row for each of nodes first to first + n_rows - 1.
static uint32_t page_make(
	uint8_t out[STREAM_ROSTER_LEN_MAX], uint32_t token, uint32_t first, uint32_t n_rows, uint32_t next)
{
	struct stream_roster_writer w;

	stream_roster_begin(&w, out, STREAM_ROSTER_LEN_MAX, token);
	for (uint32_t i = 0; i < n_rows; i++) {
		struct stream_roster_row row = {.id = node_bed_id_u64(first + i),
			.status = TOPO_OK,
			.hops = 2,
			.l2mtu = 1500,
			.cost = 20,
			.age_s = 5,
			.identity = "far",
			.identity_len = 3};

		CU_ASSERT_TRUE(stream_roster_add(&w, &row));
	}
	return stream_roster_finish(&w, next);
}

static bool page_take(struct setup *s, uint32_t by, uint8_t slot, uint32_t token, uint32_t first,
	uint32_t n_rows, uint32_t next)
{
	uint8_t page[STREAM_ROSTER_LEN_MAX];
	uint32_t len = page_make(page, token, first, n_rows, next);

	return data_take(s, by, by, slot, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, page, len);
}

static bool node_get(const struct setup *s, uint32_t n, struct topo_node *out)
{
	int64_t row = topo_find(node_discovery_topo(s->d), node_bed_id_u64(n));

	return row >= 0 && topo_node_at(node_discovery_topo(s->d), (uint32_t)row, out);
}

static void a_master_that_is_heard_is_asked_page_by_page(void)
{
	struct setup s = begin(2);
	struct stream_roster_ask ask = {.seq = 0};
	struct topo_node n;
	uint8_t slot = 9;

	hear(&s, 1, 1, "M");
	hear(&s, 2, 0, NULL);
	next_search(&s);
	CU_ASSERT_EQUAL_FATAL(asks_of(&s, &ask, &slot), 1); // who is no master is not asked
	CU_ASSERT_EQUAL(slot, 1);
	CU_ASSERT_EQUAL(ask.cursor, 0);
	CU_ASSERT_EQUAL(ask.room, STREAM_ROSTER_LEN_MAX);
	uint32_t first = ask.seq;
	s.bed->n_sent = 0;
	CU_ASSERT_TRUE(page_take(&s, 1, 1, first, 100, 3, 7));
	CU_ASSERT_EQUAL_FATAL(asks_of(&s, &ask, &slot), 1); // the next page at once
	CU_ASSERT_EQUAL(ask.cursor, 7);
	CU_ASSERT_NOT_EQUAL(ask.seq, first);
	CU_ASSERT_TRUE(page_take(&s, 1, 1, ask.seq, 103, 1, STREAM_ROSTER_END));
	CU_ASSERT_TRUE_FATAL(node_get(&s, 103, &n));
	CU_ASSERT_EQUAL(n.via_master, node_bed_id_u64(1));
	CU_ASSERT_EQUAL(n.hops, 2);
	CU_ASSERT_STRING_EQUAL(n.identity, "far");
	CU_ASSERT_EQUAL(n.last_seen_us, node_bed_wall_us(s.bed) - 5000000);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).asked, 2);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).taken, 2);
	CU_ASSERT_FALSE(node_rosters_tick(s.r, &s.cfg, s.bed->now_ms)); // nothing is waited for
	end(&s);
}

static void who_may_not_be_asked_is_not(void)
{
	struct setup s = begin(1);
	struct base_mac listed = node_bed_id(2);
	struct stream_roster_ask ask;
	uint8_t slot;

	hear(&s, 1, 0, "M");
	s.cfg.masters = &listed;
	s.cfg.n_masters = 1;
	next_search(&s);
	CU_ASSERT_EQUAL(asks_of(&s, &ask, &slot), 0); // not in discovery.masters
	s.cfg.n_masters = 0;
	s.cfg.is_master = false;
	next_search(&s);
	CU_ASSERT_EQUAL(asks_of(&s, &ask, &slot), 0); // we are no master ourselves
	s.cfg.is_master = true;
	hear(&s, 1, 0, "M");
	next_search(&s);
	CU_ASSERT(asks_of(&s, &ask, &slot) > 0);
	end(&s);
}

static void a_roster_is_believed_by_node_way_and_token_only(void)
{
	struct setup s = begin(2);
	struct stream_roster_ask ask = {.seq = 0};
	uint8_t slot;
	struct topo_node n;

	hear(&s, 1, 0, "M");
	hear(&s, 2, 0, NULL);
	CU_ASSERT_TRUE(page_take(&s, 1, 0, 1, 100, 1, STREAM_ROSTER_END)); // not asked yet
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_UNASKED], 1);
	next_search(&s);
	CU_ASSERT_EQUAL_FATAL(asks_of(&s, &ask, &slot), 1);
	CU_ASSERT_TRUE(page_take(&s, 2, 0, ask.seq, 100, 1, STREAM_ROSTER_END)); // another node
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_UNASKED], 2);
	CU_ASSERT_TRUE(page_take(&s, 1, 1, ask.seq, 100, 1, STREAM_ROSTER_END)); // another port
	CU_ASSERT_EQUAL(s.bed->refused[1][NODE_REFUSED_ROSTER_WAY], 1);
	CU_ASSERT_TRUE(page_take(&s, 1, 0, ask.seq + 1, 100, 1, STREAM_ROSTER_END));
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_TOKEN], 1);
	CU_ASSERT_TRUE(data_take(
		&s, 1, 1, 0, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, (const uint8_t *)"short", 5));
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_BROKEN], 1);
	CU_ASSERT_FALSE(node_get(&s, 100, &n));
	CU_ASSERT_TRUE(page_take(&s, 1, 0, ask.seq, 100, 1, STREAM_ROSTER_END));
	CU_ASSERT_TRUE(node_get(&s, 100, &n));
	CU_ASSERT_TRUE(page_take(&s, 1, 0, ask.seq, 101, 1, STREAM_ROSTER_END)); // a second copy
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_UNASKED], 3);
	CU_ASSERT_FALSE(node_get(&s, 101, &n));
	end(&s);
}

static void rows_that_are_cut_short_end_the_page_and_ours_is_passed_over(void)
{
	struct setup s = begin(1);
	struct stream_roster_ask ask = {.seq = 0};
	uint8_t page[STREAM_ROSTER_LEN_MAX];
	struct topo_node n;
	uint8_t slot;

	hear(&s, 1, 0, "M");
	next_search(&s);
	CU_ASSERT_EQUAL_FATAL(asks_of(&s, &ask, &slot), 1);
	uint32_t len = page_make(page, ask.seq, 0, 3, STREAM_ROSTER_END); // 0 = us
	CU_ASSERT_TRUE(data_take(&s, 1, 1, 0, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, page, len - 1));
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_BROKEN], 1);
	CU_ASSERT_FALSE(node_get(&s, 0, &n));
	CU_ASSERT_TRUE(node_get(&s, 1, &n));
	CU_ASSERT_EQUAL(n.via_master, 0); // we hear it ourselves
	CU_ASSERT_FALSE(node_get(&s, 2, &n));
	end(&s);
}

static void a_silent_master_is_asked_three_times_and_its_path_blamed(void)
{
	struct setup s = begin(1);
	struct stream_roster_ask ask;
	struct topo_node n;
	uint8_t slot;

	hear(&s, 1, 0, "M");
	next_search(&s);
	pass_ms(&s, STREAM_ASKS_ANSWER_MS + 500);
	hear(&s, 1, 0, "M"); // it is there, but what is sent to it is lost
	pass_ms(&s, 10 * STREAM_ASKS_ANSWER_MS);
	CU_ASSERT_EQUAL(asks_of(&s, &ask, &slot), STREAM_ASKS_TRIES_MAX);
	CU_ASSERT_TRUE(node_get(&s, 1, &n));
	CU_ASSERT_EQUAL(n.carry, TOPO_CARRY_FAILS);
	CU_ASSERT_FALSE(node_rosters_tick(s.r, &s.cfg, s.bed->now_ms));
	next_search(&s);
	CU_ASSERT(asks_of(&s, &ask, &slot) > 0); // and again at the next interval
	end(&s);
}

static void a_roster_without_end_is_given_up_and_left_alone(void)
{
	struct setup s = begin(1);
	struct stream_roster_ask ask = {.seq = 0};
	uint8_t slot;

	hear(&s, 1, 0, "M");
	next_search(&s);
	CU_ASSERT_EQUAL_FATAL(asks_of(&s, &ask, &slot), 1);
	CU_ASSERT_FALSE(page_take(&s, 1, 0, ask.seq, 100, 1, 0)); // the same page again
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_ENDLESS], 1);
	hear(&s, 1, 0, "M");
	next_search(&s);
	CU_ASSERT_EQUAL(asks_of(&s, &ask, &slot), 0);
	end(&s);
}

static void masters_behind_one_port_do_not_cost_those_behind_another(void)
{
	struct setup s = begin(2);
	struct stream_roster_ask ask;
	uint32_t n_other = 0;
	uint8_t slot = 9;

	for (uint32_t n = 1; n <= 200; n++)
		hear(&s, n, 0, "made up");
	hear(&s, 300, 1, "M");
	next_search(&s);
	pass_ms(&s, 100);
	uint32_t n = asks_of(&s, &ask, &slot);
	for (uint32_t i = 0; i < s.bed->n_sent; i++)
		n_other += s.bed->sent[i].slot == 1 && s.bed->sent[i].bytes[WIRE_ETH_LEN] == WIRE_TYPE_DATA;
	CU_ASSERT_EQUAL(n_other, 1);
	CU_ASSERT_EQUAL(n, STREAM_ASKS_PORT_MAX + 1);
	end(&s);
}

static void a_request_that_does_not_leave_is_tried_again(void)
{
	struct setup s = begin(1);
	struct stream_roster_ask ask;
	uint8_t slot;

	hear(&s, 1, 0, "M");
	s.bed->send_err = -1;
	next_search(&s);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).unsent, 1);
	s.bed->send_err = 0;
	pass_ms(&s, STREAM_ASKS_ANSWER_MS);
	CU_ASSERT_EQUAL(asks_of(&s, &ask, &slot), 1);
	end(&s);
}

// The rows of the last answer that we gave; their ids are added to *sum.
static uint32_t served_rows(const struct setup *s, uint32_t *next, uint64_t *ids)
{
	const struct node_bed_frame *f = node_bed_last(s->bed, WIRE_TYPE_DATA);
	struct stream_roster_reader reader;
	struct stream_roster_row row;
	struct node_data d;
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE_FATAL(node_data_parse(f->bytes, f->len, f->slot, 0, &d));
	CU_ASSERT_EQUAL(d.src_port, STREAM_ROSTER_PORT);
	CU_ASSERT_EQUAL(d.dst_port, STREAM_ROSTER_ASKER_PORT);
	CU_ASSERT_TRUE_FATAL(stream_roster_open(&reader, d.payload, d.len));
	CU_ASSERT_EQUAL(reader.seq, 4711);
	while (stream_roster_next(&reader, &row))
		ids[n++] = row.id;
	*next = reader.next_cursor;
	return n;
}

static void roster_ask(struct setup *s, uint32_t by, uint32_t cursor, uint16_t room)
{
	struct stream_roster_ask ask = {.seq = 4711, .room = room, .cursor = cursor};
	uint8_t payload[STREAM_ROSTER_ASK_LEN];

	stream_roster_ask_build(payload, &ask);
	data_take(s, by, by, 0, STREAM_ROSTER_ASKER_PORT, STREAM_ROSTER_PORT, payload, sizeof(payload));
}

static void a_master_is_told_what_we_hear_ourselves(void)
{
	struct setup s = begin(1);
	struct topo_saved far = {.id = node_bed_id_u64(50), .status = TOPO_OK, .l2mtu = 1500};
	uint64_t ids[100];
	uint32_t next = 0;
	uint32_t n_pages = 1;

	for (uint32_t n = 1; n <= 30; n++)
		hear(&s, n, 0, n == 1 ? "M" : NULL);
	far.path[far.path_n++] = far.id;
	CU_ASSERT_EQUAL(topo_report(node_discovery_topo(s.d), node_bed_id_u64(1), &far, s.bed->now_ms,
				node_bed_wall_us(s.bed)),
		0);
	roster_ask(&s, 1, 0, STREAM_ROSTER_LEN_MAX);
	uint32_t n = served_rows(&s, &next, ids);
	for (; next != STREAM_ROSTER_END && n_pages < 10; n_pages++) {
		roster_ask(&s, 1, next, STREAM_ROSTER_LEN_MAX);
		n += served_rows(&s, &next, ids + n);
	}
	CU_ASSERT_EQUAL(next, STREAM_ROSTER_END);
	CU_ASSERT_EQUAL(n, 29); // not itself, nor what another master said
	for (uint32_t i = 0; i < n; i++)
		CU_ASSERT(ids[i] != node_bed_id_u64(1) && ids[i] != far.id);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).served, n_pages);
	// an answer with room for no row at all still leads on
	roster_ask(&s, 1, 1, STREAM_ROSTER_ASK_LEN);
	CU_ASSERT_EQUAL(served_rows(&s, &next, ids), 0);
	CU_ASSERT_EQUAL(next, 2);
	roster_ask(&s, 1, 5000, STREAM_ROSTER_LEN_MAX); // behind the end
	CU_ASSERT_EQUAL(served_rows(&s, &next, ids), 0);
	CU_ASSERT_EQUAL(next, STREAM_ROSTER_END);
	end(&s);
}

static void strangers_and_greedy_ones_are_told_nothing(void)
{
	struct setup s = begin(1);
	struct base_mac listed = node_bed_id(2);

	hear(&s, 1, 0, "M");
	hear(&s, 2, 0, NULL);
	roster_ask(&s, 9, 0, STREAM_ROSTER_LEN_MAX); // never heard
	roster_ask(&s, 2, 0, STREAM_ROSTER_LEN_MAX); // no master
	s.cfg.masters = &listed;
	s.cfg.n_masters = 1;
	roster_ask(&s, 1, 0, STREAM_ROSTER_LEN_MAX); // not listed
	s.cfg.n_masters = 0;
	s.cfg.is_master = false;
	roster_ask(&s, 1, 0, STREAM_ROSTER_LEN_MAX); // we are none
	s.cfg.is_master = true;
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ASKER_STRANGER], 4);
	roster_ask(&s, 1, 0, STREAM_ROSTER_ASK_LEN - 1); // no room for an answer
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ROSTER_BROKEN], 1);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).served, 0);
	for (int i = 0; i < 200; i++)
		roster_ask(&s, 1, 0, STREAM_ROSTER_LEN_MAX);
	CU_ASSERT_EQUAL(node_rosters_counts(s.r).served, 150); // of one asker in a second
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ASKER_RATE], 50);
	end(&s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_master_that_is_heard_is_asked_page_by_page),
	SUITE_CASE(who_may_not_be_asked_is_not),
	SUITE_CASE(a_roster_is_believed_by_node_way_and_token_only),
	SUITE_CASE(rows_that_are_cut_short_end_the_page_and_ours_is_passed_over),
	SUITE_CASE(a_silent_master_is_asked_three_times_and_its_path_blamed),
	SUITE_CASE(a_roster_without_end_is_given_up_and_left_alone),
	SUITE_CASE(masters_behind_one_port_do_not_cost_those_behind_another),
	SUITE_CASE(a_request_that_does_not_leave_is_tried_again),
	SUITE_CASE(a_master_is_told_what_we_hear_ourselves),
	SUITE_CASE(strangers_and_greedy_ones_are_told_nothing),
};
SUITE_MAIN("node", cases)
