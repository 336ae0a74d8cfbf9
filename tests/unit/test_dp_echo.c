// SPDX-License-Identifier: BSD-3-Clause
// The ping responder in the data path: what comes back, by which way, and what is not answered.
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define NODE                                              \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"limits: { neighbors: 1000, origins: 64 }\n"      \
	"ports:\n"                                        \
	"  a: { device: d0, link-id: 11 }\n"              \
	"  b: { device: d1, link-id: 22 }\n"

enum { A, B };

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// Data on its last of n links, its way so far swapped already.
static struct frame data(
	struct dp_bed *bed, uint32_t n, uint16_t src_port, uint16_t dst_port, uint32_t payload_len)
{
	struct frame_hop hops[WIRE_HOPS_MAX];
	struct frame f;

	for (uint16_t i = 0; i < n; i++)
		hops[i] = (struct frame_hop){100u + i, frame_mac((uint16_t)(100 + i))};
	hops[n - 1].mac = dp_bed_mac(bed, A);
	frame_data(&f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, A),
			       .eth_src = frame_mac(1),
			       .src_id = frame_mac(50),
			       .dst_id = own_id,
			       .hops = hops,
			       .n = n,
			       .ptr = (uint8_t)(n - 1),
			       .src_port = src_port,
			       .dst_port = dst_port,
			       .payload_len = payload_len});
	for (uint32_t i = 0; i < payload_len; i++)
		f.bytes[f.len - payload_len + i] = (uint8_t)(i * 7);
	return f;
}

// The answer by the book: built here a second time, by wire_build.
static struct frame pong_of(const struct frame *ping, struct dp_bed *bed, uint32_t n)
{
	const uint8_t *hops = ping->bytes + WIRE_ETH_LEN + WIRE_HDR_LEN;
	const uint8_t *services = hops + n * WIRE_HOP_LEN;
	struct wire_addr addr = {.eth_dst = frame_mac(1),
		.eth_src = dp_bed_mac(bed, A),
		.src_id = own_id,
		.dst_id = frame_mac(50)};
	struct wire_builder b;
	struct frame f;

	wire_build_begin(&b, f.bytes, sizeof(f.bytes), WIRE_TYPE_DATA, &addr);
	wire_build_hop(&b, 11, &addr.eth_dst);
	for (uint32_t i = n - 1; i > 0; i--) {
		const struct wire_hop *hop = (const struct wire_hop *)(hops + (i - 1) * WIRE_HOP_LEN);

		wire_build_hop(&b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_services(&b, WIRE_SERVICE_PING, base_be16_load(services));
	wire_build_bytes(&b, services + 4, (size_t)(ping->bytes + ping->len - services - 4));
	f.len = (uint32_t)wire_build_finish(&b);
	return f;
}

static void ping_comes_back_by_the_way_it_came(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct dp_bed_totals t;
	struct frame got;

	for (uint32_t n = 1; n <= 33; n++) {
		struct frame ping = data(bed, n, 6276, WIRE_SERVICE_PING, 28 + n);
		struct frame want = pong_of(&ping, bed, n);

		dp_bed_send(bed, A, &ping);
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, A, &got));
		CU_ASSERT_TRUE(frames_equal(&got, &want));
	}
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.delivered, 33);
	CU_ASSERT_EQUAL(t.tx_originals, 0);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 0);
	close_balanced(bed);
}

static void padding_is_not_sent_back(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame ping = data(bed, 2, 6276, WIRE_SERVICE_PING, 0);
	struct frame want = pong_of(&ping, bed, 2);
	struct frame got;

	frame_pad(&ping, 40);
	dp_bed_send(bed, A, &ping);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, A, &got));
	CU_ASSERT_TRUE(frames_equal(&got, &want));
	close_balanced(bed);
}

// Two responders must never answer each other for ever: an answer goes up instead.
static void answer_is_not_answered(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct dp_bed_punt punt;
	struct frame got;
	struct frame f = data(bed, 2, WIRE_SERVICE_PING, WIRE_SERVICE_PING, 28);

	dp_bed_send(bed, A, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, A, &got));
	CU_ASSERT_TRUE(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_DATA);
	f = data(bed, 2, WIRE_SERVICE_PING, 6276, 28);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take_punt(bed, &punt));
	close_balanced(bed);
}

static void responder_can_be_switched_off(void)
{
	struct dp_bed *bed = dp_bed_open(NODE "services: { ping: false }\n");
	struct frame f = data(bed, 1, 6276, WIRE_SERVICE_PING, 28);
	struct frame got;

	dp_bed_send(bed, A, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, A, &got));
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1);
	close_balanced(bed);
}

static void ping_by_a_vlan_comes_back_tagged(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
					 "limits: { neighbors: 1000, origins: 64 }\n"
					 "ports: { a: { device: d0, vlan: 81, link-id: 11 } }\n");
	struct frame ping = data(bed, 3, 6276, WIRE_SERVICE_PING, 28);
	struct frame want = pong_of(&ping, bed, 3);
	struct frame got;

	frame_tag(&ping, 81);
	frame_tag(&want, 81);
	dp_bed_send(bed, A, &ping);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, A, &got));
	CU_ASSERT_TRUE(frames_equal(&got, &want));
	close_balanced(bed);
}

static void answer_that_may_not_leave_is_a_drop(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = data(bed, 1, 6276, WIRE_SERVICE_PING, 28);

	bed->in.ports[A].is_up = false;
	dp_bed_publish(bed);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_EGRESS_DOWN), 1);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, A), 0);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(ping_comes_back_by_the_way_it_came),
	SUITE_CASE(padding_is_not_sent_back),
	SUITE_CASE(answer_is_not_answered),
	SUITE_CASE(responder_can_be_switched_off),
	SUITE_CASE(ping_by_a_vlan_comes_back_tagged),
	SUITE_CASE(answer_that_may_not_leave_is_a_drop),
};
SUITE_MAIN("dp echo", cases)
