// SPDX-License-Identifier: BSD-3-Clause
// Rounds of Discover and what is believed of the answers, with a clock of the test's.
#include <errno.h>
#include <string.h>

#include "node_bed.h"
#include "node_discovery.h"
#include "suite.h"

#define INTERVAL_MS 30000

struct setup {
	struct node_bed *bed;
	struct node_discovery *d;
	struct node_discovery_cfg cfg;
	struct node_discovery_did did; // all that happened since pass_ms() began
	uint32_t n_rounds;             // likewise
};

static struct setup begin(uint32_t n_ports, bool is_master)
{
	struct setup s = {.bed = node_bed_open(n_ports),
		.cfg = {.is_enabled = true,
			.is_master = is_master,
			.interval_ms = INTERVAL_MS,
			.late_after = 2,
			.down_after = 4,
			.nodes_max = 100}};

	s.d = node_discovery_create(&s.bed->io, &s.cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.d);
	return s;
}

static void end(struct setup *s)
{
	node_discovery_destroy(s->d);
	node_bed_close(s->bed);
}

static void tick(struct setup *s)
{
	struct node_discovery_did did = node_discovery_tick(s->d, &s->cfg, s->bed->now_ms);
	struct topo_event e;

	s->n_rounds += did.is_round;
	s->did.is_round |= did.is_round;
	s->did.asked |= did.asked;
	s->did.has_looked |= did.has_looked;
	s->did.is_deny_undone |= did.is_deny_undone;
	while (topo_event_next(node_discovery_topo(s->d), &e))
		;
}

// Lets time pass, a tick each 10 ms; the first at once.
static void pass_ms(struct setup *s, uint32_t ms)
{
	s->did = (struct node_discovery_did){.is_round = false};
	s->n_rounds = 0;
	tick(s);
	for (uint32_t i = 0; i < ms; i += 10) {
		s->bed->now_ms += 10;
		tick(s);
	}
}

static enum node_answer take(
	struct setup *s, uint8_t slot, const uint8_t *frame, uint32_t len, const char **why)
{
	return node_discovery_take(s->d, slot, frame, len, s->bed->now_ms, node_bed_wall_us(s->bed), why);
}

static enum node_answer answer(struct setup *s, uint32_t n, uint8_t slot)
{
	return node_bed_hear(s->bed, s->d, n, slot, NULL);
}

static bool node_get(const struct setup *s, uint32_t n, struct topo_node *out)
{
	int64_t row = topo_find(node_discovery_topo(s->d), node_bed_id_u64(n));

	return row >= 0 && topo_node_at(node_discovery_topo(s->d), (uint32_t)row, out);
}

static void a_master_asks_by_every_port_that_can_send(void)
{
	struct setup s = begin(3, true);

	s.bed->ports[1].is_active = false;
	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	CU_ASSERT_EQUAL(s.did.asked, 5);
	CU_ASSERT_EQUAL(s.bed->n_sent, 2);
	pass_ms(&s, INTERVAL_MS - 200);
	CU_ASSERT_EQUAL(s.n_rounds, 0);
	pass_ms(&s, 200);
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	pass_ms(&s, 10 * INTERVAL_MS);
	CU_ASSERT_EQUAL(s.n_rounds, 10);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).rounds, 12);
	end(&s);
}

static void who_is_no_master_asks_only_while_somebody_wants_to_know(void)
{
	struct setup s = begin(1, false);

	pass_ms(&s, 2 * INTERVAL_MS);
	CU_ASSERT_EQUAL(s.n_rounds, 0);
	node_discovery_want(s.d, s.bed->now_ms + 3000, s.bed->now_ms);
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL(s.n_rounds, 1); // at once
	pass_ms(&s, 950);
	CU_ASSERT_EQUAL(s.n_rounds, 0);
	node_discovery_want(s.d, s.bed->now_ms + 100, s.bed->now_ms); // less than is wanted already
	pass_ms(&s, 10000);
	CU_ASSERT_EQUAL(s.n_rounds, 2); // at 1 s and 2 s
	end(&s);
}

static void a_wish_does_not_wait_for_the_timer_of_a_master(void)
{
	struct setup s = begin(1, true);

	pass_ms(&s, 5000);
	node_discovery_want(s.d, s.bed->now_ms + 2500, s.bed->now_ms);
	pass_ms(&s, 2500);
	CU_ASSERT_EQUAL(s.n_rounds, 3);
	pass_ms(&s, INTERVAL_MS - 1000); // the next comes an interval after the last: the timer began anew
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	s.cfg.interval_ms = 2000; // a reload: 29 s are not waited for any more
	pass_ms(&s, 2100);
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	end(&s);
}

static void what_changed_is_asked_for_at_once(void)
{
	struct setup s = begin(2, true);

	s.bed->ports[1].is_active = false;
	pass_ms(&s, 1000);
	s.bed->ports[1].is_active = true; // a cable
	pass_ms(&s, NODE_DISCOVERY_SETTLE_MS);
	CU_ASSERT_TRUE(s.did.is_deny_undone);
	pass_ms(&s, NODE_DISCOVERY_LOOK_MS);
	CU_ASSERT_EQUAL(s.did.asked, 3);
	s.bed->self.channel = 7;
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	pass_ms(&s, 1000);
	CU_ASSERT_EQUAL(s.n_rounds, 0);
	end(&s);
}

static void nothing_is_sent_where_nothing_can_be(void)
{
	struct setup s = begin(2, true);

	s.cfg.is_enabled = false;
	pass_ms(&s, INTERVAL_MS);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).rounds, 0);
	s.bed->ports[0].is_active = s.bed->ports[1].is_active = false;
	pass_ms(&s, NODE_DISCOVERY_LOOK_MS);
	s.cfg.is_enabled = true;
	pass_ms(&s, INTERVAL_MS);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).rounds, 0);
	s.bed->ports[0].is_active = true;
	s.bed->send_err = -ENOBUFS;
	pass_ms(&s, 1000);
	CU_ASSERT_EQUAL(s.n_rounds, 1);
	CU_ASSERT_EQUAL(s.did.asked, 0);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).unsent, 1);
	end(&s);
}

static void who_answers_is_known_with_a_path(void)
{
	struct setup s = begin(2, true);
	struct topo_node n;

	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	CU_ASSERT_EQUAL(answer(&s, 2, 1), NODE_ANSWER_TAKEN);
	CU_ASSERT_EQUAL(answer(&s, 2, 1), NODE_ANSWER_TAKEN); // a second copy says nothing new
	CU_ASSERT_TRUE_FATAL(node_get(&s, 2, &n));
	CU_ASSERT_TRUE(n.has_path);
	CU_ASSERT_EQUAL(n.hops, 1);
	CU_ASSERT_EQUAL(n.port, 1);
	CU_ASSERT_EQUAL(n.first_seen_us, node_bed_wall_us(s.bed));
	CU_ASSERT_EQUAL(topo_nodes_used(node_discovery_topo(s.d)), 2);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).answers, 3);
	end(&s);
}

static void who_was_not_asked_is_not_believed(void)
{
	struct setup s = begin(1, false);
	struct node_bed_frame discover = {.slot = 0};
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	const char *why = "";

	discover.len = (uint32_t)topo_discover_build(
		discover.bytes, sizeof(discover.bytes), &s.bed->self, &s.bed->ports[0].own);
	uint32_t len = node_bed_answer(1, &discover, NULL, frame);
	pass_ms(&s, 1000);
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_NONE); // never asked
	CU_ASSERT_STRING_EQUAL(why, "nobody was asked");
	node_discovery_want(s.d, s.bed->now_ms + 100, s.bed->now_ms);
	pass_ms(&s, 0);
	s.bed->now_ms += NODE_DISCOVERY_ANSWER_MS;
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_TAKEN);
	s.bed->now_ms++;
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_NONE); // too late
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_ANSWER_UNASKED], 2);
	CU_ASSERT_EQUAL(node_discovery_counts(s.d).answers_refused, 2);
	end(&s);
}

static void foreign_and_broken_answers_are_none(void)
{
	struct setup s = begin(2, true);
	struct node_bed_frame discover = {.slot = 0};
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	const char *why = "";

	pass_ms(&s, 100);
	discover.len = node_bed_discover(9, discover.bytes); // somebody else's
	uint32_t len = node_bed_answer(1, &discover, NULL, frame);
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_NONE);
	CU_ASSERT_STRING_EQUAL(why, "it is no DiscoverResp of ours");
	CU_ASSERT_EQUAL(take(&s, 0, discover.bytes, discover.len, &why), NODE_ANSWER_NONE);
	// a neighbor's answer names the port that it comes in by
	len = node_bed_answer(1, &s.bed->sent[0], NULL, frame);
	CU_ASSERT_EQUAL(take(&s, 1, frame, len, &why), NODE_ANSWER_NONE);
	CU_ASSERT_STRING_EQUAL(why, "it names another port of ours than the one that it came by");
	CU_ASSERT_EQUAL(take(&s, NODE_PORTS, frame, len, &why), NODE_ANSWER_NONE);
	for (uint32_t cut = 0; cut < len; cut++)
		CU_ASSERT_EQUAL(take(&s, 0, frame, cut, &why), NODE_ANSWER_NONE);
	CU_ASSERT_EQUAL(topo_nodes_used(node_discovery_topo(s.d)), 0);
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_TAKEN);
	end(&s);
}

static void a_full_inventory_takes_no_more(void)
{
	struct setup s = begin(1, true);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	const char *why = "";

	pass_ms(&s, 100);
	s.cfg.nodes_max = 3;
	pass_ms(&s, 100);
	for (uint32_t n = 1; n <= 3; n++)
		CU_ASSERT_EQUAL(answer(&s, n, 0), NODE_ANSWER_TAKEN);
	uint32_t len = node_bed_answer(4, &s.bed->sent[0], NULL, frame);
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_UNTAKEN);
	CU_ASSERT_STRING_EQUAL(why, strerror(ENOSPC));
	CU_ASSERT_EQUAL(topo_nodes_used(node_discovery_topo(s.d)), 3);
	end(&s);
}

static void edges_go_with_their_port(void)
{
	struct setup s = begin(2, true);
	struct topo_node n;

	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	CU_ASSERT_EQUAL(answer(&s, 2, 1), NODE_ANSWER_TAKEN);
	s.bed->ports[0].is_active = false;  // the cable is pulled
	s.bed->ports[1].own.link_id = 4711; // a reload gives the port another id
	pass_ms(&s, NODE_DISCOVERY_LOOK_MS);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && !n.has_path);
	CU_ASSERT_TRUE(node_get(&s, 2, &n) && !n.has_path);
	CU_ASSERT_TRUE(s.did.is_deny_undone);
	pass_ms(&s, INTERVAL_MS);
	CU_ASSERT_FALSE(s.did.is_deny_undone);
	CU_ASSERT_EQUAL(answer(&s, 2, 1), NODE_ANSWER_TAKEN);
	CU_ASSERT_TRUE(node_get(&s, 2, &n) && n.has_path);
	end(&s);
}

static void with_another_id_of_ours_nodes_stay_known(void)
{
	struct setup s = begin(1, true);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	const char *why = "";
	struct topo_node n;

	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	CU_ASSERT_EQUAL(answer(&s, 2, 0), NODE_ANSWER_TAKEN);
	uint32_t len = node_bed_answer(1, &s.bed->sent[0], NULL, frame);
	s.bed->self.id = node_bed_id(2); // of all ids the one of a node
	pass_ms(&s, 50);
	CU_ASSERT_TRUE(s.did.is_deny_undone);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && !n.has_path);
	CU_ASSERT_FALSE(node_get(&s, 2, &n));
	CU_ASSERT_EQUAL(take(&s, 0, frame, len, &why), NODE_ANSWER_NONE); // it answers who we were
	pass_ms(&s, INTERVAL_MS);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.has_path);
	end(&s);
}

static void who_does_not_answer_grows_late_and_down(void)
{
	struct setup s = begin(1, true);
	struct topo_node n;

	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	pass_ms(&s, 2 * INTERVAL_MS - 1000);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.status == TOPO_OK);
	pass_ms(&s, 2000);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.status == TOPO_LATE);
	pass_ms(&s, 2 * INTERVAL_MS);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.status == TOPO_DOWN);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.status == TOPO_OK);
	end(&s);
}

static void a_path_that_carries_nothing_is_blamed(void)
{
	struct setup s = begin(1, true);
	struct topo_node n;

	pass_ms(&s, 1000);
	CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN);
	uint64_t id = node_bed_id_u64(1);
	pass_ms(&s, 2000);
	node_discovery_path_tell(s.d, id, true, 0, s.bed->now_ms);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.carry == TOPO_CARRY_WORKS);
	for (int i = 0; i < 2; i++) {
		node_discovery_path_tell(s.d, id, false, 1000, s.bed->now_ms);
		pass_ms(&s, 1500);
		CU_ASSERT_EQUAL(answer(&s, 1, 0), NODE_ANSWER_TAKEN); // the edge is described all the same
	}
	node_discovery_path_tell(s.d, id, false, 1000, s.bed->now_ms);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.carry == TOPO_CARRY_FAILS);
	node_discovery_path_tell(s.d, id, true, 0, s.bed->now_ms);
	CU_ASSERT_TRUE(node_get(&s, 1, &n) && n.carry == TOPO_CARRY_WORKS);
	node_discovery_path_tell(s.d, 12345, false, UINT32_MAX, s.bed->now_ms); // nobody's
	end(&s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_master_asks_by_every_port_that_can_send),
	SUITE_CASE(who_is_no_master_asks_only_while_somebody_wants_to_know),
	SUITE_CASE(a_wish_does_not_wait_for_the_timer_of_a_master),
	SUITE_CASE(what_changed_is_asked_for_at_once),
	SUITE_CASE(nothing_is_sent_where_nothing_can_be),
	SUITE_CASE(who_answers_is_known_with_a_path),
	SUITE_CASE(who_was_not_asked_is_not_believed),
	SUITE_CASE(foreign_and_broken_answers_are_none),
	SUITE_CASE(a_full_inventory_takes_no_more),
	SUITE_CASE(edges_go_with_their_port),
	SUITE_CASE(with_another_id_of_ours_nodes_stay_known),
	SUITE_CASE(who_does_not_answer_grows_late_and_down),
	SUITE_CASE(a_path_that_carries_nothing_is_blamed),
};
SUITE_MAIN("node", cases)
