// SPDX-License-Identifier: BSD-3-Clause
// The frame builder at its limits, and the names of lib/wire.
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "ref_check.h"
#include "suite.h"
#include "wire_build.h"
#include "wire_name.h"
#include "wire_parse.h"

static const struct wire_addr addr = {
	.eth_dst = {{0x01, 0x80, 0xc2, 0x00, 0x88, 0xbf}},
	.eth_src = {{0x02, 0, 0, 0, 0, 1}},
	.src_id = {{0x02, 0, 0, 0, 0, 2}},
	.dst_id = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	.channel = 9,
};

static void header_is_what_was_asked_for(void)
{
	uint8_t frame[100];
	struct wire_builder b;

	for (uint8_t type = 1; type < WIRE_N_TYPES; type++) {
		memset(frame, 0xa5, sizeof(frame));
		wire_build_begin(&b, frame, sizeof(frame), (enum wire_type)type, &addr);
		int expected = WIRE_ETH_LEN + (type == WIRE_TYPE_DATA ? 46 : 48);
		CU_ASSERT_EQUAL(wire_build_finish(&b), expected);
		const struct wire_hdr *h = (const struct wire_hdr *)(frame + WIRE_ETH_LEN);
		CU_ASSERT_EQUAL(h->type, type);
		CU_ASSERT_EQUAL(h->channel, 9);
		CU_ASSERT_EQUAL(base_be16_load(h->length), expected);
		CU_ASSERT_EQUAL(base_be16_load(frame + 12), 0x88bf);
		CU_ASSERT_TRUE(wire_is_unsigned(frame + WIRE_ETH_LEN));
		CU_ASSERT_TRUE(base_mac_equal(&h->src_id, &addr.src_id));
		CU_ASSERT_TRUE(base_mac_equal(&h->dst_id, &addr.dst_id));
		CU_ASSERT_EQUAL(memcmp(frame + WIRE_ETH_LEN + 40, "\0\0\0\0\0\0", 6), 0);
		CU_ASSERT_EQUAL(frame[expected], 0xa5);
	}
}

static void buffer_too_small_for_the_header_stays_untouched(void)
{
	uint8_t frame[62];
	uint8_t before[62];

	memset(before, 0xa5, sizeof(before));
	for (uint32_t size = 0; size < 62; size++) {
		struct wire_builder b;

		memcpy(frame, before, sizeof(frame));
		wire_build_begin(&b, frame, size, WIRE_TYPE_HELLO, &addr);
		wire_build_hop(&b, 1, &addr.src_id);
		wire_build_ptr(&b, 1);
		wire_build_tlv(&b, WIRE_TAG_IDENTITY, "x", 1);
		wire_build_services(&b, 1, 1);
		CU_ASSERT_EQUAL(wire_build_finish(&b), -ENOSPC);
		CU_ASSERT_EQUAL(memcmp(frame, before, sizeof(frame)), 0);
	}
}

static void hop_list_stops_at_what_the_parser_takes(void)
{
	static uint8_t frame[8192];
	struct wire_builder b;
	enum wire_verdict verdict;

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	for (uint32_t i = 0; i < WIRE_HOPS_MAX; i++)
		wire_build_hop(&b, i, &addr.src_id);
	wire_build_ptr(&b, WIRE_HOPS_MAX - 1);
	wire_build_services(&b, 1, 1);
	int len = wire_build_finish(&b);
	CU_ASSERT_EQUAL_FATAL(len, 14 + 46 + 1280 + 4);
	CU_ASSERT_TRUE(ref_check_copy(frame, (uint32_t)len, &verdict));
	CU_ASSERT_EQUAL(verdict, WIRE_OK);

	for (uint32_t n = WIRE_HOPS_MAX + 1; n <= 300; n++) {
		wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
		for (uint32_t i = 0; i < n; i++)
			wire_build_hop(&b, i, &addr.src_id);
		CU_ASSERT_EQUAL(wire_build_finish(&b), -ENOSPC);
	}
}

static void tlv_takes_0_to_255_bytes(void)
{
	uint8_t frame[1024];
	uint8_t text[256];
	struct wire_builder b;

	memset(text, 'x', sizeof(text));
	for (uint32_t len = 0; len <= 256; len++) {
		wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_SEQ_ERR, &addr);
		wire_build_tlv(&b, WIRE_TAG_BOARD, len == 0 ? NULL : text, len);
		int expected = len <= 255 ? (int)(62 + 2 + len) : -ENOSPC;
		CU_ASSERT_EQUAL(wire_build_finish(&b), expected);
		if (len > 255)
			continue;
		struct wire_frame f;
		CU_ASSERT_EQUAL(wire_frame_parse(frame + 14, 50 + len, &f), WIRE_OK);
		CU_ASSERT_EQUAL(f.board_off, 50); // also the empty text is there
		CU_ASSERT_EQUAL(f.board_len, len);
	}
}

static void what_did_not_fit_is_not_forgotten(void)
{
	uint8_t frame[70];
	struct wire_builder b;

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_SEQ_ERR, &addr);
	wire_build_tlv(&b, WIRE_TAG_BOARD, "seven b", 7);
	wire_build_tlv(&b, WIRE_TAG_BOARD, NULL, 0); // would fit
	CU_ASSERT_EQUAL(wire_build_finish(&b), -ENOSPC);
}

static void frame_longer_than_the_length_field_is_refused(void)
{
	uint32_t size = 70000;
	uint8_t *frame = calloc(1, size);
	struct wire_builder b;

	CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
	for (uint32_t len = 65534; len <= 65537; len++) {
		uint8_t *payload = calloc(1, len);

		CU_ASSERT_PTR_NOT_NULL_FATAL(payload);
		wire_build_begin(&b, frame, size, WIRE_TYPE_DATA, &addr);
		wire_build_bytes(&b, payload, len - 60);
		CU_ASSERT_EQUAL(wire_build_finish(&b), len <= 65535 ? (int)len : -ENOSPC);
		free(payload);
	}
	free(frame);
}

static void slot_is_big_endian(void)
{
	struct wire_link_end s;

	wire_link_end_set(&s, 0x01020304, 0x0506, 0x0708, &addr.src_id);
	CU_ASSERT_EQUAL(memcmp(&s, "\1\2\3\4\5\6\7\10\2\0\0\0\0\2", sizeof(s)), 0);
}

static void verdict_names_are_known_and_unique(void)
{
	CU_ASSERT_STRING_EQUAL(wire_verdict_name(WIRE_OK), "ok");
	for (int i = WIRE_OK; i < WIRE_N_VERDICTS; i++) {
		const char *name = wire_verdict_name((enum wire_verdict)i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(name);
		CU_ASSERT_EQUAL(name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")], '\0');
		CU_ASSERT_TRUE(name[0] != '\0');
		for (int j = WIRE_OK; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(name, wire_verdict_name((enum wire_verdict)j));
	}
	CU_ASSERT_STRING_EQUAL(wire_verdict_name(WIRE_RUNT), "runt");
	CU_ASSERT_STRING_EQUAL(wire_verdict_name(WIRE_ROUTE_COUNT), "route-count");
}

static void types_and_services_have_names(void)
{
	static const char *const names[] = {"unknown", "Discover", "DiscoverResp", "Data", "SeqErr", "Hello"};

	for (uint32_t type = 0; type < 256; type++)
		CU_ASSERT_STRING_EQUAL(wire_type_name((uint8_t)type), names[type < 6 ? type : 0]);
	CU_ASSERT_STRING_EQUAL(wire_service_name(1), "ping");
	CU_ASSERT_STRING_EQUAL(wire_service_name(3), "ssh");
	CU_ASSERT_STRING_EQUAL(wire_service_name(4), "winbox");
	CU_ASSERT_PTR_NULL(wire_service_name(0));
	CU_ASSERT_PTR_NULL(wire_service_name(2));
	CU_ASSERT_PTR_NULL(wire_service_name(0x0100));
	CU_ASSERT_PTR_NULL(wire_service_name(65535));
}

static void versions_are_written_for_people(void)
{
	static const struct {
		struct wire_version version;
		const char *text;
	} rows[] = {
		{{7, 13, 'f', 0}, "7.13"},
		{{7, 13, 'f', 2}, "7.13.2"},
		{{7, 14, 'a', 1}, "7.14alpha1"},
		{{7, 14, 'b', 3}, "7.14beta3"},
		{{7, 14, 'c', 1}, "7.14rc1"},
		{{255, 255, 0xff, 255}, "255.255-0xff.255"},
		{{0, 0, 0, 0}, ""},
	};
	char text[WIRE_VERSION_TEXT_LEN];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_STRING_EQUAL(wire_version_format(&rows[i].version, text), rows[i].text);
}

static const struct suite_case cases[] = {
	SUITE_CASE(header_is_what_was_asked_for),
	SUITE_CASE(buffer_too_small_for_the_header_stays_untouched),
	SUITE_CASE(hop_list_stops_at_what_the_parser_takes),
	SUITE_CASE(tlv_takes_0_to_255_bytes),
	SUITE_CASE(what_did_not_fit_is_not_forgotten),
	SUITE_CASE(frame_longer_than_the_length_field_is_refused),
	SUITE_CASE(slot_is_big_endian),
	SUITE_CASE(verdict_names_are_known_and_unique),
	SUITE_CASE(types_and_services_have_names),
	SUITE_CASE(versions_are_written_for_people),
};

SUITE_MAIN("wire build", cases)
