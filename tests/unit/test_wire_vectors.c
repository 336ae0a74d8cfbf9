// SPDX-License-Identifier: BSD-3-Clause
// The real frames (tests/vectors): what they say, that we build the same bytes, and that whatever is done
// to them gets one verdict from lib/wire and from the reference parser.
#include <stdbool.h>
#include <string.h>

#include "base_be.h"
#include "hexfile.h"
#include "ref_check.h"
#include "suite.h"
#include "wire_build.h"
#include "wire_parse.h"

#define ROMON(frame) ((frame) + WIRE_ETH_LEN)

static struct hexfile vectors[HEXFILE_N_MAX];
static int n_vectors;

static const struct hexfile *vector(const char *name)
{
	const struct hexfile *v = hexfile_find(vectors, n_vectors, name);

	if (v == NULL)
		CU_FAIL_FATAL("a vector is missing");
	return v;
}

static void vectors_load(void)
{
	n_vectors = hexfile_load_vectors(vectors);
	CU_ASSERT_FATAL(n_vectors >= 6);
}

// A copy that tests may change, with room for a tag and padding.
struct scratch {
	uint32_t len;
	uint8_t bytes[HEXFILE_BYTES_MAX + 256];
};

static void scratch_set(struct scratch *s, const struct hexfile *v)
{
	memset(s->bytes, 0, sizeof(s->bytes));
	memcpy(s->bytes, v->bytes, v->len);
	s->len = v->len;
}

static void length_set(struct scratch *s, uint32_t length)
{
	base_be16_store(s->bytes + 16, (uint16_t)length);
}

static void tag_insert(struct scratch *s, uint16_t tci)
{
	memmove(s->bytes + 16, s->bytes + 12, s->len - 12);
	base_be16_store(s->bytes + 12, WIRE_ETHERTYPE_VLAN);
	base_be16_store(s->bytes + 14, tci);
	s->len += WIRE_VLAN_LEN;
}

static void every_vector_is_well_formed(void)
{
	for (int i = 0; i < n_vectors; i++) {
		enum wire_verdict verdict;

		CU_ASSERT_TRUE(ref_check_copy(vectors[i].bytes, vectors[i].len, &verdict));
		CU_ASSERT_EQUAL(verdict, WIRE_OK);
	}
}

static void fields_are_those_of_the_notes(void)
{
	const struct hexfile *v = vector("discover-reply");
	struct wire_frame f;

	CU_ASSERT_EQUAL_FATAL(wire_frame_parse(ROMON(v->bytes), v->len - WIRE_ETH_LEN, &f), WIRE_OK);
	CU_ASSERT_EQUAL(f.type, WIRE_TYPE_DISCOVER_RESP);
	CU_ASSERT_EQUAL(f.n_hops, 0);
	CU_ASSERT_EQUAL(f.identity_len, 6);
	CU_ASSERT_EQUAL(memcmp(ROMON(v->bytes) + f.identity_off, "DuneGW", 6), 0);
	CU_ASSERT_EQUAL(f.board_len, 8);
	CU_ASSERT_EQUAL(memcmp(ROMON(v->bytes) + f.board_off, "RB750Gr3", 8), 0);
	CU_ASSERT_EQUAL(memcmp(ROMON(v->bytes) + f.version_off, "\x07\x0d\x66\x00", 4), 0);
	const struct wire_route *parent = (const struct wire_route *)(ROMON(v->bytes) + f.route_off[0]);
	const struct wire_route *self = (const struct wire_route *)(ROMON(v->bytes) + f.route_off[1]);
	CU_ASSERT_EQUAL(base_be32_load(parent->out.link_id), 10);
	CU_ASSERT_EQUAL(base_be16_load(parent->out.l2mtu), 1598);
	CU_ASSERT_EQUAL(base_be32_load(self->in.link_id), 12);
	CU_ASSERT_EQUAL(base_be16_load(self->in.l2mtu), 1592);
	CU_ASSERT_EQUAL(base_be16_load(parent->out.cost) + base_be16_load(self->in.cost), 200);

	v = vector("data-pong");
	CU_ASSERT_EQUAL_FATAL(wire_frame_parse(ROMON(v->bytes), v->len - WIRE_ETH_LEN, &f), WIRE_OK);
	CU_ASSERT_EQUAL(f.n_hops, 3);
	CU_ASSERT_EQUAL(f.ptr, 2);
	CU_ASSERT_EQUAL(base_be32_load(wire_hop_at(ROMON(v->bytes), &f, 0)->link_id), 0x29);
	CU_ASSERT_EQUAL(base_be32_load(wire_hop_at(ROMON(v->bytes), &f, 2)->link_id), 0x1b);
	CU_ASSERT_EQUAL(f.identity_off, 0); // Data has no TLVs, and says so
	CU_ASSERT_EQUAL(f.route_off[0], 0);
}

static void body_rebuild(struct wire_builder *b, const uint8_t *romon, const struct wire_frame *f)
{
	if (f->type == WIRE_TYPE_DATA) {
		const struct wire_services *s = (const struct wire_services *)(romon + f->body_off);
		uint32_t payload_off = f->body_off + (uint32_t)sizeof(*s);

		wire_build_services(b, base_be16_load(s->src_port), base_be16_load(s->dst_port));
		wire_build_bytes(b, romon + payload_off, f->len - payload_off);
		return;
	}
	for (uint32_t i = 0; i < 2 && f->route_off[i] != 0; i++) {
		const struct wire_route *old = (const struct wire_route *)(romon + f->route_off[i]);
		struct wire_route route = {.id = old->id};

		wire_link_end_set(&route.in, base_be32_load(old->in.link_id), base_be16_load(old->in.l2mtu),
			base_be16_load(old->in.cost), &old->in.mac);
		wire_link_end_set(&route.out, base_be32_load(old->out.link_id),
			base_be16_load(old->out.l2mtu), base_be16_load(old->out.cost), &old->out.mac);
		wire_build_route(b, &route);
	}
	if (f->identity_off != 0)
		wire_build_tlv(b, WIRE_TAG_IDENTITY, romon + f->identity_off, f->identity_len);
	if (f->version_off != 0)
		wire_build_tlv(b, WIRE_TAG_VERSION, romon + f->version_off, sizeof(struct wire_version));
	if (f->board_off != 0)
		wire_build_tlv(b, WIRE_TAG_BOARD, romon + f->board_off, f->board_len);
}

// Build the frame anew from what the parser found. Returns what wire_build_finish() returns.
static int rebuild(uint8_t *out, uint32_t size, const struct hexfile *v)
{
	const uint8_t *romon = ROMON(v->bytes);
	const struct wire_eth *eth = (const struct wire_eth *)v->bytes;
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	struct wire_builder b;
	struct wire_frame f;

	if (wire_frame_parse(romon, v->len - WIRE_ETH_LEN, &f) != WIRE_OK)
		return -EINVAL;
	struct wire_addr addr = {eth->dst, eth->src, h->src_id, h->dst_id, f.channel};
	wire_build_begin(&b, out, size, (enum wire_type)f.type, &addr);
	for (uint32_t i = 0; i < f.n_hops; i++) {
		const struct wire_hop *hop = wire_hop_at(romon, &f, i);

		wire_build_hop(&b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_ptr(&b, f.ptr);
	body_rebuild(&b, romon, &f);
	return wire_build_finish(&b);
}

static void every_vector_is_rebuilt_byte_for_byte(void)
{
	for (int i = 0; i < n_vectors; i++) {
		uint8_t out[HEXFILE_BYTES_MAX];

		memset(out, 0xa5, sizeof(out));
		CU_ASSERT_EQUAL(rebuild(out, sizeof(out), &vectors[i]), (int)vectors[i].len);
		CU_ASSERT_EQUAL(memcmp(out, vectors[i].bytes, vectors[i].len), 0);
		CU_ASSERT_EQUAL(out[vectors[i].len], 0xa5);
	}
}

static void rebuilding_never_leaves_a_small_buffer(void)
{
	for (int i = 0; i < n_vectors; i++) {
		for (uint32_t size = 0; size <= vectors[i].len; size++) {
			uint8_t out[HEXFILE_BYTES_MAX];

			memset(out, 0xa5, sizeof(out));
			int expected = size == vectors[i].len ? (int)size : -ENOSPC;
			CU_ASSERT_EQUAL(rebuild(out, size, &vectors[i]), expected);
			CU_ASSERT_EQUAL(out[size], 0xa5);
		}
	}
}

static void every_truncation_is_judged_alike(void)
{
	struct scratch s;
	enum wire_verdict verdict;

	for (int i = 0; i < n_vectors; i++) {
		for (uint32_t len = 0; len < vectors[i].len; len++) {
			scratch_set(&s, &vectors[i]);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, len, &verdict));
			bool is_runt = len < WIRE_ETH_LEN + WIRE_HDR_LEN;
			CU_ASSERT_EQUAL(verdict, is_runt ? WIRE_RUNT : WIRE_LENGTH_LONG);
			// the same with an honest length field: the cut falls on hops, TLVs, payload
			length_set(&s, len);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, len, &verdict));
			tag_insert(&s, 7);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, len + WIRE_VLAN_LEN, &verdict));
		}
	}
}

static void every_changed_byte_is_judged_alike(void)
{
	uint32_t n_differ = 0;
	struct scratch s;
	enum wire_verdict verdict;

	for (int i = 0; i < n_vectors; i++) {
		scratch_set(&s, &vectors[i]);
		for (uint32_t off = 0; off < s.len; off++) {
			uint8_t was = s.bytes[off];

			for (uint32_t v = 0; v < 256; v++) {
				s.bytes[off] = (uint8_t)v;
				n_differ += !ref_check_copy(s.bytes, s.len, &verdict);
			}
			s.bytes[off] = was;
		}
	}
	CU_ASSERT_EQUAL(n_differ, 0);
}

static void length_field_is_believed_only_where_it_can_be_true(void)
{
	struct scratch s;
	enum wire_verdict verdict;

	for (int i = 0; i < n_vectors; i++) {
		uint32_t n = vectors[i].len;
		const struct {
			uint32_t length;
			enum wire_verdict verdict;
		} rows[] = {{0, WIRE_LENGTH_SHORT}, {13, WIRE_LENGTH_SHORT}, {14, WIRE_LENGTH_SHORT},
			{59, WIRE_LENGTH_SHORT}, {n, WIRE_OK}, {n + 1, WIRE_LENGTH_LONG},
			{0xffff, WIRE_LENGTH_LONG}};

		for (size_t r = 0; r < BASE_ARRAY_LEN(rows); r++) {
			scratch_set(&s, &vectors[i]);
			length_set(&s, rows[r].length);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, s.len, &verdict));
			CU_ASSERT_EQUAL(verdict, rows[r].verdict);
		}
		scratch_set(&s, &vectors[i]);
		length_set(&s, n - 1);
		CU_ASSERT_TRUE(ref_check_copy(s.bytes, s.len, &verdict));
		bool is_data = s.bytes[14] == WIRE_TYPE_DATA; // one payload byte less is still a frame
		CU_ASSERT_EQUAL(verdict, is_data ? WIRE_OK : WIRE_TLV_TRUNCATED);
	}
}

static void padding_is_no_part_of_the_frame(void)
{
	struct scratch s;
	enum wire_verdict verdict;

	for (int i = 0; i < n_vectors; i++) {
		for (uint32_t pad = 1; pad <= 128; pad++) {
			scratch_set(&s, &vectors[i]);
			memset(s.bytes + s.len, (int)(pad % 7), pad); // also what looks like TLVs
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, s.len + pad, &verdict));
			CU_ASSERT_EQUAL(verdict, WIRE_OK);
		}
	}
}

static void tagged_vectors_keep_their_length_field(void)
{
	static const struct {
		uint16_t tci;
		uint16_t vid;
	} rows[] = {{0, 0}, {0xe000, 0}, {1, 1}, {0x6064, 100}, {0x1ffe, 4094}, {0xffff, 4095}};
	struct scratch s;
	enum wire_verdict verdict;

	for (int i = 0; i < n_vectors; i++) {
		for (size_t r = 0; r < BASE_ARRAY_LEN(rows); r++) {
			struct wire_l2 l2;

			scratch_set(&s, &vectors[i]);
			tag_insert(&s, rows[r].tci);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, s.len, &verdict));
			CU_ASSERT_EQUAL(verdict, WIRE_OK);
			CU_ASSERT_EQUAL(wire_l2_parse(s.bytes, s.len, &l2), WIRE_OK);
			CU_ASSERT_EQUAL(l2.vid, rows[r].vid);
			CU_ASSERT_EQUAL(l2.romon_off, 18);
			tag_insert(&s, 1);
			CU_ASSERT_TRUE(ref_check_copy(s.bytes, s.len, &verdict));
			CU_ASSERT_EQUAL(verdict, WIRE_VLAN_DEPTH);
		}
	}
}

static void hexfile_refuses_what_is_not_hex(void)
{
	struct hexfile f;

	CU_ASSERT_EQUAL(hexfile_load(&f, "/nonexistent/x.hex"), -ENOENT);
	CU_ASSERT_EQUAL(hexfile_load(&f, "/proc/self/environ"), -EINVAL);
	CU_ASSERT_EQUAL(hexfile_load(&f, "/dev/null"), -EINVAL);
}

static const struct suite_case cases[] = {
	SUITE_CASE(vectors_load), // first: the others read what it loads
	SUITE_CASE(every_vector_is_well_formed),
	SUITE_CASE(fields_are_those_of_the_notes),
	SUITE_CASE(every_vector_is_rebuilt_byte_for_byte),
	SUITE_CASE(rebuilding_never_leaves_a_small_buffer),
	SUITE_CASE(every_truncation_is_judged_alike),
	SUITE_CASE(every_changed_byte_is_judged_alike),
	SUITE_CASE(length_field_is_believed_only_where_it_can_be_true),
	SUITE_CASE(padding_is_no_part_of_the_frame),
	SUITE_CASE(tagged_vectors_keep_their_length_field),
	SUITE_CASE(hexfile_refuses_what_is_not_hex),
};

SUITE_MAIN("wire vectors", cases)
