// SPDX-License-Identifier: BSD-3-Clause
// What a port takes: addresses, VLANs, channel, forbidden and disabled ports, rules for unsigned frames,
// filters; and what of it reaches the table of neighbors.
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define LIMITS "limits: { neighbors: 1000, origins: 64 }\n"
#define PORTS                                \
	"ports:\n"                           \
	"  a: { device: d0, link-id: 11 }\n" \
	"  b: { device: d1, link-id: 22 }\n" \
	"  c: { device: d2, link-id: 33 }\n"

enum { A, B, C, N_PORTS };

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static struct frame discover(uint16_t origin)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(origin), NULL, 0);
	return f;
}

// Send f into port in: it must be dropped for that reason alone, or leave when the reason is NONE.
static void expect(struct dp_bed *bed, uint8_t in, const struct frame *f, enum dp_reason reason)
{
	uint64_t before = dp_bed_drops(bed, reason);
	struct dp_bed_totals t0;
	struct dp_bed_totals t1;

	dp_bed_totals(bed, &t0);
	dp_bed_send(bed, in, f);
	dp_bed_totals(bed, &t1);
	CU_ASSERT_EQUAL(t1.rx_frames - t0.rx_frames, 1);
	CU_ASSERT_EQUAL(t1.n_drops - t0.n_drops, reason != DP_DROP_NONE);
	if (reason != DP_DROP_NONE)
		CU_ASSERT_EQUAL(dp_bed_drops(bed, reason) - before, 1);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
}

static void source_must_be_another_station(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	static const uint8_t groups[][6] = {{0}, {1}, {0x01, 0x80, 0xc2, 0, 0x88, 0xbf},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x03, 0, 0, 0, 0, 1}};
	struct frame f = discover(100);

	for (size_t i = 0; i < BASE_ARRAY_LEN(groups); i++) {
		memcpy(f.bytes + 6, groups[i], 6);
		expect(bed, A, &f, DP_DROP_SRC_GROUP);
	}
	for (uint8_t p = 0; p < N_PORTS; p++) {
		struct base_mac own = dp_bed_mac(bed, p);

		memcpy(f.bytes + 6, &own, 6);
		expect(bed, A, &f, DP_DROP_SRC_OWN);
	}
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 0);
	close_balanced(bed);
}

static void destination_is_the_group_or_the_port(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct base_mac mac_a = dp_bed_mac(bed, A);
	struct base_mac mac_b = dp_bed_mac(bed, B);
	struct frame f = discover(100);

	memcpy(f.bytes, &mac_b, 6);
	expect(bed, A, &f, DP_DROP_DST_OTHER);
	memset(f.bytes, 0xff, 6);
	expect(bed, A, &f, DP_DROP_DST_OTHER);
	memset(f.bytes, 0, 6);
	expect(bed, A, &f, DP_DROP_DST_OTHER);
	memcpy(f.bytes, &mac_a, 6);
	expect(bed, A, &f, DP_DROP_NONE);
	close_balanced(bed);
}

static void other_channels_are_dropped(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, channel: 7 }\n" PORTS LIMITS);

	for (uint32_t channel = 0; channel < 256; channel++) {
		struct frame f = discover((uint16_t)(100 + channel));

		frame_hdr(&f)->channel = (uint8_t)channel;
		expect(bed, A, &f, channel == 7 ? DP_DROP_NONE : DP_DROP_CHANNEL);
	}
	close_balanced(bed);
}

static void forbidden_port_takes_and_sends_nothing(void)
{
	struct dp_bed *bed = dp_bed_open(LIMITS "ports:\n"
						"  a: { device: d0 }\n"
						"  b: { device: d1, forbid: true }\n"
						"  c: { device: d2 }\n");
	struct frame f = discover(100);
	struct frame out;

	expect(bed, B, &f, DP_DROP_PORT_FORBIDDEN);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, B, &out));
	CU_ASSERT_TRUE(dp_bed_take(bed, C, &out));
	close_balanced(bed);
}

// As the key's help says: nothing at all, relay groups included.
static void disabled_forwards_nothing(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, enabled: false }\n" LIMITS
					 "ports: { a: { device: d0 }, b: { device: d1 } }\n"
					 "relay-groups:\n"
					 "  g: { ports: { r: { device: d2 }, s: { device: d3 } } }\n");
	struct frame f = discover(100);
	struct frame out;

	expect(bed, A, &f, DP_DROP_DISABLED);
	expect(bed, 2, &f, DP_DROP_DISABLED);
	CU_ASSERT_FALSE(dp_bed_take(bed, 3, &out));
	close_balanced(bed);
}

static void link_down_takes_but_does_not_send(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct frame f = discover(100);
	struct frame out;

	bed->in.ports[A].is_up = false;
	dp_bed_publish(bed);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	f = discover(101);
	dp_bed_send(bed, B, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, A, &out));
	CU_ASSERT_TRUE(dp_bed_take(bed, C, &out));
	close_balanced(bed);
}

// Protocol section 7: unsigned is taken when the list is empty or holds "", and sent when it is empty or
// begins with "".
static void unsigned_rules_of_each_list(void)
{
	static const struct {
		const char *secrets;
		bool takes;
		bool sends;
	} rows[] = {
		{"[]", true, true},
		{"[\"\"]", true, true},
		{"[s]", false, false},
		{"[\"\", s]", true, true},
		{"[s, \"\"]", true, false},
		{"[s, t, \"\"]", true, false},
		{"[s, t]", false, false},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char yaml[512];
		struct frame out;

		snprintf(yaml, sizeof(yaml),
			"ports: { a: { device: d0 }, b: { device: d1, secrets: %s } }\n" LIMITS,
			rows[i].secrets);
		struct dp_bed *bed = dp_bed_open(yaml);
		struct frame f = discover(100);
		expect(bed, B, &f, rows[i].takes ? DP_DROP_NONE : DP_DROP_AUTH_MISSING);
		dp_bed_discard_all(bed); // where there is a secret, a Hello too
		f = discover(101);
		dp_bed_send(bed, A, &f);
		CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
		CU_ASSERT_EQUAL(wire_is_unsigned((const uint8_t *)frame_hdr(&out)), rows[i].sends);
		memset(frame_hdr(&f)->auth, 0x5a, 24);
		expect(bed, A, &f, DP_DROP_AUTH_UNKNOWN);
		expect(bed, B, &f, DP_DROP_AUTH_UNKNOWN);
		close_balanced(bed);
	}
}

static void any_auth_byte_makes_a_frame_signed(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);

	for (uint32_t i = 0; i < 24; i++) {
		struct frame f = discover(100);

		frame_hdr(&f)->auth[i] = 1;
		expect(bed, A, &f, DP_DROP_AUTH_UNKNOWN);
	}
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 0); // learned after auth only
	close_balanced(bed);
}

static void global_secrets_hold_where_a_port_has_none(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, secrets: [s] }\n" LIMITS
			    "ports: { a: { device: d0, secrets: [\"\"] }, b: { device: d1 } }\n");
	struct frame f = discover(100);

	expect(bed, B, &f, DP_DROP_AUTH_MISSING);
	struct frame out;
	f = discover(101);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	CU_ASSERT_FALSE(wire_is_unsigned((const uint8_t *)frame_hdr(&out)));
	close_balanced(bed);
}

// ---- VLANs

#define VLANS                                          \
	LIMITS "ports:\n"                              \
	       "  a: { device: d0 }\n"                 \
	       "  v7: { device: d0, vlan: 7 }\n"       \
	       "  v4094: { device: d0, vlan: 4094 }\n" \
	       "  b: { device: d1 }\n"                 \
	       "  w7: { device: d2, vlan: 7 }\n"

enum { VA, V7, V4094, VB, W7 };

static void tag_names_the_port(void)
{
	static const struct {
		int tci; // -1 = no tag
		uint8_t slot;
	} rows[] = {{-1, VA}, {0, VA}, {0xe000, VA}, {7, V7}, {0xe007, V7}, {4094, V4094}, {0x1ffe, V4094}};
	struct dp_bed *bed = dp_bed_open(VLANS);

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct frame f = discover((uint16_t)(100 + i));
		const struct dp_port_counters *c = dp_worker_port_counters(bed->workers[0], rows[i].slot);
		uint64_t before = c->rx_types[WIRE_TYPE_DISCOVER];

		if (rows[i].tci >= 0)
			frame_tag(&f, (uint16_t)rows[i].tci);
		expect(bed, VA, &f, DP_DROP_NONE);
		CU_ASSERT_EQUAL(c->rx_types[WIRE_TYPE_DISCOVER], before + 1);
	}
	close_balanced(bed);
}

// A tag that stands beside the frame counts like one in it: nothing of a VLAN is taken for untagged.
static void tag_beside_the_frame_names_the_port_too(void)
{
	struct dp_bed *bed = dp_bed_open(VLANS);
	const struct dp_port_counters *v7 = dp_worker_port_counters(bed->workers[0], V7);
	struct frame f = discover(100);
	struct frame out;

	dp_bed_inject_beside(bed, VA, &f, 0xe007, false, true);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(v7->rx_types[WIRE_TYPE_DISCOVER], 1);
	CU_ASSERT_TRUE(dp_bed_discard_all(bed) > 0);
	dp_bed_inject_beside(bed, VB, &f, 7, false, true); // an untagged port, alone on its device
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_VLAN_UNKNOWN), 1);
	dp_bed_inject_beside(bed, VB, &f, 7, false, false); // no room to put it back
	dp_bed_inject_beside(bed, V7, &f, 7, true, true);   // two tags
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_VLAN_BESIDE), 2);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	dp_bed_discard_punts(bed);
	close_balanced(bed);

	bed = dp_bed_open(LIMITS "relay-groups:\n"
				 "  g: { ports: { r0: { device: d0 }, r1: { device: d1 },\n"
				 "    r2: { device: d2, vlan: 7 } } }\n");
	for (uint16_t vid = 1; vid <= 8; vid++) {
		dp_bed_inject_beside(bed, 0, &f, vid, false, true); // of no port there: joined to nothing
		dp_bed_inject_beside(bed, 2, &f, vid, false, true);
		dp_bed_turn(bed);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_VLAN_UNKNOWN), 15);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, 1, &out));
	CU_ASSERT_TRUE(frames_equal(&out, &f));
	CU_ASSERT_FALSE(dp_bed_take(bed, 1, &out));
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

static void unknown_vlans_are_named(void)
{
	struct dp_bed *bed = dp_bed_open(VLANS);

	for (uint32_t vid = 1; vid < 4096; vid++) {
		struct frame f = discover((uint16_t)vid);

		if (vid == 7 || vid == 4094)
			continue;
		frame_tag(&f, (uint16_t)vid);
		expect(bed, VA, &f, DP_DROP_VLAN_UNKNOWN);
		if (vid < 20) // on a device with no VLAN, and on one with nothing but a VLAN
			expect(bed, VB, &f, DP_DROP_VLAN_UNKNOWN);
	}
	struct frame f = discover(1);
	expect(bed, W7, &f, DP_DROP_VLAN_UNKNOWN);
	frame_tag(&f, 0);
	expect(bed, W7, &f, DP_DROP_VLAN_UNKNOWN);
	close_balanced(bed);
}

static void two_tags_are_too_many(void)
{
	struct dp_bed *bed = dp_bed_open(VLANS);
	struct frame f = discover(1);

	frame_tag(&f, 7);
	frame_tag(&f, 7);
	expect(bed, VA, &f, DP_DROP_VLAN_DEPTH);
	frame_ethertype(&f, WIRE_ETHERTYPE_QINQ);
	expect(bed, VA, &f, DP_DROP_VLAN_DEPTH);
	f = discover(1);
	frame_tag(&f, 7);
	frame_ethertype(&f, WIRE_ETHERTYPE_QINQ);
	expect(bed, VA, &f, DP_DROP_VLAN_DEPTH);
	close_balanced(bed);
}

// What comes in on one VLAN leaves the others, each with its own tag; lengths do not count the tag.
static void tag_of_the_egress_port_is_written(void)
{
	struct dp_bed *bed = dp_bed_open(VLANS);
	struct frame f = discover(100);
	struct frame out;
	struct wire_l2 l2;
	struct wire_frame parsed;
	uint16_t vids[3] = {0};

	frame_tag(&f, 0xa007); // with a priority, which is not carried on
	dp_bed_send(bed, V7, &f);
	for (int i = 0; i < 2; i++) { // a and v4094 share a device with the ingress port
		CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, VA, &out));
		CU_ASSERT_TRUE(frame_parse(&out, &l2, &parsed));
		vids[i] = l2.vid;
		CU_ASSERT_EQUAL(out.len, 108u + (l2.vid != 0 ? 4u : 0u));
		CU_ASSERT_EQUAL(parsed.len, 94);
	}
	CU_ASSERT_FALSE(dp_bed_take(bed, VA, &out));
	CU_ASSERT_EQUAL(vids[0], 0);
	CU_ASSERT_EQUAL(vids[1], 4094);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, W7, &out));
	CU_ASSERT_TRUE(frame_parse(&out, &l2, &parsed));
	CU_ASSERT_EQUAL(l2.vid, 7);
	CU_ASSERT_EQUAL(base_be16_load(out.bytes + 14), 7);
	CU_ASSERT_TRUE(dp_bed_take(bed, VB, &out));
	CU_ASSERT_EQUAL(out.len, 108);
	close_balanced(bed);
}

static void vlan_ports_lose_four_bytes_of_mtu(void)
{
	struct dp_bed *bed = dp_bed_open(VLANS);
	struct frame f = discover(100);
	struct frame out;

	for (uint8_t p = VA; p <= W7; p++)
		bed->in.ports[p].mtu = 94 + 3; // the RoMON bytes that go out, and not quite a tag
	dp_bed_publish(bed);
	dp_bed_send(bed, VA, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, VB, &out));
	CU_ASSERT_FALSE(dp_bed_take(bed, W7, &out));
	CU_ASSERT_EQUAL(dp_bed_discard(bed, VA), 0);
	close_balanced(bed);
}

// ---- filters

static struct frame data_via(
	struct dp_bed *bed, uint16_t src_port, uint16_t dst_port, struct base_mac src, struct base_mac dst)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, A)}, {22, frame_mac(9)}};
	struct frame f;

	frame_data(&f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, A),
			       .eth_src = frame_mac(1),
			       .src_id = src,
			       .dst_id = dst,
			       .hops = hops,
			       .n = 2,
			       .src_port = src_port,
			       .dst_port = dst_port,
			       .payload_len = 8});
	return f;
}

static void check_service_filter(const char *filters, bool is_denied)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml), PORTS LIMITS "filters: [ %s ]\n", filters);
	struct dp_bed *bed = dp_bed_open(yaml);
	struct frame f = data_via(bed, 5000, 4, frame_mac(50), frame_mac(60));
	expect(bed, A, &f, is_denied ? DP_DROP_FILTERED : DP_DROP_NONE);
	f = data_via(bed, 4, 5000, frame_mac(50), frame_mac(60)); // the answer
	expect(bed, A, &f, is_denied ? DP_DROP_FILTERED : DP_DROP_NONE);
	f = data_via(bed, 5000, 1, frame_mac(50), frame_mac(60));
	expect(bed, A, &f, DP_DROP_NONE);
	close_balanced(bed);
}

static void services_are_filtered_at_either_port(void)
{
	check_service_filter("{ deny-service: [winbox] }", true);
	check_service_filter("{ port: a, deny-service: [4] }", true);
	check_service_filter("{ port: b, deny-service: [ssh, winbox] }", true);
	check_service_filter("{ port: c, deny-service: [winbox] }", false);
	check_service_filter("{ deny-service: [ssh] }", false);
	check_service_filter("{ port: c, deny-service: [ssh] }, { port: b, deny-service: [winbox] }", true);
}

static void check_id_filter(const char *filters, uint16_t src, uint16_t dst, bool is_denied)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml), PORTS LIMITS "filters: [ %s ]\n", filters);
	struct dp_bed *bed = dp_bed_open(yaml);
	struct frame f = data_via(bed, 5000, 1, frame_mac(src), frame_mac(dst));
	expect(bed, A, &f, is_denied ? DP_DROP_FILTERED : DP_DROP_NONE);
	close_balanced(bed);
}

static void ids_are_filtered_as_source_and_destination(void)
{
	static const char id_50[] = "{ deny-id: [\"02:00:00:00:00:32\"] }";
	static const char id_50_at_b[] = "{ port: b, deny-id: [\"02:00:00:00:00:32\"] }";
	static const char id_50_at_c[] = "{ port: c, deny-id: [\"02:00:00:00:00:32\"] }";

	check_id_filter(id_50, 50, 60, true);
	check_id_filter(id_50, 60, 50, true);
	check_id_filter(id_50, 60, 70, false);
	check_id_filter(id_50_at_b, 50, 60, true);
	check_id_filter(id_50_at_b, 60, 50, true);
	check_id_filter(id_50_at_c, 50, 60, false);
}

// Ids and services that share the bit by which a filter is asked first.
static void lists_are_searched_for_the_whole_name(void)
{
	static const char ids[] = "{ deny-id: [\"02:00:00:00:05:32\", \"02:00:00:00:00:32\"] }";
	const struct base_mac named = frame_mac(0x32);
	uint32_t n_alike = 0;

	check_id_filter(ids, 0x532, 60, true);
	check_id_filter(ids, 60, 0x532, true);
	for (uint16_t n = 0x1000; n_alike < 3; n++) {
		const struct base_mac other = frame_mac(n);

		if (snap_filter_id_bit(base_mac_u64(&other)) != snap_filter_id_bit(base_mac_u64(&named)))
			continue;
		check_id_filter(ids, n, 60, false);
		n_alike++;
	}
	check_service_filter("{ deny-service: [1284, 772, 4] }", true);
	check_service_filter("{ deny-service: [1284, 772, 260] }", false);
}

static void filtered_origin_is_flooded_to_other_ports_only(void)
{
	struct dp_bed *bed =
		dp_bed_open(PORTS LIMITS "filters: [ { port: b, deny-id: [\"02:00:00:00:00:32\"] } ]\n");
	struct frame f = discover(50);
	struct frame out;

	dp_bed_send(bed, A, &f);
	CU_ASSERT_FALSE(dp_bed_take(bed, B, &out));
	CU_ASSERT_TRUE(dp_bed_take(bed, C, &out));
	expect(bed, B, &f, DP_DROP_FILTERED);
	bed->in.ports[C].is_up = false;
	dp_bed_publish(bed);
	dp_bed_advance_ms(bed, 500);
	expect(bed, A, &f, DP_DROP_FILTERED); // the one port left does not want it
	close_balanced(bed);
}

// ---- neighbors

#define DENY_50 "filters: [ { port: a, deny-id: [\"02:00:00:00:00:32\"] } ]\n"

// Neighbor n says its id by a Discover of its own.
static struct frame discover_of(uint16_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(n), frame_mac(n), NULL, 0);
	return f;
}

static void denied_neighbors_are_not_learned(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS DENY_50);
	struct frame f = discover_of(50);
	struct frame d = data_via(bed, 5000, 1, frame_mac(50), frame_mac(60));
	struct xchg_event e;

	expect(bed, A, &f, DP_DROP_FILTERED);
	expect(bed, A, &d, DP_DROP_FILTERED);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 0);
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e));
	expect(bed, B, &f, DP_DROP_NONE); // denied on a only
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 1);
	close_balanced(bed);
}

// A reload denies what was learned: the row goes, and control is told once.
static void neighbors_are_forgotten_when_a_filter_comes(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	const struct nbr_table *t = dp_worker_neighbors(bed->workers[0]);
	struct xchg_event e;

	for (uint16_t n = 40; n <= 60; n++) {
		struct frame f = discover_of(n);

		dp_bed_send(bed, A, &f);
		if (n == 50)
			dp_bed_send(bed, B, &f);
		dp_bed_discard_all(bed);
	}
	dp_bed_discard_events(bed);
	dp_bed_discard_punts(bed);
	CU_ASSERT_EQUAL(nbr_table_used(t), 22);
	dp_bed_reload(bed, PORTS LIMITS DENY_50);
	dp_bed_advance_ms(bed, 20);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(nbr_table_used(t), 21); // not the one on b
	CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_NEIGHBOR_DENIED);
	CU_ASSERT_EQUAL(e.port, A);
	CU_ASSERT_EQUAL(e.id, e.mac);
	dp_bed_advance_ms(bed, 20);
	dp_bed_turn(bed);
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e));
	close_balanced(bed);
}

static void neighbors_are_learned_with_events(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct frame f = discover(50);
	struct xchg_event e;
	struct nbr_row row;

	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_NEIGHBOR_NEW);
	CU_ASSERT_EQUAL(e.port, A);
	CU_ASSERT_TRUE(base_mac_equal(&e.mac, &(struct base_mac){{0x02, 0, 0, 0, 0, 1}}));
	CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_NEIGHBOR_ID);
	CU_ASSERT_TRUE(base_mac_equal(&e.id, &(struct base_mac){{0x02, 0, 0, 0, 0, 50}}));
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e));

	dp_bed_advance_ms(bed, 500);
	dp_bed_send(bed, A, &f); // nothing new
	CU_ASSERT_FALSE(dp_bed_take_event(bed, &e));
	const struct nbr_table *t = dp_worker_neighbors(bed->workers[0]);
	CU_ASSERT_TRUE_FATAL(nbr_table_rows_end(t) == 1 && nbr_table_row(t, 0, &row));
	CU_ASSERT_EQUAL(row.rx_frames, 2);
	CU_ASSERT_EQUAL(row.port, A);
	CU_ASSERT_EQUAL(row.last_ms - row.first_ms, 500);

	dp_bed_send(bed, B, &f); // the same MAC on another port is another neighbor
	CU_ASSERT_TRUE(dp_bed_take_event(bed, &e));
	CU_ASSERT_EQUAL(e.type, XCHG_EVENT_NEIGHBOR_NEW);
	CU_ASSERT_EQUAL(e.port, B);
	CU_ASSERT_EQUAL(nbr_table_used(t), 2);

	dp_bed_discard_events(bed);
	dp_bed_advance_ms(bed, 60001);
	dp_bed_turn(bed);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE_FATAL(dp_bed_take_event(bed, &e));
		CU_ASSERT_EQUAL(e.type, XCHG_EVENT_NEIGHBOR_AGED);
		CU_ASSERT_EQUAL(e.port, i);
		CU_ASSERT_EQUAL(e.mac >> 48, 0);
	}
	close_balanced(bed);
}

// Senders of one burst that alternate are one row each, and every frame is counted.
static void senders_of_a_burst_are_counted(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct nbr_row row;
	struct xchg_event e;
	uint64_t n = 0;
	uint32_t n_new = 0;

	for (uint16_t i = 0; i < 32; i++) {
		struct frame f = discover((uint16_t)(100 + i));

		f.bytes[11] = (uint8_t)(1 + i % 3);
		dp_bed_inject(bed, A, &f);
	}
	dp_bed_turn(bed);
	const struct nbr_table *t = dp_worker_neighbors(bed->workers[0]);
	CU_ASSERT_EQUAL(nbr_table_used(t), 3);
	for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
		if (nbr_table_row(t, i, &row))
			n += row.rx_frames;
	}
	CU_ASSERT_EQUAL(n, 32);
	while (dp_bed_take_event(bed, &e))
		n_new += e.type == XCHG_EVENT_NEIGHBOR_NEW;
	CU_ASSERT_EQUAL(n_new, 3);
	close_balanced(bed);
}

static void frames_in_a_row_are_counted(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct nbr_row row;

	for (uint16_t i = 0; i < 32; i++) {
		struct frame f = discover((uint16_t)(100 + i));

		dp_bed_inject(bed, A, &f);
	}
	dp_bed_turn(bed);
	CU_ASSERT_TRUE_FATAL(nbr_table_row(dp_worker_neighbors(bed->workers[0]), 0, &row));
	CU_ASSERT_EQUAL(row.rx_frames, 32);
	CU_ASSERT_TRUE(
		base_mac_equal(&row.id, &(struct base_mac){{0x02, 0, 0, 0, 0, 131}})); // the last one's
	close_balanced(bed);
}

static void flooding_port_evicts_only_its_own(void)
{
	struct dp_bed *bed = dp_bed_open(
		PORTS "limits: { neighbors: 64, neighbors-per-port: 40, discover-in: none, origins: 64 }\n");
	struct frame f = discover(50);
	struct nbr_row row;
	struct xchg_event e;
	uint32_t n_on[N_PORTS] = {0};
	uint32_t n_evicted = 0;

	for (uint8_t i = 0; i < 30; i++) {
		f.bytes[10] = 0x11;
		f.bytes[11] = i;
		dp_bed_send(bed, B, &f);
		dp_bed_discard_all(bed);
	}
	dp_bed_discard_events(bed);
	for (uint32_t i = 0; i < 2000; i++) {
		base_be16_store(f.bytes + 10, (uint16_t)(0x2000 + i));
		dp_bed_send(bed, A, &f);
		dp_bed_discard_all(bed);
		while (dp_bed_take_event(bed, &e)) {
			n_evicted += e.type == XCHG_EVENT_NEIGHBOR_EVICTED;
			CU_ASSERT_EQUAL(e.port, A);
		}
	}
	const struct nbr_table *t = dp_worker_neighbors(bed->workers[0]);
	CU_ASSERT_EQUAL(nbr_table_used(t), 64);
	for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
		if (nbr_table_row(t, i, &row))
			n_on[row.port]++;
	}
	CU_ASSERT_EQUAL(n_on[B], 30);
	CU_ASSERT_EQUAL(n_on[A], 34);
	CU_ASSERT_EQUAL(nbr_table_counters(t).evicted, 2000 - 34);
	CU_ASSERT_EQUAL(n_evicted, 2000 - 34);
	close_balanced(bed);
}

// ---- samples for `why`

static void bad_frame_is_sampled_once_a_second(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct frame f = discover(50);
	struct dp_bed_punt punt;

	frame_hdr(&f)->type = 9;
	for (int i = 0; i < 3; i++) {
		dp_bed_send(bed, B, &f);
		dp_bed_send(bed, B, &f);
		CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
		CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_BAD);
		CU_ASSERT_EQUAL(punt.reason, DP_DROP_TYPE_UNKNOWN);
		CU_ASSERT_EQUAL(punt.slot, B);
		CU_ASSERT_EQUAL(punt.frame.len, f.len);
		CU_ASSERT_EQUAL(memcmp(punt.frame.bytes, f.bytes, f.len), 0);
		CU_ASSERT_FALSE(dp_bed_take_punt(bed, &punt));
		dp_bed_advance_ms(bed, 1000);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_TYPE_UNKNOWN), 6);
	close_balanced(bed);
}

// AF_PACKET shows a worker all that the host hears: none of it may take the place of a bad RoMON frame.
static void other_protocols_are_no_samples(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct frame f = discover(50);
	struct dp_bed_punt punt;

	frame_ethertype(&f, 0x0800);
	expect(bed, A, &f, DP_DROP_NOT_ROMON);
	f = discover(50);
	frame_hdr(&f)->n_hops = 200;
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.reason, DP_DROP_HOP_COUNT);
	CU_ASSERT_FALSE(dp_bed_take_punt(bed, &punt));
	close_balanced(bed);
}

static void too_long_for_one_buffer_is_dropped(void)
{
	struct dp_bed *bed = dp_bed_open(PORTS LIMITS);
	struct frame f = discover(50);

	frame_pad(&f, 2500);
	expect(bed, A, &f, DP_DROP_TOO_LONG);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(source_must_be_another_station),
	SUITE_CASE(destination_is_the_group_or_the_port),
	SUITE_CASE(other_channels_are_dropped),
	SUITE_CASE(forbidden_port_takes_and_sends_nothing),
	SUITE_CASE(disabled_forwards_nothing),
	SUITE_CASE(link_down_takes_but_does_not_send),
	SUITE_CASE(unsigned_rules_of_each_list),
	SUITE_CASE(any_auth_byte_makes_a_frame_signed),
	SUITE_CASE(global_secrets_hold_where_a_port_has_none),
	SUITE_CASE(tag_names_the_port),
	SUITE_CASE(tag_beside_the_frame_names_the_port_too),
	SUITE_CASE(denied_neighbors_are_not_learned),
	SUITE_CASE(neighbors_are_forgotten_when_a_filter_comes),
	SUITE_CASE(unknown_vlans_are_named),
	SUITE_CASE(two_tags_are_too_many),
	SUITE_CASE(tag_of_the_egress_port_is_written),
	SUITE_CASE(vlan_ports_lose_four_bytes_of_mtu),
	SUITE_CASE(services_are_filtered_at_either_port),
	SUITE_CASE(ids_are_filtered_as_source_and_destination),
	SUITE_CASE(lists_are_searched_for_the_whole_name),
	SUITE_CASE(filtered_origin_is_flooded_to_other_ports_only),
	SUITE_CASE(neighbors_are_learned_with_events),
	SUITE_CASE(senders_of_a_burst_are_counted),
	SUITE_CASE(frames_in_a_row_are_counted),
	SUITE_CASE(flooding_port_evicts_only_its_own),
	SUITE_CASE(bad_frame_is_sampled_once_a_second),
	SUITE_CASE(other_protocols_are_no_samples),
	SUITE_CASE(too_long_for_one_buffer_is_dropped),
};

SUITE_MAIN("dp admit", cases)
