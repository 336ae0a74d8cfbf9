// SPDX-License-Identifier: BSD-3-Clause
// The tap: exact copies of what came in and what left, filters, records for torch, and what happens when
// control does not keep up: copies are lost and counted, and no frame is forwarded differently.
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define LIMITS "limits: { neighbors: 1000, origins: 4096, discover-in: none, punt: 10000000 }\n"
#define NODE                                                                \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "ports:\n" \
	"  a: { device: d0, link-id: 11 }\n"                                \
	"  b: { device: d1, link-id: 22 }\n"                                \
	"  v: { device: d1, link-id: 33, vlan: 7 }\n"

enum { A, B, V, N_PORTS };

#define BIT(slot) (1ull << (slot))
#define ALL       (BIT(A) | BIT(B) | BIT(V))

static bool is_same(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static void tapped_expect(
	struct dp_bed *bed, uint8_t slot, enum xchg_dir dir, const struct frame *f, uint64_t *tsc)
{
	struct dp_bed_tapped t;

	CU_ASSERT_TRUE_FATAL(dp_bed_take_tapped(bed, &t));
	CU_ASSERT_EQUAL(t.about.slot, slot);
	CU_ASSERT_EQUAL(t.about.dir, dir);
	CU_ASSERT_EQUAL(t.about.len, f->len);
	CU_ASSERT_TRUE(t.about.tsc >= *tsc);
	CU_ASSERT_TRUE(is_same(&t.frame, f));
	*tsc = t.about.tsc;
}

// The frame as it came in, before its hop list is written to; and as it left.
static void copies_are_exact_both_ways(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 33);
	struct frame left;
	uint64_t tsc = 0;

	dp_bed_tap(bed, &(struct snap_tap){.in = ALL, .out = ALL});
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, V, &left));
	CU_ASSERT_FALSE(is_same(&left, &f));
	tapped_expect(bed, A, XCHG_DIR_IN, &f, &tsc);
	tapped_expect(bed, V, XCHG_DIR_OUT, &left, &tsc);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 0);
	close_balanced(bed);
}

static void every_copy_of_a_flood_is_seen_where_it_leaves(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;
	struct frame left;
	uint64_t tsc = 0;

	frame_discover(&f, frame_mac(1), frame_mac(9), NULL, 0);
	dp_bed_tap(bed, &(struct snap_tap){.out = ALL});
	dp_bed_send(bed, A, &f);
	for (uint8_t slot = B; slot <= V; slot++) { // one device: frames come out in order
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, slot, &left));
		tapped_expect(bed, slot, XCHG_DIR_OUT, &left, &tsc);
	}
	close_balanced(bed);
}

static void frames_that_are_dropped_are_seen(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 99);
	struct frame runt = {.len = 14};
	struct frame deep = f;
	struct frame vlan = f;
	struct frame foreign = f;
	uint64_t tsc = 0;

	memcpy(runt.bytes, f.bytes, 14);
	frame_tag(&vlan, 77);
	frame_tag(&deep, 5);
	frame_tag(&deep, 6);
	frame_ethertype(&foreign, 0x0800);
	dp_bed_tap(bed, &(struct snap_tap){.in = ALL});
	dp_bed_send(bed, A, &f);
	dp_bed_send(bed, A, &runt);
	dp_bed_send(bed, A, &vlan);
	dp_bed_send(bed, A, &foreign); // another protocol of the host: none of our business
	dp_bed_send(bed, A, &deep);
	tapped_expect(bed, A, XCHG_DIR_IN, &f, &tsc);
	tapped_expect(bed, A, XCHG_DIR_IN, &runt, &tsc);
	tapped_expect(bed, A, XCHG_DIR_IN, &vlan, &tsc);
	tapped_expect(bed, A, XCHG_DIR_IN, &deep, &tsc);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 0);
	close_balanced(bed);
}

static void frames_in_pieces_and_longer_than_a_buffer_are_seen(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct dp_bed_tapped t;
	uint64_t tsc = 0;

	dp_bed_tap(bed, &(struct snap_tap){.in = ALL, .torch = ALL});
	for (uint32_t at = 0; at <= f.len; at += 7) {
		dp_bed_inject_split(bed, A, &f, at);
		dp_bed_turn(bed);
		tapped_expect(bed, A, XCHG_DIR_IN, &f, &tsc);
	}
	frame_pad(&f, 3000);
	dp_bed_inject(bed, A, &f);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_TOO_LONG), 1);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_tapped(bed, &t));
	CU_ASSERT_EQUAL(t.about.len, f.len);
	CU_ASSERT_EQUAL(t.frame.len, SNAP_TAP_LEN_MAX);
	CU_ASSERT_EQUAL(memcmp(t.frame.bytes, f.bytes, t.frame.len), 0);
	close_balanced(bed);
}

static void snaplen_keeps_the_front_and_the_length(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct dp_bed_tapped t;

	for (uint32_t snaplen = 1; snaplen <= f.len + 1; snaplen += 13) {
		dp_bed_tap(bed, &(struct snap_tap){.in = BIT(A), .snaplen = snaplen});
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE_FATAL(dp_bed_take_tapped(bed, &t));
		CU_ASSERT_EQUAL(t.about.len, f.len);
		CU_ASSERT_EQUAL(t.frame.len, snaplen < f.len ? snaplen : f.len);
		CU_ASSERT_EQUAL(memcmp(t.frame.bytes, f.bytes, t.frame.len), 0);
	}
	close_balanced(bed);
}

static void filters_ask_port_direction_type_and_id(void)
{
	static const struct {
		struct snap_tap tap;
		uint32_t n; // copies of a Data, a Discover and a malformed frame that come in on A
	} rows[] = {
		{{.in = BIT(A)}, 3},
		{{.in = BIT(B)}, 0},
		{{.out = BIT(B)}, 2},
		{{.out = BIT(A)}, 0},
		{{.in = BIT(A), .out = BIT(B) | BIT(V)}, 6},
		{{.in = BIT(A), .types = 1u << WIRE_TYPE_DATA}, 1},
		{{.in = BIT(A), .types = 1u << WIRE_TYPE_DATA | 1u << WIRE_TYPE_DISCOVER}, 2},
		{{.in = BIT(A), .types = 1u << WIRE_TYPE_INVALID}, 1},
		{{.in = BIT(A), .types = 1u << WIRE_TYPE_HELLO}, 0},
	};
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame data = dp_bed_data_to(bed, A, 22);
	struct frame bad = data;

	frame_hdr(&bad)->type = 200;
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct frame discover;

		frame_discover(&discover, frame_mac(1), frame_mac((uint16_t)(100 + i)), NULL, 0);
		dp_bed_tap(bed, &rows[i].tap);
		dp_bed_send(bed, A, &data);
		dp_bed_send(bed, A, &discover);
		dp_bed_send(bed, A, &bad);
		CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), rows[i].n);
		dp_bed_discard_all(bed);
	}
	struct base_mac ids[] = {frame_mac(50), frame_mac(100), frame_mac(51)}; // source, none, destination
	for (size_t i = 0; i < BASE_ARRAY_LEN(ids); i++) {
		memcpy(&frame_hdr(&data)->dst_id, &ids[2], sizeof(ids[2]));
		dp_bed_tap(bed, &(struct snap_tap){.in = BIT(A), .id = base_mac_u64(&ids[i])});
		dp_bed_send(bed, A, &data);
		CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), i != 1);
	}
	close_balanced(bed);
}

// Control reads nothing: the ring, then the pool, is used up. What passed is what was seen and what was lost.
static void lost_copies_are_counted_and_forwarding_goes_on(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct dp_bed_totals t;
	const uint32_t n = XCHG_TAP_LEN + 1000;

	dp_bed_tap(bed, &(struct snap_tap){.in = ALL, .out = ALL, .torch = ALL});
	for (uint32_t i = 0; i < n; i++) {
		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	}
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.rx_frames, n);
	CU_ASSERT_EQUAL(t.tx_originals, n);
	CU_ASSERT_EQUAL(dp_bed_tap_lost(bed), 2 * n - DP_BED_TAP_MBUFS);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), DP_BED_TAP_MBUFS);
	CU_ASSERT_EQUAL(dp_bed_flows_lost(bed), 2 * n - XCHG_FLOWS_LEN);
	CU_ASSERT_EQUAL(dp_bed_discard_flows(bed), XCHG_FLOWS_LEN);
	dp_bed_send(bed, A, &f); // and on it goes
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 2);
	CU_ASSERT_EQUAL(dp_bed_discard_flows(bed), 2);
	close_balanced(bed);
}

// The pool of copies that floods and relays need is another one.
static void the_pool_of_the_tap_is_its_own(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;

	dp_bed_tap(bed, &(struct snap_tap){.in = ALL, .out = ALL});
	for (uint16_t i = 0; i < 400; i++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(1000 + i)), NULL, 0);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 2); // b and v
	}
	CU_ASSERT_EQUAL(dp_worker_counters(bed->workers[0])->no_mbuf, 0);
	CU_ASSERT_EQUAL(dp_bed_tap_lost(bed), 3 * 400 - DP_BED_TAP_MBUFS);
	close_balanced(bed);
}

// Only what the device took has passed the port.
static void frames_that_the_device_refuses_are_not_seen_going_out(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	uint32_t n_seen = 0;
	uint32_t n_flows = 0;

	dp_bed_tap(bed, &(struct snap_tap){.out = BIT(B), .torch = BIT(B)});
	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN + 200; i++) {
		dp_bed_inject(bed, A, &f);
		if (i % 30 == 29) {
			dp_bed_turn(bed);
			n_seen += dp_bed_discard_tapped(bed);
			n_flows += dp_bed_discard_flows(bed);
		}
	}
	dp_bed_turn(bed);
	n_seen += dp_bed_discard_tapped(bed);
	n_flows += dp_bed_discard_flows(bed);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_TX_FULL), 200);
	CU_ASSERT_EQUAL(n_seen, DP_BED_TX_RING_LEN);
	CU_ASSERT_EQUAL(n_flows, DP_BED_TX_RING_LEN);
	CU_ASSERT_EQUAL(dp_bed_tap_lost(bed), 0);
	close_balanced(bed);
}

static void flow_expect(struct dp_bed *bed, const struct xchg_flow *wanted)
{
	struct xchg_flow flow;

	CU_ASSERT_TRUE_FATAL(dp_bed_take_flow(bed, &flow));
	CU_ASSERT_EQUAL(flow.id, wanted->id);
	CU_ASSERT_EQUAL(flow.service, wanted->service);
	CU_ASSERT_EQUAL(flow.len, wanted->len);
	CU_ASSERT_EQUAL(flow.slot, wanted->slot);
	CU_ASSERT_EQUAL(flow.dir, wanted->dir);
	CU_ASSERT_EQUAL(flow.type, wanted->type);
}

static void torch_records_say_who_what_and_how_much(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22); // 5000 -> 3
	struct xchg_flow flow = {.id = base_mac_u64(&frame_hdr(&f)->src_id),
		.service = WIRE_SERVICE_SSH,
		.len = (uint16_t)f.len,
		.slot = A,
		.dir = XCHG_DIR_IN,
		.type = WIRE_TYPE_DATA};

	dp_bed_tap(bed, &(struct snap_tap){.torch = BIT(A) | BIT(B)});
	dp_bed_send(bed, A, &f);
	flow_expect(bed, &flow);
	flow.slot = B;
	flow.dir = XCHG_DIR_OUT;
	flow_expect(bed, &flow);

	uint8_t *ports = f.bytes + WIRE_ETH_LEN + WIRE_HDR_LEN + 2 * WIRE_HOP_LEN;
	static const uint16_t services[][3] = {{4, 999, 4}, {999, 3, 3}, {1, 4, 4}, {77, 88, 88}};
	dp_bed_tap(bed, &(struct snap_tap){.torch = BIT(A)});
	flow.slot = A;
	flow.dir = XCHG_DIR_IN;
	for (size_t i = 0; i < BASE_ARRAY_LEN(services); i++) {
		base_be16_store(ports, services[i][0]);
		base_be16_store(ports + 2, services[i][1]);
		flow.service = services[i][2];
		dp_bed_send(bed, A, &f);
		flow_expect(bed, &flow);
	}
	frame_hdr(&f)->ptr = 9; // malformed
	flow = (struct xchg_flow){.len = (uint16_t)f.len, .slot = A, .dir = XCHG_DIR_IN};
	dp_bed_send(bed, A, &f);
	flow_expect(bed, &flow);
	CU_ASSERT_EQUAL(dp_bed_discard_flows(bed), 0);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 0);
	close_balanced(bed);
}

static void a_frame_that_goes_across_is_seen_where_it_is_sent(void)
{
	struct dp_bed *bed = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = NODE, .n_workers = 2, .n_txq = 1});
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct frame left;
	uint64_t tsc = 0;

	bed->in.ports[B].worker = 1;
	bed->in.ports[V].worker = 1;
	dp_bed_tap(bed, &(struct snap_tap){.in = ALL, .out = ALL});
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &left));
	tapped_expect(bed, A, XCHG_DIR_IN, &f, &tsc);
	tapped_expect(bed, B, XCHG_DIR_OUT, &left, &tsc);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 0);
	close_balanced(bed);
}

static void without_slots_there_is_no_tap(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);

	dp_bed_tap(bed, &(struct snap_tap){.types = 1, .id = 5});
	CU_ASSERT_FALSE(snap_current(bed->snaps)->has_tap);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_tapped(bed), 0);
	dp_bed_tap(bed, &(struct snap_tap){.torch = BIT(V)});
	CU_ASSERT_TRUE(snap_current(bed->snaps)->has_tap);
	dp_bed_tap(bed, &(struct snap_tap){.in = 0});
	CU_ASSERT_FALSE(snap_current(bed->snaps)->has_tap);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(copies_are_exact_both_ways),
	SUITE_CASE(every_copy_of_a_flood_is_seen_where_it_leaves),
	SUITE_CASE(frames_that_are_dropped_are_seen),
	SUITE_CASE(frames_in_pieces_and_longer_than_a_buffer_are_seen),
	SUITE_CASE(snaplen_keeps_the_front_and_the_length),
	SUITE_CASE(filters_ask_port_direction_type_and_id),
	SUITE_CASE(lost_copies_are_counted_and_forwarding_goes_on),
	SUITE_CASE(the_pool_of_the_tap_is_its_own),
	SUITE_CASE(frames_that_the_device_refuses_are_not_seen_going_out),
	SUITE_CASE(torch_records_say_who_what_and_how_much),
	SUITE_CASE(a_frame_that_goes_across_is_seen_where_it_is_sent),
	SUITE_CASE(without_slots_there_is_no_tap),
};

SUITE_MAIN("dp tap", cases)
