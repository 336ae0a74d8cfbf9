// SPDX-License-Identifier: BSD-3-Clause
// Building RoMON frames. Any thread.
#include <string.h>

#include "base_be.h"
#include "wire_build.h"

static struct wire_hdr *header(struct wire_builder *b)
{
	return (struct wire_hdr *)(b->frame + WIRE_ETH_LEN);
}

void wire_build_begin(struct wire_builder *b, uint8_t *frame, uint32_t size, enum wire_type type,
	const struct wire_addr *addr)
{
	b->frame = frame;
	b->size = size;
	b->len = WIRE_ETH_LEN + wire_hops_offset((uint8_t)type);
	b->is_full = b->len > size;
	if (b->is_full)
		return;
	memset(frame, 0, b->len);
	struct wire_eth *eth = (struct wire_eth *)frame;
	eth->dst = addr->eth_dst;
	eth->src = addr->eth_src;
	base_be16_store(eth->ethertype, WIRE_ETHERTYPE);
	struct wire_hdr *h = header(b);
	h->type = (uint8_t)type;
	h->channel = addr->channel;
	h->src_id = addr->src_id;
	h->dst_id = addr->dst_id;
}

void wire_build_bytes(struct wire_builder *b, const void *bytes, size_t len)
{
	if (b->is_full || len > b->size - b->len) {
		b->is_full = true;
		return;
	}
	if (len == 0) // bytes may be NULL then, which memcpy() must not see
		return;
	memcpy(b->frame + b->len, bytes, len);
	b->len += (uint32_t)len;
}

void wire_build_hop(struct wire_builder *b, uint32_t link_id, const struct base_mac *mac)
{
	struct wire_hop hop = {.mac = *mac};

	if (!b->is_full && header(b)->n_hops >= WIRE_HOPS_MAX)
		b->is_full = true;
	base_be32_store(hop.link_id, link_id);
	wire_build_bytes(b, &hop, sizeof(hop));
	if (!b->is_full)
		header(b)->n_hops++;
}

void wire_build_ptr(struct wire_builder *b, uint8_t ptr)
{
	if (!b->is_full)
		header(b)->ptr = ptr;
}

void wire_build_tlv(struct wire_builder *b, uint8_t tag, const void *value, size_t len)
{
	struct wire_tlv tlv = {.tag = tag, .len = (uint8_t)len};

	if (len > UINT8_MAX) {
		b->is_full = true;
		return;
	}
	wire_build_bytes(b, &tlv, sizeof(tlv));
	wire_build_bytes(b, value, len);
}

void wire_build_route(struct wire_builder *b, const struct wire_route *route)
{
	wire_build_tlv(b, WIRE_TAG_ROUTE, route, sizeof(*route));
}

void wire_build_services(struct wire_builder *b, uint16_t src_port, uint16_t dst_port)
{
	struct wire_services s;

	base_be16_store(s.src_port, src_port);
	base_be16_store(s.dst_port, dst_port);
	wire_build_bytes(b, &s, sizeof(s));
}

int wire_build_finish(struct wire_builder *b)
{
	if (b->is_full || b->len > UINT16_MAX)
		return base_errno_set(ENOSPC);
	base_be16_store(header(b)->length, (uint16_t)b->len);
	return (int)b->len;
}

void wire_link_end_set(struct wire_link_end *end, uint32_t link_id, uint16_t l2mtu, uint16_t cost,
	const struct base_mac *mac)
{
	base_be32_store(end->link_id, link_id);
	base_be16_store(end->l2mtu, l2mtu);
	base_be16_store(end->cost, cost);
	end->mac = *mac;
}
