// SPDX-License-Identifier: BSD-3-Clause
// Discovery on the wire: parsing answers, building Discovers and answers. Any thread.
#include "topo_frame.h"
#include "base_be.h"
#include "wire_build.h"

static struct topo_link_end end_load(const struct wire_link_end *s)
{
	return (struct topo_link_end){
		.link_id = base_be32_load(s->link_id),
		.l2mtu = base_be16_load(s->l2mtu),
		.cost = base_be16_load(s->cost),
		.mac = base_mac_u64(&s->mac),
	};
}

// The first TLV with our own tag 0x83, which the parser of lib/wire passes over; it has proved that every TLV
// ends inside the frame.
static void master_find(const uint8_t *romon, const struct wire_frame *f, struct topo_answer *out)
{
	uint32_t off = f->body_off;

	while (f->len - off >= sizeof(struct wire_tlv)) {
		const struct wire_tlv *tlv = (const struct wire_tlv *)(romon + off);

		off += (uint32_t)sizeof(*tlv);
		if (tlv->len > f->len - off)
			return;
		if (tlv->tag == WIRE_TAG_MASTER) {
			out->master = (const char *)romon + off;
			out->master_len = tlv->len;
			return;
		}
		off += tlv->len;
	}
}

int topo_answer_parse(
	const uint8_t *romon, const struct wire_frame *f, uint64_t own_id, struct topo_answer *out)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	if (f->type != WIRE_TYPE_DISCOVER_RESP)
		return base_errno_set(EINVAL);
	const struct wire_route *parent = (const struct wire_route *)(romon + f->route_off[0]);
	const struct wire_route *node = (const struct wire_route *)(romon + f->route_off[1]);
	uint64_t node_id = base_mac_u64(&node->id);
	uint64_t src_id = base_mac_u64(&h->src_id);
	// both orders of the header's ids are met: the discoverer is the one who does not answer
	if ((src_id == node_id ? base_mac_u64(&h->dst_id) : src_id) != own_id)
		return base_errno_set(EADDRNOTAVAIL);

	*out = (struct topo_answer){
		.parent_id = base_mac_u64(&parent->id),
		.parent_out = end_load(&parent->out),
		.node_id = node_id,
		.node_in = end_load(&node->in),
		.n_hops = f->n_hops,
	};
	if (f->identity_off != 0) {
		out->identity = (const char *)romon + f->identity_off;
		out->identity_len = f->identity_len;
	}
	if (f->board_off != 0) {
		out->board = (const char *)romon + f->board_off;
		out->board_len = f->board_len;
	}
	if (f->version_off != 0)
		out->version = (const struct wire_version *)(romon + f->version_off);
	master_find(romon, f, out);
	return 0;
}

static void port_end_set(struct wire_link_end *end, const struct topo_port *port)
{
	wire_link_end_set(end, port->link_id, port->l2mtu, port->cost, &port->mac);
}

int topo_discover_build(
	uint8_t *frame, uint32_t size, const struct topo_self *self, const struct topo_port *port)
{
	struct wire_addr addr = {.eth_dst = wire_group_mac,
		.eth_src = port->mac,
		.src_id = self->id,
		.dst_id = wire_id_all,
		.channel = self->channel};
	struct wire_route route = {.id = self->id};
	struct wire_builder b;

	port_end_set(&route.out, port);
	wire_build_begin(&b, frame, size, WIRE_TYPE_DISCOVER, &addr);
	wire_build_route(&b, &route);
	return wire_build_finish(&b);
}

// The hop list for the way home: as received with the pointer at its end, or reversed with the pointer at 0.
static void hops_build(
	struct wire_builder *b, bool is_reversed, const uint8_t *romon, const struct wire_frame *f)
{
	for (uint32_t i = 0; i < f->n_hops; i++) {
		const struct wire_hop *hop = wire_hop_at(romon, f, is_reversed ? f->n_hops - 1 - i : i);

		wire_build_hop(b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_ptr(b, is_reversed ? 0 : f->n_hops);
}

int topo_resp_build(uint8_t *frame, uint32_t size, const struct topo_self *self, const struct topo_port *port,
	const struct base_mac *eth_src, const uint8_t *romon, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	struct wire_addr addr = {.eth_dst = *eth_src,
		.eth_src = port->mac,
		.src_id = h->src_id, // as in the Discover: the discoverer first
		.dst_id = self->id,
		.channel = self->channel};
	struct wire_route route = {.id = self->id};
	struct wire_builder b;

	if (f->type != WIRE_TYPE_DISCOVER)
		return base_errno_set(EINVAL);
	port_end_set(&route.in, port);
	wire_build_begin(&b, frame, size, WIRE_TYPE_DISCOVER_RESP, &addr);
	hops_build(&b, self->answer_swaps, romon, f);
	wire_build_tlv(&b, WIRE_TAG_ROUTE, romon + f->route_off[0], WIRE_ROUTE_LEN);
	wire_build_route(&b, &route);
	wire_build_tlv(&b, WIRE_TAG_IDENTITY, self->identity, self->identity_len);
	wire_build_tlv(&b, WIRE_TAG_VERSION, &self->version, sizeof(self->version));
	wire_build_tlv(&b, WIRE_TAG_BOARD, self->board, self->board_len);
	if (self->master != NULL)
		wire_build_tlv(&b, WIRE_TAG_MASTER, self->master, self->master_len);
	return wire_build_finish(&b);
}
