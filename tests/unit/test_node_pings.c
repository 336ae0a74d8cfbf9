// SPDX-License-Identifier: BSD-3-Clause
// Runs of pings, with a clock of the test's: what is believed, what is told, what is lost.
#include <errno.h>
#include <string.h>

#include "base_be.h"
#include "node_bed.h"
#include "node_pings.h"
#include "suite.h"

#define NEWS_MAX 256

struct setup {
	struct node_bed *bed;
	struct node_discovery *d;
	struct node_pings *p;
	struct node_discovery_cfg cfg;
	uint32_t n_rounds;
	uint64_t named; // whom a name means
	int link_slot;  // of every run over a link
	uint32_t n_news;
	struct node_ping_news news[NEWS_MAX];
	uint32_t news_run[NEWS_MAX];
};

static void news_take(void *ctx, uint32_t run, const struct node_ping_news *news)
{
	struct setup *s = ctx;

	CU_ASSERT_FATAL(s->n_news < NEWS_MAX);
	s->news_run[s->n_news] = run;
	s->news[s->n_news++] = *news;
}

static uint64_t named_find(void *ctx, uint32_t run)
{
	(void)run;
	return ((struct setup *)ctx)->named;
}

static int link_slot_find(void *ctx, uint32_t run)
{
	(void)run;
	return ((struct setup *)ctx)->link_slot;
}

static uint64_t clock_read(void *ctx)
{
	return ((struct setup *)ctx)->bed->now_ms * 1000000;
}

static void pass_ms(struct setup *s, uint32_t ms)
{
	for (uint32_t i = 0; i <= ms; i++) {
		s->n_rounds += node_discovery_tick(s->d, &s->cfg, s->bed->now_ms).is_round;
		node_pings_tick(s->p, s->bed->now_ms);
		s->bed->now_ms += i < ms;
	}
}

static void find(struct setup *s, uint32_t n, uint8_t slot)
{
	CU_ASSERT_EQUAL(node_bed_hear(s->bed, s->d, n, slot, NULL), NODE_ANSWER_TAKEN);
}

// Two ports, and node 1 behind the first.
static void begin(struct setup *s)
{
	*s = (struct setup){.bed = node_bed_open(2),
		.cfg = {.is_enabled = true,
			.interval_ms = 30000,
			.late_after = 2,
			.down_after = 4,
			.nodes_max = 100}};
	struct node_ping_user user = {.ctx = s,
		.tell = news_take,
		.id_of = named_find,
		.link_slot_of = link_slot_find,
		.now_ns = clock_read};

	s->d = node_discovery_create(&s->bed->io, &s->cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->d);
	s->p = node_pings_create(&s->bed->io, s->d, &user);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->p);
	pass_ms(s, 100);
	node_discovery_want(s->d, s->bed->now_ms + 1, s->bed->now_ms);
	pass_ms(s, 2000);
	find(s, 1, 0);
	s->bed->n_sent = 0;
	s->n_rounds = 0;
}

static void end(struct setup *s)
{
	node_pings_destroy(s->p);
	node_discovery_destroy(s->d);
	node_bed_close(s->bed);
}

static int open_run(struct setup *s, uint64_t id, uint32_t count)
{
	struct node_ping_cfg cfg = {
		.id = id, .count = count, .interval_ms = 1000, .timeout_ms = 1000, .size = 32};

	return node_pings_open(s->p, &cfg, NODE_PINGS_MAX, s->bed->now_ms);
}

// What a frame of ours carries: its ports and payload.
struct ping {
	uint16_t src_port;
	uint8_t payload[32];
};

static struct ping last_ping(const struct setup *s)
{
	const struct node_bed_frame *f = node_bed_last(s->bed, WIRE_TYPE_DATA);
	struct node_data data;
	struct ping p = {.src_port = 0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE_FATAL(node_data_parse(f->bytes, f->len, f->slot, 0, &data));
	CU_ASSERT_EQUAL(data.dst_port, WIRE_SERVICE_PING);
	CU_ASSERT_EQUAL_FATAL(data.len, sizeof(p.payload));
	p.src_port = data.src_port;
	memcpy(p.payload, data.payload, sizeof(p.payload));
	return p;
}

// The answer of node n, by the neighbor `by` on the port in slot.
static void answer(struct setup *s, uint32_t n, uint32_t by, uint8_t slot, const struct ping *p)
{
	struct base_mac from = node_bed_port_mac(by, 0);
	struct node_bed_data d = {.slot = slot,
		.n = n,
		.from_mac = base_mac_u64(&from),
		.src_port = WIRE_SERVICE_PING,
		.dst_port = p->src_port,
		.payload = p->payload,
		.len = sizeof(p->payload)};
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct node_data in;

	uint32_t len = node_bed_data(s->bed, &d, frame);
	CU_ASSERT_TRUE_FATAL(node_data_parse(frame, len, slot, clock_read(s), &in));
	node_pings_take(s->p, &in, s->bed->now_ms);
}

static enum node_ping_what last_news(const struct setup *s)
{
	return s->n_news == 0 ? NODE_PING_INVALID : s->news[s->n_news - 1].what;
}

static void an_answer_is_told_with_its_time_and_the_run_ends(void)
{
	struct setup s;

	begin(&s);
	int run = open_run(&s, node_bed_id_u64(1), 2);
	CU_ASSERT_FATAL(run >= 0);
	pass_ms(&s, 0);
	struct ping first = last_ping(&s);
	CU_ASSERT_EQUAL(s.bed->sent[0].slot, 0);
	CU_ASSERT(first.src_port >= NODE_PINGS_PORT);
	s.bed->now_ms += 7;
	answer(&s, 1, 1, 0, &first);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_ANSWERED);
	CU_ASSERT_EQUAL(s.news[0].rtt_ns, 7000000);
	CU_ASSERT_EQUAL(s.news[0].seq, 0);
	pass_ms(&s, 1000);
	struct ping second = last_ping(&s);
	CU_ASSERT_EQUAL(s.bed->n_sent, 2);
	CU_ASSERT_EQUAL(second.src_port, first.src_port);
	CU_ASSERT_NOT_EQUAL(memcmp(first.payload, second.payload, 4 + STREAM_PING_TOKEN_LEN), 0);
	answer(&s, 1, 1, 0, &second);
	CU_ASSERT_EQUAL(node_pings_ping(s.p, (uint32_t)run)->received, 2);
	CU_ASSERT_TRUE(node_pings_tick(s.p, s.bed->now_ms) == false);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_DONE);
	CU_ASSERT_EQUAL(s.n_news, 3);
	CU_ASSERT_EQUAL(node_bed_refused(s.bed, NODE_REFUSED_PING_UNASKED), 0);
	end(&s);
}

static void what_is_not_answered_is_lost_after_its_time_and_others_are_asked(void)
{
	struct setup s;

	begin(&s);
	int run = open_run(&s, node_bed_id_u64(1), 1);
	pass_ms(&s, 999);
	CU_ASSERT_EQUAL(s.n_news, 0);
	CU_ASSERT_EQUAL(s.n_rounds, 0);
	pass_ms(&s, 1);
	CU_ASSERT_EQUAL_FATAL(s.n_news, 2);
	CU_ASSERT_EQUAL(s.news[0].what, NODE_PING_TIMEOUT);
	CU_ASSERT_EQUAL(s.news[1].what, NODE_PING_DONE);
	CU_ASSERT_EQUAL(node_pings_ping(s.p, (uint32_t)run)->lost, 1);
	pass_ms(&s, NODE_PINGS_ASK_MS + 1000); // discovery looks for another path
	CU_ASSERT(s.n_rounds >= 3 && s.n_rounds <= 4);
	end(&s);
}

static void late_and_second_answers_are_refused(void)
{
	struct setup s;

	begin(&s);
	int run = open_run(&s, node_bed_id_u64(1), 0);
	pass_ms(&s, 0);
	struct ping p = last_ping(&s);
	pass_ms(&s, 400);
	answer(&s, 1, 1, 0, &p);
	answer(&s, 1, 1, 0, &p); // a copy
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_LATE], 1);
	pass_ms(&s, 700);
	p = last_ping(&s);
	pass_ms(&s, 1001);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_TIMEOUT);
	answer(&s, 1, 1, 0, &p);
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_LATE], 2);
	CU_ASSERT_EQUAL(node_pings_refused(s.p, (uint32_t)run)[NODE_REFUSED_PING_LATE], 2);
	CU_ASSERT_EQUAL(node_pings_ping(s.p, (uint32_t)run)->received, 1);
	node_pings_close(s.p, (uint32_t)run);
	answer(&s, 1, 1, 0, &p); // the run is over: nobody's
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_UNASKED], 1);
	end(&s);
}

static void foreign_answers_are_refused_by_what_is_wrong_with_them(void)
{
	struct setup s;

	begin(&s);
	find(&s, 2, 1);
	int run = open_run(&s, node_bed_id_u64(1), 1);
	pass_ms(&s, 0);
	struct ping p = last_ping(&s);
	struct ping other = p;

	answer(&s, 2, 1, 0, &p); // of another node
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_NODE], 1);
	answer(&s, 1, 1, 1, &p); // by another port
	answer(&s, 1, 2, 0, &p); // by another neighbor: the first hop is not that of the path
	CU_ASSERT_EQUAL(s.bed->refused[1][NODE_REFUSED_PING_WAY], 1);
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_WAY], 1);
	other.payload[4] ^= 1;
	answer(&s, 1, 1, 0, &other);
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_TOKEN], 1);
	other = p;
	other.payload[3]++; // a number that was not sent yet
	answer(&s, 1, 1, 0, &other);
	other = p;
	other.src_port++;
	answer(&s, 1, 1, 0, &other); // no run's port
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_UNASKED], 2);
	CU_ASSERT_EQUAL(node_pings_refused(s.p, (uint32_t)run)[NODE_REFUSED_PING_UNASKED], 1);
	CU_ASSERT_EQUAL(s.n_news, 0);
	answer(&s, 1, 1, 0, &p); // and after all that the right one is still believed
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_ANSWERED);
	end(&s);
}

static void a_node_without_a_path_is_looked_for(void)
{
	struct setup s;

	begin(&s);
	CU_ASSERT(open_run(&s, node_bed_id_u64(5), 1) >= 0);
	pass_ms(&s, NODE_PINGS_FIND_MS - 1);
	CU_ASSERT_EQUAL(s.n_news, 1);
	CU_ASSERT_EQUAL(s.news[0].what, NODE_PING_SOUGHT);
	CU_ASSERT_EQUAL(s.n_rounds, 2);
	pass_ms(&s, 1);
	CU_ASSERT_EQUAL_FATAL(s.n_news, 2);
	CU_ASSERT_EQUAL(s.news[1].what, NODE_PING_NOT_FOUND);
	CU_ASSERT_FALSE(node_pings_tick(s.p, s.bed->now_ms));

	CU_ASSERT(open_run(&s, node_bed_id_u64(5), 1) >= 0);
	pass_ms(&s, 500);
	find(&s, 5, 1);
	s.bed->n_sent = 0;
	pass_ms(&s, 0);
	(void)last_ping(&s);
	CU_ASSERT_EQUAL(node_bed_last(s.bed, WIRE_TYPE_DATA)->slot, 1);
	end(&s);
}

static void a_name_is_asked_for_until_somebody_has_it(void)
{
	struct setup s;

	begin(&s);
	int run = open_run(&s, 0, 1);
	CU_ASSERT_FATAL(run >= 0);
	pass_ms(&s, 100);
	CU_ASSERT_EQUAL(node_pings_id(s.p, (uint32_t)run), 0);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_SOUGHT);
	s.named = node_bed_id_u64(1);
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL(node_pings_id(s.p, (uint32_t)run), node_bed_id_u64(1));
	struct ping p = last_ping(&s);
	s.bed->now_ms += 3;
	answer(&s, 1, 1, 0, &p);
	CU_ASSERT_EQUAL(s.news[s.n_news - 1].rtt_ns, 3000000); // the search is no part of it
	end(&s);
}

static void a_ping_that_does_not_leave_is_lost_at_once_with_the_reason(void)
{
	struct setup s;
	struct node_ping_cfg big = {
		.id = node_bed_id_u64(1), .count = 1, .interval_ms = 1000, .timeout_ms = 1000, .size = 1400};

	begin(&s);
	s.bed->ports[0].own.l2mtu = 1000;
	pass_ms(&s, 100);
	find(&s, 1, 0); // a path that takes less
	CU_ASSERT(node_pings_open(s.p, &big, NODE_PINGS_MAX, s.bed->now_ms) >= 0);
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL_FATAL(s.n_news, 2);
	CU_ASSERT_EQUAL(s.news[0].what, NODE_PING_UNSENT);
	CU_ASSERT_EQUAL(s.news[0].err, -EMSGSIZE);
	CU_ASSERT_EQUAL(s.news[1].what, NODE_PING_DONE);

	s.bed->send_err = -ENOBUFS;
	int run = open_run(&s, node_bed_id_u64(1), 3);
	pass_ms(&s, 1000);
	CU_ASSERT_EQUAL(s.n_news, 4);
	CU_ASSERT_EQUAL(s.news[3].err, -ENOBUFS);
	CU_ASSERT_EQUAL(s.news[3].seq, 1);
	CU_ASSERT_EQUAL(node_pings_ping(s.p, (uint32_t)run)->lost, 2);
	s.bed->send_err = 0;
	s.bed->ports[0].is_active = false; // its edges go, and with them the path
	s.n_rounds = 0;
	pass_ms(&s, 1001);
	CU_ASSERT_EQUAL(s.news[4].what, NODE_PING_UNSENT);
	CU_ASSERT_EQUAL(s.news[4].err, -ENETUNREACH);
	CU_ASSERT_EQUAL(s.n_rounds, 1); // and others are asked
	end(&s);
}

static void a_ping_over_one_link_goes_by_that_link_and_ends_with_its_port(void)
{
	struct setup s;
	struct base_mac mac = node_bed_port_mac(1, 0);
	struct node_ping_cfg cfg = {.id = node_bed_id_u64(1),
		.is_link = true,
		.link_mac = base_mac_u64(&mac),
		.interval_ms = 1000,
		.timeout_ms = 1000,
		.size = 32};

	begin(&s);
	s.link_slot = 1; // not where its path goes
	int run = node_pings_open(s.p, &cfg, NODE_PINGS_MAX, s.bed->now_ms);
	CU_ASSERT_FATAL(run >= 0);
	pass_ms(&s, 0);
	struct ping p = last_ping(&s);
	CU_ASSERT_EQUAL(node_bed_last(s.bed, WIRE_TYPE_DATA)->slot, 1);
	answer(&s, 1, 1, 0, &p); // by the better path: no
	CU_ASSERT_EQUAL(s.bed->refused[0][NODE_REFUSED_PING_WAY], 1);
	answer(&s, 1, 1, 1, &p);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_ANSWERED);
	pass_ms(&s, 2500);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_TIMEOUT);
	CU_ASSERT_EQUAL(s.n_rounds, 0); // another path would be none
	s.link_slot = -ENOENT;
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL(last_news(&s), NODE_PING_NO_LINK);
	CU_ASSERT_FALSE(node_pings_tick(s.p, s.bed->now_ms));
	end(&s);
}

static void so_many_runs_and_no_more_each_with_a_port_of_its_own(void)
{
	struct setup s;
	struct node_ping_cfg cfg = {
		.id = node_bed_id_u64(1), .interval_ms = 1000, .timeout_ms = 1000, .size = 32};
	uint16_t ports[NODE_PINGS_MAX];

	begin(&s);
	for (uint32_t i = 0; i < NODE_PINGS_MAX - 4; i++)
		CU_ASSERT_EQUAL(node_pings_open(s.p, &cfg, NODE_PINGS_MAX - 4, s.bed->now_ms), (int)i);
	CU_ASSERT_EQUAL(node_pings_open(s.p, &cfg, NODE_PINGS_MAX - 4, s.bed->now_ms), -EBUSY);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT(node_pings_open(s.p, &cfg, NODE_PINGS_MAX, s.bed->now_ms) >= 0);
	CU_ASSERT_EQUAL(node_pings_open(s.p, &cfg, 100, s.bed->now_ms), -EBUSY);
	pass_ms(&s, 0);
	CU_ASSERT_EQUAL_FATAL(s.bed->n_sent, NODE_PINGS_MAX);
	for (uint32_t i = 0; i < NODE_PINGS_MAX; i++) {
		struct node_data d;

		CU_ASSERT_TRUE(node_data_parse(s.bed->sent[i].bytes, s.bed->sent[i].len, 0, 0, &d));
		ports[i] = d.src_port;
		for (uint32_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(ports[k], ports[i]);
	}
	node_pings_close(s.p, 3);
	CU_ASSERT_EQUAL(node_pings_open(s.p, &cfg, NODE_PINGS_MAX, s.bed->now_ms), 3);
	end(&s);
}

static void as_fast_as_may_be_is_so_many_a_tick(void)
{
	struct setup s;
	struct node_ping_cfg cfg = {
		.id = node_bed_id_u64(1), .count = 0, .interval_ms = 1, .timeout_ms = 60000, .size = 32};

	begin(&s);
	CU_ASSERT(node_pings_open(s.p, &cfg, NODE_PINGS_MAX, s.bed->now_ms) >= 0);
	pass_ms(&s, 0);
	s.bed->now_ms += 5000; // control stood still
	pass_ms(&s, 0);
	CU_ASSERT(s.bed->n_sent <= 1 + NODE_PINGS_AT_A_TICK); // no burst of 5,000
	pass_ms(&s, 3000);
	CU_ASSERT_EQUAL(s.bed->n_sent, STREAM_PING_WAITING_MAX); // nobody answers: no more are under way
	end(&s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_answer_is_told_with_its_time_and_the_run_ends),
	SUITE_CASE(what_is_not_answered_is_lost_after_its_time_and_others_are_asked),
	SUITE_CASE(late_and_second_answers_are_refused),
	SUITE_CASE(foreign_answers_are_refused_by_what_is_wrong_with_them),
	SUITE_CASE(a_node_without_a_path_is_looked_for),
	SUITE_CASE(a_name_is_asked_for_until_somebody_has_it),
	SUITE_CASE(a_ping_that_does_not_leave_is_lost_at_once_with_the_reason),
	SUITE_CASE(a_ping_over_one_link_goes_by_that_link_and_ends_with_its_port),
	SUITE_CASE(so_many_runs_and_no_more_each_with_a_port_of_its_own),
	SUITE_CASE(as_fast_as_may_be_is_so_many_a_tick),
};
SUITE_MAIN("node", cases)
