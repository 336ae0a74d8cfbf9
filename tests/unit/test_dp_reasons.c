// SPDX-License-Identifier: BSD-3-Clause
// Every reason of DP_DROP_REASONS is provoked: a row says how, and the last case fails when a reason has no
// row. A new reason therefore needs a row here, or a place in the list of those that cannot be provoked.
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "station.h"
#include "suite.h"

#define NODE                                                                 \
	"romon: { identity: n, id: 02:00:00:00:ff:01, hop-limit: 2 }\n"      \
	"limits: { neighbors: 100, origins: 64, punt: 1, discover-in: 1 }\n" \
	"ports:\n"                                                           \
	"  a: { device: d0, link-id: 11 }\n"                                 \
	"  b: { device: d1, link-id: 22 }\n"                                 \
	"  signs: { device: d2, link-id: 33, secrets: [s] }\n"               \
	"  tagged: { device: d0, link-id: 44, vlan: 7 }\n"                   \
	"  off: { device: d3, link-id: 55, forbid: true }\n"                 \
	"filters: [ { deny-service: [winbox] } ]\n"
#define RELAY                                                                                                \
	"limits: { neighbors: 100, origins: 64 }\n"                                                          \
	"relay-groups:\n"                                                                                    \
	"  g: { storm-limit: 1, ports: { r0: { device: d0 }, r1: { device: d1 }, r2: { device: d2, vlan: 3 " \
	"} } }\n"

enum { A, B, SIGNS, TAGGED, OFF };
enum { R0, R1, R2 };

// Reasons that no row provokes, and why.
static const struct {
	enum dp_reason reason;
	const char *why;
} not_provoked[] = {
	{DP_DROP_NONE, "it means: not dropped"},
};

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};
static bool is_seen[DP_N_REASONS];

typedef void (*provoke_fn)(struct dp_bed *bed);

static struct frame discover(void)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	return f;
}

static struct frame data(struct dp_bed *bed, const struct frame_hop *hops, uint32_t n, uint16_t service)
{
	struct frame f;

	frame_data(&f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, A),
			       .eth_src = frame_mac(1),
			       .src_id = frame_mac(50),
			       .dst_id = own_id,
			       .hops = hops,
			       .n = n,
			       .src_port = 5000,
			       .dst_port = service});
	return f;
}

// Data for link_id, on its first of two links.
static struct frame data_to(struct dp_bed *bed, uint32_t link_id)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {link_id, frame_mac(2)}};

	return data(bed, hops, 2, 1);
}

static struct frame data_for_us(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}};

	return data(bed, hops, 1, WIRE_SERVICE_SSH);
}

// A Discover whose TLVs are the given bytes, behind a Route TLV when it has one.
static void send_tlvs(struct dp_bed *bed, bool has_route, const void *bytes, size_t len)
{
	struct wire_addr addr = {wire_group_mac, frame_mac(1), frame_mac(2), wire_id_all, 0};
	struct wire_route route = {.id = frame_mac(2)};
	struct wire_builder b;
	struct frame f;

	wire_build_begin(&b, f.bytes, sizeof(f.bytes), WIRE_TYPE_DISCOVER, &addr);
	if (has_route)
		wire_build_route(&b, &route);
	wire_build_bytes(&b, bytes, len);
	f.len = (uint32_t)wire_build_finish(&b);
	dp_bed_send(bed, A, &f);
}

// ---- malformed frames

static void runt(struct dp_bed *bed)
{
	struct frame f = discover();

	f.len = 20;
	dp_bed_send(bed, A, &f);
}

static void not_romon(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_ethertype(&f, 0x0806);
	dp_bed_send(bed, A, &f);
}

static void vlan_depth(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_tag(&f, 7);
	frame_tag(&f, 7);
	dp_bed_send(bed, A, &f);
}

static void type_unknown(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->type = 6;
	dp_bed_send(bed, A, &f);
}

static void length_short(struct dp_bed *bed)
{
	struct frame f = discover();

	base_be16_store(frame_hdr(&f)->length, 61);
	dp_bed_send(bed, A, &f);
}

static void length_long(struct dp_bed *bed)
{
	struct frame f = discover();

	base_be16_store(frame_hdr(&f)->length, (uint16_t)(f.len + 1));
	dp_bed_send(bed, A, &f);
}

static void id_invalid(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->src_id = wire_id_all;
	dp_bed_send(bed, A, &f);
}

static void hop_count(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->n_hops = 129;
	dp_bed_send(bed, A, &f);
}

static void hop_truncated(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->n_hops = 128;
	dp_bed_send(bed, A, &f);
}

static void hop_pointer(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->ptr = 1;
	dp_bed_send(bed, A, &f);
}

static void payload_short(struct dp_bed *bed)
{
	struct frame f = data_for_us(bed);

	f.len--;
	base_be16_store(frame_hdr(&f)->length, (uint16_t)f.len);
	dp_bed_send(bed, A, &f);
}

static void tlv_truncated(struct dp_bed *bed)
{
	send_tlvs(bed, true, "\x77\x02x", 3);
}

static void tlv_duplicate(struct dp_bed *bed)
{
	send_tlvs(bed, true, "\3\1a\3\1b", 6);
}

static void tlv_length(struct dp_bed *bed)
{
	send_tlvs(bed, true, "\4\1a", 3);
}

static void route_length(struct dp_bed *bed)
{
	send_tlvs(bed, true, "\1\1a", 3);
}

static void route_count(struct dp_bed *bed)
{
	send_tlvs(bed, false, "\3\1a", 3);
}

static void too_long(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_pad(&f, 3000);
	dp_bed_send(bed, A, &f);
}

// ---- what a port takes

static void vlan_unknown(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_tag(&f, 8);
	dp_bed_send(bed, A, &f);
}

static void vlan_beside(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_inject_beside(bed, A, &f, 10, true, true);
	dp_bed_turn(bed);
}

static void port_forbidden(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_send(bed, OFF, &f);
}

static void disabled(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_reload(bed, "romon: { identity: n, enabled: false }\nports: { a: { device: d0 } }\n");
	dp_bed_send(bed, A, &f);
}

static void src_own(struct dp_bed *bed)
{
	struct frame f = discover();
	struct base_mac own = dp_bed_mac(bed, B);

	memcpy(f.bytes + 6, &own, 6);
	dp_bed_send(bed, A, &f);
}

static void src_group(struct dp_bed *bed)
{
	struct frame f = discover();

	f.bytes[6] |= 1;
	dp_bed_send(bed, A, &f);
}

static void dst_other(struct dp_bed *bed)
{
	struct frame f = discover();

	f.bytes[5] ^= 1;
	dp_bed_send(bed, A, &f);
}

static void channel(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->channel = 1;
	dp_bed_send(bed, A, &f);
}

static void hop_limit(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, frame_mac(7)}, {1, frame_mac(8)}, {1, frame_mac(9)}};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), hops, 3);
	dp_bed_send(bed, A, &f);
}

static void auth_missing(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_send(bed, SIGNS, &f);
}

static void auth_unknown(struct dp_bed *bed)
{
	struct frame f = discover();

	frame_hdr(&f)->auth[23] = 1;
	dp_bed_send(bed, A, &f);
}

static void auth_flood(struct dp_bed *bed)
{
	for (uint32_t n = 0; n < 1300; n++) { // more than a tenth of a second's worth of limits.bad-digests
		struct frame f = discover();

		frame_hdr(&f)->auth[23] = 1;
		dp_bed_inject(bed, SIGNS, &f);
		if (n % 100 == 0)
			dp_bed_turn(bed);
	}
	while (dp_bed_turn(bed) > 0)
		;
	uint64_t n_unknown = dp_bed_drops(bed, DP_DROP_AUTH_UNKNOWN);
	CU_ASSERT_TRUE(n_unknown >= 1000 && n_unknown < 1000 + DP_BURST_MAX);
}

static void auth_unsynced(struct dp_bed *bed)
{
	struct station s;
	struct frame f = discover();

	station_init(&s, 1, "s");
	station_sign(&s, &f);
	dp_bed_send(bed, SIGNS, &f);
}

static void auth_replay(struct dp_bed *bed)
{
	struct station s;
	struct frame f = discover();

	station_init(&s, 1, "s");
	CU_ASSERT_TRUE(station_meet(&s, bed, SIGNS));
	station_sign_at(&s, &f, s.counter - 1);
	dp_bed_send(bed, SIGNS, &f);
}

static void filtered(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}};
	struct frame f = data(bed, hops, 1, WIRE_SERVICE_WINBOX);

	dp_bed_send(bed, A, &f);
}

// ---- Discovers

static void loop_own_id(struct dp_bed *bed)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), own_id, NULL, 0);
	dp_bed_send(bed, A, &f);
}

static void loop_own_mac(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, B)}};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(2), hops, 1);
	dp_bed_send(bed, A, &f);
}

static void flood_hold(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_send(bed, A, &f);
	dp_bed_send(bed, A, &f);
}

static void rate_discover(struct dp_bed *bed)
{
	for (uint16_t i = 0; i < 33; i++) {
		struct frame f;

		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + i)), NULL, 0);
		dp_bed_send(bed, A, &f);
	}
}

static void rate_origin(struct dp_bed *bed)
{
	dp_bed_reload(bed, "romon: { identity: n, flood-hold: 0s }\nlimits: { answers-per-origin: 1 }\n"
			   "ports: { a: { device: d0 }, b: { device: d1 } }\n");
	for (int i = 0; i < 33; i++) {
		struct frame f = discover();

		dp_bed_send(bed, A, &f);
	}
}

static void no_egress(struct dp_bed *bed)
{
	struct frame f = discover();

	bed->in.ports[B].is_up = false;
	bed->in.ports[SIGNS].is_up = false;
	bed->in.ports[TAGGED].is_up = false;
	dp_bed_publish(bed);
	dp_bed_send(bed, A, &f);
}

// ---- routing

static void hop_not_us(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, frame_mac(9)}};
	struct frame f = data(bed, hops, 1, 1);

	dp_bed_send(bed, A, &f);
}

static void link_unknown(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 99);

	dp_bed_send(bed, A, &f);
}

static void hop_group(struct dp_bed *bed)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, wire_group_mac}};
	struct frame f = data(bed, hops, 2, 1);

	dp_bed_send(bed, A, &f);
}

static void not_for_us(struct dp_bed *bed)
{
	struct frame f = data_for_us(bed);

	frame_hdr(&f)->dst_id = frame_mac(3);
	dp_bed_send(bed, A, &f);
}

static void resp_no_way(struct dp_bed *bed)
{
	struct frame f;

	frame_resp(&f, dp_bed_mac(bed, A), frame_mac(1), frame_mac(2), frame_mac(3), NULL, 0, 0);
	dp_bed_send(bed, A, &f);
}

static void egress_down(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 22);

	bed->in.ports[B].is_up = false;
	dp_bed_publish(bed);
	dp_bed_send(bed, A, &f);
}

static void egress_forbidden(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 55);

	dp_bed_send(bed, A, &f);
}

static void egress_mtu(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 22);

	bed->in.ports[B].mtu = 68;
	dp_bed_publish(bed);
	dp_bed_send(bed, A, &f);
}

// ---- relay

static void relay_loop(struct dp_bed *bed)
{
	struct frame f = discover();

	dp_bed_send(bed, R0, &f);
	dp_bed_send(bed, R1, &f);
}

static void relay_repeat(struct dp_bed *bed)
{
	struct frame f = discover();

	relay_loop(bed);
	dp_bed_send(bed, R0, &f);
	dp_bed_send(bed, R0, &f);
}

static void relay_same_port(struct dp_bed *bed)
{
	struct frame f = discover();
	struct base_mac self = frame_mac(1);

	dp_bed_send(bed, R0, &f);
	memcpy(f.bytes, &self, 6);
	dp_bed_send(bed, R0, &f);
}

static void relay_alone(struct dp_bed *bed)
{
	struct frame f = discover();

	bed->in.ports[R1].is_up = false;
	bed->in.ports[R2].is_up = false;
	dp_bed_publish(bed);
	dp_bed_send(bed, R0, &f);
}

static void storm_limit(struct dp_bed *bed)
{
	struct frame f = discover();

	for (int i = 0; i < 33; i++)
		dp_bed_send(bed, R0, &f);
}

// ---- resources

static void rate_punt(struct dp_bed *bed)
{
	struct frame f = data_for_us(bed);

	for (int i = 0; i < 33; i++)
		dp_bed_send(bed, A, &f);
}

static void punt_full(struct dp_bed *bed)
{
	struct frame f = data_for_us(bed);

	dp_bed_reload(bed, "romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
			   "limits: { punt: 10000000 }\nports: { a: { device: d0 } }\n");
	for (int i = 0; i < 1025; i++)
		dp_bed_send(bed, A, &f);
}

static void no_mbuf(struct dp_bed *bed)
{
	struct frame f = discover();

	bed->in.ports[R1].is_up = false;
	dp_bed_publish(bed);
	dp_bed_inject_flush_left(bed, R0, &f); // no room for the tag of the one port left
	dp_bed_turn(bed);
}

static void across_full(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 22);

	for (int i = 0; i < 1025; i++) {
		dp_bed_inject(bed, A, &f);
		dp_bed_turn_worker(bed, 0);
	}
}

static void tx_full(struct dp_bed *bed)
{
	struct frame f = data_to(bed, 22);

	for (int i = 0; i < DP_BED_TX_RING_LEN + 1; i++)
		dp_bed_send(bed, A, &f);
}

static void drain_and_close(struct dp_bed *bed)
{
	for (int i = 0; i < 40; i++) {
		dp_bed_turn(bed);
		dp_bed_discard_all(bed);
	}
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// Two workers: B is the second one's, and its device has one queue.
static void across_full_two_workers(struct dp_bed *unused)
{
	struct dp_bed *bed =
		dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = NODE, .n_workers = 2, .n_txq = 1, .id_base = 1});

	(void)unused;
	bed->in.ports[B].worker = 2;
	dp_bed_publish(bed);
	across_full(bed);
	is_seen[DP_DROP_ACROSS_FULL] |= dp_bed_drops(bed, DP_DROP_ACROSS_FULL) > 0;
	drain_and_close(bed);
}

// Two workers: A is polled by the first; what is not for it fills the ring of the second.
static void dispatch_full_two_workers(struct dp_bed *unused)
{
	struct dp_bed *bed = dp_bed_open_cfg(&(struct dp_bed_cfg){
		.yaml = "workers: { cores: [0, 1] }\nlimits: { neighbors: 1000, origins: 64 }\n"
			"ports: { a: { device: d0, dispatch: neighbor }, b: { device: d1, link-id: 22 } }\n",
		.n_workers = 2,
		.id_base = 1});
	struct frame f = data_to(bed, 22);

	(void)unused;
	bed->channels[0] = bed->channels[2]; // of a worker that is not this bed's
	for (uint32_t i = 0; i < 4 * XCHG_DISPATCHED_LEN; i++) {
		f.bytes[11] = (uint8_t)i;
		dp_bed_inject(bed, A, &f);
		dp_bed_turn_worker(bed, 0);
		dp_bed_discard(bed, B);
	}
	is_seen[DP_DROP_DISPATCH_FULL] |= dp_bed_drops(bed, DP_DROP_DISPATCH_FULL) > 0;
	drain_and_close(bed);
}

static const struct row {
	enum dp_reason reason;
	const char *yaml;
	provoke_fn provoke;
} rows[] = {
	{DP_DROP_RUNT, NODE, runt},
	{DP_DROP_NOT_ROMON, NODE, not_romon},
	{DP_DROP_VLAN_DEPTH, NODE, vlan_depth},
	{DP_DROP_TYPE_UNKNOWN, NODE, type_unknown},
	{DP_DROP_LENGTH_SHORT, NODE, length_short},
	{DP_DROP_LENGTH_LONG, NODE, length_long},
	{DP_DROP_ID_INVALID, NODE, id_invalid},
	{DP_DROP_HOP_COUNT, NODE, hop_count},
	{DP_DROP_HOP_TRUNCATED, NODE, hop_truncated},
	{DP_DROP_HOP_POINTER, NODE, hop_pointer},
	{DP_DROP_PAYLOAD_SHORT, NODE, payload_short},
	{DP_DROP_TLV_TRUNCATED, NODE, tlv_truncated},
	{DP_DROP_TLV_DUPLICATE, NODE, tlv_duplicate},
	{DP_DROP_TLV_LENGTH, NODE, tlv_length},
	{DP_DROP_ROUTE_LENGTH, NODE, route_length},
	{DP_DROP_ROUTE_COUNT, NODE, route_count},
	{DP_DROP_TOO_LONG, NODE, too_long},
	{DP_DROP_DISPATCH_FULL, NODE, dispatch_full_two_workers},
	{DP_DROP_VLAN_UNKNOWN, NODE, vlan_unknown},
	{DP_DROP_VLAN_BESIDE, NODE, vlan_beside},
	{DP_DROP_PORT_FORBIDDEN, NODE, port_forbidden},
	{DP_DROP_DISABLED, NODE, disabled},
	{DP_DROP_SRC_OWN, NODE, src_own},
	{DP_DROP_SRC_GROUP, NODE, src_group},
	{DP_DROP_DST_OTHER, NODE, dst_other},
	{DP_DROP_CHANNEL, NODE, channel},
	{DP_DROP_HOP_LIMIT, NODE, hop_limit},
	{DP_DROP_AUTH_MISSING, NODE, auth_missing},
	{DP_DROP_AUTH_UNKNOWN, NODE, auth_unknown},
	{DP_DROP_AUTH_FLOOD, NODE, auth_flood},
	{DP_DROP_AUTH_UNSYNCED, NODE, auth_unsynced},
	{DP_DROP_AUTH_REPLAY, NODE, auth_replay},
	{DP_DROP_LOOP_OWN_ID, NODE, loop_own_id},
	{DP_DROP_LOOP_OWN_MAC, NODE, loop_own_mac},
	{DP_DROP_FLOOD_HOLD, NODE, flood_hold},
	{DP_DROP_RATE_DISCOVER, NODE, rate_discover},
	{DP_DROP_RATE_ORIGIN, NODE, rate_origin},
	{DP_DROP_NO_EGRESS, NODE, no_egress},
	{DP_DROP_FILTERED, NODE, filtered},
	{DP_DROP_HOP_NOT_US, NODE, hop_not_us},
	{DP_DROP_LINK_UNKNOWN, NODE, link_unknown},
	{DP_DROP_HOP_GROUP, NODE, hop_group},
	{DP_DROP_NOT_FOR_US, NODE, not_for_us},
	{DP_DROP_RESP_NO_WAY, NODE, resp_no_way},
	{DP_DROP_EGRESS_DOWN, NODE, egress_down},
	{DP_DROP_EGRESS_FORBIDDEN, NODE, egress_forbidden},
	{DP_DROP_EGRESS_MTU, NODE, egress_mtu},
	{DP_DROP_RELAY_LOOP, RELAY, relay_loop},
	{DP_DROP_RELAY_REPEAT, RELAY, relay_repeat},
	{DP_DROP_RELAY_SAME_PORT, RELAY, relay_same_port},
	{DP_DROP_RELAY_ALONE, RELAY, relay_alone},
	{DP_DROP_STORM_LIMIT, RELAY, storm_limit},
	{DP_DROP_RATE_PUNT, NODE, rate_punt},
	{DP_DROP_PUNT_FULL, NODE, punt_full},
	{DP_DROP_NO_MBUF, RELAY, no_mbuf},
	{DP_DROP_ACROSS_FULL, NODE, across_full_two_workers},
	{DP_DROP_TX_FULL, NODE, tx_full},
};

static void each_row_provokes_its_reason(void)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct dp_bed *bed = dp_bed_open(rows[i].yaml);

		rows[i].provoke(bed);
		is_seen[rows[i].reason] |= dp_bed_drops(bed, rows[i].reason) > 0;
		if (!is_seen[rows[i].reason])
			printf("\n    %s was not provoked\n", dp_reason_name(rows[i].reason));
		CU_ASSERT_TRUE(is_seen[rows[i].reason]);
		CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
		CU_ASSERT_TRUE(dp_bed_close(bed));
	}
}

static void every_reason_was_seen(void)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(not_provoked); i++)
		is_seen[not_provoked[i].reason] = true;
	for (uint32_t r = 0; r < DP_N_REASONS; r++) {
		if (!is_seen[r])
			printf("\n    no test provokes %s\n", dp_reason_name((enum dp_reason)r));
		CU_ASSERT_TRUE(is_seen[r]);
	}
}

static void every_reason_has_a_name_and_help(void)
{
	for (uint32_t r = 1; r < DP_N_REASONS; r++) {
		enum dp_reason reason = (enum dp_reason)r;

		CU_ASSERT_PTR_NOT_NULL_FATAL(dp_reason_name(reason));
		CU_ASSERT_TRUE(strlen(dp_reason_name(reason)) > 0);
		CU_ASSERT_TRUE(strlen(dp_reason_help(reason)) > 0);
		for (uint32_t other = 1; other < r; other++)
			CU_ASSERT_TRUE(
				strcmp(dp_reason_name(reason), dp_reason_name((enum dp_reason)other)) != 0);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_row_provokes_its_reason), // first: the next one reads what it saw
	SUITE_CASE(every_reason_was_seen),
	SUITE_CASE(every_reason_has_a_name_and_help),
};

SUITE_MAIN("dp reasons", cases)
