// SPDX-License-Identifier: BSD-3-Clause
// Two peers on a wire that records: they find each other after restarts in any order, and nothing that was
// recorded is ever taken.
#include <stdlib.h>

#include "auth_peer.h"
#include "suite.h"
#include "test_random.h"

#define SECOND_US 1000000ull
#define WIRE_MAX  100000

enum what { DATA, HELLO, SEQ_ERR };

struct frame {
	enum what what;
	uint8_t from;
	struct auth_peer_frame f;
	uint64_t counter_min;
};

struct node {
	struct auth_peer peer; // what it knows of the other one
	uint64_t counter;
	int64_t clock_off_us; // of its wall clock
	uint32_t n_taken;     // Data of the other one
	uint32_t n_replies;
};

// A wire of two ends; time goes on by itself a little with every frame.
struct wire {
	struct node node[2];
	uint64_t now_us;
	uint32_t n_log;
	struct frame *log; // all that was ever sent
	uint32_t loss_percent;
	uint32_t n_old_taken; // recorded frames that were taken: must stay 0
};

static uint64_t clock_of(const struct wire *w, int who)
{
	return w->now_us + (uint64_t)w->node[who].clock_off_us;
}

static void restart(struct wire *w, int who)
{
	struct node *n = &w->node[who];

	n->peer = (struct auth_peer){0};
	n->counter = clock_of(w, who);
}

static struct wire *wire_make(void)
{
	struct wire *w = calloc(1, sizeof(*w));

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	w->log = calloc(WIRE_MAX, sizeof(*w->log));
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->log);
	w->now_us = 1700000000 * SECOND_US;
	restart(w, 0);
	restart(w, 1);
	return w;
}

static void wire_free(struct wire *w)
{
	CU_ASSERT_EQUAL(w->n_old_taken, 0);
	free(w->log);
	free(w);
}

static uint64_t random64(void)
{
	return (uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX);
}

static void deliver(struct wire *w, struct frame *f, bool is_recording, uint32_t depth);

static struct frame *frame_new(struct wire *w, int from, enum what what)
{
	CU_ASSERT_FATAL(w->n_log < WIRE_MAX);
	struct frame *f = &w->log[w->n_log++];

	*f = (struct frame){.what = what, .from = (uint8_t)from};
	f->f.kind = what == HELLO ? AUTH_KIND_HELLO : AUTH_KIND_OTHER;
	f->f.counter = w->node[from].counter++;
	return f;
}

static void frame_send(struct wire *w, struct frame *f, uint32_t depth)
{
	w->now_us += 50;
	if (random_below(100) >= w->loss_percent)
		deliver(w, f, false, depth + 1);
}

static void reply_send(struct wire *w, int from, const struct auth_peer_reply *r, uint32_t depth)
{
	struct frame *f = frame_new(w, from, r->kind == AUTH_REPLY_HELLO ? HELLO : SEQ_ERR);

	f->f.has_nonce = r->has_nonce;
	f->f.nonce = r->nonce;
	f->f.has_echo = r->has_echo;
	f->f.echo = r->echo;
	f->counter_min = r->counter_min;
	w->node[from].n_replies++;
	frame_send(w, f, depth);
}

static void deliver(struct wire *w, struct frame *f, bool is_recording, uint32_t depth)
{
	int to = 1 - f->from;
	struct node *n = &w->node[to];
	struct auth_peer_reply r;

	CU_ASSERT_FATAL(depth < 20); // no chatter without end
	enum auth_verdict v = auth_peer_take(&n->peer, &f->f, (uint32_t)(w->now_us / 1000), random64(), &r);
	// each recorded frame has come before, taken or not: it is old
	w->n_old_taken += is_recording && v == AUTH_FRESH;
	n->n_taken += f->what == DATA && v == AUTH_FRESH;
	if (f->what == SEQ_ERR && (v == AUTH_FRESH || v == AUTH_UNSYNCED))
		n->counter = auth_counter_raised(n->counter, f->counter_min, clock_of(w, to));
	if (r.kind != AUTH_REPLY_NONE)
		reply_send(w, to, &r, depth);
}

// Both send a frame; true when both take the other's.
static bool talk(struct wire *w)
{
	uint32_t n0 = w->node[0].n_taken, n1 = w->node[1].n_taken;

	frame_send(w, frame_new(w, 0, DATA), 0);
	frame_send(w, frame_new(w, 1, DATA), 0);
	return w->node[0].n_taken == n0 + 1 && w->node[1].n_taken == n1 + 1;
}

// Milliseconds of talk, a frame each way every 10 ms, until both take both.
static uint32_t settle(struct wire *w)
{
	for (uint32_t ms = 0; ms < 20000; ms += 10) {
		if (talk(w))
			return ms;
		w->now_us += 10000;
	}
	return UINT32_MAX;
}

// All that was ever recorded comes again, in order; then live frames still pass.
static void replay_all(struct wire *w)
{
	uint32_t n = w->n_log;

	for (uint32_t i = 0; i < n; i++)
		deliver(w, &w->log[i], true, 0);
}

static void three_hellos_synchronise_both(void)
{
	struct wire *w = wire_make();

	random_state = 1;
	frame_send(w, frame_new(w, 0, DATA), 0);
	CU_ASSERT_EQUAL(w->n_log, 4);
	for (uint32_t i = 1; i < 4 && i < w->n_log; i++)
		CU_ASSERT_EQUAL(w->log[i].what, HELLO);
	CU_ASSERT_TRUE(w->node[0].peer.is_synced);
	CU_ASSERT_TRUE(w->node[1].peer.is_synced);
	CU_ASSERT_TRUE(talk(w));
	CU_ASSERT_EQUAL(w->n_log, 6); // and nothing more is said
	wire_free(w);
}

static void a_restart_of_either_or_both_heals_and_recordings_stay_dead(void)
{
	static const uint8_t orders[][4] = {
		{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 1, 0, 1}, {2, 2, 2, 2}, {0, 2, 1, 2}};

	for (uint32_t o = 0; o < 5; o++) {
		struct wire *w = wire_make();

		random_state = o + 1;
		CU_ASSERT_TRUE(settle(w) < 2000);
		for (uint32_t i = 0; i < 4; i++) {
			for (uint32_t k = 0; k < 50; k++)
				CU_ASSERT_TRUE(talk(w));
			w->now_us += 3 * SECOND_US;
			if (orders[o][i] != 1)
				restart(w, 0);
			if (orders[o][i] != 0)
				restart(w, 1);
			replay_all(w);
			CU_ASSERT_TRUE(settle(w) < 2000);
			replay_all(w);
			CU_ASSERT_TRUE(talk(w));
		}
		wire_free(w);
	}
}

static void a_neighbor_whose_clock_was_set_back_is_told_to_catch_up(void)
{
	static const int64_t back_s[] = {1, 60, 3600, 86400, 10 * 86400};

	for (uint32_t i = 0; i < 5; i++) {
		struct wire *w = wire_make();

		random_state = i + 7;
		CU_ASSERT_TRUE(settle(w) < 2000);
		w->node[0].clock_off_us = -back_s[i] * (int64_t)SECOND_US;
		restart(w, 0);
		CU_ASSERT_TRUE(settle(w) < 2000);
		CU_ASSERT_TRUE(w->node[0].counter > 1700000000 * SECOND_US);
		replay_all(w);
		CU_ASSERT_TRUE(talk(w));
		wire_free(w);
	}
}

// Both forget, and the sender's new life has lower counters than its former one: a window opens there, and
// frames of the former life are ahead of it. They are too far ahead to be taken.
static void frames_of_a_former_life_ahead_of_the_window_are_not_taken(void)
{
	struct wire *w = wire_make();

	random_state = 3;
	CU_ASSERT_TRUE(settle(w) < 2000);
	for (uint32_t k = 0; k < 100; k++)
		talk(w);
	w->node[0].clock_off_us = -(int64_t)(2 * 3600 * SECOND_US);
	restart(w, 0);
	restart(w, 1);
	CU_ASSERT_TRUE(settle(w) < 2000);
	CU_ASSERT_TRUE(w->node[0].counter < 1700000000 * SECOND_US);
	replay_all(w);
	CU_ASSERT_TRUE(talk(w));
	wire_free(w);
}

static void a_long_silence_before_a_restart_costs_one_challenge(void)
{
	struct wire *w = wire_make();

	random_state = 4;
	CU_ASSERT_TRUE(settle(w) < 2000);
	w->now_us += 86400 * SECOND_US;
	restart(w, 0);
	CU_ASSERT_TRUE(settle(w) < 2000);
	wire_free(w);
}

static void lost_hellos_are_said_again(void)
{
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct wire *w = wire_make();

		random_state = seed;
		w->loss_percent = 30;
		CU_ASSERT_TRUE(settle(w) < 20000);
		restart(w, (int)(seed & 1));
		CU_ASSERT_TRUE(settle(w) < 20000);
		wire_free(w);
	}
}

static void a_flood_of_recordings_moves_nothing_and_is_hardly_answered(void)
{
	struct wire *w = wire_make();

	random_state = 5;
	for (uint32_t i = 0; i < 20; i++) { // many Hellos and SeqErrs to choose from
		w->now_us += 2 * SECOND_US;
		w->node[0].clock_off_us = i % 2 == 0 ? 0 : -(int64_t)SECOND_US;
		restart(w, 0);
		settle(w);
	}
	w->node[0].clock_off_us = 0;
	uint64_t counter[2] = {w->node[0].counter, w->node[1].counter};
	uint32_t n_sent[2] = {w->node[0].n_replies, w->node[1].n_replies};
	uint32_t n = w->n_log;
	uint32_t n_seconds = 5;
	for (uint32_t i = 0; i < n_seconds * 10000; i++) {
		deliver(w, &w->log[random_below(n)], true, 0);
		w->now_us += 100;
	}
	for (int who = 0; who < 2; who++) {
		uint32_t n_replies = w->node[who].n_replies - n_sent[who];

		CU_ASSERT_TRUE(n_replies <= 2 * (n_seconds + 1)); // challenges, and what is told
		// each reply took one counter, and nothing else moved it
		CU_ASSERT_EQUAL(w->node[who].counter - counter[who], n_replies);
	}
	CU_ASSERT_TRUE(talk(w));
	wire_free(w);
}

// While recordings come in at 10,000 a second, a restarted node is back within two seconds of talk.
static void recordings_do_not_keep_a_restarted_node_out(void)
{
	for (uint32_t who = 0; who < 3; who++) {
		struct wire *w = wire_make();
		bool is_back = false;

		random_state = who + 1;
		for (uint32_t i = 0; i < 10; i++) {
			w->now_us += 2 * SECOND_US;
			restart(w, (int)(i & 1));
			settle(w);
		}
		w->now_us += 2 * SECOND_US;
		if (who != 1)
			restart(w, 0);
		if (who != 0)
			restart(w, 1);
		uint32_t n = w->n_log;
		for (uint32_t ms = 0; ms < 2000 && !is_back; ms++) {
			for (uint32_t i = 0; i < 10; i++) {
				deliver(w, &w->log[random_below(n)], true, 0);
				w->now_us += 100;
			}
			is_back = talk(w);
		}
		CU_ASSERT_TRUE(is_back);
		wire_free(w);
	}
}

// The last frame of that kind of node 0; NULL: it sent none.
static struct frame *recording_of(struct wire *w, enum what what)
{
	for (uint32_t i = w->n_log; i > 0; i--) {
		if (w->log[i - 1].from == 0 && w->log[i - 1].what == what)
			return &w->log[i - 1];
	}
	return NULL;
}

// Node 0 starts again, its clock moved by so much, while one recording of it is played to node 1, a thousand
// times more often than it speaks itself. Milliseconds until both take both, or UINT32_MAX after 2 s.
static uint32_t back_after(int64_t moved_s, enum what what, uint32_t rate_pps, bool is_first)
{
	struct wire *w = wire_make();
	uint64_t gap_us = SECOND_US / rate_pps;

	CU_ASSERT_TRUE(settle(w) < 2000);
	for (uint32_t k = 0; k < 50; k++)
		CU_ASSERT_TRUE(talk(w));
	struct frame *old = recording_of(w, what);
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	for (uint32_t i = 0; i < 3 * rate_pps; i++) { // it has used up what it can before
		deliver(w, old, true, 0);
		w->now_us += gap_us;
	}
	w->node[0].clock_off_us = moved_s * (int64_t)SECOND_US;
	restart(w, 0);
	uint64_t begin_us = w->now_us;
	uint64_t talk_us = begin_us + (is_first ? 0 : 100000);
	bool is_back = false;
	while (!is_back && w->now_us - begin_us < 2 * SECOND_US) {
		deliver(w, old, true, 0);
		w->now_us += gap_us;
		if (w->now_us >= talk_us) {
			is_back = talk(w);
			talk_us += 100000;
		}
	}
	uint32_t ms = is_back ? (uint32_t)((w->now_us - begin_us) / 1000) : UINT32_MAX;
	wire_free(w);
	return ms;
}

// An outsider has no secret, but one recorded frame. Counters of the new life further ahead of the window
// than a challenge is spared for, or behind it: the recording must use up nothing that the neighbor needs.
static void one_recording_does_not_lock_out_a_neighbor_that_started_again(void)
{
	static const int64_t moved_s[] = {5, 4295, 2 * 3600, 30 * 86400, -4295, -2 * 3600, -10 * 86400};
	static const uint32_t rates_pps[] = {200, 2000};

	for (uint32_t m = 0; m < 7; m++) {
		for (uint32_t r = 0; r < 2; r++) {
			for (int kind = 0; kind < 4; kind++) {
				random_state = m + 1;
				uint32_t ms = back_after(
					moved_s[m], kind % 2 == 0 ? DATA : HELLO, rates_pps[r], kind < 2);
				CU_ASSERT_TRUE(ms <= 2000);
			}
		}
	}
}

// Two lives ago its clock stood far ahead: a Hello of then, played again, is the highest that was heard.
static void a_hello_of_a_life_far_ahead_does_not_lock_out_either(void)
{
	struct wire *w = wire_make();
	bool is_back = false;

	random_state = 9;
	w->node[0].clock_off_us = (int64_t)(10 * 86400 * SECOND_US);
	restart(w, 0);
	CU_ASSERT_TRUE(settle(w) < 2000);
	struct frame *old = recording_of(w, HELLO);
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	w->node[0].clock_off_us = 0;
	restart(w, 0);
	restart(w, 1);
	CU_ASSERT_TRUE(settle(w) < 2000);
	w->now_us += 2 * 3600 * SECOND_US;
	restart(w, 0);
	for (uint32_t ms = 0; ms < 2000 && !is_back; ms += 5) {
		deliver(w, old, true, 0);
		w->now_us += 5000;
		is_back = talk(w);
	}
	CU_ASSERT_TRUE(is_back);
	wire_free(w);
}

static void a_seq_err_moves_a_counter_up_only_and_not_far(void)
{
	const uint64_t clock = 1000 * SECOND_US;

	CU_ASSERT_EQUAL(auth_counter_raised(clock, clock + 5, clock), clock + 5);
	CU_ASSERT_EQUAL(auth_counter_raised(clock, clock - 5, clock), clock);
	CU_ASSERT_EQUAL(auth_counter_raised(clock, 0, clock), clock);
	CU_ASSERT_EQUAL(auth_counter_raised(clock, clock + AUTH_COUNTER_LEAD_MAX, clock),
		clock + AUTH_COUNTER_LEAD_MAX);
	CU_ASSERT_EQUAL(auth_counter_raised(clock, clock + AUTH_COUNTER_LEAD_MAX + 1, clock), clock);
	CU_ASSERT_EQUAL(auth_counter_raised(clock, UINT64_MAX, clock), clock);
	CU_ASSERT_EQUAL(auth_counter_raised(0, UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

static void schemes_without_hello_begin_with_the_first_frame(void)
{
	struct auth_peer p = {0};

	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5000), AUTH_FRESH);
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5000), AUTH_REPLAYED);
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 4999), AUTH_REPLAYED);
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5002), AUTH_FRESH);
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5001), AUTH_FRESH);
}

// The scheme of a port changes, and back: each begins anew, and a window that a recording may have opened
// under the one does not help recordings of the other.
static void a_change_of_scheme_begins_anew(void)
{
	struct auth_scheme plain = auth_scheme_romond_1;
	struct auth_peer p = {0};
	struct auth_peer_reply r;
	struct auth_peer_frame f = {.kind = AUTH_KIND_OTHER, .counter = 6000};

	plain.cover = AUTH_COVER_ROMON;
	auth_peer_scheme(&p, auth_scheme_counters(&plain));
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5000), AUTH_FRESH);
	auth_peer_scheme(&p, auth_scheme_counters(&plain));
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 5000), AUTH_REPLAYED);
	auth_peer_scheme(&p, auth_scheme_counters(&auth_scheme_romond_1));
	CU_ASSERT_EQUAL(auth_peer_take(&p, &f, 10, 77, &r), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(r.kind, AUTH_REPLY_HELLO);
	plain.counter = AUTH_COUNTER_BE32; // of seconds: far behind what the window saw
	auth_peer_scheme(&p, auth_scheme_counters(&plain));
	CU_ASSERT_EQUAL(auth_peer_take_plain(&p, 17), AUTH_FRESH);
}

static const struct suite_case cases[] = {
	SUITE_CASE(three_hellos_synchronise_both),
	SUITE_CASE(a_restart_of_either_or_both_heals_and_recordings_stay_dead),
	SUITE_CASE(a_neighbor_whose_clock_was_set_back_is_told_to_catch_up),
	SUITE_CASE(frames_of_a_former_life_ahead_of_the_window_are_not_taken),
	SUITE_CASE(a_long_silence_before_a_restart_costs_one_challenge),
	SUITE_CASE(lost_hellos_are_said_again),
	SUITE_CASE(a_flood_of_recordings_moves_nothing_and_is_hardly_answered),
	SUITE_CASE(recordings_do_not_keep_a_restarted_node_out),
	SUITE_CASE(one_recording_does_not_lock_out_a_neighbor_that_started_again),
	SUITE_CASE(a_hello_of_a_life_far_ahead_does_not_lock_out_either),
	SUITE_CASE(a_seq_err_moves_a_counter_up_only_and_not_far),
	SUITE_CASE(schemes_without_hello_begin_with_the_first_frame),
	SUITE_CASE(a_change_of_scheme_begins_anew),
};
SUITE_MAIN("auth", cases)
