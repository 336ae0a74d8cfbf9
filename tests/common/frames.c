// SPDX-License-Identifier: BSD-3-Clause
// Building test frames.
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "frames.h"

struct base_mac frame_mac(uint16_t n)
{
	return (struct base_mac){{0x02, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}};
}

static void begin(struct wire_builder *b, struct frame *f, enum wire_type type, const struct wire_addr *addr,
	const struct frame_hop *hops, uint32_t n)
{
	wire_build_begin(b, f->bytes, sizeof(f->bytes), type, addr);
	for (uint32_t i = 0; i < n; i++)
		wire_build_hop(b, hops[i].link_id, &hops[i].mac);
}

static void finish(struct wire_builder *b, struct frame *f)
{
	int len = wire_build_finish(b);

	if (len < 0)
		abort(); // the test asks for more than FRAME_SIZE
	f->len = (uint32_t)len;
}

static void end_of(struct wire_link_end *end, struct base_mac mac)
{
	wire_link_end_set(end, 7, 1500, 100, &mac);
}

void frame_discover(struct frame *f, struct base_mac src, struct base_mac origin,
	const struct frame_hop *hops, uint32_t n)
{
	struct wire_addr addr = {wire_group_mac, src, origin, wire_id_all, 0};
	struct wire_route route = {.id = n == 0 ? origin : src};
	struct wire_builder b;

	begin(&b, f, WIRE_TYPE_DISCOVER, &addr, hops, n);
	wire_build_ptr(&b, (uint8_t)n);
	if (n > 0)
		end_of(&route.in, src);
	end_of(&route.out, src);
	wire_build_route(&b, &route);
	finish(&b, f);
}

void frame_data(struct frame *f, const struct frame_data_spec *spec)
{
	struct wire_addr addr = {spec->eth_dst, spec->eth_src, spec->src_id, spec->dst_id, 0};
	struct wire_builder b;

	begin(&b, f, WIRE_TYPE_DATA, &addr, spec->hops, spec->n);
	wire_build_ptr(&b, spec->ptr);
	wire_build_services(&b, spec->src_port, spec->dst_port);
	for (uint32_t i = 0; i < spec->payload_len; i++) {
		uint8_t byte = (uint8_t)i;

		wire_build_bytes(&b, &byte, 1);
	}
	finish(&b, f);
}

void frame_resp(struct frame *f, struct base_mac eth_dst, struct base_mac eth_src, struct base_mac origin,
	struct base_mac responder, const struct frame_hop *hops, uint32_t n, uint8_t ptr)
{
	struct wire_addr addr = {eth_dst, eth_src, origin, responder, 0};
	struct wire_route parent = {.id = origin};
	struct wire_route self = {.id = responder};
	struct wire_builder b;

	begin(&b, f, WIRE_TYPE_DISCOVER_RESP, &addr, hops, n);
	wire_build_ptr(&b, ptr);
	end_of(&parent.out, eth_dst);
	end_of(&self.in, responder);
	wire_build_route(&b, &parent);
	wire_build_route(&b, &self);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, "far", 3);
	finish(&b, f);
}

void frame_hello(struct frame *f, struct base_mac eth_dst, struct base_mac src)
{
	struct wire_addr addr = {eth_dst, src, src, wire_id_all, 0};
	struct wire_route route = {.id = src};
	struct wire_builder b;

	begin(&b, f, WIRE_TYPE_HELLO, &addr, NULL, 0);
	wire_build_tlv(&b, WIRE_TAG_NONCE, "nonce678", 8);
	end_of(&route.out, src);
	wire_build_route(&b, &route);
	finish(&b, f);
}

void frame_seq_err(struct frame *f, struct base_mac eth_dst, struct base_mac src)
{
	struct wire_addr addr = {eth_dst, src, src, wire_id_all, 0};
	struct wire_builder b;

	begin(&b, f, WIRE_TYPE_SEQ_ERR, &addr, NULL, 0);
	wire_build_tlv(&b, WIRE_TAG_COUNTER_MIN, "counter8", 8);
	finish(&b, f);
}

void frame_tag(struct frame *f, uint16_t tci)
{
	if (f->len < WIRE_ETH_LEN || f->len + WIRE_VLAN_LEN > sizeof(f->bytes))
		abort();
	memmove(f->bytes + 16, f->bytes + 12, f->len - 12);
	base_be16_store(f->bytes + 12, WIRE_ETHERTYPE_VLAN);
	base_be16_store(f->bytes + 14, tci);
	f->len += WIRE_VLAN_LEN;
}

void frame_ethertype(struct frame *f, uint16_t ethertype)
{
	base_be16_store(f->bytes + 12, ethertype);
}

void frame_pad(struct frame *f, uint32_t n)
{
	if (f->len + n > sizeof(f->bytes))
		abort();
	memset(f->bytes + f->len, 0xa5, n);
	f->len += n;
}

struct wire_hdr *frame_hdr(struct frame *f)
{
	struct wire_l2 l2;

	return wire_l2_parse(f->bytes, f->len, &l2) == WIRE_OK ? (struct wire_hdr *)(f->bytes + l2.romon_off)
							       : NULL;
}

bool frame_parse(const struct frame *f, struct wire_l2 *l2, struct wire_frame *out)
{
	return wire_l2_parse(f->bytes, f->len, l2) == WIRE_OK &&
	       wire_frame_parse(f->bytes + l2->romon_off, f->len - l2->romon_off, out) == WIRE_OK;
}

bool frames_equal(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}
