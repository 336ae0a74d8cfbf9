// SPDX-License-Identifier: BSD-3-Clause
// Data and DiscoverResp through a node: label swapping, unwinding and the other reading of it, delivery,
// and each way in which a hop list may not name a way on. Also what is handed up.
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define BASE                                         \
	"limits: { neighbors: 1000, origins: 64 }\n" \
	"ports:\n"                                   \
	"  a: { device: d0, link-id: 11 }\n"         \
	"  b: { device: d1, link-id: 22 }\n"         \
	"  c: { device: d2, link-id: 65535 }\n"
#define NODE "romon: { identity: n, id: 02:00:00:00:ff:01 }\n" BASE

enum { A, B, C, N_PORTS };

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// Send f into A: it must be dropped for that reason alone.
static void expect_drop(struct dp_bed *bed, const struct frame *f, enum dp_reason reason)
{
	struct dp_bed_totals t0;
	struct dp_bed_totals t1;

	dp_bed_totals(bed, &t0);
	dp_bed_send(bed, A, f);
	dp_bed_totals(bed, &t1);
	CU_ASSERT_EQUAL(t1.drops[reason] - t0.drops[reason], 1);
	CU_ASSERT_EQUAL(t1.n_drops - t0.n_drops, 1);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	dp_bed_discard_punts(bed);
}

// Data from station 1 on port A, link ptr of n; hops are the test's.
static struct frame data(struct dp_bed *bed, const struct frame_hop *hops, uint32_t n, uint8_t ptr,
	struct base_mac dst_id, uint32_t payload_len)
{
	struct frame f;

	frame_data(&f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, A),
			       .eth_src = frame_mac(1),
			       .src_id = frame_mac(50),
			       .dst_id = dst_id,
			       .hops = hops,
			       .n = n,
			       .ptr = ptr,
			       .src_port = 5000,
			       .dst_port = WIRE_SERVICE_SSH,
			       .payload_len = payload_len});
	return f;
}

// The same bytes with the passed entry swapped and the pointer moved on.
static struct frame forwarded(
	const struct frame *in, struct dp_bed *bed, uint8_t out_port, uint8_t ptr, struct base_mac next)
{
	struct frame want = *in;
	struct base_mac mac = dp_bed_mac(bed, out_port);
	uint8_t *romon = want.bytes + WIRE_ETH_LEN;
	uint8_t *hop = romon + wire_hops_offset(romon[0]) + ptr * WIRE_HOP_LEN;

	base_be32_store(hop, 11);
	memcpy(hop + 4, want.bytes + 6, 6);
	romon[41] = (uint8_t)(ptr + 1);
	memcpy(want.bytes, &next, 6);
	memcpy(want.bytes + 6, &mac, 6);
	return want;
}

static void data_is_swapped_and_sent_on(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame out;

	for (uint8_t ptr = 0; ptr < 3; ptr++) {
		struct frame_hop hops[4] = {
			{1, frame_mac(201)}, {2, frame_mac(202)}, {3, frame_mac(203)}, {4, frame_mac(204)}};

		hops[ptr].mac = dp_bed_mac(bed, A);
		hops[ptr + 1].link_id = 65535;
		struct frame f = data(bed, hops, 4, ptr, frame_mac(60), 32);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, C, &out));
		struct frame want = forwarded(&f, bed, C, ptr, hops[ptr + 1].mac);
		CU_ASSERT_TRUE(frames_equal(&out, &want));
		CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	}
	close_balanced(bed);
}

static void data_may_leave_where_it_came_in(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {11, frame_mac(2)}};
	struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);
	struct frame out;

	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, A, &out));
	close_balanced(bed);
}

// What was found out for one frame of a burst holds for another one only if all of its next hop is the same.
static void each_frame_of_a_burst_goes_its_own_way(void)
{
	static const struct frame_hop ways[] = {
		{22, {{0x02, 0, 0, 0, 0, 0x02}}},
		{65535, {{0x02, 0, 0, 0, 0, 0x02}}},
		{22, {{0x06, 0, 0, 0, 0, 0x02}}},
		{22, {{0x02, 0x10, 0, 0, 0, 0x02}}},
		{22, {{0x02, 0, 0, 0x10, 0, 0x02}}},
		{22, {{0x02, 0, 0, 0, 0x10, 0x02}}},
		{22, {{0x02, 0, 0, 0, 0, 0x03}}},
	};
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame out;

	for (uint32_t pair = 0; pair < BASE_ARRAY_LEN(ways) * BASE_ARRAY_LEN(ways); pair++) {
		const struct frame_hop *both[] = {
			&ways[pair / BASE_ARRAY_LEN(ways)], &ways[pair % BASE_ARRAY_LEN(ways)]};

		for (int i = 0; i < 6; i++) {
			struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, *both[i % 2]};
			struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);

			dp_bed_inject(bed, A, &f);
		}
		dp_bed_turn(bed);
		for (int i = 0; i < 6; i++) {
			CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, both[i % 2]->link_id == 22 ? B : C, &out));
			CU_ASSERT_EQUAL(memcmp(out.bytes, &both[i % 2]->mac, 6), 0);
		}
		CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	}
	close_balanced(bed);
}

static void padding_does_not_travel(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame f = data(bed, hops, 2, 0, frame_mac(60), 0);
	struct frame want = forwarded(&f, bed, B, 0, frame_mac(2));
	struct frame out;

	for (uint32_t pad = 0; pad < 70; pad += 7) {
		struct frame padded = f;

		frame_pad(&padded, pad);
		dp_bed_send(bed, A, &padded);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
		CU_ASSERT_TRUE(frames_equal(&out, &want));
	}
	close_balanced(bed);
}

static void group_destination_is_an_option(void)
{
	struct dp_bed *bed = dp_bed_open("limits: { neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0, link-id: 11 },\n"
					 "  b: { device: d1, link-id: 22, data-dst: multicast } }\n");
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);
	struct frame out;

	memcpy(f.bytes, &wire_group_mac, 6); // and is taken as one
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	struct frame want = forwarded(&f, bed, B, 0, wire_group_mac);
	CU_ASSERT_TRUE(frames_equal(&out, &want));
	close_balanced(bed);
}

static void data_for_us_goes_up(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{7, frame_mac(7)}, {1, dp_bed_mac(bed, A)}};
	struct frame f = data(bed, hops, 2, 1, own_id, 32);
	struct dp_bed_punt punt;
	struct dp_bed_totals t;

	frame_pad(&f, 9);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_DATA);
	CU_ASSERT_EQUAL(punt.slot, A);
	struct frame want = f; // the last entry is the way back too
	base_be32_store(want.bytes + 14 + 46 + 10, 11);
	memcpy(want.bytes + 14 + 46 + 14, want.bytes + 6, 6);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, &want));
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.delivered, 1);
	CU_ASSERT_EQUAL(t.tx_frames, 0);
	close_balanced(bed);
}

static void data_without_a_way_is_dropped_by_name(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	const struct base_mac mac_a = dp_bed_mac(bed, A);
	const struct frame_hop good[] = {{1, mac_a}, {22, frame_mac(2)}};
	struct frame_hop hops[2];
	struct frame f;

	f = data(bed, good, 1, 0, frame_mac(60), 32);
	expect_drop(bed, &f, DP_DROP_NOT_FOR_US);
	memcpy(hops, good, sizeof(hops));
	hops[0].mac = dp_bed_mac(bed, B); // ours, but not this port's
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	expect_drop(bed, &f, DP_DROP_HOP_NOT_US);
	static const uint32_t unknown[] = {0, 12, 65534, 65536, 65558, 0x160000, 0x16000000, UINT32_MAX};
	for (size_t i = 0; i < BASE_ARRAY_LEN(unknown); i++) {
		memcpy(hops, good, sizeof(hops));
		hops[1].link_id = unknown[i];
		f = data(bed, hops, 2, 0, frame_mac(60), 32);
		expect_drop(bed, &f, DP_DROP_LINK_UNKNOWN);
	}
	memcpy(hops, good, sizeof(hops));
	hops[1].mac = wire_group_mac;
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	expect_drop(bed, &f, DP_DROP_HOP_GROUP);
	memset(&hops[1].mac, 0, 6);
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	expect_drop(bed, &f, DP_DROP_HOP_GROUP);
	close_balanced(bed);
}

static void egress_ports_refuse_by_name(void)
{
	struct dp_bed *bed = dp_bed_open("limits: { neighbors: 1000, origins: 64 }\n"
					 "ports:\n"
					 "  a: { device: d0, link-id: 11 }\n"
					 "  b: { device: d1, link-id: 22 }\n"
					 "  s: { device: d2, link-id: 33, secrets: [s] }\n"
					 "  f: { device: d3, link-id: 44, forbid: true }\n"
					 "  x: { device: d4, link-id: 55, disabled: true }\n");
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame f;
	struct frame out;

	bed->in.ports[B].mtu = 92; // RoMON bytes of the frame below
	dp_bed_publish(bed);
	f = data(bed, hops, 2, 0, frame_mac(60), 22);
	CU_ASSERT_EQUAL(f.len, 92 + WIRE_ETH_LEN);
	frame_pad(&f, 50); // does not count
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	f = data(bed, hops, 2, 0, frame_mac(60), 23);
	expect_drop(bed, &f, DP_DROP_EGRESS_MTU);
	bed->in.ports[B].is_up = false;
	dp_bed_publish(bed);
	expect_drop(bed, &f, DP_DROP_EGRESS_DOWN);
	bed->in.ports[B].is_up = true;
	bed->in.ports[B].is_open = false;
	dp_bed_publish(bed);
	expect_drop(bed, &f, DP_DROP_EGRESS_DOWN);
	hops[1].link_id = 44;
	f = data(bed, hops, 2, 0, frame_mac(60), 22);
	expect_drop(bed, &f, DP_DROP_EGRESS_FORBIDDEN);
	hops[1].link_id = 55;
	f = data(bed, hops, 2, 0, frame_mac(60), 22);
	expect_drop(bed, &f, DP_DROP_LINK_UNKNOWN);
	close_balanced(bed);
}

static void data_is_not_limited_by_discover_buckets(void)
{
	struct dp_bed *bed =
		dp_bed_open("limits: { discover-in: 1, neighbors: 1000, origins: 64 }\n"
			    "ports: { a: { device: d0, link-id: 11 }, b: { device: d1, link-id: 22 } }\n");
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);

	for (int i = 0; i < 400; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 400);
	close_balanced(bed);
}

// A tag comes or goes on the way, whatever room the received frame leaves in front.
static void data_crosses_between_tagged_and_untagged(void)
{
	struct dp_bed *bed = dp_bed_open("limits: { neighbors: 1000, origins: 64 }\n"
					 "ports:\n"
					 "  a: { device: d0, link-id: 11 }\n"
					 "  v: { device: d1, link-id: 22, vlan: 100 }\n"
					 "  w: { device: d2, link-id: 33, vlan: 200 }\n");
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);
	struct frame out;
	struct frame want = forwarded(&f, bed, B, 0, frame_mac(2));

	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	frame_tag(&want, 100);
	CU_ASSERT_TRUE(frames_equal(&out, &want));

	hops[0].mac = dp_bed_mac(bed, B);
	hops[1].link_id = 11;
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	memcpy(f.bytes, &hops[0].mac, 6);
	frame_tag(&f, 0xe000 | 100);
	dp_bed_send(bed, B, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, A, &out));
	CU_ASSERT_EQUAL(out.len, f.len - 4);
	CU_ASSERT_EQUAL(base_be16_load(out.bytes + 12), WIRE_ETHERTYPE);
	CU_ASSERT_EQUAL(base_be32_load(out.bytes + 14 + 46), 22);

	hops[1].link_id = 33;
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	memcpy(f.bytes, &hops[0].mac, 6);
	frame_tag(&f, 100);
	dp_bed_send(bed, B, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, C, &out));
	CU_ASSERT_EQUAL(out.len, f.len);
	CU_ASSERT_EQUAL(base_be16_load(out.bytes + 14), 200);

	hops[0].mac = dp_bed_mac(bed, A); // no room for a tag in front
	hops[1].link_id = 22;
	f = data(bed, hops, 2, 0, frame_mac(60), 32);
	dp_bed_inject_flush_left(bed, A, &f);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_NO_MBUF), 1);
	close_balanced(bed);
}

// Frames of one conversation may differ in what the short way takes (here a priority tag): they stay in
// order.
static void a_burst_keeps_its_order(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(2)}};
	struct frame out;

	for (uint8_t n = 0; n < 30; n++) {
		struct frame f = data(bed, hops, 2, 0, frame_mac(60), 32);

		f.bytes[f.len - 1] = n;
		if (n % 3 == 1 || n > 24)
			frame_tag(&f, 0x2000); // priority 1, no VLAN
		dp_bed_inject(bed, A, &f);
	}
	dp_bed_turn(bed);
	for (uint8_t n = 0; n < 30; n++) {
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
		CU_ASSERT_EQUAL(out.bytes[out.len - 1], n);
	}
	close_balanced(bed);
}

// ---- DiscoverResp

// Make the worker hear station n on a port.
static void heard(struct dp_bed *bed, uint8_t port, uint16_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(n), own_id, NULL, 0); // learned, then dropped as ours
	dp_bed_send(bed, port, &f);
	dp_bed_discard_punts(bed);
}

static struct frame resp(struct dp_bed *bed, const struct frame_hop *hops, uint32_t n, uint8_t ptr)
{
	struct frame f;

	frame_resp(&f, dp_bed_mac(bed, A), frame_mac(1), frame_mac(50), frame_mac(60), hops, n, ptr);
	return f;
}

static struct frame resp_sent(
	const struct frame *in, struct dp_bed *bed, uint8_t out, uint8_t ptr, struct base_mac next)
{
	struct frame want = *in;
	struct base_mac mac = dp_bed_mac(bed, out);

	want.bytes[WIRE_ETH_LEN + 41] = ptr;
	memcpy(want.bytes, &next, 6);
	memcpy(want.bytes + 6, &mac, 6);
	return want;
}

static void resp_is_unwound(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{7, frame_mac(7)}, {22, frame_mac(2)}, {9, frame_mac(9)}};
	struct frame f = resp(bed, hops, 3, 2);
	struct frame out;

	expect_drop(bed, &f, DP_DROP_RESP_NO_WAY); // nobody was heard on B
	heard(bed, B, 2);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	struct frame want = resp_sent(&f, bed, B, 1, frame_mac(2));
	CU_ASSERT_TRUE(frames_equal(&out, &want));
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	close_balanced(bed);
}

static void resp_in_the_other_reading_goes_on_too(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{9, frame_mac(9)}, {22, frame_mac(2)}, {7, frame_mac(7)}};
	struct frame f = resp(bed, hops, 3, 1);
	struct frame out;

	heard(bed, B, 2);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	struct frame want = resp_sent(&f, bed, B, 2, frame_mac(2));
	base_be32_store(want.bytes + 14 + 48 + 10, 11); // swapped as in Data
	memcpy(want.bytes + 14 + 48 + 14, f.bytes + 6, 6);
	CU_ASSERT_TRUE(frames_equal(&out, &want));
	close_balanced(bed);
}

static void ambiguous_resp_is_unwound(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{22, frame_mac(2)}, {65535, frame_mac(3)}};
	struct frame f = resp(bed, hops, 2, 1);
	struct frame out;

	heard(bed, B, 2);
	heard(bed, C, 3);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(frame_hdr(&out)->ptr, 0);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	close_balanced(bed);
}

// Our own link id alone is not enough: ids are small numbers, and others use the same ones.
static void resp_needs_link_and_neighbor(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{22, frame_mac(2)}, {65535, frame_mac(3)}};
	struct frame f = resp(bed, hops, 2, 1);
	struct frame out;

	heard(bed, C, 2); // on another port than entry 0 says
	heard(bed, C, 3);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, C, &out));
	CU_ASSERT_EQUAL(frame_hdr(&out)->ptr, 2);
	close_balanced(bed);
}

static void resp_at_the_ends_of_its_list(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{22, frame_mac(2)}};
	struct frame f;
	struct frame out;

	heard(bed, B, 2);
	f = resp(bed, hops, 1, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(frame_hdr(&out)->ptr, 0);
	f = resp(bed, hops, 1, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(frame_hdr(&out)->ptr, 1);
	f = resp(bed, NULL, 0, 0);
	expect_drop(bed, &f, DP_DROP_RESP_NO_WAY);
	hops[0].mac = wire_group_mac;
	f = resp(bed, hops, 1, 1);
	expect_drop(bed, &f, DP_DROP_RESP_NO_WAY);
	close_balanced(bed);
}

// To the group, all nodes of the segment hear it and some may use the same link id: only the one that the
// sender meant takes it, and no list is read the other way round.
static void group_resp_is_taken_by_its_receiver_only(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame_hop hops[] = {{22, frame_mac(2)}, {5, dp_bed_mac(bed, A)}, {6, frame_mac(6)}};
	struct frame f = resp(bed, hops, 3, 1); // entry 1, just unwound, names us
	struct frame out;

	heard(bed, B, 2);
	memcpy(f.bytes, &wire_group_mac, 6);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	hops[1].mac = dp_bed_mac(bed, B);
	f = resp(bed, hops, 3, 1);
	memcpy(f.bytes, &wire_group_mac, 6);
	expect_drop(bed, &f, DP_DROP_HOP_NOT_US);

	f = resp(bed, hops, 1, 1); // from the responder itself: its parent's out-end names us
	memcpy(f.bytes, &wire_group_mac, 6);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	f.bytes[WIRE_ETH_LEN + 48 + 10 + 2 + 33] ^= 1;
	expect_drop(bed, &f, DP_DROP_HOP_NOT_US);

	hops[0] = (struct frame_hop){22, frame_mac(2)};
	f = resp(bed, hops, 1, 0); // the other reading
	memcpy(f.bytes, &wire_group_mac, 6);
	expect_drop(bed, &f, DP_DROP_HOP_NOT_US);
	close_balanced(bed);
}

// Nor where the port that the other reading names is another worker's, whose neighbors this one does not
// know.
static void group_resp_is_not_read_the_other_way_round_for_another_worker(void)
{
	struct dp_bed *bed = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = NODE, .n_workers = 2, .n_txq = 1});

	bed->in.ports[B].worker = 1;
	dp_bed_publish(bed);
	// entry 0 is no link of ours; entry 1 names the port that it is meant for, and a link of ours
	struct frame_hop hops[] = {{99, frame_mac(2)}, {22, dp_bed_mac(bed, A)}, {6, frame_mac(6)}};
	struct frame f = resp(bed, hops, 3, 1);
	memcpy(f.bytes, &wire_group_mac, 6);
	expect_drop(bed, &f, DP_DROP_RESP_NO_WAY);
	close_balanced(bed);
}

static void data_has_one_entry_more_than_hop_limit(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, hop-limit: 3 }\n" BASE);
	struct frame_hop hops[5];

	for (uint32_t n = 2; n <= 5; n++) {
		for (uint32_t i = 0; i < n; i++)
			hops[i] = (struct frame_hop){22, dp_bed_mac(bed, A)};
		struct frame f = data(bed, hops, n, 0, frame_mac(60), 32);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), n <= 4);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_HOP_LIMIT), 1);
	close_balanced(bed);
}

static void resp_to_us_goes_up_in_either_order_of_ids(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct dp_bed_punt punt;
	struct frame f;

	frame_resp(&f, dp_bed_mac(bed, A), frame_mac(1), own_id, frame_mac(60), NULL, 0, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_RESP);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, &f));
	struct wire_hdr *h = frame_hdr(&f);
	h->src_id = frame_mac(60);
	h->dst_id = own_id;
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_RESP);
	h->src_id = own_id; // we are the responder, somebody else the discoverer
	h->dst_id = frame_mac(50);
	memcpy(f.bytes + 14 + 48 + 38, &own_id, 6);
	expect_drop(bed, &f, DP_DROP_RESP_NO_WAY);
	close_balanced(bed);
}

// ---- what is handed up

static void hello_and_seq_err_go_up(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct dp_bed_punt punt;
	struct frame f;

	frame_hello(&f, dp_bed_mac(bed, A), frame_mac(1));
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_HELLO);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, &f));
	frame_seq_err(&f, dp_bed_mac(bed, A), frame_mac(1));
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_HELLO);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, &f));
	close_balanced(bed);
}

static void punts_are_policed_by_class(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
					 "limits: { punt: 400, neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0, link-id: 11 } }\n");
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}};
	struct frame f = data(bed, hops, 1, 0, own_id, 32);

	for (int i = 0; i < 100; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 40);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_PUNT), 60);
	frame_hello(&f, dp_bed_mac(bed, A), frame_mac(1));
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1);
	f = data(bed, hops, 1, 0, own_id, 32);
	dp_bed_advance_ms(bed, 50);
	for (int i = 0; i < 100; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 20);
	close_balanced(bed);
}

// To the byte: by the short way, by the long one (a VLAN), by a flood.
static void a_port_takes_frames_of_exactly_its_mtu(void)
{
	for (uint16_t vid = 0; vid <= 7; vid += 7) {
		struct dp_bed *bed = dp_bed_open(vid == 0 ? "ports: { a: { device: d0, link-id: 11 }, "
							    "b: { device: d1, link-id: 22 } }\n"
							  : "ports: { a: { device: d0, link-id: 11 }, "
							    "b: { device: d1, link-id: 22, vlan: 7 } }\n");
		struct frame f = dp_bed_data_to(bed, 0, 22);
		struct frame d;
		uint16_t fits = (uint16_t)(f.len - WIRE_ETH_LEN + (vid != 0 ? WIRE_VLAN_LEN : 0));

		for (uint32_t less = 0; less < 2; less++) {
			bed->in.ports[1].mtu = (uint16_t)(fits - less);
			dp_bed_publish(bed);
			dp_bed_send(bed, 0, &f);
			CU_ASSERT_EQUAL(dp_bed_discard(bed, 1), less == 0);
			CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_MTU), less);
		}
		frame_discover(&d, frame_mac(1), frame_mac(50), NULL, 0);
		uint32_t len = (uint32_t)(frame_hdr(&d)->length[0] << 8 | frame_hdr(&d)->length[1]);
		for (int less = 1; less >= 0; less--) {
			bed->in.ports[1].mtu = (uint16_t)(len - WIRE_ETH_LEN + WIRE_HOP_LEN +
							  (vid != 0 ? WIRE_VLAN_LEN : 0) - (uint32_t)less);
			dp_bed_publish(bed);
			dp_bed_advance_ms(bed, 1000);
			dp_bed_send(bed, 0, &d);
			CU_ASSERT_EQUAL(dp_bed_discard(bed, 1), less == 0);
		}
		dp_bed_discard_punts(bed);
		close_balanced(bed);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_port_takes_frames_of_exactly_its_mtu),
	SUITE_CASE(data_is_swapped_and_sent_on),
	SUITE_CASE(data_may_leave_where_it_came_in),
	SUITE_CASE(each_frame_of_a_burst_goes_its_own_way),
	SUITE_CASE(padding_does_not_travel),
	SUITE_CASE(group_destination_is_an_option),
	SUITE_CASE(data_for_us_goes_up),
	SUITE_CASE(data_without_a_way_is_dropped_by_name),
	SUITE_CASE(egress_ports_refuse_by_name),
	SUITE_CASE(data_is_not_limited_by_discover_buckets),
	SUITE_CASE(data_crosses_between_tagged_and_untagged),
	SUITE_CASE(a_burst_keeps_its_order),
	SUITE_CASE(resp_is_unwound),
	SUITE_CASE(resp_in_the_other_reading_goes_on_too),
	SUITE_CASE(ambiguous_resp_is_unwound),
	SUITE_CASE(resp_needs_link_and_neighbor),
	SUITE_CASE(resp_at_the_ends_of_its_list),
	SUITE_CASE(group_resp_is_taken_by_its_receiver_only),
	SUITE_CASE(group_resp_is_not_read_the_other_way_round_for_another_worker),
	SUITE_CASE(data_has_one_entry_more_than_hop_limit),
	SUITE_CASE(resp_to_us_goes_up_in_either_order_of_ids),
	SUITE_CASE(hello_and_seq_err_go_up),
	SUITE_CASE(punts_are_policed_by_class),
};

SUITE_MAIN("dp route", cases)
