// SPDX-License-Identifier: BSD-3-Clause
// Discovers through a node: who gets them, what is changed in them and what is not, and what keeps them
// from going round or going on too often.
#include <string.h>

#include <rte_mbuf.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define BASE                                           \
	"limits: { neighbors: 1000, origins: 64 }\n"   \
	"ports:\n"                                     \
	"  a: { device: d0, link-id: 11, cost: 10 }\n" \
	"  b: { device: d1, link-id: 22, cost: 20 }\n" \
	"  c: { device: d2, link-id: 33, cost: 30 }\n" \
	"  d: { device: d3, link-id: 65535, cost: 40 }\n"
#define NODE "romon: { identity: n, id: 02:00:00:00:ff:01 }\n" BASE

enum { A, B, C, D, N_PORTS };

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// How often a frame left each port, as decimal digits from port A on: 0111.
static uint32_t left_by(struct dp_bed *bed)
{
	uint32_t digits = 0;

	for (uint8_t p = 0; p < N_PORTS; p++)
		digits = digits * 10 + dp_bed_discard(bed, p);
	return digits;
}

static void leaves_every_other_port(void)
{
	static const uint32_t expected[N_PORTS] = {111, 1011, 1101, 1110};
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	for (uint8_t in = 0; in < N_PORTS; in++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + in)), NULL, 0);
		dp_bed_send(bed, in, &f);
		CU_ASSERT_EQUAL(left_by(bed), expected[in]);
	}
	struct dp_bed_totals t;
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.rx_frames, N_PORTS);
	CU_ASSERT_EQUAL(t.tx_originals, N_PORTS);
	CU_ASSERT_EQUAL(t.tx_frames, N_PORTS * (N_PORTS - 1));
	CU_ASSERT_EQUAL(t.n_drops, 0);
	close_balanced(bed);
}

// What must have become of `in`, which came in on A, at port `out`: built here a second time by hand.
static void expect_flooded(struct frame *want, const struct frame *in, struct dp_bed *bed, uint8_t out,
	uint32_t link_id, uint16_t cost)
{
	struct wire_l2 l2;
	struct wire_frame f;
	struct base_mac mac_a = dp_bed_mac(bed, A);
	struct base_mac mac_out = dp_bed_mac(bed, out);

	CU_ASSERT_FATAL(frame_parse(in, &l2, &f));
	uint32_t body = WIRE_ETH_LEN + f.body_off;
	*want = *in;
	want->len = WIRE_ETH_LEN + f.len + WIRE_HOP_LEN;
	memmove(want->bytes + body + WIRE_HOP_LEN, in->bytes + body, WIRE_ETH_LEN + f.len - body);
	memcpy(want->bytes, &wire_group_mac, 6);
	memcpy(want->bytes + 6, &mac_out, 6);
	base_be32_store(want->bytes + body, 11);
	memcpy(want->bytes + body + 4, in->bytes + 6, 6);
	struct wire_hdr *h = (struct wire_hdr *)(want->bytes + WIRE_ETH_LEN);
	base_be16_store(h->length, (uint16_t)want->len);
	h->n_hops++;
	h->ptr = h->n_hops;
	struct wire_route *r =
		(struct wire_route *)(want->bytes + WIRE_ETH_LEN + f.route_off[0] + WIRE_HOP_LEN);
	r->id = own_id;
	wire_link_end_set(&r->in, 11, 1500, 10, &mac_a);
	wire_link_end_set(&r->out, link_id, 1500, cost, &mac_out);
}

static void check_flood_of(const struct frame *in)
{
	static const struct {
		uint32_t link_id;
		uint16_t cost;
	} ports[N_PORTS] = {{11, 10}, {22, 20}, {33, 30}, {65535, 40}};
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame out;
	struct frame want;

	dp_bed_send(bed, A, in);
	for (uint8_t p = B; p < N_PORTS; p++) {
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, p, &out));
		expect_flooded(&want, in, bed, p, ports[p].link_id, ports[p].cost);
		CU_ASSERT_TRUE(frames_equal(&out, &want));
		CU_ASSERT_FALSE(dp_bed_take(bed, p, &out));
	}
	close_balanced(bed);
}

static void route_is_replaced_and_hop_appended(void)
{
	struct frame_hop hops[31];
	struct frame f;

	for (uint16_t i = 0; i < BASE_ARRAY_LEN(hops); i++)
		hops[i] = (struct frame_hop){i + 1u, frame_mac((uint16_t)(200 + i))};
	for (uint32_t n = 0; n <= BASE_ARRAY_LEN(hops); n++) {
		frame_discover(&f, frame_mac(1), frame_mac(2), hops, n);
		check_flood_of(&f);
	}
}

// Before the Route TLV, behind it, empty ones, and those of which we know the tag.
static void other_tlvs_are_kept(void)
{
	struct frame f;
	struct wire_builder b;
	struct base_mac origin = frame_mac(2);
	struct wire_addr addr = {wire_group_mac, frame_mac(1), origin, wire_id_all, 0};
	struct wire_route route = {.id = origin};

	wire_build_begin(&b, f.bytes, sizeof(f.bytes), WIRE_TYPE_DISCOVER, &addr);
	wire_build_tlv(&b, 0x77, "in front", 8);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, "me", 2);
	wire_build_route(&b, &route);
	wire_build_tlv(&b, 0xff, NULL, 0);
	wire_build_tlv(&b, 0x00, "behind", 6);
	wire_build_tlv(&b, WIRE_TAG_VERSION, "\7\15f", 4);
	f.len = (uint32_t)wire_build_finish(&b);
	check_flood_of(&f);
}

static void padding_is_trimmed(void)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	frame_pad(&f, 77);
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame out;
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(out.len, 98 + WIRE_HOP_LEN);
	close_balanced(bed);
	check_flood_of(&f);
}

// A Discover of len RoMON bytes, filled up with TLVs that nobody knows.
static struct frame big_discover(uint32_t len)
{
	struct base_mac origin = frame_mac((uint16_t)len);
	struct wire_addr addr = {wire_group_mac, frame_mac(1), origin, wire_id_all, 0};
	struct wire_route route = {.id = origin};
	uint8_t filler[255] = {0};
	struct wire_builder b;
	struct frame f;

	wire_build_begin(&b, f.bytes, sizeof(f.bytes), WIRE_TYPE_DISCOVER, &addr);
	wire_build_route(&b, &route);
	while (b.len < WIRE_ETH_LEN + len) {
		uint32_t left = WIRE_ETH_LEN + len - b.len - 2;
		// never leave a single byte, which is no TLV
		wire_build_tlv(&b, 0x70, filler, left <= 255 ? left : left == 256 ? 254 : 255);
	}
	f.len = (uint32_t)wire_build_finish(&b);
	CU_ASSERT_EQUAL(f.len, WIRE_ETH_LEN + len);
	return f;
}

static void big_frame_is_flooded_up_to_the_mtu(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);

	for (uint32_t len = 1480; len <= 1500; len++) {
		struct frame f = big_discover(len);

		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(left_by(bed), len + WIRE_HOP_LEN <= 1500 ? 111 : 0);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_MTU), 10);
	close_balanced(bed);
}

// Where the MTU would allow more, a flooded frame is bounded by the buffer that it has to fit.
static void big_frame_is_flooded_up_to_the_buffer(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	uint32_t room = RTE_MBUF_DEFAULT_DATAROOM - WIRE_ETH_LEN - WIRE_VLAN_LEN;

	for (uint8_t p = 0; p < N_PORTS; p++)
		bed->in.ports[p].mtu = 9000;
	dp_bed_publish(bed);
	for (uint32_t len = 2000; len <= RTE_MBUF_DEFAULT_DATAROOM - WIRE_ETH_LEN; len++) {
		struct frame f = big_discover(len);

		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(left_by(bed), len + WIRE_HOP_LEN <= room ? 111 : 0);
	}
	CU_ASSERT_TRUE(dp_bed_drops(bed, DP_DROP_TOO_LONG) > 0);
	close_balanced(bed);
}

static void further_copies_are_held(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 111);
	dp_bed_advance_ms(bed, 398);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	frame_discover(&f, frame_mac(3), frame_mac(2), NULL, 0); // by another way
	dp_bed_send(bed, C, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 2);
	frame_discover(&f, frame_mac(3), frame_mac(4), NULL, 0); // another origin
	dp_bed_send(bed, C, &f);
	CU_ASSERT_EQUAL(left_by(bed), 1101);
	dp_bed_advance_ms(bed, 3); // 401 in all: what was held did not prolong it
	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	dp_bed_send(bed, B, &f);
	CU_ASSERT_EQUAL(left_by(bed), 1011);
	close_balanced(bed);
}

static void copies_in_one_burst_are_held(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 32; i++)
		dp_bed_inject(bed, A, &f);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(left_by(bed), 111);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 31);
	close_balanced(bed);
}

static void hold_of_zero_floods_every_copy(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, flood-hold: 0s }\n" BASE);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 8; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 888);
	close_balanced(bed);
}

// The row of an origin outlives the hold even where neighbors are forgotten sooner.
static void hold_outlives_neighbor_age(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, flood-hold: 10s, neighbor-age: 1s }\n" BASE);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 111);
	for (int s = 1; s < 10; s++) {
		dp_bed_advance_ms(bed, 990);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(left_by(bed), 0);
	}
	dp_bed_advance_ms(bed, 1200);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 111);
	close_balanced(bed);
}

static void origins_are_forgotten(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	for (uint16_t i = 0; i < 40; i++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + i)), NULL, 0);
		dp_bed_send(bed, A, &f);
		left_by(bed);
	}
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_origins(bed->workers[0])), 40);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 1);
	dp_bed_advance_ms(bed, 60001);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_origins(bed->workers[0])), 0);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 0);
	close_balanced(bed);
}

static void hundred_thousand_origins_stay_within_the_cap(void)
{
	struct dp_bed *bed = dp_bed_open("limits: { discover-in: none, neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(0), NULL, 0);
	for (uint32_t i = 0; i < 100000; i++) {
		struct wire_hdr *h = frame_hdr(&f);

		base_be32_store(h->src_id.b + 2, i);
		dp_bed_inject(bed, A, &f);
		if (i % 32 == 31) {
			dp_bed_turn(bed);
			dp_bed_discard(bed, B);
		}
	}
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_origins(bed->workers[0])), 64);
	struct dp_bed_totals t;
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_originals, 100000);
	close_balanced(bed);
}

static void own_discover_is_not_flooded(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	frame_discover(&f, frame_mac(1), own_id, NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_LOOP_OWN_ID), 1);
	close_balanced(bed);
}

static void own_mac_among_the_hops_is_a_loop(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	for (uint8_t port = 0; port < N_PORTS; port++) {
		for (uint32_t at = 0; at < 3; at++) {
			struct frame_hop hops[3] = {{1, frame_mac(1)}, {2, frame_mac(2)}, {3, frame_mac(3)}};

			hops[at].mac = dp_bed_mac(bed, port);
			frame_discover(&f, frame_mac(4), frame_mac(5), hops, 3);
			dp_bed_send(bed, A, &f);
			CU_ASSERT_EQUAL(left_by(bed), 0);
		}
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_LOOP_OWN_MAC), N_PORTS * 3);
	close_balanced(bed);
}

static void hop_limit_bounds_what_is_taken_and_built(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, hop-limit: 4 }\n" BASE);
	struct frame_hop hops[6];
	struct frame f;
	struct frame out;

	for (uint16_t i = 0; i < BASE_ARRAY_LEN(hops); i++)
		hops[i] = (struct frame_hop){i, frame_mac((uint16_t)(200 + i))};
	for (uint32_t n = 0; n <= BASE_ARRAY_LEN(hops); n++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + n)), hops, n);
		dp_bed_send(bed, A, &f);
		bool is_out = dp_bed_take(bed, B, &out);
		CU_ASSERT_EQUAL(is_out, n < 4);
		left_by(bed);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_HOP_LIMIT), 3);
	close_balanced(bed);
}

static void longest_hop_list_is_built(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, hop-limit: 128 }\n" BASE);
	struct frame_hop hops[128];
	struct wire_l2 l2;
	struct wire_frame parsed;
	struct frame f;
	struct frame out;

	for (uint16_t i = 0; i < BASE_ARRAY_LEN(hops); i++)
		hops[i] = (struct frame_hop){i, frame_mac((uint16_t)(200 + i))};
	frame_discover(&f, frame_mac(1), frame_mac(2), hops, 127);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	CU_ASSERT_TRUE(frame_parse(&out, &l2, &parsed));
	CU_ASSERT_EQUAL(parsed.n_hops, 128);
	frame_discover(&f, frame_mac(1), frame_mac(3), hops, 128);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_HOP_LIMIT), 1);
	close_balanced(bed);
}

static void port_takes_no_more_than_discover_in(void)
{
	struct dp_bed *bed =
		dp_bed_open("limits: { discover-in: 1000, neighbors: 1000, origins: 4096 }\n"
			    "ports: { a: { device: d0 }, b: { device: d1 }, c: { device: d2 } }\n");
	struct frame f;
	uint16_t origin = 1000;

	for (int second = 0; second < 3; second++) { // a burst is a tenth of a second's frames
		for (int i = 0; i < 200; i++) {
			frame_discover(&f, frame_mac(1), frame_mac(origin++), NULL, 0);
			dp_bed_send(bed, A, &f);
		}
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 100);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 100);
		dp_bed_advance_ms(bed, 1000);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_DISCOVER), 300);
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0); // another port has its own bucket
	dp_bed_send(bed, B, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, A), 1);
	close_balanced(bed);
}

static void origin_gets_no_more_than_its_rate(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, flood-hold: 0s }\n"
					 "limits: { answers-per-origin: 20, neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 50; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 32);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_ORIGIN), 18);
	dp_bed_advance_ms(bed, 500);
	for (int i = 0; i < 50; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 10);
	frame_discover(&f, frame_mac(1), frame_mac(3), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	close_balanced(bed);
}

static void unlimited_origins_are_all_flooded(void)
{
	struct dp_bed *bed = dp_bed_open(
		"romon: { identity: n, flood-hold: 0s }\n"
		"limits: { answers-per-origin: none, discover-in: none, neighbors: 1000, origins: 64 }\n"
		"ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 300; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 300);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_origins(bed->workers[0])), 0);
	close_balanced(bed);
}

// Ports that may not send are left out; when none remains, the reason is theirs.
static void ports_that_cannot_send_are_left_out(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;
	uint16_t origin = 100;

	bed->in.ports[B].is_up = false;
	dp_bed_publish(bed);
	frame_discover(&f, frame_mac(1), frame_mac(origin++), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 11);
	bed->in.ports[C].is_open = false;
	bed->in.ports[D].mtu = 100;
	dp_bed_publish(bed);
	frame_discover(&f, frame_mac(1), frame_mac(origin++), NULL, 0); // 94 RoMON bytes
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 1);
	bed->in.ports[D].mtu = 93;
	dp_bed_publish(bed);
	frame_discover(&f, frame_mac(1), frame_mac(origin++), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_MTU), 1);
	bed->in.ports[D].is_up = false;
	dp_bed_publish(bed);
	frame_discover(&f, frame_mac(1), frame_mac(origin++), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_EGRESS), 1);
	close_balanced(bed);
}

static void lone_port_has_no_egress(void)
{
	struct dp_bed *bed =
		dp_bed_open("ports: { a: { device: d0 } }\nlimits: { neighbors: 100, origins: 16 }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_EGRESS), 1);
	close_balanced(bed);
}

// A frame in pieces is flooded as a whole one.
static void segmented_frame_is_flooded(void)
{
	struct frame f;
	struct frame out;
	struct frame want;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	struct dp_bed *bed = dp_bed_open(NODE);
	for (uint32_t at = 0; at <= f.len; at++) {
		dp_bed_inject_split(bed, A, &f, at);
		dp_bed_turn(bed);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
		expect_flooded(&want, &f, bed, B, 22, 20);
		CU_ASSERT_TRUE(frames_equal(&out, &want));
		left_by(bed);
		dp_bed_advance_ms(bed, 500);
	}
	close_balanced(bed);
}

// Takes the next frame handed up; it must be this Discover, as it came.
static void expect_answer_asked(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	struct dp_bed_punt punt;

	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_DISCOVER);
	CU_ASSERT_EQUAL(punt.slot, slot);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, f));
}

// Each copy describes another edge: all are to be answered, flooded on or not.
static void every_copy_is_to_be_answered(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hop = {7, frame_mac(7)};
	struct frame first;
	struct frame again;

	frame_discover(&first, frame_mac(1), frame_mac(1), NULL, 0);
	dp_bed_send(bed, A, &first);
	expect_answer_asked(bed, A, &first);
	frame_discover(&again, frame_mac(2), frame_mac(1), &hop, 1);
	dp_bed_send(bed, B, &again);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 1);
	expect_answer_asked(bed, B, &again);
	CU_ASSERT_EQUAL(left_by(bed), 111);
	struct dp_bed_totals t;
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.delivered, 0); // an answer is no fate
	close_balanced(bed);
}

static void node_at_the_end_answers_too(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01, hop-limit: 2 }\n" BASE);
	struct frame_hop hops[] = {{7, frame_mac(7)}, {8, frame_mac(8)}};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), hops, 2); // may not be flooded on
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_HOP_LIMIT), 1);
	expect_answer_asked(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	close_balanced(bed);

	bed = dp_bed_open("romon: { identity: n }\nlimits: { neighbors: 1000, origins: 64 }\n"
			  "ports: { a: { device: d0 } }\n");
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_EGRESS), 1);
	expect_answer_asked(bed, A, &f);
	close_balanced(bed);
}

static void looping_and_own_discovers_are_not_answered(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hop = {7, dp_bed_mac(bed, C)};
	struct frame f;

	frame_discover(&f, frame_mac(1), own_id, NULL, 0);
	dp_bed_send(bed, A, &f);
	frame_discover(&f, frame_mac(1), frame_mac(1), &hop, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_LOOP_OWN_ID), 1);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_LOOP_OWN_MAC), 1);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 0);
	close_balanced(bed);
}

static uint64_t unanswered(const struct dp_bed *bed)
{
	return dp_counter_read(&dp_worker_counters(bed->workers[0])->unanswered);
}

// Copies may be answered, but only from the upper half of their origin's bucket.
static void held_copies_never_starve_the_flood(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, flood-hold: 400ms }\n"
					 "limits: { answers-per-origin: 20, neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 51; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 50);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1 + 15); // of 32 tokens one was the flood's, 16 are kept
	CU_ASSERT_EQUAL(unanswered(bed), 35);
	for (int round = 0; round < 40; round++) {
		dp_bed_advance_ms(bed, 401); // copies come without a pause, and yet
		for (int i = 0; i < 20; i++)
			dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
		uint32_t n = dp_bed_discard_punts(bed); // 20 a second and no more
		CU_ASSERT_TRUE(n >= 8 && n <= 9);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_ORIGIN), 0);
	frame_discover(&f, frame_mac(1), frame_mac(3), NULL, 0); // another origin has a bucket of its own
	dp_bed_send(bed, A, &f);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 2);
	dp_bed_discard_all(bed);
	close_balanced(bed);
}

static void last_node_answers_an_origin_no_faster_than_its_rate(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n }\n"
					 "limits: { answers-per-origin: 20, neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0 } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (int i = 0; i < 50; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_EGRESS), 50);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 16);
	CU_ASSERT_EQUAL(unanswered(bed), 34);
	dp_bed_advance_ms(bed, 500);
	for (int i = 0; i < 50; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 10);
	close_balanced(bed);
}

static void copy_beyond_the_hop_limit_does_not_hold_back_a_shorter_one(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01, hop-limit: 2 }\n" BASE);
	struct frame_hop hops[] = {{7, frame_mac(7)}, {8, frame_mac(8)}};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), hops, 2);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(left_by(bed), 0);
	frame_discover(&f, frame_mac(1), frame_mac(1), hops, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_NOT_EQUAL(left_by(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_FLOOD_HOLD), 0);
	dp_bed_discard_all(bed);
	close_balanced(bed);
}

// A stranger that makes up origins as fast as it can: the others' Discovers are answered all the same.
static void one_port_cannot_use_up_the_answers_of_others(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
			    "limits: { neighbors: 1000, origins: 64, punt: 10, discover-in: none }\n"
			    "ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f;
	uint32_t n = 0;

	for (uint16_t i = 0; i < 100; i++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(1000 + i)), NULL, 0);
		dp_bed_send(bed, A, &f);
		n += dp_bed_discard_punts(bed);
	}
	CU_ASSERT_TRUE(n >= 32 && n < 60); // the burst of any limit is 32 at least
	frame_discover(&f, frame_mac(2), frame_mac(2), NULL, 0);
	dp_bed_send(bed, B, &f);
	expect_answer_asked(bed, B, &f);
	dp_bed_discard_all(bed);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(leaves_every_other_port),
	SUITE_CASE(route_is_replaced_and_hop_appended),
	SUITE_CASE(other_tlvs_are_kept),
	SUITE_CASE(padding_is_trimmed),
	SUITE_CASE(big_frame_is_flooded_up_to_the_mtu),
	SUITE_CASE(big_frame_is_flooded_up_to_the_buffer),
	SUITE_CASE(further_copies_are_held),
	SUITE_CASE(copies_in_one_burst_are_held),
	SUITE_CASE(hold_of_zero_floods_every_copy),
	SUITE_CASE(hold_outlives_neighbor_age),
	SUITE_CASE(origins_are_forgotten),
	SUITE_CASE(hundred_thousand_origins_stay_within_the_cap),
	SUITE_CASE(own_discover_is_not_flooded),
	SUITE_CASE(own_mac_among_the_hops_is_a_loop),
	SUITE_CASE(hop_limit_bounds_what_is_taken_and_built),
	SUITE_CASE(longest_hop_list_is_built),
	SUITE_CASE(port_takes_no_more_than_discover_in),
	SUITE_CASE(origin_gets_no_more_than_its_rate),
	SUITE_CASE(held_copies_never_starve_the_flood),
	SUITE_CASE(last_node_answers_an_origin_no_faster_than_its_rate),
	SUITE_CASE(copy_beyond_the_hop_limit_does_not_hold_back_a_shorter_one),
	SUITE_CASE(unlimited_origins_are_all_flooded),
	SUITE_CASE(ports_that_cannot_send_are_left_out),
	SUITE_CASE(lone_port_has_no_egress),
	SUITE_CASE(segmented_frame_is_flooded),
	SUITE_CASE(every_copy_is_to_be_answered),
	SUITE_CASE(node_at_the_end_answers_too),
	SUITE_CASE(looping_and_own_discovers_are_not_answered),
	SUITE_CASE(one_port_cannot_use_up_the_answers_of_others),
};

SUITE_MAIN("dp discover", cases)
