// SPDX-License-Identifier: BSD-3-Clause
// Relay groups: every byte reaches the other ports, known addresses only theirs, loops and storms end, and
// a reload leaves nothing behind that misleads.
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define LIMITS "limits: { neighbors: 100, origins: 64 }\n"
#define GROUP(options)           \
	LIMITS "relay-groups:\n" \
	       "  g: { " options "ports: { r0: { device: d0 }, r1: { device: d1 }, r2: { device: d2 } } }\n"

enum { R0, R1, R2, R3 };

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// A frame of station src to dst, with n as a serial number that makes it unlike others. The relay does
// not look behind the EtherType.
static struct frame made(struct base_mac dst, uint16_t src, uint32_t n)
{
	struct frame f = {.len = 60};
	struct base_mac from = frame_mac(src);

	memset(f.bytes, 0xee, f.len);
	memcpy(f.bytes, &dst, 6);
	memcpy(f.bytes + 6, &from, 6);
	frame_ethertype(&f, WIRE_ETHERTYPE);
	base_be32_store(f.bytes + 14, n);
	return f;
}

static struct frame to_group(uint16_t src, uint32_t n)
{
	return made(wire_group_mac, src, n);
}

// How often a frame left each port, as decimal digits from R0 on.
static uint32_t left_by(struct dp_bed *bed)
{
	uint32_t digits = 0;

	for (uint8_t p = 0; p < bed->conf->n_ports; p++)
		digits = digits * 10 + dp_bed_discard(bed, p);
	return digits;
}

static uint32_t send(struct dp_bed *bed, uint8_t port, const struct frame *f)
{
	dp_bed_send(bed, port, f);
	return left_by(bed);
}

static void frame_reaches_the_others_byte_for_byte(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame out;

	for (uint32_t len = 14; len <= 1514; len += len < 80 ? 1 : 13) {
		struct frame f = to_group(1, len);

		memset(f.bytes + f.len, 0x77, sizeof(f.bytes) - f.len);
		f.len = len;
		dp_bed_send(bed, R1, &f);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, R0, &out));
		CU_ASSERT_TRUE(frames_equal(&out, &f));
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, R2, &out));
		CU_ASSERT_TRUE(frames_equal(&out, &f));
		CU_ASSERT_EQUAL(left_by(bed), 0);
	}
	close_balanced(bed);
}

static void copies_share_one_mbuf(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(1, 1);
	struct dp_bed_totals t;

	dp_bed_send(bed, R0, &f);
	struct rte_mbuf *m1 = dp_bed_take_mbuf(bed, R1);
	struct rte_mbuf *m2 = dp_bed_take_mbuf(bed, R2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m1);
	CU_ASSERT_PTR_EQUAL(m1, m2);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m1), 2);
	rte_pktmbuf_free(m1);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m2), 1);
	rte_pktmbuf_free(m2);
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_originals, 1);
	CU_ASSERT_EQUAL(t.tx_frames, 2);
	close_balanced(bed);
}

static void known_address_gets_it_alone(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(5, 1);

	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	f = made(frame_mac(5), 6, 2);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 10);
	f = made(frame_mac(7), 6, 3); // nobody has heard 7
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	f = made(frame_mac(5), 8, 4);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_SAME_PORT), 1);
	bed->in.ports[R1].is_up = false;
	dp_bed_publish(bed);
	f = made(frame_mac(5), 6, 5);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_DOWN), 1);
	dp_bed_advance_ms(bed, 60001); // forgotten: to all that are there
	CU_ASSERT_EQUAL(send(bed, R0, &f), 1);
	close_balanced(bed);
}

static void last_port_is_alone(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(5, 1);

	bed->in.ports[R1].is_up = false;
	bed->in.ports[R2].is_open = false;
	dp_bed_publish(bed);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_ALONE), 1);
	close_balanced(bed);
}

static void groups_and_node_do_not_mix(void)
{
	struct dp_bed *bed =
		dp_bed_open(LIMITS "ports: { a: { device: d0 }, b: { device: d1 } }\n"
				   "relay-groups:\n"
				   "  g: { ports: { r0: { device: d2 }, r1: { device: d3 } } }\n"
				   "  h: { ports: { s0: { device: d4 }, s1: { device: d5 } } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	CU_ASSERT_EQUAL(send(bed, 2, &f), 100); // slots 0 to 5: a b r0 r1 s0 s1
	CU_ASSERT_EQUAL(send(bed, 5, &f), 10);
	CU_ASSERT_EQUAL(send(bed, 0, &f), 10000);
	f = made(frame_mac(1), 9, 1); // learned in each group for itself
	CU_ASSERT_EQUAL(send(bed, 3, &f), 1000);
	CU_ASSERT_EQUAL(send(bed, 4, &f), 1);
	close_balanced(bed);
}

static void source_must_be_a_station(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(0, 1);

	memset(f.bytes + 6, 0, 6);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	f.bytes[6] = 1;
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_SRC_GROUP), 2);
	f = to_group(1, 1);
	frame_ethertype(&f, 0x0800);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NOT_ROMON), 1);
	close_balanced(bed);
}

static void storm_limit_bounds_a_port(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP("storm-limit: 1000, "));
	struct frame f = to_group(1, 1);
	struct xchg_event e;

	for (int i = 0; i < 300; i++)
		dp_bed_send(bed, R0, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, R1), 100);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_STORM_LIMIT), 200);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_STORM);
	CU_ASSERT_EQUAL(e.port, R0);
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e)); // told once
	f = to_group(2, 2);
	dp_bed_discard_all(bed);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	close_balanced(bed);

	bed = dp_bed_open(GROUP("storm-limit: none, "));
	for (int i = 0; i < 1000; i++) {
		dp_bed_send(bed, R0, &f);
		dp_bed_discard(bed, R2);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, R1), 1);
	}
	close_balanced(bed);
}

// Tokens are taken for many frames at once: of a burst, and of frames of two ports that alternate in it.
static void storm_limit_holds_within_a_burst(void)
{
	struct dp_bed *bed =
		dp_bed_open(LIMITS "relay-groups:\n"
				   "  g: { storm-limit: 1000, ports: { r0: { device: d0, vlan: 10 },\n"
				   "    r1: { device: d0, vlan: 20 }, r2: { device: d1 } } }\n");
	uint32_t n_left = 0;

	for (uint16_t i = 0; i < 300; i++) {
		struct frame f = to_group((uint16_t)(1 + i % 2), i);

		frame_tag(&f, i % 2 == 0 ? 10 : 20);
		dp_bed_inject(bed, R0, &f);
		if (i % 25 != 24)
			continue;
		dp_bed_turn(bed);
		n_left += dp_bed_discard(bed, R2);
		dp_bed_discard(bed, R0);
	}
	CU_ASSERT_EQUAL(n_left, 200);
	for (uint8_t port = R0; port <= R1; port++) {
		CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[0], port)->rx_frames, 150);
		CU_ASSERT_EQUAL(
			dp_worker_port_counters(bed->workers[0], port)->drops[DP_DROP_STORM_LIMIT], 50);
	}
	close_balanced(bed);

	bed = dp_bed_open(GROUP("storm-limit: 1000, "));
	for (uint16_t i = 0; i < 130; i++) {
		struct frame f = to_group(1, i);

		dp_bed_inject(bed, R0, &f);
	}
	for (int i = 0; i < 5; i++)
		dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, R1), 100);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_STORM_LIMIT), 30);
	close_balanced(bed);
}

// What is no RoMON, too short, or tagged, among frames that take the short way.
static void every_frame_of_a_mixed_burst_has_its_fate(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame out;
	uint32_t n_sent = 0;

	for (uint32_t i = 0; i < 30; i++) {
		struct frame f = to_group(1, i);

		switch (i % 6) {
		case 1:
			frame_ethertype(&f, 0x0800);
			break;
		case 2:
			f.len = 13;
			break;
		case 3:
			frame_tag(&f, 0xe000); // priority only
			break;
		case 4:
			frame_tag(&f, 10);
			break;
		case 5:
			f.len = 14;
			break;
		}
		dp_bed_inject(bed, R0, &f);
		n_sent += f.len;
	}
	dp_bed_turn(bed);
	for (uint32_t i = 0; i < 30; i++) {
		if (i % 6 == 1 || i % 6 == 2 || i % 6 == 4)
			continue;
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, R1, &out));
		uint32_t n_tag = i % 6 == 3 ? 4 : 0; // a priority is relayed as it came

		CU_ASSERT_EQUAL(out.len, i % 6 == 5 ? 14 : 60 + n_tag);
		CU_ASSERT_TRUE(i % 6 == 5 || base_be32_load(out.bytes + 14 + n_tag) == i);
	}
	CU_ASSERT_EQUAL(left_by(bed), 15);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NOT_ROMON), 5);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RUNT), 5);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_VLAN_UNKNOWN), 5);
	const struct dp_port_counters *c = dp_worker_port_counters(bed->workers[0], R0);
	CU_ASSERT_EQUAL(c->rx_frames, 30);
	CU_ASSERT_EQUAL(c->rx_bytes, n_sent);
	close_balanced(bed);
}

static void source_on_two_ports_is_a_loop(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(1, 1);
	struct xchg_event e;

	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_LOOP), 1);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_RELAY_LOOP);
	CU_ASSERT_EQUAL(e.port, R1);
	CU_ASSERT_EQUAL(e.other_port, R0);
	CU_ASSERT_TRUE(base_mac_equal(&e.mac, f.bytes + 6));
	CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e)); // told once
	// while it loops, a frame passes once
	f = to_group(1, 2);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_REPEAT), 1);
	f = to_group(1, 3);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	dp_bed_advance_ms(bed, 1001); // the loop is mended: repeats are the sender's business again
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	close_balanced(bed);
}

static void source_may_move_after_loop_guard(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(1, 1);

	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	dp_bed_advance_ms(bed, 998);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
	dp_bed_advance_ms(bed, 2); // what R1 heard did not prolong R0's claim
	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	f = made(frame_mac(1), 2, 2);
	CU_ASSERT_EQUAL(send(bed, R2, &f), 110); // it moved, or two speak in its name: to all
	f = to_group(1, 3);
	for (uint32_t i = 0; i < 2; i++) { // heard here only, for neighbor-age: it moved
		dp_bed_advance_ms(bed, 30000);
		CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	}
	f = made(frame_mac(1), 2, 4);
	CU_ASSERT_EQUAL(send(bed, R2, &f), 10);
	close_balanced(bed);
}

// An attacker on R1 speaks in the name of a station on R0 that is silent, then of one that speaks: its frames
// are relayed like others, none of the station's is lost, and what is sent to the station always reaches it.
static void spoofed_source_takes_nothing_over(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	uint32_t n_own = 0, n_to = 0, n_serial = 0;
	struct frame f;

	for (uint32_t ms = 0; ms < 10000; ms += 25) {
		if (ms % 500 == 0) {
			f = to_group(1, n_serial++);
			CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
		}
		f = made(frame_mac(1), 2, n_serial++);
		dp_bed_send(bed, R2, &f);
		dp_bed_discard(bed, R1);
		n_to += dp_bed_discard(bed, R0);
		if (ms >= 1000) { // it spoke now and then before; now it answers
			f = to_group(1, n_serial++);
			n_own += send(bed, R0, &f) == 11;
		}
		dp_bed_advance_ms(bed, 25);
	}
	CU_ASSERT_EQUAL(n_own, 360);
	CU_ASSERT_TRUE(n_to >= 359); // from its first word on
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_LOOP), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_REPEAT), 0);
	close_balanced(bed);
}

// The same station was heard before, and is silent: one spoofed frame every half second does not turn away
// what is sent to it.
static void silent_station_is_not_lost_to_a_spoofer(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(1, 0);

	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	dp_bed_advance_ms(bed, 5000);
	for (uint32_t i = 0; i < 20; i++) {
		f = to_group(1, 1000 + i);
		CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
		f = made(frame_mac(1), 2, 2000 + i);
		CU_ASSERT_EQUAL(send(bed, R2, &f), 110);
		dp_bed_advance_ms(bed, 500);
	}
	close_balanced(bed);
}

// What was relayed is played back by another port: the copies end there, and what the station says goes on.
static void reflected_frames_harm_nobody(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));

	for (uint32_t i = 0; i < 200; i++) {
		struct frame f = to_group(1, i);

		CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
		CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
		dp_bed_advance_ms(bed, 13);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_LOOP), 200);
	close_balanced(bed);
}

static void guard_of_zero_moves_at_once(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP("loop-guard: 0s, "));
	struct frame f = to_group(1, 1);

	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	close_balanced(bed);
}

static void guard_outlives_neighbor_age(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, neighbor-age: 1s }\n" GROUP("loop-guard: 10s, "));
	struct frame f = to_group(1, 1);

	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	for (int i = 0; i < 9; i++) {
		dp_bed_advance_ms(bed, 1100);
		CU_ASSERT_EQUAL(send(bed, R1, &f), 0);
	}
	dp_bed_advance_ms(bed, 200);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	close_balanced(bed);
}

// 49.7 days after the start the coarse clock begins again: nothing may look as if it lay in the future.
static void clock_may_wrap(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP(""));
	struct frame f = to_group(1, 1);

	dp_bed_advance_ms(bed, UINT32_MAX - 500 - dp_bed_now_ms(bed));
	CU_ASSERT_TRUE(dp_bed_now_ms(bed) > UINT32_MAX - 1000);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R1, &f), 0); // loops until after the wrap
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	dp_bed_advance_ms(bed, 700);
	CU_ASSERT_TRUE(dp_bed_now_ms(bed) < 1000);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0); // still within loop-guard
	dp_bed_advance_ms(bed, 1001);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11); // no loop any more
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	close_balanced(bed);
}

// ---- two relays in parallel between two segments

struct ring_of_two {
	struct dp_bed *box[2]; // R0 of each on the first segment, R1 of each on the second
	uint32_t n_sent;       // transmissions of both
};

#define PARALLEL LIMITS "relay-groups:\n  g: { ports: { r0: { device: d0 }, r1: { device: d1 } } }\n"

static void two_open(struct ring_of_two *t)
{
	t->box[0] = dp_bed_open(PARALLEL);
	t->box[1] = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = PARALLEL, .dev_base = 2, .id_base = 1});
	t->n_sent = 0;
}

static void two_close(struct ring_of_two *t)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(t->box[0]));
	CU_ASSERT_TRUE(dp_bed_is_balanced(t->box[1]));
	CU_ASSERT_TRUE(dp_bed_close(t->box[1]));
	CU_ASSERT_TRUE(dp_bed_close(t->box[0]));
}

// What box sent on a segment is heard by the other. Returns the number of frames.
static uint32_t carry(struct ring_of_two *t, int box)
{
	struct frame f;
	uint32_t n = 0;

	for (uint8_t p = R0; p <= R1; p++) {
		while (dp_bed_take(t->box[box], p, &f)) {
			dp_bed_send(t->box[1 - box], p, &f);
			n++;
		}
	}
	t->n_sent += n;
	return n;
}

static void settle(struct ring_of_two *t)
{
	for (int round = 0; round < 200; round++) {
		if (carry(t, 0) + carry(t, 1) == 0)
			return;
	}
	CU_FAIL("frames still go round");
}

// Both hear the station's frame before the other's copy of it.
static void parallel_relays_original_first(void)
{
	struct ring_of_two t;

	two_open(&t);
	for (uint32_t i = 0; i < 50; i++) {
		struct frame f = to_group(1, i);

		dp_bed_send(t.box[0], R0, &f);
		dp_bed_send(t.box[1], R0, &f);
		settle(&t);
		dp_bed_advance_ms(t.box[0], 37);
		dp_bed_advance_ms(t.box[1], 37);
	}
	printf("%u transmissions ", t.n_sent);
	CU_ASSERT_EQUAL(t.n_sent, 100); // one by each
	two_close(&t);
}

// One hears the other's copy first: each believes the station on another side.
static void parallel_relays_copy_first(uint32_t interval_ms)
{
	struct ring_of_two t;

	two_open(&t);
	for (uint32_t i = 0; i < 50; i++) {
		struct frame f = to_group(1, i);

		dp_bed_send(t.box[0], R0, &f);
		carry(&t, 0);                  // box 1 hears it on R1 ...
		dp_bed_send(t.box[1], R0, &f); // ... before R0
		settle(&t);
		dp_bed_advance_ms(t.box[0], interval_ms);
		dp_bed_advance_ms(t.box[1], interval_ms);
	}
	printf("%u transmissions ", t.n_sent);
	CU_ASSERT_TRUE(t.n_sent <= 50 * 6);
	two_close(&t);
}

static void parallel_relays_copy_first_often(void)
{
	parallel_relays_copy_first(37);
}

static void parallel_relays_copy_first_seldom(void)
{
	parallel_relays_copy_first(1500);
}

// Stations on both segments talk at once, some frames are heard late.
static void parallel_relays_with_many_stations(void)
{
	struct ring_of_two t;
	uint32_t n_frames = 0;

	two_open(&t);
	for (uint32_t i = 0; i < 400; i++) {
		uint16_t station = (uint16_t)(1 + i % 8);
		uint8_t port = station % 2 == 0 ? R0 : R1;
		struct frame f = to_group(station, i);

		dp_bed_send(t.box[0], port, &f);
		if (i % 5 == 0)
			carry(&t, 0);
		dp_bed_send(t.box[1], port, &f);
		settle(&t);
		n_frames++;
		dp_bed_advance_ms(t.box[0], 11);
		dp_bed_advance_ms(t.box[1], 11);
	}
	printf("%u transmissions ", t.n_sent);
	CU_ASSERT_TRUE(t.n_sent <= n_frames * 6);
	two_close(&t);
}

// One box does not hear a frame but in the other's copy (it had no room, its link came up just then).
// Nothing tells it that this is a loop, and the frame goes round, no faster than storm-limit, until the
// station is heard again.
static void parallel_relays_missed_original(void)
{
	struct ring_of_two t;
	struct frame f = to_group(1, 1);

	two_open(&t);
	dp_bed_send(t.box[0], R0, &f);
	for (int round = 0; round < 20; round++)
		CU_ASSERT_EQUAL(carry(&t, 0) + carry(&t, 1), 2);
	f = to_group(1, 2);
	dp_bed_send(t.box[0], R0, &f);
	dp_bed_send(t.box[1], R0, &f);
	settle(&t);
	CU_ASSERT_TRUE(t.n_sent <= 2 * 20 + 2 * 6);
	two_close(&t);
}

// ---- VLANs, MTU

#define TAGGED                                        \
	LIMITS "relay-groups:\n"                      \
	       "  g:\n"                               \
	       "    ports:\n"                         \
	       "      r0: { device: d0 }\n"           \
	       "      r1: { device: d1, vlan: 10 }\n" \
	       "      r2: { device: d2, vlan: 20 }\n" \
	       "      r3: { device: d3, vlan: 10 }\n"

static void check_tags(uint8_t in, int tci_in, const int tcis[4])
{
	struct dp_bed *bed = dp_bed_open(TAGGED);
	struct frame f = to_group(1, 1);
	struct frame out;

	if (tci_in >= 0)
		frame_tag(&f, (uint16_t)tci_in);
	dp_bed_send(bed, in, &f);
	for (uint8_t p = R0; p <= R3; p++) {
		struct frame want = to_group(1, 1);

		if (tcis[p] >= 0)
			frame_tag(&want, (uint16_t)tcis[p]);
		CU_ASSERT_EQUAL(dp_bed_take(bed, p, &out), p != in);
		if (p != in)
			CU_ASSERT_TRUE(frames_equal(&out, &want));
	}
	CU_ASSERT_EQUAL(left_by(bed), 0);
	struct dp_bed_totals t;
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_originals, 1);
	CU_ASSERT_EQUAL(t.tx_frames, 3);
	close_balanced(bed);
}

static void copies_get_the_tag_of_their_port(void)
{
	check_tags(R0, -1, (const int[]){-1, 10, 20, 10});
	check_tags(R1, 10, (const int[]){-1, 10, 20, 10});
	check_tags(R1, 0xe00a, (const int[]){-1, 10, 20, 0xe00a}); // r3 shares the bytes, priority too
	check_tags(R2, 20, (const int[]){-1, 10, 20, 10});
	check_tags(R0, 0xe000, (const int[]){-1, 10, 20, 10}); // a priority tag is not a VLAN
}

// Ports with the ingress port's tag share the mbuf, the other gets a copy: nothing is freed too early or
// never.
static void sharing_and_copying_go_together(void)
{
	struct dp_bed *bed = dp_bed_open(
		LIMITS "relay-groups:\n"
		       "  g: { ports: { r0: { device: d0 }, r1: { device: d1 }, r2: { device: d2 },\n"
		       "    r3: { device: d3, vlan: 10 } } }\n");
	struct frame f = to_group(1, 1);

	dp_bed_send(bed, R0, &f);
	struct rte_mbuf *m1 = dp_bed_take_mbuf(bed, R1);
	struct rte_mbuf *m2 = dp_bed_take_mbuf(bed, R2);
	struct rte_mbuf *m3 = dp_bed_take_mbuf(bed, R3);
	CU_ASSERT_TRUE_FATAL(m1 != NULL && m3 != NULL);
	CU_ASSERT_PTR_EQUAL(m1, m2);
	CU_ASSERT_PTR_NOT_EQUAL(m1, m3);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m1), 2);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m3), 1);
	rte_pktmbuf_free(m1);
	rte_pktmbuf_free(m2);
	rte_pktmbuf_free(m3);
	f = to_group(2, 2);
	frame_tag(&f, 10);
	dp_bed_send(bed, R3, &f); // two copies, and the received mbuf for the last port
	CU_ASSERT_EQUAL(left_by(bed), 1110);
	close_balanced(bed);
}

// Full bursts of several ports to one, and frames of a burst that go different ways, keep their order.
static void full_bursts_keep_their_order(void)
{
	struct dp_bed *bed = dp_bed_open("workers: { burst: 64 }\n" GROUP("storm-limit: none, "));
	struct frame f = to_group(3, 0);
	struct frame out;

	CU_ASSERT_EQUAL(send(bed, R2, &f), 110); // 3 is known to be on R2
	for (uint32_t i = 0; i < 64; i++) {
		f = i % 3 == 0 ? made(frame_mac(3), 1, i) : to_group(1, i);
		dp_bed_inject(bed, R0, &f);
		f = to_group(2, 1000 + i);
		dp_bed_inject(bed, R1, &f);
	}
	CU_ASSERT_EQUAL(dp_bed_turn(bed), 128);
	for (uint32_t i = 0; i < 128; i++) {
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, R2, &out));
		CU_ASSERT_EQUAL(base_be32_load(out.bytes + 14), i < 64 ? i : 1000 + i - 64);
	}
	CU_ASSERT_EQUAL(dp_bed_discard(bed, R1), 42); // those to the group
	CU_ASSERT_EQUAL(dp_bed_discard(bed, R0), 64);
	close_balanced(bed);
}

static void copies_without_buffers_are_counted(void)
{
	struct dp_bed *bed = dp_bed_open(TAGGED);
	struct frame f = to_group(1, 1);

	dp_bed_pool_exhaust(bed);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 1); // the received mbuf still leaves, by the last port
	CU_ASSERT_EQUAL(dp_worker_counters(bed->workers[0])->no_mbuf, 2);
	dp_bed_pool_restore(bed);
	f = to_group(1, 2);
	dp_bed_inject_flush_left(bed, R0, &f); // no room for a tag in the received mbuf
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(left_by(bed), 110);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_MBUF), 1);
	close_balanced(bed);
}

static void small_ports_are_left_out(void)
{
	struct dp_bed *bed = dp_bed_open(TAGGED);
	struct frame f = to_group(1, 1); // 46 bytes behind the header

	bed->in.ports[R1].mtu = 49; // 45 without the tag
	dp_bed_publish(bed);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	for (uint8_t p = R2; p <= R3; p++) // just long enough
		bed->in.ports[p].mtu = snap_current(bed->snaps)->ports[p].vid != 0 ? 50 : 46;
	dp_bed_publish(bed);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 11);
	for (uint8_t p = R0; p <= R3; p++)
		bed->in.ports[p].mtu = 45;
	dp_bed_publish(bed);
	CU_ASSERT_EQUAL(send(bed, R0, &f), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_MTU), 1);
	close_balanced(bed);
}

// ---- reload

// A port goes to another group: what was learned on it no longer leads there, nor counts as a loop.
static void port_that_changes_its_group_takes_nothing_along(void)
{
	struct dp_bed *bed = dp_bed_open(
		LIMITS "relay-groups:\n"
		       "  g: { ports: { r0: { device: d0 } } }\n"
		       "  h: { ports: { r1: { device: d1 }, r2: { device: d2 }, r3: { device: d3 } } }\n");
	struct frame f = to_group(1, 1);

	CU_ASSERT_EQUAL(send(bed, R1, &f), 11);
	dp_bed_reload(bed, LIMITS "relay-groups:\n"
				  "  g: { ports: { r0: { device: d0 }, r1: { device: d1 } } }\n"
				  "  h: { ports: { r2: { device: d2 }, r3: { device: d3 } } }\n");
	f = made(frame_mac(1), 2, 2);
	CU_ASSERT_EQUAL(send(bed, R2, &f), 1); // flooded: nobody of the group has heard 1
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_DOWN), 0);
	f = to_group(1, 3);
	CU_ASSERT_EQUAL(send(bed, R3, &f), 10);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RELAY_LOOP), 0);
	close_balanced(bed);
}

static void many_sources_stay_within_the_cap(void)
{
	struct dp_bed *bed = dp_bed_open(GROUP("storm-limit: none, "));
	struct frame f = to_group(1, 1);

	CU_ASSERT_EQUAL(send(bed, R1, &f), 101);
	for (uint32_t i = 0; i < 10000; i++) {
		f = to_group((uint16_t)(1000 + i), i);
		dp_bed_inject(bed, R0, &f);
		if (i % 16 == 15) {
			dp_bed_turn(bed);
			dp_bed_discard_all(bed);
		}
	}
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_sources(bed->workers[0])), 64);
	f = made(frame_mac(1), 2, 2); // the quiet port's own are not evicted by the noisy one's
	CU_ASSERT_EQUAL(send(bed, R2, &f), 10);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(frame_reaches_the_others_byte_for_byte),
	SUITE_CASE(copies_share_one_mbuf),
	SUITE_CASE(known_address_gets_it_alone),
	SUITE_CASE(last_port_is_alone),
	SUITE_CASE(groups_and_node_do_not_mix),
	SUITE_CASE(source_must_be_a_station),
	SUITE_CASE(storm_limit_bounds_a_port),
	SUITE_CASE(storm_limit_holds_within_a_burst),
	SUITE_CASE(every_frame_of_a_mixed_burst_has_its_fate),
	SUITE_CASE(source_on_two_ports_is_a_loop),
	SUITE_CASE(source_may_move_after_loop_guard),
	SUITE_CASE(spoofed_source_takes_nothing_over),
	SUITE_CASE(silent_station_is_not_lost_to_a_spoofer),
	SUITE_CASE(reflected_frames_harm_nobody),
	SUITE_CASE(guard_of_zero_moves_at_once),
	SUITE_CASE(guard_outlives_neighbor_age),
	SUITE_CASE(clock_may_wrap),
	SUITE_CASE(parallel_relays_original_first),
	SUITE_CASE(parallel_relays_copy_first_often),
	SUITE_CASE(parallel_relays_copy_first_seldom),
	SUITE_CASE(parallel_relays_with_many_stations),
	SUITE_CASE(parallel_relays_missed_original),
	SUITE_CASE(copies_get_the_tag_of_their_port),
	SUITE_CASE(sharing_and_copying_go_together),
	SUITE_CASE(full_bursts_keep_their_order),
	SUITE_CASE(copies_without_buffers_are_counted),
	SUITE_CASE(small_ports_are_left_out),
	SUITE_CASE(port_that_changes_its_group_takes_nothing_along),
	SUITE_CASE(many_sources_stay_within_the_cap),
};

SUITE_MAIN("dp relay", cases)
