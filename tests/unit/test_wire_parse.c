// SPDX-License-Identifier: BSD-3-Clause
// The parser over whole ranges of made-up frames: each lies in a heap block of exactly its size and gets
// one verdict from lib/wire and from the reference parser, and where the document names the verdict, that
// one.
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "ref_check.h"
#include "suite.h"
#include "wire_build.h"
#include "wire_parse.h"

#define SIZE 8192

static const struct wire_addr addr = {
	.eth_dst = {{0x02, 0, 0, 0, 0, 9}},
	.eth_src = {{0x02, 0, 0, 0, 0, 1}},
	.src_id = {{0x02, 0, 0, 0, 0, 2}},
	.dst_id = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

static const struct wire_route route = {.id = {{0x02, 0, 0, 0, 0, 2}}};

static uint8_t frame[SIZE];

// Check len bytes of frame[] as they are; WIRE_N_VERDICTS when the parsers differ.
static enum wire_verdict judge(uint32_t len)
{
	enum wire_verdict verdict;

	return ref_check_copy(frame, len, &verdict) ? verdict : WIRE_N_VERDICTS;
}

static enum wire_verdict judge_built(struct wire_builder *b)
{
	int len = wire_build_finish(b);

	CU_ASSERT_FATAL(len > 0);
	return judge((uint32_t)len);
}

static struct wire_builder begin(enum wire_type type)
{
	struct wire_builder b;

	wire_build_begin(&b, frame, sizeof(frame), type, &addr);
	return b;
}

static void add_routes(struct wire_builder *b, uint8_t type)
{
	static const uint32_t n[WIRE_N_TYPES] = {
		[WIRE_TYPE_DISCOVER] = 1, [WIRE_TYPE_DISCOVER_RESP] = 2, [WIRE_TYPE_HELLO] = 1};

	for (uint32_t i = 0; i < n[type]; i++)
		wire_build_route(b, &route);
}

// Write a frame of that type with n entries of hop list, whatever n is, and a well-formed rest.
static uint32_t hops_frame(uint8_t type, uint32_t n, uint32_t ptr)
{
	struct wire_builder b = begin((enum wire_type)type);

	for (uint32_t i = 0; i < n; i++)
		wire_build_bytes(&b, "\0\0\0\1\2\0\0\0\0\3", WIRE_HOP_LEN);
	if (type == WIRE_TYPE_DATA)
		wire_build_services(&b, 1, 1);
	else
		add_routes(&b, type);
	int len = wire_build_finish(&b);
	CU_ASSERT_FATAL(len > 0);
	frame[WIRE_ETH_LEN + 40] = (uint8_t)n;
	frame[WIRE_ETH_LEN + 41] = (uint8_t)ptr;
	return (uint32_t)len;
}

static enum wire_verdict hops_expected(uint8_t type, uint32_t n, uint32_t ptr)
{
	if (n > 128)
		return WIRE_HOP_COUNT;
	if (type == WIRE_TYPE_DATA)
		return ptr < n ? WIRE_OK : WIRE_HOP_POINTER;
	return ptr <= n ? WIRE_OK : WIRE_HOP_POINTER;
}

static void every_hop_count_and_pointer(void)
{
	uint32_t n_wrong = 0;

	for (uint8_t type = 1; type < WIRE_N_TYPES; type++) {
		for (uint32_t n = 0; n < 256; n++) {
			uint32_t len = hops_frame(type, n, 0);

			for (uint32_t ptr = 0; ptr < 256; ptr++) {
				frame[WIRE_ETH_LEN + 41] = (uint8_t)ptr;
				n_wrong += judge(len) != hops_expected(type, n, ptr);
			}
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void hop_count_says_more_than_there_is(void)
{
	for (uint8_t type = 1; type < WIRE_N_TYPES; type++) {
		uint32_t len = hops_frame(type, 3, 2);
		// as many entries as all the bytes behind the fixed part could be
		uint32_t n_fit = (len - WIRE_ETH_LEN - wire_hops_offset(type)) / WIRE_HOP_LEN;

		for (uint32_t n = n_fit + 1; n <= 128; n++) {
			frame[WIRE_ETH_LEN + 40] = (uint8_t)n;
			CU_ASSERT_EQUAL(judge(len), WIRE_HOP_TRUNCATED);
		}
		for (uint32_t n = 129; n < 256; n++) {
			frame[WIRE_ETH_LEN + 40] = (uint8_t)n;
			CU_ASSERT_EQUAL(judge(len), WIRE_HOP_COUNT);
		}
	}
}

static void data_needs_room_for_its_services(void)
{
	for (uint32_t n_bytes = 0; n_bytes <= 8; n_bytes++) {
		struct wire_builder b = begin(WIRE_TYPE_DATA);

		wire_build_hop(&b, 1, &addr.src_id);
		wire_build_bytes(&b, "\0\1\0\1\0\0\0\0", n_bytes);
		CU_ASSERT_EQUAL(judge_built(&b), n_bytes < 4 ? WIRE_PAYLOAD_SHORT : WIRE_OK);
	}
}

static void every_type_byte(void)
{
	for (uint32_t type = 0; type < 256; type++) {
		uint32_t len = hops_frame(WIRE_TYPE_DISCOVER, 1, 0);

		frame[WIRE_ETH_LEN] = (uint8_t)type;
		enum wire_verdict verdict = judge(len);
		CU_ASSERT_EQUAL(verdict == WIRE_TYPE_UNKNOWN, type == 0 || type > 5);
		CU_ASSERT_NOT_EQUAL(verdict, WIRE_N_VERDICTS);
	}
}

static void no_channel_is_refused_by_the_parser(void)
{
	for (uint32_t channel = 0; channel < 256; channel++) {
		uint32_t len = hops_frame(WIRE_TYPE_DISCOVER, 1, 0);

		frame[WIRE_ETH_LEN + 1] = (uint8_t)channel;
		CU_ASSERT_EQUAL(judge(len), WIRE_OK);
	}
}

static void source_id_must_be_a_station(void)
{
	for (uint32_t v = 0; v < 256; v++) {
		uint32_t len = hops_frame(WIRE_TYPE_HELLO, 0, 0);

		frame[WIRE_ETH_LEN + 28] = (uint8_t)v;
		CU_ASSERT_EQUAL(judge(len), (v & 1) != 0 ? WIRE_ID_INVALID : WIRE_OK);
		memset(frame + WIRE_ETH_LEN + 28, 0, 6);
		frame[WIRE_ETH_LEN + 33] = (uint8_t)v;
		CU_ASSERT_EQUAL(judge(len), v == 0 ? WIRE_ID_INVALID : WIRE_OK);
	}
}

// Length that a known tag must have in that type; -1 any.
static int tlv_len_wanted(uint8_t type, uint8_t tag)
{
	bool is_link_local = type == WIRE_TYPE_HELLO || type == WIRE_TYPE_SEQ_ERR;

	switch (tag) {
	case WIRE_TAG_ROUTE:
		return 34;
	case WIRE_TAG_VERSION:
		return 4;
	case WIRE_TAG_NONCE:
	case WIRE_TAG_NONCE_ECHO:
	case WIRE_TAG_COUNTER_MIN:
		return is_link_local ? 8 : -1;
	}
	return -1;
}

static enum wire_verdict tlv_expected(uint8_t type, uint8_t tag, uint32_t len, uint32_t n_present)
{
	int wanted = tlv_len_wanted(type, tag);

	if (n_present < len)
		return WIRE_TLV_TRUNCATED;
	if (tag == WIRE_TAG_ROUTE)
		return len != 34 ? WIRE_ROUTE_LENGTH : WIRE_ROUTE_COUNT; // one more than the type has
	return wanted >= 0 && (int)len != wanted ? WIRE_TLV_LENGTH : WIRE_OK;
}

static const uint8_t known_tags[] = {WIRE_TAG_ROUTE, WIRE_TAG_IDENTITY, WIRE_TAG_VERSION, WIRE_TAG_BOARD,
	WIRE_TAG_NONCE, WIRE_TAG_NONCE_ECHO, WIRE_TAG_COUNTER_MIN};
static const uint8_t tlv_types[] = {
	WIRE_TYPE_DISCOVER, WIRE_TYPE_DISCOVER_RESP, WIRE_TYPE_SEQ_ERR, WIRE_TYPE_HELLO};

// A TLV with that tag and length, of whose value n_present bytes stand in the frame.
static enum wire_verdict tlv_judge(uint8_t type, uint8_t tag, uint32_t len, uint32_t n_present)
{
	static const uint8_t value[255];
	struct wire_builder b = begin((enum wire_type)type);
	uint8_t head[2] = {tag, (uint8_t)len};

	add_routes(&b, type);
	wire_build_bytes(&b, head, sizeof(head));
	wire_build_bytes(&b, value, n_present);
	return judge_built(&b);
}

static void every_length_of_every_known_tag(void)
{
	uint32_t n_wrong = 0;

	for (size_t t = 0; t < BASE_ARRAY_LEN(tlv_types); t++) {
		for (size_t k = 0; k < BASE_ARRAY_LEN(known_tags); k++) {
			for (uint32_t len = 0; len < 256; len++) {
				uint8_t type = tlv_types[t];
				uint8_t tag = known_tags[k];

				n_wrong +=
					tlv_judge(type, tag, len, len) != tlv_expected(type, tag, len, len);
				if (len > 0)
					n_wrong += tlv_judge(type, tag, len, len - 1) !=
						   tlv_expected(type, tag, len, len - 1);
			}
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

static void frame_may_not_end_after_a_tag(void)
{
	for (size_t t = 0; t < BASE_ARRAY_LEN(tlv_types); t++) {
		struct wire_builder b = begin((enum wire_type)tlv_types[t]);

		add_routes(&b, tlv_types[t]);
		wire_build_bytes(&b, "\3", 1);
		CU_ASSERT_EQUAL(judge_built(&b), WIRE_TLV_TRUNCATED);
	}
}

static void second_of_a_kind_is_refused(void)
{
	static const uint8_t value[8];

	for (size_t t = 0; t < BASE_ARRAY_LEN(tlv_types); t++) {
		for (uint32_t tag = 0; tag < 256; tag++) {
			if (tag == WIRE_TAG_ROUTE)
				continue;
			struct wire_builder b = begin((enum wire_type)tlv_types[t]);
			bool is_own = tag >= WIRE_TAG_NONCE && tag <= WIRE_TAG_COUNTER_MIN;
			bool is_link_local = tlv_types[t] >= WIRE_TYPE_SEQ_ERR;
			bool is_known = (tag >= WIRE_TAG_IDENTITY && tag <= WIRE_TAG_BOARD) ||
					(is_own && is_link_local);
			uint32_t len = tag == WIRE_TAG_VERSION ? 4 : 8;

			add_routes(&b, tlv_types[t]);
			wire_build_tlv(&b, (uint8_t)tag, value, len);
			wire_build_tlv(&b, 77, value, 3); // something between the two
			wire_build_tlv(&b, (uint8_t)tag, value, len);
			CU_ASSERT_EQUAL(judge_built(&b), is_known ? WIRE_TLV_DUPLICATE : WIRE_OK);
		}
	}
}

static void second_empty_text_is_refused(void)
{
	struct wire_builder b = begin(WIRE_TYPE_DISCOVER);

	wire_build_route(&b, &route);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, NULL, 0);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, NULL, 0);
	CU_ASSERT_EQUAL(judge_built(&b), WIRE_TLV_DUPLICATE);
}

static void routes_are_counted(void)
{
	static const uint32_t wanted[WIRE_N_TYPES] = {
		[WIRE_TYPE_DISCOVER] = 1, [WIRE_TYPE_DISCOVER_RESP] = 2, [WIRE_TYPE_HELLO] = 1};

	for (size_t t = 0; t < BASE_ARRAY_LEN(tlv_types); t++) {
		for (uint32_t n = 0; n <= 40; n++) {
			struct wire_builder b = begin((enum wire_type)tlv_types[t]);

			for (uint32_t i = 0; i < n; i++)
				wire_build_route(&b, &route);
			CU_ASSERT_EQUAL(
				judge_built(&b), n == wanted[tlv_types[t]] ? WIRE_OK : WIRE_ROUTE_COUNT);
		}
	}
}

static void routes_may_stand_anywhere_among_the_tlvs(void)
{
	struct wire_builder b = begin(WIRE_TYPE_DISCOVER_RESP);
	struct wire_frame f;

	wire_build_tlv(&b, WIRE_TAG_BOARD, "CHR", 3);
	wire_build_route(&b, &route);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, "far", 3);
	wire_build_route(&b, &route);
	wire_build_tlv(&b, WIRE_TAG_VERSION, "\7\30\146\4", 4);
	CU_ASSERT_EQUAL(judge_built(&b), WIRE_OK);
	CU_ASSERT_EQUAL(wire_frame_parse(frame + 14, b.len - 14, &f), WIRE_OK);
	CU_ASSERT_EQUAL(f.route_off[0], 48 + 5 + 2);
	CU_ASSERT_EQUAL(f.route_off[1], 48 + 5 + 36 + 5 + 2);
}

static void thousand_empty_tlvs_are_skipped(void)
{
	for (uint32_t tag = 0; tag < 256; tag++) {
		struct wire_builder b = begin(WIRE_TYPE_DISCOVER);

		if (tag == WIRE_TAG_ROUTE || (tag >= WIRE_TAG_IDENTITY && tag <= WIRE_TAG_BOARD))
			continue;
		wire_build_route(&b, &route);
		for (int i = 0; i < 1000; i++)
			wire_build_tlv(&b, (uint8_t)tag, NULL, 0);
		CU_ASSERT_EQUAL(judge_built(&b), WIRE_OK);
		wire_build_bytes(&b, "", 1);
		CU_ASSERT_EQUAL(judge_built(&b), WIRE_TLV_TRUNCATED);
	}
}

// The frames of section 8.
static void hello_and_seq_err_say_their_values(void)
{
	struct wire_builder b = begin(WIRE_TYPE_HELLO);
	struct wire_frame f;

	wire_build_tlv(&b, WIRE_TAG_NONCE, "nonce678", 8);
	wire_build_tlv(&b, WIRE_TAG_NONCE_ECHO, "echo5678", 8);
	wire_build_route(&b, &route);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, "r1", 2);
	wire_build_tlv(&b, WIRE_TAG_VERSION, "\0\1\146\0", 4);
	wire_build_tlv(&b, WIRE_TAG_BOARD, "romond", 6);
	CU_ASSERT_EQUAL(judge_built(&b), WIRE_OK);
	CU_ASSERT_EQUAL(wire_frame_parse(frame + 14, b.len - 14, &f), WIRE_OK);
	CU_ASSERT_EQUAL(memcmp(frame + 14 + f.nonce_off, "nonce678", 8), 0);
	CU_ASSERT_EQUAL(memcmp(frame + 14 + f.nonce_echo_off, "echo5678", 8), 0);
	CU_ASSERT_EQUAL(f.counter_min_off, 0);
	CU_ASSERT_NOT_EQUAL(f.route_off[0], 0);

	b = begin(WIRE_TYPE_SEQ_ERR);
	wire_build_tlv(&b, WIRE_TAG_COUNTER_MIN, "counter8", 8);
	CU_ASSERT_EQUAL(judge_built(&b), WIRE_OK);
	CU_ASSERT_EQUAL(wire_frame_parse(frame + 14, b.len - 14, &f), WIRE_OK);
	CU_ASSERT_EQUAL(memcmp(frame + 14 + f.counter_min_off, "counter8", 8), 0);
}

static void our_own_tags_are_unknown_in_discover(void)
{
	static const uint8_t types[] = {WIRE_TYPE_DISCOVER, WIRE_TYPE_DISCOVER_RESP};

	for (size_t t = 0; t < BASE_ARRAY_LEN(types); t++) {
		struct wire_builder b = begin((enum wire_type)types[t]);
		struct wire_frame f;

		add_routes(&b, types[t]);
		wire_build_tlv(&b, WIRE_TAG_NONCE, "nonce678", 8);
		wire_build_tlv(&b, WIRE_TAG_COUNTER_MIN, "x", 1);
		CU_ASSERT_EQUAL(judge_built(&b), WIRE_OK);
		CU_ASSERT_EQUAL(wire_frame_parse(frame + 14, b.len - 14, &f), WIRE_OK);
		CU_ASSERT_EQUAL(f.nonce_off, 0);
		CU_ASSERT_EQUAL(f.counter_min_off, 0);
	}
}

static void short_frames_with_every_pair_of_ethertypes(void)
{
	static const uint16_t types[] = {0x88bf, 0x8100, 0x88a8, 0x9100, 0x0800, 0x0000, 0xffff, 0xbf88};
	static const uint16_t tcis[] = {0, 1, 0x0fff, 0xe000, 0xffff, 0x88bf};
	uint32_t n_differ = 0;

	for (size_t o = 0; o < BASE_ARRAY_LEN(types); o++) {
		for (size_t i = 0; i < BASE_ARRAY_LEN(types); i++) {
			for (size_t t = 0; t < BASE_ARRAY_LEN(tcis); t++) {
				memset(frame, 0, 64);
				base_be16_store(frame + 12, types[o]);
				base_be16_store(frame + 14, tcis[t]);
				base_be16_store(frame + 16, types[i]);
				for (uint32_t len = 0; len <= 64; len++)
					n_differ += judge(len) == WIRE_N_VERDICTS;
			}
		}
	}
	CU_ASSERT_EQUAL(n_differ, 0);
}

static void l2_verdicts_by_length(void)
{
	static const struct {
		uint16_t outer;
		uint16_t inner;
		enum wire_verdict at_14; // a frame of 14 to 17 bytes
		enum wire_verdict at_18; // and from 18 on
	} rows[] = {
		{0x88bf, 0, WIRE_OK, WIRE_OK},
		{0x0800, 0, WIRE_NOT_ROMON, WIRE_NOT_ROMON},
		{0x8100, 0x88bf, WIRE_RUNT, WIRE_OK},
		{0x8100, 0x0800, WIRE_RUNT, WIRE_NOT_ROMON},
		{0x8100, 0x8100, WIRE_RUNT, WIRE_VLAN_DEPTH},
		{0x8100, 0x88a8, WIRE_RUNT, WIRE_VLAN_DEPTH},
		{0x88a8, 0x88bf, WIRE_VLAN_DEPTH, WIRE_VLAN_DEPTH},
		{0x88a8, 0x8100, WIRE_VLAN_DEPTH, WIRE_VLAN_DEPTH},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		memset(frame, 0, 64);
		base_be16_store(frame + 12, rows[i].outer);
		base_be16_store(frame + 16, rows[i].inner);
		for (uint32_t len = 0; len <= 64; len++) {
			struct wire_l2 l2;
			enum wire_verdict expected = len < 14   ? WIRE_RUNT
						     : len < 18 ? rows[i].at_14
								: rows[i].at_18;

			CU_ASSERT_EQUAL(wire_l2_parse(frame, len, &l2), expected);
		}
	}
}

// Frames that no rule above makes: a fixed seed, so that a failure repeats. Valid types and plausible
// lengths, since pure noise dies at the first check.
static void random_bodies_are_judged_alike(void)
{
	uint32_t seen[WIRE_N_VERDICTS] = {0};
	uint64_t x = 88172645463325252ull;
	uint32_t n_differ = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		struct wire_builder b = begin((enum wire_type)(1 + i % 5));
		uint32_t n_words = i % 40;

		frame[WIRE_ETH_LEN + 40] = (uint8_t)(x % 4);
		frame[WIRE_ETH_LEN + 41] = (uint8_t)(x / 4 % 4);
		for (uint32_t w = 0; w < n_words; w++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			uint8_t tlv[2] = {(uint8_t)(x % 7), (uint8_t)(x >> 8 & 7)};

			wire_build_bytes(&b, tlv, sizeof(tlv));
			wire_build_bytes(&b, &x, tlv[1]);
		}
		enum wire_verdict verdict = judge_built(&b);
		n_differ += verdict == WIRE_N_VERDICTS;
		if (verdict < WIRE_N_VERDICTS)
			seen[verdict]++;
	}
	CU_ASSERT_EQUAL(n_differ, 0);
	CU_ASSERT_TRUE(seen[WIRE_OK] > 0);
	CU_ASSERT_TRUE(seen[WIRE_TLV_TRUNCATED] > 0);
	CU_ASSERT_TRUE(seen[WIRE_HOP_TRUNCATED] > 0);
	CU_ASSERT_TRUE(seen[WIRE_ROUTE_LENGTH] > 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_hop_count_and_pointer),
	SUITE_CASE(hop_count_says_more_than_there_is),
	SUITE_CASE(data_needs_room_for_its_services),
	SUITE_CASE(every_type_byte),
	SUITE_CASE(no_channel_is_refused_by_the_parser),
	SUITE_CASE(source_id_must_be_a_station),
	SUITE_CASE(every_length_of_every_known_tag),
	SUITE_CASE(frame_may_not_end_after_a_tag),
	SUITE_CASE(second_of_a_kind_is_refused),
	SUITE_CASE(second_empty_text_is_refused),
	SUITE_CASE(routes_are_counted),
	SUITE_CASE(routes_may_stand_anywhere_among_the_tlvs),
	SUITE_CASE(thousand_empty_tlvs_are_skipped),
	SUITE_CASE(hello_and_seq_err_say_their_values),
	SUITE_CASE(our_own_tags_are_unknown_in_discover),
	SUITE_CASE(short_frames_with_every_pair_of_ethertypes),
	SUITE_CASE(l2_verdicts_by_length),
	SUITE_CASE(random_bodies_are_judged_alike),
};

SUITE_MAIN("wire parse", cases)
