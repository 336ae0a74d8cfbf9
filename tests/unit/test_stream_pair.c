// SPDX-License-Identifier: BSD-3-Clause
// Two nodes talk over a way that loses, doubles, delays and swaps segments: every byte arrives once and in
// order, or there is an error that has a name. Virtual time, seeds.
#include <stdio.h>
#include <string.h>

#include "stream_buf.h"
#include "stream_wire.h"
#include "suite.h"

#define S   1000000ull
#define KiB 1024ull
#define MiB (1024ull * 1024)

static struct stream_wire *wire;

static void begin(const struct stream_wire_cfg *cfg)
{
	wire = stream_wire_open(cfg);
}

static struct stream_talk *theirs(uint32_t i)
{
	return &wire->users[1][i];
}

// Nothing is left once ended connections have lingered.
static void finish(void)
{
	struct stream_counts counts;

	for (int node = 0; node < 2; node++) {
		for (uint32_t i = 0; i < wire->n_users[node]; i++) {
			if (wire->users[node][i].conn != NULL)
				stream_wire_release(wire, &wire->users[node][i]);
		}
	}
	stream_wire_run(wire, wire->now_us + 15 * S, NULL);
	for (int node = 0; node < 2; node++) {
		stream_counts_get(wire->nodes[node], &counts);
		CU_ASSERT_EQUAL(counts.n_conns, 0);
		CU_ASSERT_EQUAL(counts.buffered, 0);
	}
	stream_wire_close(wire);
}

// Bytes both ways, all of them, within the time.
static uint64_t copied(const struct stream_wire_cfg *cfg, uint64_t n_out, uint64_t n_in, uint64_t limit_us)
{
	begin(cfg);
	uint64_t begin_us = wire->now_us;
	struct stream_talk *u = stream_wire_dial(wire, n_out, n_in);

	CU_ASSERT_PTR_NOT_NULL_FATAL(u);
	stream_wire_run(wire, begin_us + limit_us, stream_wire_all_ended);
	uint64_t took_us = wire->now_us - begin_us;
	CU_ASSERT_EQUAL_FATAL(wire->n_users[1], 1);
	CU_ASSERT_TRUE(stream_talk_is_whole(u, n_in));
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), n_out));
	if (!stream_talk_is_whole(u, n_in) || !stream_talk_is_whole(theirs(0), n_out))
		printf("seed %llu: after %llu us: ours %s %llu of %llu, theirs %s %llu of %llu\n",
			(unsigned long long)cfg->seed, (unsigned long long)took_us, stream_end_name(u->end),
			(unsigned long long)u->n_read, (unsigned long long)n_in,
			stream_end_name(theirs(0)->end), (unsigned long long)theirs(0)->n_read,
			(unsigned long long)n_out);
	finish();
	return took_us;
}

static void a_clean_way_carries_all_and_ends(void)
{
	struct stream_wire_cfg cfg = {.seed = 1, .delay_us = 500};
	uint64_t us = copied(&cfg, 1 * MiB, 100 * KiB, 10 * S);

	CU_ASSERT(us < S / 2);
	CU_ASSERT(copied(&cfg, 0, 0, 10 * S) < S / 10);
	CU_ASSERT(copied(&cfg, 0, 1, 10 * S) < S / 10);
	CU_ASSERT(copied(&cfg, 1, 0, 10 * S) < S / 10);
}

static void losses_doubles_and_swaps_cost_no_byte(void)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct stream_wire_cfg cfg = {.seed = seed,
			.loss_ppm = (uint32_t)(seed % 4) * 50000, // to 15 %
			.double_ppm = (uint32_t)(seed % 3) * 100000,
			.delay_us = (uint32_t)(seed % 5) * 50000, // to 200 ms
			.jitter_us = (uint32_t)(seed % 4) * 20000,
			.is_foreign = seed % 2 == 0};
		copied(&cfg, 20 * KiB + seed * 37, 10 * KiB + seed, 900 * S);
	}
}

// Where three in ten are lost, so many tries in a row may fail that the peer counts as lost: then with that
// name, at both ends.
static void what_is_not_whole_has_a_name(void)
{
	uint32_t n_whole = 0;

	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct stream_wire_cfg cfg = {
			.seed = seed, .loss_ppm = 300000, .delay_us = 40000, .jitter_us = 20000};

		begin(&cfg);
		struct stream_talk *u = stream_wire_dial(wire, 20 * KiB + seed * 37, 10 * KiB + seed);
		stream_wire_run(wire, wire->now_us + 900 * S, stream_wire_all_ended);
		CU_ASSERT_FALSE(u->is_wrong);
		CU_ASSERT(u->end != STREAM_END_NONE);
		if (wire->n_users[1] == 1) {
			CU_ASSERT_FALSE(theirs(0)->is_wrong);
			CU_ASSERT(theirs(0)->end != STREAM_END_NONE);
			n_whole += stream_talk_is_whole(u, 10 * KiB + seed) &&
				   stream_talk_is_whole(theirs(0), 20 * KiB + seed * 37);
		}
		finish();
	}
	CU_ASSERT(n_whole >= 150);
}

// The figure of a user: a copy over a way that loses one in a hundred.
static void one_percent_of_loss_slows_but_does_not_stop(void)
{
	struct stream_wire_cfg cfg = {.seed = 7, .loss_ppm = 10000, .delay_us = 1000};
	uint64_t us = copied(&cfg, 4 * MiB, 4 * MiB, 120 * S);

	CU_ASSERT(us < 30 * S);
}

static void a_slow_reader_slows_the_sender_and_nothing_is_dropped(void)
{
	struct stream_wire_cfg cfg = {.seed = 3, .delay_us = 200};

	begin(&cfg);
	wire->theirs_read_bytes_ms = 1000; // 1 MB/s, on a way that carries hundreds
	struct stream_talk *u = stream_wire_dial(wire, 3 * MiB, 0);
	stream_wire_run(wire, 20 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(u, 0));
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 3 * MiB));
	CU_ASSERT(wire->now_us < 5 * S); // 3.1 s are the reader's own
	struct stream_counts counts;
	stream_counts_get(wire->nodes[1], &counts);
	CU_ASSERT_EQUAL(counts.ignored[STREAM_IGNORED_FULL], 0);
	finish();
}

static void a_reader_that_stops_costs_its_buffer_and_goes_on(void)
{
	struct stream_wire_cfg cfg = {.seed = 3, .delay_us = 200};
	struct stream_counts counts;

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 2 * MiB, 0);
	stream_wire_run(wire, wire->now_us + 2000, NULL);
	CU_ASSERT_EQUAL_FATAL(wire->n_users[1], 1);
	theirs(0)->is_paused = true;
	stream_wire_run(wire, wire->now_us + 120 * S, NULL);
	CU_ASSERT_EQUAL(u->end, STREAM_END_NONE); // two minutes are no reason to give up
	stream_counts_get(wire->nodes[1], &counts);
	CU_ASSERT(counts.buffered <= STREAM_BUF_MAX);
	uint64_t had = theirs(0)->n_read;
	uint64_t n_probes = wire->n_sent[0];
	stream_wire_run(wire, wire->now_us + 60 * S, NULL);
	CU_ASSERT_EQUAL(theirs(0)->n_read, had);
	CU_ASSERT(wire->n_sent[0] - n_probes <= 70); // one a second, and a few
	theirs(0)->is_paused = false;
	theirs(0)->read_bytes_ms = 1000000;
	uint64_t begin_us = wire->now_us;
	stream_wire_run(wire, begin_us + 20 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 2 * MiB));
	CU_ASSERT(wire->now_us - begin_us < 3 * S);
	finish();
}

static void half_a_close_lets_the_other_half_go_on(void)
{
	struct stream_wire_cfg cfg = {.seed = 4, .delay_us = 1000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 10, 0);
	stream_wire_run(wire, wire->now_us + S / 10, NULL);
	CU_ASSERT_EQUAL_FATAL(wire->n_users[1], 1);
	CU_ASSERT_EQUAL(theirs(0)->n_read, 10);
	CU_ASSERT_TRUE(theirs(0)->has_eof);
	finish();
	(void)u;
	// the far end writes for ten seconds after our close
	begin(&cfg);
	wire->theirs_read_bytes_ms = 0;
	u = stream_wire_dial(wire, 10, 500 * KiB);
	u->read_bytes_ms = 50; // which takes ten seconds to read
	stream_wire_run(wire, wire->now_us + 30 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(u, 500 * KiB));
	CU_ASSERT(wire->now_us > 9 * S);
	finish();
}

static void a_close_is_heard_at_once(void)
{
	struct stream_wire_cfg cfg = {.seed = 5, .delay_us = 1000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 1000 * MiB, 1000 * MiB);
	stream_wire_run(wire, wire->now_us + S, NULL);
	CU_ASSERT_EQUAL_FATAL(wire->n_users[1], 1);
	CU_ASSERT_EQUAL(theirs(0)->end, STREAM_END_NONE);
	uint64_t begin_us = wire->now_us;
	stream_wire_release(wire, u); // the user's end is gone, both ways
	stream_wire_run(wire, begin_us + 2 * S, stream_wire_all_ended);
	CU_ASSERT_EQUAL(theirs(0)->end, STREAM_END_RESET);
	CU_ASSERT(wire->now_us - begin_us <= 10000);
	finish();
}

// "A session is left on the target for 25 minutes": whatever is lost of the farewell, the far end hears of it
// within two seconds, at 10 % loss.
static void complaint_13_no_session_is_left(void)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct stream_wire_cfg cfg = {.seed = seed, .delay_us = 5000, .loss_ppm = 100000};

		begin(&cfg);
		struct stream_talk *u = stream_wire_dial(wire, 50 * KiB, 20 * KiB);
		stream_wire_run(wire, wire->now_us + 3 * S + seed * 1000, NULL);
		if (u->end == STREAM_END_NONE && wire->n_users[1] == 1) {
			stream_wire_release(wire, u);
			stream_wire_run(wire, wire->now_us + 2 * S, stream_wire_all_ended);
			CU_ASSERT(theirs(0)->end != STREAM_END_NONE);
		}
		finish();
	}
}

static void silence_has_a_name(void)
{
	struct stream_wire_cfg cfg = {.seed = 6, .delay_us = 1000};

	// nobody answers
	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 10, 10);
	wire->is_cut[1] = true;
	stream_wire_run(wire, wire->now_us + 10 * S, stream_wire_all_ended);
	CU_ASSERT_EQUAL(u->end, STREAM_END_NO_ANSWER);
	CU_ASSERT(u->ended_us >= 7 * S && u->ended_us < 7 * S + S / 2);
	finish();
	// the way is gone meanwhile
	begin(&cfg);
	u = stream_wire_dial(wire, 10, 10);
	wire->has_route = false;
	stream_wire_run(wire, wire->now_us + 10 * S, stream_wire_all_ended);
	CU_ASSERT_EQUAL(u->end, STREAM_END_NO_PATH);
	CU_ASSERT_PTR_NULL(stream_wire_dial(wire, 1, 1)); // and now there is none to begin with
	finish();
	// in the middle
	begin(&cfg);
	u = stream_wire_dial(wire, 100 * MiB, 10);
	stream_wire_run(wire, wire->now_us + S, NULL);
	wire->is_cut[0] = wire->is_cut[1] = true;
	uint64_t begin_us = wire->now_us;
	stream_wire_run(wire, begin_us + 10 * S, NULL);
	CU_ASSERT_EQUAL(u->end, STREAM_END_LOST);
	CU_ASSERT(u->ended_us - begin_us >= 7 * S && u->ended_us - begin_us < 9 * S);
	CU_ASSERT_EQUAL(theirs(0)->end, STREAM_END_NONE); // it waits for nothing, like an idle one
	finish();
}

static void a_service_that_is_not_offered_is_refused_at_once(void)
{
	struct stream_wire_cfg cfg = {.seed = 8, .delay_us = 1000};

	begin(&cfg);
	stream_unlisten(wire->nodes[1], STREAM_WIRE_SERVICE);
	uint64_t begin_us = wire->now_us;
	struct stream_talk *u = stream_wire_dial(wire, 10, 10);
	stream_wire_run(wire, begin_us + S, stream_wire_all_ended);
	CU_ASSERT_EQUAL(u->end, STREAM_END_REFUSED);
	CU_ASSERT(wire->now_us - begin_us <= 5000);
	finish();
}

static void a_peer_that_restarted_is_noticed(void)
{
	struct stream_wire_cfg cfg = {.seed = 9, .delay_us = 1000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 100 * MiB, 0);
	stream_wire_run(wire, wire->now_us + S, NULL);
	stream_wire_restart(wire, 1);
	uint64_t begin_us = wire->now_us;
	stream_wire_run(wire, begin_us + 10 * S, stream_wire_all_ended);
	CU_ASSERT_EQUAL(u->end, STREAM_END_RESET);
	CU_ASSERT(u->ended_us - begin_us < S / 10);
	finish();
}

// "Does not come back after a reboot of the target": the old connection ends, and who dials again gets
// through at once, whichever of both restarted.
static void complaint_4_dial_again_after_a_reboot(void)
{
	for (int node = 0; node < 2; node++) {
		struct stream_wire_cfg cfg = {.seed = 9, .delay_us = 1000};

		begin(&cfg);
		stream_wire_dial(wire, 100 * MiB, 0);
		stream_wire_run(wire, wire->now_us + S, NULL);
		stream_wire_restart(wire, node);
		struct stream_talk *again = stream_wire_dial(wire, 1000, 1000);
		stream_wire_run(wire, wire->now_us + S, NULL);
		CU_ASSERT_TRUE(stream_talk_is_whole(again, 1000));
		finish();
	}
}

static void a_cut_costs_two_seconds_and_no_byte(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct stream_wire_cfg cfg = {.seed = seed, .delay_us = 2000, .rate_bytes_ms = 2000};

		begin(&cfg);
		struct stream_talk *u = stream_wire_dial(wire, 8 * MiB, 0);
		stream_wire_run(wire, wire->now_us + S + seed * 10000, NULL);
		uint64_t had = theirs(0)->n_read;
		wire->is_cut[0] = wire->is_cut[1] = true;
		stream_wire_run(wire, wire->now_us + 3 * S, NULL);
		wire->is_cut[0] = wire->is_cut[1] = false;
		// topology knows another way now
		stream_route_changed(wire->nodes[0], 2, wire->now_us);
		stream_wire_run(wire, wire->now_us + S / 2, NULL);
		CU_ASSERT(theirs(0)->n_read > had + 20 * KiB);
		stream_wire_run(wire, wire->now_us + 60 * S, stream_wire_all_ended);
		CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 8 * MiB));
		CU_ASSERT_TRUE(stream_talk_is_whole(u, 0));
		finish();
	}
}

// "Does not like MTU below 1500": no such segment gets through, and nobody says so. Whoever of both sends,
// and also while the other one has something of its own to repeat.
static void complaint_3_mtu_below_1500(void)
{
	struct stream_wire_cfg cfg = {.seed = 10, .delay_us = 1000, .hole = 1200};
	struct stream_facts facts;

	CU_ASSERT(copied(&cfg, 0, 1 * MiB, 60 * S) < 5 * S);
	CU_ASSERT(copied(&cfg, 100 * KiB, 1 * MiB, 60 * S) < 8 * S);

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 1 * MiB, 0);
	uint64_t begin_us = wire->now_us;
	stream_wire_run(wire, begin_us + 60 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 1 * MiB));
	stream_facts_get(u->conn, &facts);
	CU_ASSERT_EQUAL(facts.segment, 700);
	CU_ASSERT(wire->now_us - begin_us < 5 * S);
	finish();
}

// A path is another one now, and only who answers has something to say: it hears of the new way though the
// opener has nothing to send.
static void a_new_path_is_told_to_who_answers(void)
{
	struct stream_wire_cfg cfg = {.seed = 15, .delay_us = 1000, .rate_bytes_ms = 2000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 0, 4 * MiB);
	stream_wire_run(wire, wire->now_us + S, NULL);
	wire->is_cut[1] = true; // by the old way nothing comes
	stream_wire_run(wire, wire->now_us + 3 * S, NULL);
	uint64_t n = wire->n_sent[0];
	wire->is_cut[1] = false;
	stream_route_changed(wire->nodes[0], 2, wire->now_us);
	CU_ASSERT_EQUAL(wire->n_sent[0], n + 1);
	stream_wire_run(wire, wire->now_us + 20 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(u, 4 * MiB));
	finish();
}

// The last acks of a way that died are lost, so that the opener repeats by the new one what arrived long ago:
// it hears so by that, though who answers has nothing to say and knows only ways that frames came by.
static void what_arrived_before_a_way_died_is_acknowledged_by_the_new_one(void)
{
	struct stream_wire_cfg cfg = {.seed = 16, .delay_us = 2000, .rate_bytes_ms = 2000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 8 * MiB, 0);
	for (int turn = 0; turn < 3; turn++) {
		stream_wire_run(wire, wire->now_us + S, NULL);
		wire->is_cut[1] = true;
		stream_wire_run(wire, wire->now_us + S / 10, NULL);
		wire->is_cut[0] = true;
		uint64_t had = theirs(0)->n_read;
		stream_wire_run(wire, wire->now_us + 3 * S, NULL);
		wire->is_cut[0] = wire->is_cut[1] = false;
		wire->way++;
		stream_route_changed(wire->nodes[0], 2, wire->now_us);
		stream_wire_run(wire, wire->now_us + S / 2, NULL);
		CU_ASSERT(theirs(0)->n_read > had + 20 * KiB);
	}
	stream_wire_run(wire, wire->now_us + 60 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 8 * MiB));
	CU_ASSERT_TRUE(stream_talk_is_whole(u, 0));
	finish();
}

// The same when both have something under way, and the opener has no more than what arrived: who answers
// takes up the new way from what is old, since by its own nothing comes back.
static void who_answers_takes_up_a_way_from_what_is_old(void)
{
	struct stream_wire_cfg cfg = {.seed = 17, .delay_us = 2000};

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 8 * KiB, 1 * MiB);
	u->shuts = false;
	stream_wire_run(wire, wire->now_us + 5000, NULL);
	wire->is_cut[1] = true;
	stream_wire_run(wire, wire->now_us + 3 * S, NULL);
	CU_ASSERT_EQUAL(theirs(0)->n_read, 8 * KiB);
	wire->is_cut[1] = false;
	wire->way++;
	stream_route_changed(wire->nodes[0], 2, wire->now_us);
	stream_wire_run(wire, wire->now_us + S / 2, NULL);
	CU_ASSERT_EQUAL(u->n_read, 1 * MiB);
	finish();
}

static void two_share_a_way_fairly(void)
{
	struct stream_wire_cfg cfg = {.seed = 11, .delay_us = 5000, .rate_bytes_ms = 1000};

	begin(&cfg);
	stream_wire_dial(wire, 100 * MiB, 0);
	stream_wire_dial(wire, 100 * MiB, 0);
	stream_wire_run(wire, wire->now_us + 5 * S, NULL);
	uint64_t a0 = theirs(0)->n_read;
	uint64_t b0 = theirs(1)->n_read;
	stream_wire_run(wire, wire->now_us + 30 * S, NULL);
	double a = (double)(theirs(0)->n_read - a0);
	double b = (double)(theirs(1)->n_read - b0);
	double jain = (a + b) * (a + b) / (2 * (a * a + b * b));
	CU_ASSERT(jain >= 0.9);
	CU_ASSERT(a + b >= 0.8 * 30000 * 1000); // and use it
	finish();
}

// ---- who lies

static void forged(uint8_t kind, uint32_t seq, uint32_t ack, uint16_t src, uint16_t dst, uint64_t peer)
{
	uint8_t bytes[STREAM_SEGMENT_HEADER_LEN + 8] = {0};
	struct stream_segment s = {.src_port = src, .dst_port = dst, .kind = kind, .seq = seq, .ack = ack};

	stream_segment_build(bytes, &s);
	stream_wire_inject(wire, 1, peer, bytes, sizeof(bytes));
}

static void a_million_guesses_hurt_nobody(void)
{
	struct stream_wire_cfg cfg = {.seed = 12, .delay_us = 1000, .rate_bytes_ms = 4000};
	struct stream_counts counts;

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 8 * MiB, 0);
	stream_wire_run(wire, wire->now_us + S / 2, NULL);
	struct stream_facts facts;
	stream_facts_get(u->conn, &facts);
	for (uint32_t i = 0; i < 1000000; i++) {
		uint64_t peer = i % 4 == 0 ? stream_wire_random(wire) : 1;
		uint16_t here = i % 8 < 4 ? facts.here : (uint16_t)stream_wire_random(wire);

		forged((uint8_t)(stream_wire_random(wire) % 7), stream_wire_random(wire),
			stream_wire_random(wire) & (i % 3 - 1), here, STREAM_WIRE_SERVICE, peer);
		if (i % 1000 == 0)
			stream_wire_run(wire, wire->now_us + 10000, NULL);
	}
	stream_counts_get(wire->nodes[1], &counts);
	CU_ASSERT(counts.n_conns <= 1 + stream_cfg_default.slot_half_max);
	CU_ASSERT(counts.buffered <= 2 * STREAM_BUF_MAX);
	stream_wire_run(wire, wire->now_us + 60 * S, stream_wire_all_ended);
	CU_ASSERT_TRUE(stream_talk_is_whole(theirs(0), 8 * MiB));
	finish();
}

static void limits_hold_and_places_come_back(void)
{
	struct stream_cfg small = stream_cfg_default;
	struct stream_wire_cfg cfg = {.seed = 13, .delay_us = 1000, .stream = &small};
	uint32_t n = 0;

	small.peer_max = 5;
	begin(&cfg);
	while (n < 20 && stream_wire_dial(wire, 100, 100) != NULL)
		n++;
	CU_ASSERT_EQUAL(n, 5);
	stream_wire_run(wire, wire->now_us + S, stream_wire_all_ended);
	for (uint32_t i = 0; i < n; i++)
		CU_ASSERT_TRUE(stream_talk_is_whole(&wire->users[0][i], 100));
	CU_ASSERT_PTR_NOT_NULL(stream_wire_dial(wire, 1, 1)); // ended ones count no more
	finish();
}

static void an_idle_connection_is_small_and_says_nothing(void)
{
	struct stream_wire_cfg cfg = {.seed = 14, .delay_us = 1000};
	struct stream_counts counts;

	begin(&cfg);
	struct stream_talk *u = stream_wire_dial(wire, 0, 0);
	u->shuts = false;
	stream_wire_run(wire, wire->now_us + S, NULL);
	CU_ASSERT_TRUE(u->is_opened);
	uint64_t n = wire->n_sent[0] + wire->n_sent[1];
	stream_wire_run(wire, wire->now_us + 600 * S, NULL); // ten minutes
	CU_ASSERT_EQUAL(wire->n_sent[0] + wire->n_sent[1], n);
	CU_ASSERT_EQUAL(u->end, STREAM_END_NONE);
	stream_counts_get(wire->nodes[0], &counts);
	CU_ASSERT_EQUAL(counts.buffered, 0);
	finish();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_clean_way_carries_all_and_ends),
	SUITE_CASE(losses_doubles_and_swaps_cost_no_byte),
	SUITE_CASE(what_is_not_whole_has_a_name),
	SUITE_CASE(one_percent_of_loss_slows_but_does_not_stop),
	SUITE_CASE(a_slow_reader_slows_the_sender_and_nothing_is_dropped),
	SUITE_CASE(a_reader_that_stops_costs_its_buffer_and_goes_on),
	SUITE_CASE(half_a_close_lets_the_other_half_go_on),
	SUITE_CASE(a_close_is_heard_at_once),
	SUITE_CASE(complaint_13_no_session_is_left),
	SUITE_CASE(silence_has_a_name),
	SUITE_CASE(a_service_that_is_not_offered_is_refused_at_once),
	SUITE_CASE(a_peer_that_restarted_is_noticed),
	SUITE_CASE(complaint_4_dial_again_after_a_reboot),
	SUITE_CASE(a_cut_costs_two_seconds_and_no_byte),
	SUITE_CASE(complaint_3_mtu_below_1500),
	SUITE_CASE(a_new_path_is_told_to_who_answers),
	SUITE_CASE(what_arrived_before_a_way_died_is_acknowledged_by_the_new_one),
	SUITE_CASE(who_answers_takes_up_a_way_from_what_is_old),
	SUITE_CASE(two_share_a_way_fairly),
	SUITE_CASE(a_million_guesses_hurt_nobody),
	SUITE_CASE(limits_hold_and_places_come_back),
	SUITE_CASE(an_idle_connection_is_small_and_says_nothing),
};
SUITE_MAIN("stream_pair", cases)
