// SPDX-License-Identifier: BSD-3-Clause
// Profiles of romon-gen, and the frames that it makes of them: what is sent, and what a wire, a relay group
// or a node has to make of it.
#include <stdlib.h>

#include "gen_frames.h"
#include "suite.h"
#include "wire_parse.h"

static struct gen_profile profile;
static struct conf_issues issues;

// The issue's text, with its place: "LINE:COLUMN: text".
static const char *refused(const char *text)
{
	static char out[400];

	CU_ASSERT_EQUAL(gen_profile_load_text(&profile, text, strlen(text), &issues), -EINVAL);
	if (issues.n == 0)
		return "";
	snprintf(out, sizeof(out), "%u:%u: %s", issues.list[0].line, issues.list[0].column,
		issues.list[0].text);
	return out;
}

static struct gen_frames *frames_of(const char *text)
{
	char error[200];

	CU_ASSERT_EQUAL_FATAL(gen_profile_load_text(&profile, text, strlen(text), &issues), 0);
	CU_ASSERT_EQUAL_FATAL(gen_profile_check(&profile, error, sizeof(error)), 0);
	struct gen_frames *frames = gen_frames_create(&profile);
	CU_ASSERT_PTR_NOT_NULL_FATAL(frames);
	return frames;
}

#define PORTS                                                                                  \
	"ports:\n"                                                                             \
	"  a: { device: 0, peer-mac: 02:00:00:00:aa:01, link-id: 11 }\n"                       \
	"  b: { device: 1, peer-mac: 02:00:00:00:aa:02, link-id: 12, cost: 7, l2mtu: 1400 }\n" \
	"  c: { device: 1, vlan: 30, peer-mac: 02:00:00:00:aa:03, link-id: 13 }\n"
#define NODE "through: node\nnode-id: 02:00:00:00:00:99\n" PORTS

static void mistakes_are_named_where_they_stand(void)
{
	CU_ASSERT_STRING_EQUAL(
		refused("throuhg: node\n"), "1:1: throuhg: no such key; did you mean through?");
	CU_ASSERT_STRING_EQUAL(refused("rate: fast\n"),
		"1:7: rate: expected frames a second (5000, 250k, 1.5M) or max, got fast");
	CU_ASSERT_STRING_EQUAL(refused(PORTS "flows: { f: { type: data, from: a, to: elsewhere } }\n"),
		"5:40: flows.f.to: expected the name of a port of this profile, got elsewhere");
	CU_ASSERT_STRING_EQUAL(refused(PORTS "flows: { f: { from: a } }\n"),
		"5:10: flows.f: a flow needs the keys type and from");
	CU_ASSERT_STRING_EQUAL(refused(PORTS "flows: { f: { type: data, from: a, size: 60 } }\n"),
		"5:10: flows.f: size 60: a frame of this flow has at least 98 bytes");
	CU_ASSERT_STRING_EQUAL(refused("ports: { a: { device: 0 }, b: { device: 0 } }\nflows: { f: { type: "
				       "data, from: a } }\n"),
		"1:28: ports.b: has the device and VLAN of port a");
	CU_ASSERT_STRING_EQUAL(refused("name: x\n"), "0:0: a profile needs the keys ports and flows");
}

static void what_a_node_cannot_do_is_refused(void)
{
	static const char *const bad[] = {
		"through: node\nports: { a: {}, b: {} }\nflows: { f: { type: data, from: a, to: b, hops: 2 } "
		"}\n",
		NODE "flows: { f: { type: data, from: a, to: b, hops: 1 } }\n",
		NODE "flows: { f: { type: data, from: a, to: [b, c], hops: 2 } }\n",
		NODE "flows: { f: { type: hello, from: a, to: b } }\n",
		NODE "flows: { f: { type: discover-resp, from: a, to: b } }\n",
	};
	char error[200];

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(gen_profile_load_text(&profile, bad[i], strlen(bad[i]), &issues), 0);
		CU_ASSERT_EQUAL(gen_profile_check(&profile, error, sizeof(error)), -EINVAL);
	}
}

static void rates_and_times_have_units(void)
{
	uint64_t rate;
	uint32_t ms;

	CU_ASSERT_EQUAL(gen_rate_parse("1.5M", &rate), 0);
	CU_ASSERT_EQUAL(rate, 1500000);
	CU_ASSERT_EQUAL(gen_rate_parse("max", &rate), 0);
	CU_ASSERT_EQUAL(rate, 0);
	CU_ASSERT_EQUAL(gen_rate_parse("0", &rate), -EINVAL);
	CU_ASSERT_EQUAL(gen_rate_parse("5kk", &rate), -EINVAL);
	CU_ASSERT_EQUAL(gen_rate_parse("-1", &rate), -EINVAL);
	CU_ASSERT_EQUAL(gen_duration_parse("1m", &ms), 0);
	CU_ASSERT_EQUAL(ms, 60000);
	CU_ASSERT_EQUAL(gen_duration_parse("5", &ms), -EINVAL);
	CU_ASSERT_EQUAL(gen_duration_parse("61m", &ms), -EINVAL);
}

static void image_parse(const struct gen_image *image, struct wire_l2 *l2, struct wire_frame *f)
{
	CU_ASSERT_EQUAL_FATAL(wire_l2_parse(image->bytes, image->len, l2), WIRE_OK);
	CU_ASSERT_EQUAL_FATAL(
		wire_frame_parse(image->bytes + l2->romon_off, image->len - l2->romon_off, f), WIRE_OK);
	CU_ASSERT_EQUAL(f->len + l2->romon_off, image->len);
	CU_ASSERT_EQUAL(image->stamp_off + GEN_STAMP_LEN, image->len);
}

static void every_type_and_size_is_a_sound_frame(void)
{
	static const char *const types[] = {"discover", "discover-resp", "data", "seq-err", "hello"};
	char text[1024];

	for (size_t i = 0; i < BASE_ARRAY_LEN(types); i++) {
		for (uint32_t size = 220; size < 1515; size++) {
			struct wire_l2 l2;
			struct wire_frame f;

			snprintf(text, sizeof(text),
				"through: relay\n" PORTS
				"flows: { f: { type: %s, from: c, to: a, hops: 4, size: %u } }\n",
				types[i], size);
			struct gen_frames *frames = frames_of(text);
			const struct gen_template *t = &frames->flows[0].templates[0];

			image_parse(&t->sent, &l2, &f);
			CU_ASSERT_EQUAL(t->sent.len, size + WIRE_VLAN_LEN);
			CU_ASSERT_EQUAL(l2.vid, 30);
			image_parse(t->out[0], &l2, &f);
			CU_ASSERT_EQUAL(t->out[0]->len, size);
			CU_ASSERT_EQUAL(memcmp(t->out[0]->bytes + 12, t->sent.bytes + 16, size - 12), 0);
			gen_frames_destroy(frames);
		}
	}
}

static void node_swaps_the_label_of_data(void)
{
	struct gen_frames *frames = frames_of(
		NODE "flows: { f: { type: data, from: a, to: c, hops: 3, pointer: 1, neighbors: 5 } }\n");
	const struct gen_template *t = &frames->flows[0].templates[0];
	struct gen_image *out = t->out[2];
	struct wire_l2 l2;
	struct wire_frame f;
	struct base_mac neighbor = gen_neighbor_mac(0, 3);

	gen_image_patch(out, &frames->flows[0], 8, out->bytes); // the eighth frame is neighbor 3's
	image_parse(out, &l2, &f);
	const struct wire_hop *passed = wire_hop_at(out->bytes + l2.romon_off, &f, 1);
	const struct wire_hop *next = wire_hop_at(out->bytes + l2.romon_off, &f, 2);
	CU_ASSERT_EQUAL(l2.vid, 30);
	CU_ASSERT_EQUAL(f.ptr, 2);
	CU_ASSERT_EQUAL(base_be32_load(passed->link_id), 11);
	CU_ASSERT_TRUE(base_mac_equal(&passed->mac, &neighbor));
	CU_ASSERT_EQUAL(base_be32_load(next->link_id), 13);
	CU_ASSERT_TRUE(base_mac_equal(out->bytes, &next->mac));
	CU_ASSERT_TRUE(base_mac_equal(out->bytes + 6, &profile.ports[2].peer_mac));
	CU_ASSERT_EQUAL(out->len, t->sent.len + WIRE_VLAN_LEN);
	gen_frames_destroy(frames);
}

static void node_adds_itself_to_a_discover(void)
{
	struct gen_frames *frames = frames_of(
		NODE "flows: { f: { type: discover, from: a, to: [b, c], hops: 2, origins: 9 } }\n");
	const struct gen_template *t = &frames->flows[0].templates[0];
	const struct gen_image *out = t->out[1];
	struct wire_l2 l2;
	struct wire_frame f;
	struct base_mac neighbor = gen_neighbor_mac(0, 0);

	CU_ASSERT_PTR_NOT_NULL(t->out[2]);
	CU_ASSERT_PTR_NULL(t->out[0]);
	image_parse(out, &l2, &f);
	const struct wire_hop *added = wire_hop_at(out->bytes + l2.romon_off, &f, 2);
	const struct wire_route *r = (const struct wire_route *)(out->bytes + l2.romon_off + f.route_off[0]);
	CU_ASSERT_EQUAL(f.n_hops, 3);
	CU_ASSERT_EQUAL(f.ptr, 3);
	CU_ASSERT_EQUAL(base_be32_load(added->link_id), 11);
	CU_ASSERT_TRUE(base_mac_equal(&added->mac, &neighbor));
	CU_ASSERT_TRUE(base_mac_equal(&r->id, &profile.node_id));
	CU_ASSERT_EQUAL(base_be32_load(r->in.link_id), 11);
	CU_ASSERT_EQUAL(base_be32_load(r->out.link_id), 12);
	CU_ASSERT_EQUAL(base_be16_load(r->out.cost), 7);
	CU_ASSERT_EQUAL(base_be16_load(r->out.l2mtu), 1400);
	CU_ASSERT_EQUAL(out->n_patches, 1); // the origin's id; its neighbor is one
	CU_ASSERT_EQUAL(out->len, t->sent.len + WIRE_HOP_LEN);
	gen_frames_destroy(frames);
}

static void addresses_go_round_or_at_random_but_stay_in_range(void)
{
	struct gen_frames *frames =
		frames_of(PORTS "flows: { f: { type: data, from: a, to: b, neighbors: 3 },"
				" g: { type: data, from: a, to: b, neighbors: 1000, random: true } }\n");
	bool is_seen[1000] = {false};
	uint32_t n_seen = 0;

	for (uint32_t seq = 0; seq < 9; seq++)
		CU_ASSERT_EQUAL(gen_addr_idx(&frames->flows[0], GEN_PATCH_NEIGHBOR, seq), seq % 3);
	for (uint32_t seq = 0; seq < 10000; seq++) {
		uint32_t idx = gen_addr_idx(&frames->flows[1], GEN_PATCH_NEIGHBOR, seq);

		CU_ASSERT_TRUE_FATAL(idx < 1000);
		n_seen += !is_seen[idx];
		is_seen[idx] = true;
	}
	CU_ASSERT_EQUAL(n_seen, 1000);
	gen_frames_destroy(frames);
}

static void stamp_is_refused_when_a_bit_of_it_changed(void)
{
	uint8_t bytes[GEN_STAMP_LEN];
	struct gen_stamp s;

	gen_stamp_write(bytes, 3, 7, 123456, 0x1122334455667788ull);
	CU_ASSERT_TRUE(gen_stamp_read(bytes, &s));
	CU_ASSERT_EQUAL(s.seq, 123456);
	CU_ASSERT_EQUAL(s.due, 0x1122334455667788ull);
	for (uint32_t bit = 0; bit < 8 * GEN_STAMP_LEN; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_FALSE(gen_stamp_read(bytes, &s));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(mistakes_are_named_where_they_stand),
	SUITE_CASE(what_a_node_cannot_do_is_refused),
	SUITE_CASE(rates_and_times_have_units),
	SUITE_CASE(every_type_and_size_is_a_sound_frame),
	SUITE_CASE(node_swaps_the_label_of_data),
	SUITE_CASE(node_adds_itself_to_a_discover),
	SUITE_CASE(addresses_go_round_or_at_random_but_stay_in_range),
	SUITE_CASE(stamp_is_refused_when_a_bit_of_it_changed),
};
SUITE_MAIN("gen_frames", cases)
