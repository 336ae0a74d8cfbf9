// SPDX-License-Identifier: BSD-3-Clause
// Secrets as tables, each cell by a real frame through the data path: what each list takes and sends, that
// every bit of every type of frame counts, which counters pass, and what Hellos and SeqErrs of others can do.
#include <stdio.h>
#include <string.h>

#include "dp_bed.h"
#include "dp_signer.h"
#include "station.h"
#include "suite.h"

enum { A, B, T };

#define NODE                                                                                                 \
	"romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 0s, secrets: %s }\n"                       \
	"limits: { neighbors: 2000, origins: 64, punt: 100000, discover-in: none, answers-per-origin: none " \
	"}\n"                                                                                                \
	"ports:\n"                                                                                           \
	"  a: { device: d0, link-id: 11, secrets: %s }\n"                                                    \
	"  b: { device: d1, link-id: 22, secrets: %s }\n"                                                    \
	"  t: { device: d2, link-id: 33, vlan: 7, secrets: %s }\n"

static struct dp_bed *bed_open(const char *global, const char *of_a, const char *of_b, const char *of_t)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), NODE, global, of_a, of_b, of_t);
	return dp_bed_open(yaml);
}

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// Data that came in on port slot and leaves by b.
static struct frame data_of(struct dp_bed *bed, uint8_t slot, const struct station *s)
{
	struct frame f = dp_bed_data_to(bed, slot, 22);

	memcpy(f.bytes + 6, &s->mac, 6);
	return f;
}

// The first frame that left by slot and is no Hello or SeqErr; the others are thrown away.
static bool sent_on(struct dp_bed *bed, uint8_t slot, struct frame *out)
{
	struct frame f;
	bool is_any = false;

	while (dp_bed_take(bed, slot, &f)) {
		uint8_t type = frame_hdr(&f)->type;

		if (type == WIRE_TYPE_HELLO || type == WIRE_TYPE_SEQ_ERR || is_any)
			continue;
		*out = f;
		is_any = true;
	}
	dp_bed_discard_all(bed);
	return is_any;
}

// Frames that the node took: sent on, or handed up for what they are.
static uint32_t taken(struct dp_bed *bed)
{
	struct dp_bed_punt punt;
	struct frame f;
	uint32_t n = sent_on(bed, B, &f);

	while (dp_bed_take_punt(bed, &punt))
		n += punt.class != XCHG_PUNT_BAD && punt.class != XCHG_PUNT_DISCOVER;
	return n;
}

static uint32_t send_taken(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	dp_bed_send(bed, slot, f);
	return taken(bed);
}

// ---- the matrix

// How a frame comes in; the entries are the list's non-empty ones.
enum coming { UNSIGNED, BY_1, BY_2, BY_3, BY_4, BY_NOBODY, N_COMINGS };

static const char *const secret_by[N_COMINGS] = {"", "s-one", "s-two", "s-three", "s-four", "s-nobody"};

#define OK      DP_DROP_NONE
#define MISSING DP_DROP_AUTH_MISSING
#define UNKNOWN DP_DROP_AUTH_UNKNOWN

struct row {
	const char *what;
	const char *list;
	enum dp_reason fate[N_COMINGS];
	enum coming leaves; // unsigned, or signed by which
};

static const struct row matrix[] = {
	{"empty", "[]", {OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, UNSIGNED},
	{"only \"\"", "[\"\"]", {OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, UNSIGNED},
	{"\"\" first", "[\"\", s-one]", {OK, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, UNSIGNED},
	{"\"\" first of four", "[\"\", s-one, s-two, s-three]", {OK, OK, OK, OK, UNKNOWN, UNKNOWN}, UNSIGNED},
	{"\"\" last", "[s-one, \"\"]", {OK, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, BY_1},
	{"\"\" between", "[s-two, \"\", s-one]", {OK, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN}, BY_2},
	{"one", "[s-one]", {MISSING, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, BY_1},
	{"two", "[s-three, s-one]", {MISSING, OK, UNKNOWN, OK, UNKNOWN, UNKNOWN}, BY_3},
	{"four", "[s-four, s-one, s-two, s-three]", {MISSING, OK, OK, OK, OK, UNKNOWN}, BY_4},
};

static void cell_take(struct dp_bed *bed, const struct row *row, enum coming coming)
{
	struct station s;
	struct frame f;
	enum dp_reason fate = row->fate[coming];

	station_init(&s, (uint16_t)(1 + coming), secret_by[coming][0] == '\0' ? "unused" : secret_by[coming]);
	if (coming != UNSIGNED && fate == OK)
		CU_ASSERT_TRUE(station_meet(&s, bed, A));
	uint64_t before = dp_bed_drops(bed, fate);
	f = data_of(bed, A, &s);
	if (coming != UNSIGNED)
		station_sign(&s, &f);
	CU_ASSERT_EQUAL(send_taken(bed, A, &f), fate == OK);
	if (fate != OK)
		CU_ASSERT_EQUAL(dp_bed_drops(bed, fate), before + 1);
}

static bool leaves_right(struct frame *f, const struct row *row)
{
	struct station s;

	if (row->leaves == UNSIGNED)
		return wire_is_unsigned((uint8_t *)frame_hdr(f));
	station_init(&s, 1, secret_by[row->leaves]);
	return !wire_is_unsigned((uint8_t *)frame_hdr(f)) && station_verifies(&s, f, NULL);
}

// Data, a Discover and an answer on its way home leave by b.
static void cells_send(struct dp_bed *bed, const struct row *row)
{
	struct frame f, out;
	struct frame_hop home[] = {{22, frame_mac(7)}};

	struct station s;
	station_init(&s, 9, "unused");
	f = data_of(bed, A, &s);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(sent_on(bed, B, &out));
	CU_ASSERT_TRUE(leaves_right(&out, row));
	frame_discover(&f, s.mac, s.mac, NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(sent_on(bed, B, &out));
	CU_ASSERT_TRUE(leaves_right(&out, row));
	// that there is such a neighbor behind b is known from a frame of it, signed as the list wants
	struct station n;
	station_init(&n, 7, row->leaves == UNSIGNED ? "unused" : secret_by[row->leaves]);
	if (row->leaves == UNSIGNED) {
		frame_discover(&f, n.mac, n.mac, NULL, 0);
		dp_bed_send(bed, B, &f);
	} else {
		CU_ASSERT_TRUE(station_meet(&n, bed, B));
	}
	dp_bed_discard_all(bed);
	frame_resp(&f, dp_bed_mac(bed, A), s.mac, frame_mac(60), s.mac, home, 1, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(sent_on(bed, B, &out));
	CU_ASSERT_EQUAL(frame_hdr(&out)->type, WIRE_TYPE_DISCOVER_RESP);
	CU_ASSERT_TRUE(leaves_right(&out, row));
	dp_bed_discard_punts(bed);
}

static void every_cell_of_the_matrix_is_as_documented(void)
{
	for (size_t r = 0; r < sizeof(matrix) / sizeof(matrix[0]); r++) {
		const struct row *row = &matrix[r];

		// the port's own list, which hides a global one; an empty one would not
		const char *hidden = strcmp(row->list, "[]") == 0 ? "[]" : "[s-hidden]";
		struct dp_bed *bed = bed_open(hidden, row->list, "[\"\"]", "[]");
		for (enum coming c = 0; c < N_COMINGS; c++)
			cell_take(bed, row, c);
		close_balanced(bed);
		bed = bed_open(hidden, "[\"\"]", row->list, "[]");
		cells_send(bed, row);
		close_balanced(bed);
		// the same list as the global one, of a port that has none
		bed = bed_open(row->list, "[]", "[\"\"]", "[]");
		for (enum coming c = 0; c < N_COMINGS; c++)
			cell_take(bed, row, c);
		close_balanced(bed);
		bed = bed_open(row->list, "[\"\"]", "[]", "[]");
		cells_send(bed, row);
		close_balanced(bed);
	}
}

// ---- bits

enum kind { DATA, DISCOVER, RESP, HELLO, SEQ_ERR, N_KINDS };

static struct frame frame_of(enum kind kind, struct dp_bed *bed, uint8_t slot, struct station *s)
{
	struct base_mac here = dp_bed_mac(bed, slot);
	struct frame f;

	switch (kind) {
	case DATA:
		f = data_of(bed, slot, s);
		break;
	case DISCOVER:
		frame_discover(&f, s->mac, s->mac, NULL, 0);
		break;
	case RESP:
		frame_resp(&f, here, s->mac, base_mac_from_u64(bed->in.own_id), s->mac, NULL, 0, 0);
		break;
	case HELLO:
		station_hello(s, bed, slot, 1, 2, &f);
		return f;
	case SEQ_ERR:
	case N_KINDS:
		station_seq_err(s, bed, slot, DP_BED_CLOCK_US + 1000000, &f);
		return f;
	}
	return f;
}

// What no digest covers, beside the two places below: nothing. Destination and EtherType are not in
// romond-1's digest either, but a frame with another destination is not for this port, and one of another
// EtherType is no RoMON.
//
// - Priority and drop-eligible bits of a VLAN tag: bridges on the way may change them, and nobody reads them.
// - Padding behind the frame's own length: drivers and switches add it. It is cut off, and never sent on.
static bool is_covered(const struct frame *f, uint32_t bit)
{
	bool is_tagged = f->bytes[12] == 0x81 && f->bytes[13] == 0;

	return !(is_tagged && bit / 8 == 14 && bit % 8 >= 4);
}

static void every_bit_of_every_type_counts(void)
{
	static const uint8_t slots[] = {A, T};

	for (uint32_t p = 0; p < 2; p++) {
		struct dp_bed *bed = bed_open("[]", "[s-one]", "[]", "[s-one]");
		uint8_t slot = slots[p];
		struct station s;

		uint32_t n_taken = 0;
		for (enum kind kind = 0; kind < N_KINDS; kind++) {
			// a neighbor of its own: the frame's fate is then decided by its digest alone
			station_init(&s, (uint16_t)(1 + kind), "s-one");
			s.vid = slot == T ? 7 : 0;
			CU_ASSERT_TRUE_FATAL(station_meet(&s, bed, slot));
			struct frame good = frame_of(kind, bed, slot, &s);
			station_sign(&s, &good);
			if (slot == T)
				frame_tag(&good, 7);
			_Atomic uint64_t *counter = &bed->signing.counter[slot];
			for (uint32_t bit = 0; bit < good.len * 8; bit++) {
				struct frame f = good;

				if (!is_covered(&good, bit))
					continue;
				f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
				uint64_t before = atomic_load(counter);
				n_taken += send_taken(bed, slot, &f);
				CU_ASSERT_TRUE(atomic_load(counter) <= before + 2); // nothing raised it
				dp_bed_advance_ms(bed, 20); // for the bucket of bad digests
			}
			CU_ASSERT_EQUAL(send_taken(bed, slot, &good), 1); // and it was good
		}
		CU_ASSERT_EQUAL(n_taken, 0);
		close_balanced(bed);
	}
}

static void bits_that_no_digest_covers_change_nothing(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one]", "[]", "[s-one]");
	struct station s;
	struct frame f, out;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	for (uint32_t n = 1; n < 40; n += 7) {
		f = data_of(bed, A, &s);
		station_sign(&s, &f);
		uint32_t len = f.len;
		frame_pad(&f, n);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE_FATAL(sent_on(bed, B, &out));
		CU_ASSERT_EQUAL(out.len, len);
		CU_ASSERT_TRUE(wire_is_unsigned((uint8_t *)frame_hdr(&out)));
	}
	s.vid = 7;
	CU_ASSERT_TRUE(station_meet(&s, bed, T));
	for (uint32_t bit = 12; bit < 16; bit++) {
		f = data_of(bed, T, &s);
		station_sign(&s, &f);
		frame_tag(&f, (uint16_t)(7 | 1u << bit));
		dp_bed_send(bed, T, &f);
		CU_ASSERT_TRUE_FATAL(sent_on(bed, B, &out));
		CU_ASSERT_EQUAL(out.len, f.len - WIRE_VLAN_LEN);
	}
	close_balanced(bed);
}

// ---- counters

#define MAX64   UINT64_MAX
#define REPLAY  DP_DROP_AUTH_REPLAY
#define UNSYNC  DP_DROP_AUTH_UNSYNCED
#define N_STEPS 24

struct step {
	uint64_t counter;
	enum dp_reason fate;
};

struct vector {
	const char *what;
	uint64_t opened_at; // counter of the Hello that opens the window
	struct step steps[N_STEPS];
	uint32_t n;
};

static const struct vector vectors[] = {
	{"new, duplicate, out of order", 5000,
		{{5001, OK}, {5001, REPLAY}, {5003, OK}, {5002, OK}, {5002, REPLAY}, {5000, REPLAY},
			{4999, REPLAY}},
		7},
	{"inside and at the edge of the window", 5000,
		{{8000, OK}, {8000 - 1023, OK}, {8000 - 1024, REPLAY}, {8000 - 1023, REPLAY}, {8001, OK},
			{8001 - 1023, OK}, {8001 - 1024, REPLAY}, {7999, OK}},
		8},
	{"a far jump, and one that is too far to be of this life", 5000,
		{{5000 + (1ull << 32), OK}, {5001, REPLAY}, {5000 + (1ull << 32) - 1, OK},
			{5000 + (2ull << 32) + 1, UNSYNC}, {5000 + (2ull << 32), OK}, {MAX64, UNSYNC}},
		6},
	{"0", 0, {{0, REPLAY}, {1, OK}, {0, REPLAY}, {1, REPLAY}, {2, OK}}, 5},
	{"2^32 - 1", UINT32_MAX - 10ull,
		{{UINT32_MAX, OK}, {UINT32_MAX, REPLAY}, {UINT32_MAX + 1ull, OK}, {UINT32_MAX - 1ull, OK},
			{UINT32_MAX + 2ull, OK}, {0, REPLAY}, {UINT32_MAX, REPLAY}},
		7},
	{"2^63", (1ull << 63) - 10,
		{{1ull << 63, OK}, {1ull << 63, REPLAY}, {(1ull << 63) - 1, OK}, {(1ull << 63) + 1, OK},
			{0, REPLAY}, {(1ull << 63) - 1, REPLAY}},
		6},
	{"2^64 - 1: the last one, and nothing wraps", MAX64 - 10,
		{{MAX64 - 1, OK}, {MAX64, OK}, {MAX64, REPLAY}, {0, REPLAY}, {1, REPLAY}, {MAX64 - 1, REPLAY},
			{MAX64 - 2, OK}, {MAX64 - 10, REPLAY}},
		8},
};

static void counters_pass_once_and_within_the_window(void)
{
	for (size_t v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
		const struct vector *vector = &vectors[v];
		struct dp_bed *bed = bed_open("[]", "[s-one]", "[]", "[]");
		uint64_t nonce = 0, echo = 0;
		struct station s;
		struct frame f;

		station_init(&s, 1, "s-one");
		f = data_of(bed, A, &s);
		station_sign_at(&s, &f, vector->opened_at);
		CU_ASSERT_EQUAL(send_taken(bed, A, &f), 0); // unknown as yet; its Hello was thrown away
		dp_bed_advance_ms(bed, 1100);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE_FATAL(station_hello_take(bed, A, &nonce, &echo));
		s.counter = vector->opened_at;
		station_hello(&s, bed, A, 0, nonce, &f);
		dp_bed_send(bed, A, &f);
		(void)taken(bed);
		for (uint32_t i = 0; i < vector->n; i++) {
			const struct step *step = &vector->steps[i];
			uint64_t before = dp_bed_drops(bed, step->fate);

			f = data_of(bed, A, &s);
			station_sign_at(&s, &f, step->counter);
			CU_ASSERT_EQUAL(send_taken(bed, A, &f), step->fate == OK);
			if (step->fate != OK)
				CU_ASSERT_EQUAL(dp_bed_drops(bed, step->fate), before + 1);
		}
		close_balanced(bed);
	}
}

// ---- Hellos and SeqErrs of others

// Frames of our own that left by a in one second of 10,000 Hellos and SeqErrs a second, in turn of kinds.
static uint32_t answers_to(struct dp_bed *bed, struct frame *kinds, uint32_t n_kinds, uint32_t seconds)
{
	uint32_t n = 0;

	for (uint32_t ms = 0; ms < seconds * 1000; ms++) {
		struct frame f;

		for (uint32_t k = 0; k < 10; k++)
			dp_bed_inject(bed, A, &kinds[(ms + k) % n_kinds]);
		dp_bed_turn(bed);
		dp_bed_advance_ms(bed, 1);
		while (dp_bed_take(bed, A, &f))
			n++;
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
	}
	return n;
}

struct flood {
	const char *what;
	const char *list;
	bool is_known;       // the neighbor whose frames they are is synchronised
	uint32_t per_second; // answers that it gets, at most
};

// 10,000 a second: forged, unsigned, and recorded before we started or a moment ago.
static void hellos_of_others_move_no_counter_and_are_hardly_answered(void)
{
	static const struct flood floods[] = {
		{"known, signed only", "[s-one]", true, 3}, // a challenge, that it is behind, an answer
		{"unknown, signed only", "[s-one]", false, 3},
		{"known, unsigned is taken", "[\"\", s-one]", true, 3},
		{"unknown, unsigned is taken", "[\"\", s-one]", false, 3},
	};
	enum { SECONDS = 5, N = 6 };

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		struct dp_bed *bed = bed_open("[]", floods[i].list, "[]", "[]");
		struct station s, forger;
		struct frame kinds[N];

		station_init(&s, 1, "s-one");
		station_init(&forger, 1, "s-nobody");
		station_hello(&s, bed, A, 5, 6, &kinds[0]);
		station_seq_err(&s, bed, A, DP_BED_CLOCK_US - 7, &kinds[1]); // right once
		station_hello(&forger, bed, A, 7, 8, &kinds[2]);
		station_seq_err(&forger, bed, A, DP_BED_CLOCK_US + 99999999, &kinds[3]);
		frame_seq_err(&kinds[4], dp_bed_mac(bed, A), s.mac);
		frame_hello(&kinds[5], dp_bed_mac(bed, A), s.mac);
		if (floods[i].is_known)
			CU_ASSERT_TRUE(station_meet(&s, bed, A));
		for (uint32_t k = 0; k < 2; k++) // once, as when they were recorded
			dp_bed_send(bed, A, &kinds[k]);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_advance_ms(bed, 2000);
		uint64_t before = atomic_load(&bed->signing.counter[A]);
		uint32_t n = answers_to(bed, kinds, N, SECONDS);
		CU_ASSERT_TRUE(n <= floods[i].per_second * SECONDS + 1);
		// an answer takes one, and the place in the buffer where it waits another
		CU_ASSERT_TRUE(atomic_load(&bed->signing.counter[A]) <= before + 2ull * n);
		// and the neighbor is served as before, or let in
		dp_bed_advance_ms(bed, 1100);
		if (!floods[i].is_known)
			CU_ASSERT_TRUE(station_meet(&s, bed, A));
		struct frame f = data_of(bed, A, &s);
		station_sign(&s, &f);
		CU_ASSERT_EQUAL(send_taken(bed, A, &f), 1);
		close_balanced(bed);
	}
}

// Full bursts, a tenth of each valid: what the others are changes, the valid ones pass.
static void a_tenth_that_is_valid_passes_through_full_bursts_of_bad_digests(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one, s-two, s-three, s-four]", "[]", "[]");
	enum { BURSTS = 2000, BURST = 30, GOOD = 3 };
	struct station s[GOOD];
	uint32_t n_left = 0;

	for (uint32_t k = 0; k < GOOD; k++) {
		station_init(&s[k], (uint16_t)(1 + k), k == 1 ? "s-three" : "s-one");
		CU_ASSERT_TRUE(station_meet(&s[k], bed, A));
	}
	for (uint32_t burst = 0; burst < BURSTS; burst++) {
		struct frame f;

		for (uint32_t i = 0; i < BURST; i++) {
			struct station *from = &s[i % GOOD];

			f = data_of(bed, A, from);
			station_sign(from, &f);
			if (i >= GOOD) {
				f.bytes[WIRE_ETH_LEN + AUTH_OFF + 8 + i % 16] ^= (uint8_t)(1 + burst);
				from->counter--;
				if (i % 2 == 0) // of made-up senders too
					f.bytes[10] = (uint8_t)burst;
			}
			dp_bed_inject(bed, A, &f);
		}
		dp_bed_turn(bed);
		while (dp_bed_take(bed, B, &f))
			n_left++;
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_discard_events(bed);
	}
	CU_ASSERT_EQUAL(n_left, BURSTS * GOOD);
	CU_ASSERT_TRUE(dp_bed_drops(bed, DP_DROP_AUTH_FLOOD) > 0);
	close_balanced(bed);
}

// ---- what a bad frame may cost, counted in digests

#define FOUR  "[s-one, s-two, s-three, s-four]"
#define BURST 1000 // of limits.bad-digests, whose default is 10,000 a second
#define MOST  1250 // with what real time adds, and the burst that empties the bucket

static uint64_t digests_of(const struct dp_bed *bed)
{
	return dp_counter_read(&dp_worker_counters(bed->workers[0])->digests);
}

// n frames with bad digests, in turns of 30: in the name of the station, or of others.
static void bad_send(struct dp_bed *bed, const struct station *s, uint32_t n, bool is_known)
{
	for (uint32_t i = 0; i < n; i++) {
		struct frame f = data_of(bed, A, s);

		memset(frame_hdr(&f)->auth, (int)(1 + i % 255), AUTH_LEN);
		if (!is_known) {
			f.bytes[9] = 0x77;
			f.bytes[10] = (uint8_t)(i >> 8);
			f.bytes[11] = (uint8_t)i;
		}
		dp_bed_inject(bed, A, &f);
		if (i % 30 == 29 || i == n - 1)
			dp_bed_turn(bed);
		dp_bed_discard_punts(bed);
	}
	dp_bed_discard_all(bed);
	dp_bed_discard_events(bed);
}

static void bad_frames_cost_no_more_digests_than_allowed(void)
{
	struct dp_bed *bed = bed_open("[]", FOUR, "[]", "[]");
	enum { N = 9000 };
	struct station s;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	uint64_t before = digests_of(bed);
	bad_send(bed, &s, N, false); // of strangers: all secrets, until the bucket is empty
	uint64_t n = digests_of(bed) - before;
	CU_ASSERT_TRUE(n >= 4 * BURST && n <= 4 * MOST);
	CU_ASSERT_TRUE(dp_bed_drops(bed, DP_DROP_AUTH_FLOOD) >= N - MOST);

	before = digests_of(bed);
	bad_send(bed, &s, N, true); // in a neighbor's name: two each, and the other two up to the limit
	n = digests_of(bed) - before;
	CU_ASSERT_TRUE(n >= 2 * N + 2 * BURST && n <= 2 * N + 2 * MOST);

	struct frame f = data_of(bed, A, &s);
	station_sign(&s, &f);
	before = digests_of(bed);
	CU_ASSERT_EQUAL(send_taken(bed, A, &f), 1);
	CU_ASSERT_EQUAL(digests_of(bed) - before, 1);
	close_balanced(bed);
}

// The flood is on and both buckets are empty: a neighbor changes its secret, and is taken after a few frames.
static void a_flood_does_not_delay_a_change_of_secret(void)
{
	for (int is_known = 0; is_known < 2; is_known++) {
		struct dp_bed *bed = bed_open("[]", FOUR, "[]", "[]");
		uint32_t n_lost = 0;
		struct station s, after;

		station_init(&s, 1, "s-one");
		CU_ASSERT_TRUE(station_meet(&s, bed, A));
		bad_send(bed, &s, 2 * BURST, is_known);
		station_init(&after, 1, "s-four");
		after.counter = s.counter;
		for (uint32_t i = 0; i < 100; i++) {
			struct frame f = data_of(bed, A, &after);

			bad_send(bed, &s, 50, is_known);
			station_sign(&after, &f);
			n_lost += send_taken(bed, A, &f) == 0;
			dp_bed_discard_all(bed);
			dp_bed_discard_punts(bed);
		}
		CU_ASSERT_TRUE(is_known ? n_lost < 40 : n_lost == 0); // 40: once in ten million runs
		close_balanced(bed);
	}
}

// Floods in the name of a neighbor leave a newcomer its digests.
static void a_flood_in_a_known_name_does_not_keep_newcomers_out(void)
{
	struct dp_bed *bed = bed_open("[]", FOUR, "[]", "[]");
	struct station s, newcomer;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	bad_send(bed, &s, 4 * BURST, true);
	station_init(&newcomer, 2, "s-three");
	CU_ASSERT_TRUE(station_meet(&newcomer, bed, A));
	close_balanced(bed);
}

// Who signed is remembered for a day of silence, since a handshake costs; who was only asked, as any
// neighbor.
static void silent_signers_and_strangers_are_forgotten(void)
{
	struct dp_bed *bed = bed_open("[]", "[s-one, \"\"]", "[]", "[]");
	const struct dp_signers *signers = bed->workers[0]->signers;
	struct station s;
	struct frame f;

	station_init(&s, 1, "s-one");
	CU_ASSERT_TRUE(station_meet(&s, bed, A));
	frame_discover(&f, frame_mac(2), frame_mac(2), NULL, 0); // unsigned: a stranger
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(nbr_table_used(signers->table), 1);
	CU_ASSERT_EQUAL(nbr_table_used(signers->strangers), 1);
	for (int hour = 0; hour < 23; hour++) {
		dp_bed_advance_ms(bed, 3600 * 1000);
		dp_bed_turn(bed);
	}
	CU_ASSERT_EQUAL(nbr_table_used(signers->table), 1);
	CU_ASSERT_EQUAL(nbr_table_used(signers->strangers), 0);
	dp_bed_advance_ms(bed, 2 * 3600 * 1000);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(nbr_table_used(signers->table), 0);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(bad_frames_cost_no_more_digests_than_allowed),
	SUITE_CASE(a_flood_does_not_delay_a_change_of_secret),
	SUITE_CASE(a_flood_in_a_known_name_does_not_keep_newcomers_out),
	SUITE_CASE(silent_signers_and_strangers_are_forgotten),
	SUITE_CASE(every_cell_of_the_matrix_is_as_documented),
	SUITE_CASE(every_bit_of_every_type_counts),
	SUITE_CASE(bits_that_no_digest_covers_change_nothing),
	SUITE_CASE(counters_pass_once_and_within_the_window),
	SUITE_CASE(hellos_of_others_move_no_counter_and_are_hardly_answered),
	SUITE_CASE(a_tenth_that_is_valid_passes_through_full_bursts_of_bad_digests),
};
SUITE_MAIN("dp secrets", cases)
