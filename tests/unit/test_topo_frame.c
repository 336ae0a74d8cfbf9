// SPDX-License-Identifier: BSD-3-Clause
// Discovery on the wire: the real frames come out byte for byte and are understood; answers find home in both
// readings; nothing is read or written past an end.
#include <string.h>

#include "hexfile.h"
#include "suite.h"
#include "topo_bed.h"
#include "topo_frame.h"
#include "wire_build.h"

#define ROMON(frame) ((frame) + WIRE_ETH_LEN)

static struct hexfile vectors[HEXFILE_N_MAX];

static const struct hexfile *vector(const char *name)
{
	int n = hexfile_load_vectors(vectors);
	const struct hexfile *v = hexfile_find(vectors, n, name);

	if (v == NULL)
		CU_FAIL_FATAL("a vector is missing");
	return v;
}

static struct wire_frame parsed(const uint8_t *frame, uint32_t len)
{
	struct wire_frame f;

	CU_ASSERT_EQUAL_FATAL(wire_frame_parse(ROMON(frame), len - WIRE_ETH_LEN, &f), WIRE_OK);
	return f;
}

static struct base_mac mac(const char *text)
{
	struct base_mac m = {{0}};

	CU_ASSERT_EQUAL_FATAL(base_mac_parse(text, &m), 0);
	return m;
}

// The router that answered in discover-reply.hex, and its port.
static struct topo_self dune_gw(void)
{
	return (struct topo_self){.id = mac("18:fd:74:73:c5:3a"),
		.identity = "DuneGW",
		.identity_len = 6,
		.board = "RB750Gr3",
		.board_len = 8,
		.version = {7, 13, 'f', 0}};
}

static struct topo_port dune_port(void)
{
	return (struct topo_port){12, 1592, 100, mac("18:fd:74:73:c5:3a")};
}

static void a_discover_of_ours_is_the_captured_one(void)
{
	const struct hexfile *v = vector("discover-origin");
	struct topo_self self = {.id = mac("aa:bb:cc:dd:ee:ff")};
	struct topo_port port = {10, 1598, 100, mac("d4:ca:6d:dd:8c:be")};
	uint8_t frame[128];

	CU_ASSERT_EQUAL_FATAL(topo_discover_build(frame, sizeof(frame), &self, &port), (int)v->len);
	CU_ASSERT_EQUAL(memcmp(frame, v->bytes, v->len), 0);
}

// The reconstructed Ethernet destination is the group; what is captured begins behind the addresses.
static void our_answer_is_the_captured_one(void)
{
	struct hexfile origin = *vector("discover-origin");
	const struct hexfile *reply = vector("discover-reply");
	struct wire_frame f = parsed(origin.bytes, origin.len);
	struct topo_self self = dune_gw();
	struct topo_port port = dune_port();
	struct base_mac src = mac("d4:ca:6d:dd:8c:be");
	uint8_t frame[256];

	int len = topo_resp_build(frame, sizeof(frame), &self, &port, &src, ROMON(origin.bytes), &f);
	CU_ASSERT_EQUAL_FATAL(len, (int)reply->len);
	CU_ASSERT_EQUAL(memcmp(frame + 6, reply->bytes + 6, reply->len - 6), 0);
	CU_ASSERT_EQUAL(memcmp(frame, src.b, 6), 0);
}

static void the_captured_answer_is_understood(void)
{
	const struct hexfile *v = vector("discover-reply");
	struct wire_frame f = parsed(v->bytes, v->len);
	struct base_mac own = mac("aa:bb:cc:dd:ee:ff");
	struct base_mac node = mac("18:fd:74:73:c5:3a");
	struct topo_answer a;

	CU_ASSERT_EQUAL_FATAL(topo_answer_parse(ROMON(v->bytes), &f, base_mac_u64(&own), &a), 0);
	CU_ASSERT_EQUAL(a.parent_id, base_mac_u64(&own));
	CU_ASSERT_EQUAL(a.parent_out.link_id, 10);
	CU_ASSERT_EQUAL(a.parent_out.l2mtu, 1598);
	CU_ASSERT_EQUAL(a.parent_out.cost, 100);
	CU_ASSERT_EQUAL(a.node_id, base_mac_u64(&node));
	CU_ASSERT_EQUAL(a.node_in.link_id, 12);
	CU_ASSERT_EQUAL(a.node_in.l2mtu, 1592);
	CU_ASSERT_EQUAL(a.node_in.cost, 100);
	CU_ASSERT_EQUAL(a.node_in.mac, base_mac_u64(&node));
	CU_ASSERT_EQUAL(a.n_hops, 0);
	CU_ASSERT_TRUE(a.identity_len == 6 && memcmp(a.identity, "DuneGW", 6) == 0);
	CU_ASSERT_TRUE(a.board_len == 8 && memcmp(a.board, "RB750Gr3", 8) == 0);
	CU_ASSERT_TRUE(a.version != NULL && a.version->major == 7 && a.version->minor == 13);
	CU_ASSERT_PTR_NULL(a.master);
}

// The capture's own id there is not a unicast one, so it is adapted before it is learned.
static void the_captured_answer_makes_a_row_of_cost_200(void)
{
	struct hexfile v = *vector("discover-reply");
	struct topo *t = topo_bed_create(10);
	struct base_mac own = base_mac_from_u64(TOPO_BED_US);
	struct wire_frame f = parsed(v.bytes, v.len);
	struct topo_answer a;
	struct topo_node n;

	memcpy(ROMON(v.bytes) + 28, own.b, 6);
	memcpy(ROMON(v.bytes) + f.route_off[0], own.b, 6);
	CU_ASSERT_EQUAL_FATAL(topo_answer_parse(ROMON(v.bytes), &f, TOPO_BED_US, &a), 0);
	CU_ASSERT_EQUAL(topo_learn(t, &a, 0, 0, NULL), 0);
	CU_ASSERT_TRUE_FATAL(topo_node_at(t, (uint32_t)topo_find(t, a.node_id), &n));
	CU_ASSERT_STRING_EQUAL(n.identity, "DuneGW");
	CU_ASSERT_STRING_EQUAL(n.board, "RB750Gr3");
	CU_ASSERT_EQUAL(n.cost, 200);
	CU_ASSERT_EQUAL(n.hops, 1);
	CU_ASSERT_EQUAL(n.l2mtu, 1592);
	topo_destroy(t);
}

static void header_ids_may_stand_in_either_order(void)
{
	struct hexfile v = *vector("discover-reply");
	struct base_mac own = mac("aa:bb:cc:dd:ee:ff");
	struct base_mac other = mac("02:00:00:00:00:77");
	struct topo_answer a;
	uint8_t id[6];

	memcpy(id, ROMON(v.bytes) + 28, 6);
	memcpy(ROMON(v.bytes) + 28, ROMON(v.bytes) + 34, 6);
	memcpy(ROMON(v.bytes) + 34, id, 6);
	struct wire_frame f = parsed(v.bytes, v.len);
	CU_ASSERT_EQUAL(topo_answer_parse(ROMON(v.bytes), &f, base_mac_u64(&own), &a), 0);
	CU_ASSERT_EQUAL(topo_answer_parse(ROMON(v.bytes), &f, base_mac_u64(&other), &a), -EADDRNOTAVAIL);
}

// A Discover of aa that two nodes forwarded, as the second sends it.
static int discover_after_two(uint8_t *frame, uint32_t size)
{
	struct wire_addr addr = {.eth_dst = wire_group_mac,
		.eth_src = mac("02:00:00:00:00:22"),
		.src_id = mac("02:00:00:00:00:aa"),
		.dst_id = wire_id_all};
	struct base_mac first = mac("02:00:00:00:00:a1");
	struct base_mac second = mac("02:00:00:00:00:b1");
	struct wire_route route = {.id = mac("02:00:00:00:00:bb")};
	struct wire_builder b;

	wire_link_end_set(&route.in, 7, 1500, 10, &second);
	wire_link_end_set(&route.out, 8, 1400, 20, &addr.eth_src);
	wire_build_begin(&b, frame, size, WIRE_TYPE_DISCOVER, &addr);
	wire_build_hop(&b, 5, &first);
	wire_build_hop(&b, 7, &second);
	wire_build_ptr(&b, 2);
	wire_build_route(&b, &route);
	return wire_build_finish(&b);
}

static struct wire_frame answer_to_two(uint8_t frame[512], bool swaps)
{
	uint8_t discover[256];
	int len = discover_after_two(discover, sizeof(discover));
	struct wire_frame f = parsed(discover, (uint32_t)len);
	struct topo_self self = dune_gw();
	struct topo_port port = dune_port();
	struct base_mac src = mac("02:00:00:00:00:22");

	self.answer_swaps = swaps;
	self.master = "north";
	self.master_len = 5;
	len = topo_resp_build(frame, 512, &self, &port, &src, ROMON(discover), &f);
	CU_ASSERT_FATAL(len > 0);
	return parsed(frame, (uint32_t)len);
}

static void an_unwound_answer_keeps_the_list_and_points_at_its_end(void)
{
	uint8_t frame[512];
	struct wire_frame f = answer_to_two(frame, false);

	CU_ASSERT_EQUAL(f.n_hops, 2);
	CU_ASSERT_EQUAL(f.ptr, 2);
	CU_ASSERT_EQUAL(wire_hop_at(ROMON(frame), &f, 0)->link_id[3], 5);
	CU_ASSERT_EQUAL(wire_hop_at(ROMON(frame), &f, 1)->link_id[3], 7);
}

static void a_swapped_answer_reverses_the_list_and_points_at_its_begin(void)
{
	uint8_t frame[512];
	struct wire_frame f = answer_to_two(frame, true);

	CU_ASSERT_EQUAL(f.n_hops, 2);
	CU_ASSERT_EQUAL(f.ptr, 0);
	CU_ASSERT_EQUAL(wire_hop_at(ROMON(frame), &f, 0)->link_id[3], 7);
	CU_ASSERT_EQUAL(wire_hop_at(ROMON(frame), &f, 1)->link_id[3], 5);
}

static void an_answer_names_the_forwarder_as_parent_and_its_master(void)
{
	uint8_t frame[512];
	struct wire_frame f = answer_to_two(frame, false);
	struct base_mac origin = mac("02:00:00:00:00:aa");
	struct base_mac forwarder = mac("02:00:00:00:00:bb");
	struct topo_answer a;

	CU_ASSERT_EQUAL_FATAL(topo_answer_parse(ROMON(frame), &f, base_mac_u64(&origin), &a), 0);
	CU_ASSERT_EQUAL(a.parent_id, base_mac_u64(&forwarder));
	CU_ASSERT_EQUAL(a.parent_out.link_id, 8);
	CU_ASSERT_EQUAL(a.parent_out.l2mtu, 1400);
	CU_ASSERT_EQUAL(a.parent_out.cost, 20);
	CU_ASSERT_EQUAL(a.n_hops, 2);
	CU_ASSERT_TRUE(a.master_len == 5 && memcmp(a.master, "north", 5) == 0);
}

static void only_discovers_are_answered_and_only_answers_taken_apart(void)
{
	struct hexfile reply = *vector("discover-reply");
	struct hexfile origin = *vector("discover-origin");
	struct hexfile ping = *vector("data-ping");
	struct wire_frame f = parsed(reply.bytes, reply.len);
	struct topo_self self = dune_gw();
	struct topo_port port = dune_port();
	struct topo_answer a;
	uint8_t frame[256];

	CU_ASSERT_EQUAL(
		topo_resp_build(frame, sizeof(frame), &self, &port, &port.mac, ROMON(reply.bytes), &f),
		-EINVAL);
	f = parsed(origin.bytes, origin.len);
	CU_ASSERT_EQUAL(topo_answer_parse(ROMON(origin.bytes), &f, 1, &a), -EINVAL);
	f = parsed(ping.bytes, ping.len);
	CU_ASSERT_EQUAL(topo_answer_parse(ROMON(ping.bytes), &f, 1, &a), -EINVAL);
}

static void what_does_not_fit_is_refused_and_never_overruns(void)
{
	struct hexfile origin = *vector("discover-origin");
	struct wire_frame f = parsed(origin.bytes, origin.len);
	struct topo_self self = dune_gw();
	struct topo_port port = dune_port();
	uint8_t frame[256];

	for (uint32_t size = 0; size < 158; size++) {
		memset(frame, 0xa5, sizeof(frame));
		CU_ASSERT_EQUAL(
			topo_resp_build(frame, size, &self, &port, &port.mac, ROMON(origin.bytes), &f),
			-ENOSPC);
		for (uint32_t i = size; i < sizeof(frame); i++)
			CU_ASSERT_EQUAL_FATAL(frame[i], 0xa5);
	}
	CU_ASSERT_EQUAL(topo_discover_build(frame, 97, &self, &port), -ENOSPC);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_discover_of_ours_is_the_captured_one),
	SUITE_CASE(our_answer_is_the_captured_one),
	SUITE_CASE(the_captured_answer_is_understood),
	SUITE_CASE(the_captured_answer_makes_a_row_of_cost_200),
	SUITE_CASE(header_ids_may_stand_in_either_order),
	SUITE_CASE(an_unwound_answer_keeps_the_list_and_points_at_its_end),
	SUITE_CASE(a_swapped_answer_reverses_the_list_and_points_at_its_begin),
	SUITE_CASE(an_answer_names_the_forwarder_as_parent_and_its_master),
	SUITE_CASE(only_discovers_are_answered_and_only_answers_taken_apart),
	SUITE_CASE(what_does_not_fit_is_refused_and_never_overruns),
};
SUITE_MAIN("topo_frame", cases)
