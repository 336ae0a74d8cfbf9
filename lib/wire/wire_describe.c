// SPDX-License-Identifier: BSD-3-Clause
// A frame in words. Any thread. Stands apart from wire_parse.c on purpose: it must go on where the parser
// stops, so it checks each step against the bytes at hand.
#include "wire_describe.h"
#include "base_be.h"
#include "wire_name.h"
#include "wire_parse.h"

#define HOPS_SHOWN 16
#define TLVS_SHOWN 32

static void end_describe(struct base_text *out, const char *what, const struct wire_link_end *s)
{
	char mac[BASE_MAC_TEXT_LEN];

	base_text_add(out, " %s{link %u, l2mtu %u, cost %u, %s}", what, base_be32_load(s->link_id),
		base_be16_load(s->l2mtu), base_be16_load(s->cost), base_mac_format(&s->mac, mac));
}

static void tlv_describe(struct base_text *out, uint8_t tag, const uint8_t *value, uint8_t len)
{
	char text[4 * UINT8_MAX + 1];
	char id[BASE_MAC_TEXT_LEN];
	char version[WIRE_VERSION_TEXT_LEN];

	switch (tag) {
	case WIRE_TAG_ROUTE:
		if (len != WIRE_ROUTE_LEN)
			break;
		const struct wire_route *r = (const struct wire_route *)value;
		base_text_add(out, "Route %s", base_mac_format(&r->id, id));
		end_describe(out, "in", &r->in);
		end_describe(out, "out", &r->out);
		base_text_add(out, "\n");
		return;
	case WIRE_TAG_IDENTITY:
	case WIRE_TAG_BOARD:
		base_text_escape(text, sizeof(text), value, len);
		base_text_add(out, "%s \"%s\"\n", tag == WIRE_TAG_IDENTITY ? "Identity" : "Board", text);
		return;
	case WIRE_TAG_VERSION:
		if (len != sizeof(struct wire_version))
			break;
		base_text_add(out, "Version %s\n",
			wire_version_format((const struct wire_version *)value, version));
		return;
	}
	base_text_add(out, "TLV tag %u, %u bytes\n", tag, len);
}

static void tlvs_describe(struct base_text *out, const uint8_t *p, uint32_t len)
{
	for (int i = 0; i < TLVS_SHOWN && len > 0; i++) {
		if (len < sizeof(struct wire_tlv) || len - sizeof(struct wire_tlv) < p[1]) {
			base_text_add(out, "TLV cut short: %u bytes left\n", len);
			return;
		}
		tlv_describe(out, p[0], p + sizeof(struct wire_tlv), p[1]);
		uint32_t step = (uint32_t)sizeof(struct wire_tlv) + p[1];
		p += step;
		len -= step;
	}
}

static void data_describe(struct base_text *out, const uint8_t *p, uint32_t len)
{
	if (len < sizeof(struct wire_services)) {
		base_text_add(out, "no room for service ports: %u bytes left\n", len);
		return;
	}
	const struct wire_services *s = (const struct wire_services *)p;
	uint16_t src = base_be16_load(s->src_port);
	uint16_t dst = base_be16_load(s->dst_port);
	const char *name = wire_service_name(dst) != NULL ? wire_service_name(dst) : wire_service_name(src);
	base_text_add(out, "service ports %u -> %u%s%s\n", src, dst, name == NULL ? "" : " ",
		name == NULL ? "" : name);
}

static void romon_describe(struct base_text *out, const uint8_t *romon, uint32_t len)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	char src[BASE_MAC_TEXT_LEN];
	char dst[BASE_MAC_TEXT_LEN];

	if (len < WIRE_HDR_LEN) {
		base_text_add(out, "RoMON header cut short: %u of %u bytes\n", len, WIRE_HDR_LEN);
		return;
	}
	base_text_add(out, "%s (type %u), channel %u, length field %u, %s\n", wire_type_name(h->type),
		h->type, h->channel, base_be16_load(h->length),
		wire_is_unsigned(romon) ? "unsigned" : "signed");
	base_text_add(
		out, "id %s -> %s\n", base_mac_format(&h->src_id, src), base_mac_format(&h->dst_id, dst));
	base_text_add(out, "hops %u, pointer %u\n", h->n_hops, h->ptr);

	uint32_t end = base_be16_load(h->length);
	end = end > WIRE_ETH_LEN ? end - WIRE_ETH_LEN : 0;
	end = end < len ? end : len;
	uint32_t off = wire_hops_offset(h->type);
	for (uint32_t i = 0; i < h->n_hops; i++, off += WIRE_HOP_LEN) {
		if (off + WIRE_HOP_LEN > end) {
			base_text_add(out, "hop list cut short at entry %u\n", i);
			return;
		}
		const struct wire_hop *hop = (const struct wire_hop *)(romon + off);
		if (i < HOPS_SHOWN)
			base_text_add(out, "hop %u: link %u, %s\n", i, base_be32_load(hop->link_id),
				base_mac_format(&hop->mac, src));
	}
	if (off > end)
		return;
	if (h->type == WIRE_TYPE_DATA)
		data_describe(out, romon + off, end - off);
	else
		tlvs_describe(out, romon + off, end - off);
}

void wire_describe(struct base_text *out, const uint8_t *frame, uint32_t len)
{
	struct wire_l2 l2;
	char src[BASE_MAC_TEXT_LEN];
	char dst[BASE_MAC_TEXT_LEN];

	if (len < WIRE_ETH_LEN) {
		base_text_add(out, "Ethernet header cut short: %u bytes\n", len);
		return;
	}
	const struct wire_eth *eth = (const struct wire_eth *)frame;
	base_text_add(out, "Ethernet %s -> %s, type 0x%04x\n", base_mac_format(&eth->src, src),
		base_mac_format(&eth->dst, dst), base_be16_load(eth->ethertype));
	if (wire_l2_parse(frame, len, &l2) != WIRE_OK)
		return;
	if (l2.vid != 0)
		base_text_add(out, "VLAN %u\n", l2.vid);
	romon_describe(out, frame + l2.romon_off, len - l2.romon_off);
}
