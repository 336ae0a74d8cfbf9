// SPDX-License-Identifier: BSD-3-Clause
// Answers to Discovers: pauses, places to wait in, shares of ports.
#include <string.h>

#include "node_bed.h"
#include "node_frame.h"
#include "node_responder.h"
#include "suite.h"

struct setup {
	struct node_bed *bed;
	struct node_responder *r;
};

static struct setup begin(uint32_t n_ports)
{
	struct setup s = {.bed = node_bed_open(n_ports)};

	s.r = node_responder_create(&s.bed->io);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.r);
	return s;
}

static void end(struct setup *s)
{
	node_responder_destroy(s->r);
	node_bed_close(s->bed);
}

// n Discovers of as many neighbors, all at once, by one port.
static void ask(struct setup *s, uint8_t slot, uint32_t n)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	for (uint32_t i = 1; i <= n; i++)
		node_responder_take(s->r, slot, frame, node_bed_discover(i, frame), s->bed->now_ms);
}

// Lets time pass, a millisecond a tick. Returns whether answers still wait.
static bool pass_ms(struct setup *s, uint32_t ms)
{
	bool is_any = node_responder_tick(s->r, s->bed->now_ms);

	for (uint32_t i = 0; i < ms; i++)
		is_any = node_responder_tick(s->r, ++s->bed->now_ms);
	return is_any;
}

static void each_asker_gets_one_answer_that_names_both_ends(void)
{
	struct setup s = begin(2);
	uint8_t discover[WIRE_FRAME_LEN_MAX];
	struct topo_answer a;
	struct wire_frame f;

	node_responder_take(s.r, 1, discover, node_bed_discover(7, discover), s.bed->now_ms);
	pass_ms(&s, 60);
	CU_ASSERT_EQUAL_FATAL(s.bed->n_sent, 1);
	const struct node_bed_frame *sent = &s.bed->sent[0];
	struct base_mac to = node_bed_port_mac(7, 0);
	CU_ASSERT_EQUAL(sent->slot, 1);
	CU_ASSERT_TRUE(base_mac_equal(sent->bytes, &to));
	const uint8_t *romon = node_frame_parse(sent->bytes, sent->len, &f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(romon);
	CU_ASSERT_EQUAL_FATAL(topo_answer_parse(romon, &f, node_bed_id_u64(7), &a), 0);
	CU_ASSERT_EQUAL(a.node_id, node_bed_id_u64(0));
	CU_ASSERT_EQUAL(a.node_in.link_id, 11);
	CU_ASSERT_EQUAL(a.parent_id, node_bed_id_u64(7));
	CU_ASSERT_EQUAL(a.parent_out.link_id, 1);
	CU_ASSERT_EQUAL(node_responder_counts(s.r).sent, 1);
	end(&s);
}

static void pauses_are_spread_over_fifty_milliseconds(void)
{
	struct setup s = begin(8);
	uint64_t t0_ms = s.bed->now_ms;
	uint32_t n_at[NODE_RESPONDER_PAUSE_MS + 1] = {0};

	for (uint8_t slot = 0; slot < 8; slot++)
		ask(&s, slot, NODE_RESPONDER_WAIT_PORT);
	CU_ASSERT_EQUAL(s.bed->n_sent, 0);
	CU_ASSERT_FALSE(pass_ms(&s, NODE_RESPONDER_PAUSE_MS));
	CU_ASSERT_EQUAL_FATAL(s.bed->n_sent, NODE_RESPONDER_WAIT);
	for (uint32_t i = 0; i < s.bed->n_sent; i++)
		n_at[s.bed->sent[i].at_ms - t0_ms]++;
	// 10 of each are to be expected, and the dice are always the same
	for (uint32_t i = 0; i <= NODE_RESPONDER_PAUSE_MS; i++)
		CU_ASSERT(n_at[i] > 0 && n_at[i] < 30);
	end(&s);
}

static void while_answers_wait_a_tick_says_so(void)
{
	struct setup s = begin(1);

	CU_ASSERT_FALSE(pass_ms(&s, 10));
	ask(&s, 0, 20);
	bool is_any = pass_ms(&s, 0);
	for (uint32_t i = 0; i <= NODE_RESPONDER_PAUSE_MS && s.bed->n_sent < 20; i++) {
		CU_ASSERT_TRUE(is_any);
		is_any = pass_ms(&s, 1);
	}
	CU_ASSERT_FALSE(is_any);
	end(&s);
}

static void who_finds_no_place_to_wait_in_is_answered_at_once(void)
{
	struct setup s = begin(9);

	ask(&s, 0, NODE_RESPONDER_WAIT_PORT + 3);
	CU_ASSERT_EQUAL(s.bed->n_sent, 3);
	for (uint8_t slot = 1; slot < 8; slot++)
		ask(&s, slot, NODE_RESPONDER_WAIT_PORT);
	CU_ASSERT_EQUAL(s.bed->n_sent, 3); // another port's answers still had their places
	ask(&s, 8, 5);
	CU_ASSERT_EQUAL(s.bed->n_sent, 8); // now all places are taken
	pass_ms(&s, NODE_RESPONDER_PAUSE_MS);
	CU_ASSERT_EQUAL(s.bed->n_sent, NODE_RESPONDER_WAIT + 8);
	ask(&s, 8, 5);
	CU_ASSERT_EQUAL(s.bed->n_sent, NODE_RESPONDER_WAIT + 8); // and are free again
	end(&s);
}

static void a_port_has_its_share_of_answers_and_no_more(void)
{
	struct setup s = begin(2);

	ask(&s, 0, NODE_RESPONDER_PER_S + 200);
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ANSWER_RATE], 200);
	ask(&s, 1, 50);
	CU_ASSERT_EQUAL(s.bed->refused[1][NODE_REFUSED_ANSWER_RATE], 0);
	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(node_responder_counts(s.r).sent, NODE_RESPONDER_PER_S + 50);
	ask(&s, 0, 200);
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ANSWER_RATE], 300); // 100 ms later: 100 more
	end(&s);
}

static void an_answer_that_cannot_leave_is_counted(void)
{
	struct setup s = begin(2);
	struct node_responder_counts c;

	ask(&s, 0, 10);
	s.bed->ports[0].is_active = false; // the cable is pulled while they wait
	pass_ms(&s, 60);
	c = node_responder_counts(s.r);
	CU_ASSERT_EQUAL(c.sent, 0);
	CU_ASSERT_EQUAL(c.unsent, 10);
	s.bed->has_port[0] = false; // a reload takes the port away
	ask(&s, 0, 10);
	ask(&s, NODE_PORTS, 1);
	CU_ASSERT_FALSE(pass_ms(&s, 60));
	c = node_responder_counts(s.r);
	CU_ASSERT_EQUAL(c.sent + c.unsent, 10);
	end(&s);
}

static void what_is_no_discover_is_not_answered(void)
{
	struct setup s = begin(1);
	struct node_bed_frame discover = {.slot = 0};
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	discover.len = node_bed_discover(7, discover.bytes);
	uint32_t len = node_bed_answer(8, &discover, NULL, frame);
	node_responder_take(s.r, 0, frame, len, s.bed->now_ms);
	for (uint32_t cut = 0; cut < discover.len; cut++)
		node_responder_take(s.r, 0, discover.bytes, cut, s.bed->now_ms);
	CU_ASSERT_FALSE(pass_ms(&s, 60));
	CU_ASSERT_EQUAL(s.bed->n_sent, 0);
	CU_ASSERT_EQUAL(node_responder_counts(s.r).unsent, 1); // the answer; what is cut is no frame at all
	end(&s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_asker_gets_one_answer_that_names_both_ends),
	SUITE_CASE(pauses_are_spread_over_fifty_milliseconds),
	SUITE_CASE(while_answers_wait_a_tick_says_so),
	SUITE_CASE(who_finds_no_place_to_wait_in_is_answered_at_once),
	SUITE_CASE(a_port_has_its_share_of_answers_and_no_more),
	SUITE_CASE(an_answer_that_cannot_leave_is_counted),
	SUITE_CASE(what_is_no_discover_is_not_answered),
};
SUITE_MAIN("node", cases)
