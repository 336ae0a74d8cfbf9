// SPDX-License-Identifier: BSD-3-Clause
// Secrets in the data path, by real frames: the rules of each list, recordings, floods, restarts of either
// side, and that nothing but the secret makes a digest.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dp_bed.h"
#include "station.h"
#include "suite.h"
#include "test_random.h"

#define LIMITS                                                                                               \
	"limits: { neighbors: 2000, origins: 64, punt: 100000, discover-in: none, answers-per-origin: none " \
	"}\n"
#define ROMON "romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 0s, secrets: %s }\n"

enum { A, B };

static struct dp_bed *bed_open(const char *global, const char *of_a, const char *of_b)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		ROMON LIMITS "ports:\n"
			     "  a: { device: d0, link-id: 11, secrets: %s }\n"
			     "  b: { device: d1, link-id: 22, secrets: %s }\n",
		global, of_a, of_b);
	return dp_bed_open(yaml);
}

static void bed_reload(struct dp_bed *bed, const char *of_a, const char *of_b)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		ROMON LIMITS "ports:\n"
			     "  a: { device: d0, link-id: 11, secrets: %s }\n"
			     "  b: { device: d1, link-id: 22, secrets: %s }\n",
		"[]", of_a, of_b);
	dp_bed_reload(bed, yaml);
}

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// Data of the station that came in on a and leaves by b.
static struct frame data_of(struct dp_bed *bed, const struct station *s)
{
	struct frame f = dp_bed_data_to(bed, A, 22);

	memcpy(f.bytes + 6, &s->mac, 6);
	return f;
}

// How many frames left by slot, other than Hello and SeqErr.
static uint32_t left_by(struct dp_bed *bed, uint8_t slot)
{
	struct frame f;
	uint32_t n = 0;

	while (dp_bed_take(bed, slot, &f)) {
		uint8_t type = frame_hdr(&f)->type;

		n += type != WIRE_TYPE_HELLO && type != WIRE_TYPE_SEQ_ERR;
	}
	return n;
}

static bool is_forwarded(struct dp_bed *bed, const struct frame *f)
{
	dp_bed_send(bed, A, f);
	uint32_t n = left_by(bed, B);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	return n == 1;
}

// ---- the lists

struct list {
	const char *text;
	bool takes_unsigned;
	bool takes_s;
	const char *signs_with; // NULL = sends unsigned
};

static const struct list lists[] = {
	{"[]", true, false, NULL},
	{"[\"\"]", true, false, NULL},
	{"[\"\", s-one]", true, true, NULL},
	{"[s-one]", false, true, "s-one"},
	{"[s-one, \"\"]", true, true, "s-one"},
	{"[s-two, s-one]", false, true, "s-two"},
	{"[s-two, \"\", s-one]", true, true, "s-two"},
	{"[s-two, s-three, s-four, s-one]", false, true, "s-two"},
	{"[\"\", s-two, s-three, s-one]", true, true, NULL},
	{"[s-two, s-three, s-four, s-five]", false, false, "s-two"},
};

// What port a takes of a neighbor that signs with s-one, signs with what nobody has, or does not sign.
static void takes_check(struct dp_bed *bed, const struct list *list)
{
	struct station s, other;
	struct frame f;

	station_init(&s, 1, "s-one");
	station_init(&other, 2, "s-nobody");
	f = data_of(bed, &s);
	CU_ASSERT_EQUAL(is_forwarded(bed, &f), list->takes_unsigned);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_AUTH_MISSING), !list->takes_unsigned);
	dp_bed_advance_ms(bed, 1100); // it was asked by a Hello just now
	CU_ASSERT_EQUAL(station_meet(&s, bed, A), list->takes_s);
	station_sign(&s, &f);
	CU_ASSERT_EQUAL(is_forwarded(bed, &f), list->takes_s);
	uint64_t n_unknown = dp_bed_drops(bed, DP_DROP_AUTH_UNKNOWN);
	f = data_of(bed, &other);
	station_sign(&other, &f);
	CU_ASSERT_FALSE(is_forwarded(bed, &f));
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_AUTH_UNKNOWN), n_unknown + 1);
}

// How a frame leaves by port b.
static void sends_check(struct dp_bed *bed, const struct list *list)
{
	struct station s;
	struct frame f, out;

	station_init(&s, 3, "unused");
	f = data_of(bed, &s);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(wire_is_unsigned((uint8_t *)frame_hdr(&out)), list->signs_with == NULL);
	if (list->signs_with != NULL) {
		uint64_t counter;

		station_init(&s, 3, list->signs_with);
		CU_ASSERT_TRUE(station_verifies(&s, &out, &counter));
		CU_ASSERT_EQUAL(counter, DP_BED_CLOCK_US);
	}
	dp_bed_discard_all(bed);
}

static void each_list_takes_and_sends_what_it_says(void)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(lists); i++) {
		struct dp_bed *bed = bed_open("[]", lists[i].text, "[]");

		takes_check(bed, &lists[i]);
		close_balanced(bed);
		bed = bed_open("[]", "[]", lists[i].text);
		sends_check(bed, &lists[i]);
		close_balanced(bed);
		// the same list as the global one, where the port has none of its own
		bed = bed_open(lists[i].text, "[]", "[\"\"]");
		takes_check(bed, &lists[i]);
		close_balanced(bed);
		bed = bed_open(lists[i].text, "[\"\"]", "[]");
		sends_check(bed, &lists[i]);
		close_balanced(bed);
	}
}

static void a_port_list_hides_the_global_one(void)
{
	struct dp_bed *bed = bed_open("[s-one]", "[s-two]", "[\"\"]");
	struct station s;

	station_init(&s, 1, "s-one");
	CU_ASSERT_FALSE(station_meet(&s, bed, A));
	station_init(&s, 2, "s-two");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	close_balanced(bed);
}

// ---- digests

static void a_frame_is_verified_and_signed_anew(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[s-two]");
	struct station in, out;
	struct frame f, got;

	station_init(&in, 1, "s-one");
	station_init(&out, 1, "s-two");
	CU_ASSERT_TRUE(station_meet(&in, bed, A));
	uint64_t last = 0;
	for (uint32_t k = 0; k < 200; k++) {
		uint64_t counter = 0;

		f = data_of(bed, &in);
		station_sign(&in, &f);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &got));
		CU_ASSERT_TRUE(station_verifies(&out, &got, &counter));
		CU_ASSERT_TRUE(last == 0 || counter == last + 1);
		last = counter;
	}
	close_balanced(bed);
}

static void every_flipped_bit_is_rejected(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s;
	uint32_t n_taken = 0;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	struct frame good = data_of(bed, &s);
	station_sign(&s, &good);
	for (uint32_t bit = 0; bit < good.len * 8; bit++) {
		struct frame f = good;

		f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (bit / 8 < 6 || bit / 8 == 12 || bit / 8 == 13)
			continue; // not covered: where it goes, and that it is RoMON
		dp_bed_send(bed, A, &f);
		n_taken += left_by(bed, B);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_advance_ms(bed, 10); // for the bucket of bad digests
	}
	CU_ASSERT_EQUAL(n_taken, 0);
	CU_ASSERT_TRUE(is_forwarded(bed, &good));
	close_balanced(bed);
}

static void copies_of_a_flood_are_signed_each_for_its_port(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "ports:\n"
					 "  a: { device: d0 }\n"
					 "  b: { device: d1, secrets: [s-b] }\n"
					 "  c: { device: d2, secrets: [s-c] }\n"
					 "  t: { device: d3, vlan: 7, secrets: [s-t] }\n"
					 "  u: { device: d4 }\n");
	static const char *const secrets[] = {"", "s-b", "s-c", "s-t"};
	struct frame f, out;

	for (uint16_t k = 0; k < 100; k++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + k)), NULL, 0);
		dp_bed_send(bed, A, &f);
		for (uint8_t p = 1; p < 4; p++) {
			struct station s;

			station_init(&s, 1, secrets[p]);
			CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, p, &out));
			CU_ASSERT_TRUE(station_verifies(&s, &out, NULL));
		}
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, 4, &out));
		CU_ASSERT_TRUE(wire_is_unsigned((uint8_t *)frame_hdr(&out)));
		dp_bed_discard_punts(bed);
	}
	close_balanced(bed);
}

// More frames wait for their digests than are worked out in one go.
static void a_flood_by_many_signing_ports_leaves_signed_in_every_copy(void)
{
	static const uint32_t bursts[] = {32, 64};
	char yaml[1024];
	struct frame f, out;
	struct station s;

	station_init(&s, 1, "s-all");
	for (size_t i = 0; i < BASE_ARRAY_LEN(bursts); i++) {
		snprintf(yaml, sizeof(yaml),
			"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "workers: { burst: %u }\n"
			"ports:\n"
			"  a: { device: d0 }\n"
			"  b: { device: d1, secrets: [s-all] }\n"
			"  c: { device: d2, secrets: [s-all] }\n"
			"  d: { device: d3, secrets: [s-all] }\n"
			"  e: { device: d4, secrets: [s-all] }\n"
			"  f: { device: d5, secrets: [s-all] }\n"
			"  g: { device: d6, secrets: [s-all] }\n"
			"  h: { device: d7, secrets: [s-all] }\n",
			bursts[i]);
		struct dp_bed *bed = dp_bed_open(yaml);
		for (uint16_t k = 0; k < bursts[i]; k++) {
			frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + k)), NULL, 0);
			dp_bed_inject(bed, A, &f);
		}
		dp_bed_turn(bed);
		for (uint8_t p = 1; p < 8; p++) {
			uint64_t last = 0;

			for (uint32_t k = 0; k < bursts[i]; k++) {
				uint64_t counter = 0;

				CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, p, &out));
				CU_ASSERT_TRUE(station_verifies(&s, &out, &counter));
				CU_ASSERT_TRUE(counter > last);
				last = counter;
			}
			CU_ASSERT_FALSE(dp_bed_take(bed, p, &out));
		}
		dp_bed_discard_punts(bed);
		close_balanced(bed);
	}
}

static void frames_are_signed_by_the_worker_that_sends(void)
{
	struct dp_bed *bed = dp_bed_open_cfg(&(struct dp_bed_cfg){
		.yaml = "romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "ports:\n"
			"  a: { device: d0, link-id: 11 }\n"
			"  b: { device: d1, link-id: 22, secrets: [s-b] }\n",
		.n_workers = 2,
		.n_txq = 1});
	struct station s;
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct frame out;

	bed->in.ports[B].worker = 1;
	dp_bed_publish(bed);
	station_init(&s, 1, "s-b");
	for (uint64_t k = 0; k < 100; k++) {
		uint64_t counter = 0;

		dp_bed_send(bed, A, &f);
		dp_bed_turn(bed);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
		CU_ASSERT_TRUE(station_verifies(&s, &out, &counter));
		CU_ASSERT_EQUAL(counter, DP_BED_CLOCK_US + k);
	}
	close_balanced(bed);
}

static void two_workers_never_use_a_counter_twice(void)
{
	struct dp_bed *bed = dp_bed_open_cfg(&(struct dp_bed_cfg){
		.yaml = "romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "ports:\n"
			"  a: { device: d0, link-id: 11 }\n"
			"  b: { device: d1, link-id: 22, secrets: [s-b] }\n"
			"  c: { device: d2, link-id: 33 }\n",
		.n_workers = 2});
	enum { N = 60 };
	static bool is_seen[2 * N];
	struct frame from_a = dp_bed_data_to(bed, A, 22);
	struct frame from_c = dp_bed_data_to(bed, 2, 22);
	struct frame out;
	uint32_t n = 0;

	bed->in.ports[2].worker = 1;
	dp_bed_publish(bed);
	for (uint32_t k = 0; k < N; k++) {
		dp_bed_inject(bed, A, &from_a);
		dp_bed_inject(bed, 2, &from_c);
		dp_bed_turn(bed);
	}
	while (dp_bed_take(bed, B, &out)) {
		uint64_t at =
			auth_counter_load(&auth_scheme_romond_1, frame_hdr(&out)->auth) - DP_BED_CLOCK_US;

		CU_ASSERT_TRUE_FATAL(at < 2 * N);
		CU_ASSERT_FALSE(is_seen[at]);
		is_seen[at] = true;
		n++;
	}
	CU_ASSERT_EQUAL(n, 2 * N);
	close_balanced(bed);
}

// ---- recordings

// A session that is written down as it passes.
struct session {
	uint32_t n;
	struct frame frames[300];
};

static struct session record;

static void record_send(struct dp_bed *bed, const struct frame *f)
{
	CU_ASSERT_FATAL(record.n < BASE_ARRAY_LEN(record.frames));
	record.frames[record.n++] = *f;
	dp_bed_send(bed, A, f);
}

// The station as it starts: a Discover, the answer to our Hello, and n frames of Data. Returns how many of
// those were taken.
static uint32_t session_run(struct dp_bed *bed, struct station *s, uint32_t n)
{
	uint64_t nonce = 0, echo = 0;
	uint32_t n_left = 0;
	struct frame f;

	frame_discover(&f, s->mac, s->mac, NULL, 0);
	station_sign(s, &f);
	record_send(bed, &f);
	if (station_hello_take(bed, A, &nonce, &echo) && nonce != 0) {
		station_hello(s, bed, A, 77 + record.n, nonce, &f);
		record_send(bed, &f);
	}
	dp_bed_discard_all(bed);
	for (uint32_t k = 0; k < n; k++) {
		f = data_of(bed, s);
		station_sign(s, &f);
		record_send(bed, &f);
		n_left += left_by(bed, B);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
	}
	return n_left;
}

// All of the record comes again: nothing of it may pass.
static uint32_t session_replay(struct dp_bed *bed)
{
	uint32_t n_left = 0;

	for (uint32_t k = 0; k < record.n; k++) {
		dp_bed_send(bed, A, &record.frames[k]);
		n_left += left_by(bed, B);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
	}
	return n_left;
}

static void a_recorded_session_is_dead_after_any_restart_and_change_of_keys(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s;

	record.n = 0;
	station_init(&s, 1, "s-one");
	CU_ASSERT_EQUAL(session_run(bed, &s, 50), 50);
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	// the neighbor restarts: its clock went on
	dp_bed_advance_ms(bed, 3000);
	s.counter = DP_BED_CLOCK_US + 3000000;
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	CU_ASSERT_EQUAL(session_run(bed, &s, 20), 20);
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	// another key, and back
	bed_reload(bed, "[s-two]", "[]");
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	bed_reload(bed, "[s-one, s-two]", "[]");
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	dp_bed_advance_ms(bed, 1500);
	CU_ASSERT_EQUAL(session_run(bed, &s, 20), 20);
	close_balanced(bed);
	// we restart: all that we knew is gone
	bed = bed_open("[]", "[s-one]", "[]");
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	dp_bed_advance_ms(bed, 1500);
	CU_ASSERT_EQUAL(session_run(bed, &s, 20), 20);
	CU_ASSERT_EQUAL(session_replay(bed), 0);
	close_balanced(bed);
}

static void windows_survive_a_reload(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s;
	struct frame f;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	// the documented change of secrets: no frame is lost on the way, and none needs a new handshake
	static const char *const steps[] = {"[s-one, s-two]", "[s-two, s-one]", "[s-two]"};
	for (uint32_t k = 0; k < 3; k++) {
		bed_reload(bed, steps[k], "[]");
		for (uint32_t i = 0; i < 5; i++) {
			f = data_of(bed, &s);
			station_sign(&s, &f);
			CU_ASSERT_TRUE(is_forwarded(bed, &f));
		}
		if (k == 1) { // the neighbor takes the step too
			uint64_t counter = s.counter;

			station_init(&s, 1, "s-two");
			s.counter = counter;
		}
	}
	close_balanced(bed);
}

// From unsigned to signed by ("", s), (s, ""), (s): the neighbor is asked before it signs, so nothing is lost
// when it begins to.
static void beginning_to_sign_loses_nothing(void)
{
	struct dp_bed *bed = bed_open("[]", "[\"\", s-one]", "[]");
	struct station s;
	uint64_t nonce = 0, echo = 0;

	station_init(&s, 1, "s-one");
	struct frame f = data_of(bed, &s);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed, B), 1);
	CU_ASSERT_TRUE(station_hello_take(bed, A, &nonce, &echo));
	station_hello(&s, bed, A, 0, nonce, &f);
	dp_bed_send(bed, A, &f);
	dp_bed_discard_all(bed);
	f = data_of(bed, &s);
	CU_ASSERT_TRUE(is_forwarded(bed, &f));
	static const char *const steps[] = {"[\"\", s-one]", "[s-one, \"\"]", "[s-one]"};
	for (uint32_t k = 0; k < 3; k++) {
		bed_reload(bed, steps[k], "[]");
		for (uint32_t i = 0; i < 5; i++) {
			f = data_of(bed, &s);
			station_sign(&s, &f);
			CU_ASSERT_TRUE(is_forwarded(bed, &f));
		}
	}
	close_balanced(bed);
}

// ---- Hello and SeqErr

// Frames of a type that left by a, whoever they are for.
static uint32_t replies_by_a(struct dp_bed *bed, uint8_t type)
{
	struct frame f;
	uint32_t n = 0;

	while (dp_bed_take(bed, A, &f))
		n += frame_hdr(&f)->type == type;
	return n;
}

static void forged_and_replayed_hellos_move_nothing(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s, forger;
	struct frame kinds[5];
	uint32_t n_hellos = 0, n_seq_errs = 0;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	station_init(&forger, 1, "s-nobody");
	station_hello(&s, bed, A, 5, 0, &kinds[0]);
	station_seq_err(&s, bed, A, DP_BED_CLOCK_US + 1, &kinds[1]);
	dp_bed_send(bed, A, &kinds[0]);
	dp_bed_send(bed, A, &kinds[1]);
	station_hello(&forger, bed, A, 6, 7, &kinds[2]);
	station_seq_err(&forger, bed, A, DP_BED_CLOCK_US + 99999999, &kinds[3]);
	frame_seq_err(&kinds[4], dp_bed_mac(bed, A), s.mac);
	dp_bed_discard_all(bed);
	dp_bed_advance_ms(bed, 2000);
	uint64_t before = atomic_load(&bed->signing.counter[A]);
	for (uint32_t ms = 0; ms < 5000; ms++) { // 10,000 a second
		for (uint32_t k = 0; k < 10; k++)
			dp_bed_inject(bed, A, &kinds[(ms + k) % 5]);
		dp_bed_turn(bed);
		dp_bed_advance_ms(bed, 1);
		struct frame f;
		while (dp_bed_take(bed, A, &f)) {
			n_hellos += frame_hdr(&f)->type == WIRE_TYPE_HELLO;
			n_seq_errs += frame_hdr(&f)->type == WIRE_TYPE_SEQ_ERR;
		}
		dp_bed_discard_punts(bed);
	}
	CU_ASSERT_EQUAL(n_hellos, 0);
	CU_ASSERT_TRUE(n_seq_errs <= 6); // at most one a second
	// a SeqErr of ours takes one, and the place in the buffer where it waits another
	CU_ASSERT_TRUE(atomic_load(&bed->signing.counter[A]) <= before + 2 * n_seq_errs);
	// and the neighbor is served as before
	struct frame f = data_of(bed, &s);
	station_sign(&s, &f);
	CU_ASSERT_TRUE(is_forwarded(bed, &f));
	close_balanced(bed);
}

static void a_seq_err_moves_our_counter(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s;
	struct frame f;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	_Atomic uint64_t *counter = &bed->signing.counter[A];
	uint64_t ahead = DP_BED_CLOCK_US + 5000000000;
	station_seq_err(&s, bed, A, ahead, &f);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(atomic_load(counter), ahead);
	dp_bed_send(bed, A, &f);                       // again: seen
	station_seq_err(&s, bed, A, ahead - 1000, &f); // never down
	dp_bed_send(bed, A, &f);
	station_seq_err(&s, bed, A, DP_BED_CLOCK_US + (1ull << 41), &f); // never far
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(atomic_load(counter) >= ahead && atomic_load(counter) < ahead + 10);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

static void a_neighbor_that_fell_behind_is_told_so_once_a_second(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	struct station s;
	uint32_t n_told = 0;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	for (uint32_t i = 0; i < 1000; i++) {
		struct frame f = data_of(bed, &s);

		station_sign_at(&s, &f, 1000 + i);
		dp_bed_send(bed, A, &f);
		dp_bed_advance_ms(bed, 3);
		n_told += replies_by_a(bed, WIRE_TYPE_SEQ_ERR);
	}
	CU_ASSERT_TRUE(n_told >= 2 && n_told <= 3);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

// The node started 30 days behind, without its state: its neighbor remembers counters that lie too far ahead
// to be taken up. The node notes that, and when its clock is set its counters follow, never backward.
static void counters_follow_a_clock_that_is_set(void)
{
	const uint64_t month_us = 30ull * 86400 * 1000000;
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]");
	_Atomic uint64_t *counter = &bed->signing.counter[A];
	struct station s;
	struct frame f;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	uint64_t before = atomic_load(counter);
	station_seq_err(&s, bed, A, DP_BED_CLOCK_US + month_us, &f);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(atomic_load(counter) < before + 100);
	CU_ASSERT_EQUAL(atomic_load(&bed->signing.refused[A]), DP_BED_CLOCK_US + month_us);

	CU_ASSERT_EQUAL(dp_signing_follow(&bed->signing, DP_BED_CLOCK_US + 59000000, bed->signing.at_tsc), 0);
	CU_ASSERT_TRUE(atomic_load(counter) < before + 100);
	CU_ASSERT_EQUAL(
		dp_signing_follow(&bed->signing, DP_BED_CLOCK_US + month_us, bed->signing.at_tsc), month_us);
	CU_ASSERT_EQUAL(atomic_load(counter), DP_BED_CLOCK_US + month_us);
	CU_ASSERT_EQUAL(atomic_load(&bed->signing.narrow[A]), (DP_BED_CLOCK_US + month_us) / 1000000);
	CU_ASSERT_EQUAL(dp_signing_follow(&bed->signing, DP_BED_CLOCK_US, bed->signing.at_tsc), 0);
	CU_ASSERT_EQUAL(atomic_load(counter), DP_BED_CLOCK_US + month_us);

	// the clock by which SeqErrs are judged has moved too
	station_seq_err(&s, bed, A, DP_BED_CLOCK_US + month_us + 5000000, &f);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(atomic_load(counter) >= DP_BED_CLOCK_US + month_us + 5000000);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

// ---- floods

static void a_flood_of_bad_digests_costs_known_neighbors_nothing(void)
{
	static const char *const secrets[] = {"[s-one]", "[s-two, s-three, s-four, s-one]"};

	for (uint32_t k = 0; k < 2; k++) {
		struct dp_bed *bed = bed_open("[]", secrets[k], "[]");
		struct station s;
		uint32_t n_left = 0;

		random_state = k + 1;
		station_init(&s, 1, "s-one");
		CU_ASSERT_TRUE(station_meet(&s, bed, A));
		for (uint32_t turn = 0; turn < 2000; turn++) {
			struct frame f = data_of(bed, &s);
			struct frame good = f;

			station_sign(&s, &good);
			memset(frame_hdr(&f)->auth, 0x77, 24);
			for (uint32_t i = 0; i < 10; i++) {
				if (i % 2 == 0) // from made-up senders, and in the neighbor's name
					f.bytes[11] = (uint8_t)(10 + random_below(200));
				else
					f.bytes[11] = s.mac.b[5];
				dp_bed_inject(bed, A, i == 5 ? &good : &f);
			}
			dp_bed_turn(bed);
			n_left += left_by(bed, B);
			dp_bed_discard_all(bed);
			dp_bed_discard_punts(bed);
		}
		CU_ASSERT_EQUAL(n_left, 2000);
		CU_ASSERT_TRUE(dp_bed_drops(bed, DP_DROP_AUTH_FLOOD) > 0);
		CU_ASSERT_EQUAL(nbr_table_used(dp_worker_signers(bed->workers[0])), 1);
		close_balanced(bed);
	}
}

static void made_up_senders_get_few_hellos_and_no_rows_of_signers(void)
{
	struct dp_bed *bed = bed_open("[]", "[\"\", s-one]", "[]");
	uint32_t n_hellos = 0;

	for (uint32_t i = 0; i < 20000; i++) {
		struct station s;

		station_init(&s, (uint16_t)(i + 1), "s-one");
		struct frame f = data_of(bed, &s);
		dp_bed_send(bed, A, &f);
		n_hellos += replies_by_a(bed, WIRE_TYPE_HELLO);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
	}
	CU_ASSERT_TRUE(n_hellos >= 20 && n_hellos < 60);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_signers(bed->workers[0])), 0);
	close_balanced(bed);
}

static void notes_say_how_a_neighbor_signs(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-two, \"\", s-one]", "[]");
	const struct nbr_table *t = dp_worker_signers(bed->workers[0]);
	struct station s;
	struct nbr_row row;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	CU_ASSERT_TRUE_FATAL(nbr_table_rows_end(t) > 0 && nbr_table_row(t, 0, &row));
	struct dp_signer_note note = dp_signer_note_of(&row);
	CU_ASSERT_EQUAL(note.entry, 3);
	CU_ASSERT_TRUE(note.is_signed);
	CU_ASSERT_TRUE(note.is_synced);
	struct frame f = data_of(bed, &s);
	CU_ASSERT_TRUE(is_forwarded(bed, &f));
	CU_ASSERT_TRUE_FATAL(nbr_table_row(t, 0, &row));
	note = dp_signer_note_of(&row);
	CU_ASSERT_FALSE(note.is_signed);
	CU_ASSERT_TRUE(note.is_synced);
	close_balanced(bed);
}

static void relay_ports_carry_auth_bytes_as_they_are(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, secrets: [s-one] }\n"
			    "limits: { neighbors: 100, origins: 64 }\n"
			    "relay-groups: { g: { ports: { r0: { device: d0 }, r1: { device: d1 } } } }\n");
	struct frame f, out;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	memset(frame_hdr(&f)->auth, 0x5a, 24);
	dp_bed_send(bed, 0, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, 1, &out));
	CU_ASSERT_TRUE(frames_equal(&f, &out));
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_list_takes_and_sends_what_it_says),
	SUITE_CASE(a_port_list_hides_the_global_one),
	SUITE_CASE(a_frame_is_verified_and_signed_anew),
	SUITE_CASE(every_flipped_bit_is_rejected),
	SUITE_CASE(copies_of_a_flood_are_signed_each_for_its_port),
	SUITE_CASE(a_flood_by_many_signing_ports_leaves_signed_in_every_copy),
	SUITE_CASE(frames_are_signed_by_the_worker_that_sends),
	SUITE_CASE(two_workers_never_use_a_counter_twice),
	SUITE_CASE(a_recorded_session_is_dead_after_any_restart_and_change_of_keys),
	SUITE_CASE(windows_survive_a_reload),
	SUITE_CASE(beginning_to_sign_loses_nothing),
	SUITE_CASE(forged_and_replayed_hellos_move_nothing),
	SUITE_CASE(a_seq_err_moves_our_counter),
	SUITE_CASE(a_neighbor_that_fell_behind_is_told_so_once_a_second),
	SUITE_CASE(counters_follow_a_clock_that_is_set),
	SUITE_CASE(a_flood_of_bad_digests_costs_known_neighbors_nothing),
	SUITE_CASE(made_up_senders_get_few_hellos_and_no_rows_of_signers),
	SUITE_CASE(notes_say_how_a_neighbor_signs),
	SUITE_CASE(relay_ports_carry_auth_bytes_as_they_are),
};
SUITE_MAIN("dp auth", cases)
