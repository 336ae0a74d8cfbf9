// SPDX-License-Identifier: BSD-3-Clause
// One verdict each: whatever is done to the real frames, the data path drops a frame for exactly the reason
// that the slow reference parser names (tests/common/ref_parse.h), in one segment and in two. Each frame
// comes in on two devices: one with a VLAN beside, and one of a single port, where Data may take the short
// way.
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "hexfile.h"
#include "ref_parse.h"
#include "suite.h"

#define YAML                                                              \
	"romon: { identity: n, id: 02:00:00:00:ff:01, hop-limit: 128 }\n" \
	"limits: { neighbors: 1000, origins: 64, discover-in: none }\n"   \
	"ports:\n"                                                        \
	"  a: { device: d0, link-id: 11 }\n"                              \
	"  v: { device: d0, link-id: 22, vlan: 7 }\n"                     \
	"  b: { device: d1, link-id: 33 }\n"

enum { A, V, B };

static struct dp_bed *bed;
static uint64_t expected[DP_N_REASONS]; // of the frames injected so far
static uint32_t n_waiting;
static uint32_t n_frames;

static struct hexfile vectors[HEXFILE_N_MAX];
static int n_vectors;

// What must become of a frame on a port's device, as far as its form and addresses decide it; NONE = it
// passes.
static enum dp_reason reason_of(const struct frame *f, uint8_t port)
{
	struct ref_frame ref;
	enum wire_verdict verdict = ref_parse_l2(f->bytes, f->len, &ref);

	if (verdict != WIRE_OK)
		return (enum dp_reason)verdict;
	if (ref.vid != 0 && (ref.vid != 7 || port == B))
		return DP_DROP_VLAN_UNKNOWN;
	for (uint8_t p = A; p <= B; p++) {
		if (base_mac_equal(f->bytes + 6, &bed->in.ports[p].mac))
			return DP_DROP_SRC_OWN;
	}
	if (!base_mac_is_unicast(f->bytes + 6))
		return DP_DROP_SRC_GROUP;
	if (!base_mac_equal(f->bytes, &bed->in.ports[port].mac) && !base_mac_equal(f->bytes, &wire_group_mac))
		return DP_DROP_DST_OTHER;
	return (enum dp_reason)ref_parse_frame(f->bytes, f->len, &ref);
}

static bool is_of_form(uint32_t reason)
{
	return (reason > DP_DROP_NONE && reason <= DP_DROP_ROUTE_COUNT) || reason == DP_DROP_VLAN_UNKNOWN ||
	       reason == DP_DROP_SRC_OWN || reason == DP_DROP_SRC_GROUP || reason == DP_DROP_DST_OTHER ||
	       reason == DP_DROP_TOO_LONG;
}

// Turn, and compare what was counted with what was expected.
static void check(void)
{
	struct dp_bed_totals t;

	while (dp_bed_turn(bed) > 0)
		dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
	dp_bed_totals(bed, &t);
	n_waiting = 0;
	for (uint32_t r = 1; r < DP_N_REASONS; r++) {
		if (!is_of_form(r) || t.drops[r] == expected[r])
			continue;
		printf("\n    %s: %llu dropped, %llu expected", dp_reason_name((enum dp_reason)r),
			(unsigned long long)t.drops[r], (unsigned long long)expected[r]);
		CU_FAIL("dp and the reference parser differ");
		expected[r] = t.drops[r]; // told once
	}
}

static void injected(const struct frame *f, uint8_t port)
{
	expected[reason_of(f, port)]++;
	n_frames++;
	if (++n_waiting == 64)
		check();
}

// The same frame as port B would be sent it.
static struct frame for_b(const struct frame *f)
{
	struct frame b = *f;

	if (f->len >= 6 && base_mac_equal(f->bytes, &bed->in.ports[A].mac))
		memcpy(b.bytes, &bed->in.ports[B].mac, 6);
	return b;
}

static void whole(const struct frame *f)
{
	struct frame b = for_b(f);

	dp_bed_inject(bed, A, f);
	injected(f, A);
	dp_bed_inject(bed, B, &b);
	injected(&b, B);
}

static void split(const struct frame *f, uint32_t at)
{
	struct frame b = for_b(f);

	dp_bed_inject_split(bed, A, f, at);
	injected(f, A);
	dp_bed_inject_split(bed, B, &b, at);
	injected(&b, B);
}

static void begin(void)
{
	bed = dp_bed_open(YAML);
	memset(expected, 0, sizeof(expected));
	n_waiting = 0;
	n_frames = 0;
	if (n_vectors == 0)
		n_vectors = hexfile_load_vectors(vectors);
	CU_ASSERT_FATAL(n_vectors >= 6);
}

static void end(void)
{
	struct dp_bed_totals t;

	check();
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.rx_frames, n_frames);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
	printf("%u frames ", n_frames);
}

static struct frame frame_of(const struct hexfile *v)
{
	struct frame f = {.len = v->len};

	memcpy(f.bytes, v->bytes, v->len);
	if ((f.bytes[0] & 1) == 0)
		memcpy(f.bytes, &bed->in.ports[A].mac, 6); // as if it had been sent to us
	return f;
}

static void length_set(struct frame *f, uint32_t length)
{
	base_be16_store(f->bytes + 16, (uint16_t)length);
}

static void every_truncation_whole_and_split(void)
{
	begin();
	for (int i = 0; i < n_vectors; i++) {
		for (uint32_t len = 0; len <= vectors[i].len; len++) {
			struct frame f = frame_of(&vectors[i]);

			f.len = len;
			whole(&f);
			for (uint32_t at = 0; at <= len; at++)
				split(&f, at);
			if (len < 18)
				continue;
			length_set(&f, len); // an honest length: the cut falls on hops, TLVs, payload
			whole(&f);
			for (uint32_t at = 0; at <= len; at++)
				split(&f, at);
		}
	}
	end();
}

static void every_changed_byte_whole_and_split(void)
{
	begin();
	for (int i = 0; i < n_vectors; i++) {
		struct frame f = frame_of(&vectors[i]);

		for (uint32_t off = 0; off < f.len; off++) {
			uint8_t was = f.bytes[off];

			for (uint32_t v = 0; v < 256; v++) {
				f.bytes[off] = (uint8_t)v;
				whole(&f);
				split(&f, off);
				split(&f, off + 1);
			}
			f.bytes[off] = was;
		}
	}
	end();
}

// A well-formed frame but for its hop count and pointer, each from 0 to 255.
static struct frame hops_frame(uint8_t type, uint32_t n)
{
	struct wire_addr addr = {bed->in.ports[A].mac, frame_mac(1), frame_mac(2), wire_id_all, 0};
	struct wire_route route = {.id = frame_mac(3)};
	struct wire_builder b;
	struct frame f;
	int n_routes = type == WIRE_TYPE_DISCOVER_RESP ? 2 : type != WIRE_TYPE_SEQ_ERR;

	wire_build_begin(&b, f.bytes, sizeof(f.bytes), (enum wire_type)type, &addr);
	for (uint32_t i = 0; i < n; i++)
		wire_build_bytes(&b, "\0\0\0\1\2\0\0\0\0\3", WIRE_HOP_LEN);
	if (type == WIRE_TYPE_DATA)
		wire_build_services(&b, 1, 1);
	for (int r = 0; type != WIRE_TYPE_DATA && r < n_routes; r++)
		wire_build_route(&b, &route);
	f.len = (uint32_t)wire_build_finish(&b);
	frame_hdr(&f)->n_hops = (uint8_t)n;
	return f;
}

static void every_hop_count_and_pointer(void)
{
	begin();
	for (uint8_t type = 0; type <= WIRE_N_TYPES; type++) {
		for (uint32_t n = 0; n < 256; n++) {
			// what does not fit one buffer is another test's
			struct frame f = hops_frame(type, n < 190 ? n : 190);

			frame_hdr(&f)->n_hops = (uint8_t)n;
			for (uint32_t ptr = 0; ptr < 256; ptr++) {
				frame_hdr(&f)->ptr = (uint8_t)ptr;
				whole(&f);
			}
			split(&f, (type * 256 + n) % f.len);
		}
	}
	end();
}

static void every_pair_of_ethertypes_on_short_frames(void)
{
	static const uint16_t types[] = {0x88bf, 0x8100, 0x88a8, 0x9100, 0x0800, 0};
	static const uint16_t tcis[] = {0, 7, 8, 0x0fff, 0xe007, 0xffff, 0x88bf};
	struct frame f = {0};

	begin();
	for (size_t o = 0; o < BASE_ARRAY_LEN(types); o++) {
		for (size_t i = 0; i < BASE_ARRAY_LEN(types); i++) {
			for (size_t t = 0; t < BASE_ARRAY_LEN(tcis); t++) {
				memset(f.bytes, 0, 80);
				memcpy(f.bytes, &wire_group_mac, 6);
				f.bytes[6] = 2;
				base_be16_store(f.bytes + 12, types[o]);
				base_be16_store(f.bytes + 14, tcis[t]);
				base_be16_store(f.bytes + 16, types[i]);
				for (f.len = 0; f.len <= 80; f.len++) {
					whole(&f);
					split(&f, f.len / 2);
				}
			}
		}
	}
	end();
}

static void tagged_vectors(void)
{
	static const uint16_t tcis[] = {0, 0xe000, 7, 0x6007, 1, 0x0fff, 0xffff};

	begin();
	for (int i = 0; i < n_vectors; i++) {
		for (size_t t = 0; t < BASE_ARRAY_LEN(tcis); t++) {
			struct frame f = frame_of(&vectors[i]);

			frame_tag(&f, tcis[t]);
			for (uint32_t len = f.len + 1; len-- > 0;) {
				f.len = len;
				whole(&f);
				split(&f, len);
				split(&f, len / 3);
			}
			f = frame_of(&vectors[i]);
			frame_tag(&f, tcis[t]);
			frame_tag(&f, 7); // two tags
			whole(&f);
			frame_ethertype(&f, WIRE_ETHERTYPE_QINQ);
			whole(&f);
		}
	}
	end();
}

static void padding_of_every_length(void)
{
	begin();
	for (int i = 0; i < n_vectors; i++) {
		for (uint32_t pad = 0; pad < 200; pad++) {
			struct frame f = frame_of(&vectors[i]);

			frame_pad(&f, pad);
			whole(&f);
			split(&f, vectors[i].len);
		}
	}
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_truncation_whole_and_split),
	SUITE_CASE(every_changed_byte_whole_and_split),
	SUITE_CASE(every_hop_count_and_pointer),
	SUITE_CASE(every_pair_of_ethertypes_on_short_frames),
	SUITE_CASE(tagged_vectors),
	SUITE_CASE(padding_of_every_length),
};

SUITE_MAIN("dp verdict", cases)
