// SPDX-License-Identifier: BSD-3-Clause
// What comes in by one port costs those behind the others nothing: places and rates on the way to control,
// floods of an origin, Data beside a storm.
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define NODE(limits)                                                           \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"                      \
	"limits: { neighbors: 20000, origins: 10000, " limits " }\n"           \
	"ports:\n"                                                             \
	"  a: { device: d0, link-id: 11 }\n  b: { device: d1, link-id: 22 }\n" \
	"  c: { device: d2, link-id: 33 }\n"

enum { A, B, C };

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// ---- towards control

// A DiscoverResp for us.
static struct frame resp_on(struct dp_bed *bed, uint8_t slot)
{
	struct frame_hop hops[] = {{7, frame_mac(7)}};
	struct frame f;

	frame_resp(&f, dp_bed_mac(bed, slot), frame_mac(1), own_id, frame_mac(50), hops, 1, 0);
	return f;
}

static uint32_t taken_of(struct dp_bed *bed, uint8_t slot, uint8_t class)
{
	struct dp_bed_punt punt;
	uint32_t n = 0;

	while (dp_bed_take_punt(bed, &punt))
		n += punt.slot == slot && punt.class == class;
	return n;
}

// Port a floods each class far above limits.punt; what is for us on port b comes through, all of it.
static void a_flood_on_one_port_starves_no_class_of_another(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("punt: 400"));
	struct frame of_a[3] = {dp_bed_data_to(bed, A, 0), resp_on(bed, A)};
	struct frame of_b[3] = {dp_bed_data_to(bed, B, 0), resp_on(bed, B)};
	static const uint8_t classes[] = {XCHG_PUNT_DATA, XCHG_PUNT_RESP, XCHG_PUNT_HELLO};

	frame_hello(&of_a[2], dp_bed_mac(bed, A), frame_mac(1));
	frame_hello(&of_b[2], dp_bed_mac(bed, B), frame_mac(1));
	for (uint32_t k = 0; k < 3; k++) {
		for (uint32_t i = 0; i < 200; i++)
			dp_bed_send(bed, A, &of_a[k]);
		for (uint32_t i = 0; i < 40; i++)
			dp_bed_send(bed, B, &of_b[k]);
		CU_ASSERT_EQUAL(taken_of(bed, B, classes[k]), 40);
	}
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[0], B)->drops[DP_DROP_RATE_PUNT], 0);
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[0], A)->drops[DP_DROP_RATE_PUNT], 3 * 160);
	close_balanced(bed);
}

// A worker without a free turn hands up Data at limits.punt, one with time to spare at limits.punt-spare; of
// other classes each the same.
static void data_gets_what_forwarding_leaves(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("punt: 400, punt-spare: 1000"));
	struct frame data = dp_bed_data_to(bed, A, 0);
	struct frame other = resp_on(bed, B);

	for (uint32_t i = 0; i < 200; i++)
		dp_bed_send(bed, A, &data);
	CU_ASSERT_EQUAL(taken_of(bed, A, XCHG_PUNT_DATA), 40); // a tenth of a second's
	data = dp_bed_data_to(bed, B, 0);
	for (uint32_t i = 0; i < 200; i++) {
		dp_bed_turn(bed);
		dp_bed_send(bed, B, &data);
	}
	uint32_t n = taken_of(bed, B, XCHG_PUNT_DATA);
	CU_ASSERT_TRUE(n > 60 && n <= 101); // some turn may have come late: then it had no time
	for (uint32_t i = 0; i < 200; i++) {
		dp_bed_turn(bed);
		dp_bed_send(bed, B, &other);
	}
	CU_ASSERT_EQUAL(taken_of(bed, B, XCHG_PUNT_RESP), 40);
	close_balanced(bed);
}

// Control takes nothing for a while. Port a fills what it may of the ring; b still finds room, and classes
// that can be asked for again leave places to those that cannot.
static void a_stalled_control_is_reached_by_what_matters(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("punt: 10000000, discover-in: none, answers-per-origin: none"));
	const struct rte_ring *ring = dp_worker_channel(bed->workers[0])->punts;
	uint32_t half = rte_ring_get_capacity(ring) / 2;
	struct frame f = dp_bed_data_to(bed, A, 0);

	for (uint32_t i = 0; i < 2000; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(rte_ring_count(ring), half); // the share of a port
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_PUNT_FULL), 2000 - half);
	for (uint16_t i = 0; i < 100;
		i++) { // answers that are asked for again soon: no place is left for them
		frame_discover(&f, frame_mac(2), frame_mac((uint16_t)(1000 + i)), NULL, 0);
		dp_bed_send(bed, B, &f);
		dp_bed_discard_all(bed);
	}
	CU_ASSERT_EQUAL(rte_ring_count(ring), half + 16); // but what any port may hold
	f = resp_on(bed, B);
	for (uint32_t i = 0; i < 2000; i++)
		dp_bed_send(bed, B, &f);
	CU_ASSERT_EQUAL(rte_ring_count(ring), half * 3 / 2);
	f = dp_bed_data_to(bed, B, 0);
	for (uint32_t i = 0; i < 2000; i++)
		dp_bed_send(bed, B, &f);
	CU_ASSERT_EQUAL(rte_ring_count(ring), half * 7 / 4);
	frame_hello(&f, dp_bed_mac(bed, C), frame_mac(3));
	dp_bed_send(bed, C, &f);
	CU_ASSERT_EQUAL(taken_of(bed, C, XCHG_PUNT_HELLO), 1);
	f = dp_bed_data_to(bed, A, 0); // taken up again: all is as before
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(taken_of(bed, A, XCHG_PUNT_DATA), 1);
	dp_bed_discard_all(bed);
	close_balanced(bed);
}

// ---- floods of an origin

// One second: a spoofer on b sends Discovers in the victim's name at a rate; the victim, on a, one, at ms
// into the second. Returns whether it was flooded on; *n_spoofed grows by what of the others was.
static bool second_of(struct dp_bed *bed, uint32_t rate, uint32_t at_ms, uint32_t *n_spoofed)
{
	struct frame own, spoofed;
	bool is_on = false;

	frame_discover(&own, frame_mac(1), frame_mac(50), NULL, 0);
	frame_discover(&spoofed, frame_mac(2), frame_mac(50), NULL, 0);
	for (uint32_t ms = 0; ms < 1000; ms++) {
		if (rate > 0 && ms * rate / 1000 != (ms + 1) * rate / 1000) {
			dp_bed_send(bed, B, &spoofed);
			*n_spoofed += dp_bed_discard(bed, C);
		}
		if (ms == at_ms) {
			dp_bed_send(bed, A, &own);
			is_on = dp_bed_discard(bed, C) == 1;
		}
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_advance_ms(bed, 1);
	}
	return is_on;
}

static void spoofed_discovers_do_not_hold_back_the_origins_own(void)
{
	static const uint32_t rates[] = {3, 5, 80, 800};

	for (uint32_t r = 0; r < 4; r++) {
		for (int is_first = 0; is_first < 2; is_first++) { // of the two, the spoofer
			struct dp_bed *bed = dp_bed_open(NODE("discover-in: none"));
			uint32_t n_own = 0, n_spoofed = 0, n_before = 0;

			// one that is fast is noticed at once, one that is slow after a few holds
			int n_warm = rates[r] < 80 ? 5 : is_first;

			if (is_first == 0)
				CU_ASSERT_TRUE(second_of(bed, 0, 0, &n_before));
			for (int s = 0; s < n_warm; s++)
				second_of(bed, rates[r], 5000, &n_before);
			for (uint32_t i = 0; i < 11; i++)
				n_own += second_of(bed, rates[r], i * 83 % 1000, &n_spoofed);
			CU_ASSERT_EQUAL(n_own, 11);
			CU_ASSERT_TRUE(n_spoofed <= 11 * 1000 / 400 + 1); // one each flood-hold
			close_balanced(bed);
		}
	}
}

// Honest copies of each Discover come by all ports, in an order that changes now and then: a node floods one.
static void copies_of_a_mesh_are_still_held(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("discover-in: none"));
	uint32_t n = 0;

	for (uint32_t round = 0; round < 50; round++) {
		for (uint8_t k = 0; k < 3; k++) {
			uint8_t in = (uint8_t)((k + (round % 10 == 9)) % 3);
			struct frame f;

			frame_discover(&f, frame_mac((uint16_t)(1 + in)), frame_mac(50), NULL, 0);
			dp_bed_send(bed, in, &f);
			n += dp_bed_discard_all(bed) > 0;
			dp_bed_advance_ms(bed, 2);
		}
		dp_bed_discard_punts(bed);
		dp_bed_advance_ms(bed, 1000);
	}
	CU_ASSERT_EQUAL(n, 50);
	close_balanced(bed);
}

// A hub: twenty ports besides the origin's home, and one of them is first.
static void copies_by_many_ports_are_still_held(void)
{
	static char text[4096];
	size_t len = (size_t)snprintf(text, sizeof(text),
		"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
		"limits: { neighbors: 20000, origins: 10000, discover-in: none }\n"
		"ports:\n  a: { device: d0, link-id: 1 }\n");
	uint32_t n = 0;

	for (uint32_t v = 1; v <= 20; v++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"  b%u: { device: d1, vlan: %u, link-id: %u }\n", v, v, 100 + v);
	struct dp_bed *bed = dp_bed_open(text);
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t k = 0; k <= 20; k++) {
			uint32_t v = round == 0 ? k : (k + 1) % 21; // 0 = the home port: first, later last
			struct frame f;

			frame_discover(&f, frame_mac((uint16_t)(1 + v)), frame_mac(50), NULL, 0);
			if (v > 0)
				frame_tag(&f, (uint16_t)v);
			dp_bed_send(bed, v > 0, &f);
			n += dp_bed_discard_all(bed) > 0;
		}
		dp_bed_discard_punts(bed);
		dp_bed_advance_ms(bed, 1000);
	}
	CU_ASSERT_EQUAL(n, 20);
	close_balanced(bed);
}

// A row that was made for a copy which could go no further belongs to the port that brought the first flood.
static void the_first_flood_makes_the_home_of_an_origin(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, hop-limit: 1 }\n"
			    "limits: { neighbors: 100, origins: 64 }\n"
			    "ports: { a: { device: d0 }, b: { device: d1 }, c: { device: d2 } }\n");
	struct frame_hop hops[] = {{7, frame_mac(7)}};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(50), hops, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	frame_discover(&f, frame_mac(2), frame_mac(50), NULL, 0);
	dp_bed_send(bed, B, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 2);
	frame_discover(&f, frame_mac(1), frame_mac(50), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 1);
	close_balanced(bed);
}

// ---- Data beside a storm

// Discovers of made-up origins at ten times the limit on a, in the same bursts as Data from b to c.
static void data_of_others_loses_nothing_in_a_storm_of_discovers(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("discover-in: 2000"));
	struct frame data = dp_bed_data_to(bed, B, 33);
	uint32_t n_data = 0, n_floods = 0;
	struct frame f;

	for (uint32_t ms = 0; ms < 2000; ms++) {
		for (uint32_t i = 0; i < 20; i++) {
			frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + ms * 20 + i)), NULL, 0);
			dp_bed_inject(bed, A, &f);
			if (i % 4 == 0)
				dp_bed_inject(bed, B, &data);
		}
		while (dp_bed_turn(bed) > 0)
			;
		while (dp_bed_take(bed, C, &f)) {
			n_data += frame_hdr(&f)->type == WIRE_TYPE_DATA;
			n_floods += frame_hdr(&f)->type == WIRE_TYPE_DISCOVER;
		}
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_discard_events(bed);
		dp_bed_advance_ms(bed, 1);
	}
	CU_ASSERT_EQUAL(n_data, 2000 * 5);
	CU_ASSERT_TRUE(n_floods >= 3800 && n_floods <= 4200 + 200); // 2,000 a second, and a burst of 200
	close_balanced(bed);
}

// The same by one port, for there is no other way in: beyond their limit Discovers go, and Data stays, all of
// it, in the order in which it came.
static void data_comes_before_the_discovers_of_its_own_port(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("discover-in: 2000"));
	struct frame data = dp_bed_data_to(bed, A, 33);
	uint32_t n_data = 0, n_floods = 0, n_disordered = 0;
	struct frame f;

	for (uint32_t ms = 0; ms < 2000; ms++) {
		for (uint32_t i = 0; i < 20; i++) {
			frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + ms * 20 + i)), NULL, 0);
			dp_bed_inject(bed, A, &f);
			if (i % 4 != 0)
				continue;
			data.bytes[data.len - 1] = (uint8_t)(ms * 5 + i / 4);
			dp_bed_inject(bed, A, &data);
		}
		while (dp_bed_turn(bed) > 0)
			;
		while (dp_bed_take(bed, C, &f)) {
			bool is_data = frame_hdr(&f)->type == WIRE_TYPE_DATA;

			n_disordered += is_data && f.bytes[f.len - 1] != (uint8_t)n_data;
			n_data += is_data;
			n_floods += !is_data;
		}
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_discard_events(bed);
		dp_bed_advance_ms(bed, 1);
	}
	CU_ASSERT_EQUAL(n_data, 2000 * 5);
	CU_ASSERT_EQUAL(n_disordered, 0);
	CU_ASSERT_TRUE(n_floods >= 3800 && n_floods <= 4200 + 200); // 2,000 a second, and a burst of 200
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_DISCOVER), 2000 * 20 - n_floods);
	close_balanced(bed);
}

// ---- mbufs

// Control found few mbufs left: copies are not made, and counted; Data, and what needs an mbuf of its own for
// a handshake or for control, go on. Then all is as before.
static void copies_go_first_when_mbufs_are_short(void)
{
	struct dp_bed *bed = dp_bed_open(NODE("discover-in: none"));
	const struct dp_worker_counters *c = dp_worker_counters(bed->workers[0]);
	struct frame data = dp_bed_data_to(bed, B, 33);
	struct frame f;

	dp_worker_spare(bed->workers[0], true);
	frame_discover(&f, frame_mac(1), frame_mac(50), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 1);
	CU_ASSERT_EQUAL(dp_counter_read(&c->no_mbuf), 2); // one port, and the one to be answered
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 0);
	dp_bed_send(bed, B, &data);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 1);
	f = dp_bed_data_to(bed, A, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1);
	dp_worker_spare(bed->workers[0], false);
	frame_discover(&f, frame_mac(1), frame_mac(51), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 2);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(copies_go_first_when_mbufs_are_short),
	SUITE_CASE(a_flood_on_one_port_starves_no_class_of_another),
	SUITE_CASE(data_gets_what_forwarding_leaves),
	SUITE_CASE(a_stalled_control_is_reached_by_what_matters),
	SUITE_CASE(spoofed_discovers_do_not_hold_back_the_origins_own),
	SUITE_CASE(copies_of_a_mesh_are_still_held),
	SUITE_CASE(copies_by_many_ports_are_still_held),
	SUITE_CASE(the_first_flood_makes_the_home_of_an_origin),
	SUITE_CASE(data_comes_before_the_discovers_of_its_own_port),
	SUITE_CASE(data_of_others_loses_nothing_in_a_storm_of_discovers),
};

SUITE_MAIN("dp fair", cases)
