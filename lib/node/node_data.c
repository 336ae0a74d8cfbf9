// SPDX-License-Identifier: BSD-3-Clause
// Data frames of this node's own services. Pure; one thread.
#include "node_data.h"

#include <errno.h>

#include "base_be.h"
#include "node_frame.h"
#include "wire_build.h"

bool node_data_parse(const uint8_t *bytes, uint32_t len, uint8_t slot, uint64_t at_ns, struct node_data *out)
{
	struct wire_frame f;
	const uint8_t *romon = node_frame_parse(bytes, len, &f);

	if (romon == NULL || f.type != WIRE_TYPE_DATA)
		return false;
	const struct wire_services *s = (const struct wire_services *)(romon + f.body_off);
	*out = (struct node_data){.slot = slot,
		.src_id = base_mac_u64(&((const struct wire_hdr *)romon)->src_id),
		.src_port = base_be16_load(s->src_port),
		.dst_port = base_be16_load(s->dst_port),
		.n_hops = f.n_hops,
		.hops = wire_hop_at(romon, &f, 0),
		.payload = (const uint8_t *)(s + 1),
		.len = f.len - f.body_off - (uint32_t)sizeof(*s),
		.at_ns = at_ns};
	return true;
}

static void begin(struct wire_builder *b, uint8_t *frame, const struct node_io *io,
	const struct node_port *port, uint64_t next_mac, uint64_t id)
{
	struct topo_self self;

	io->self(io->ctx, &self);
	struct wire_addr addr = {.eth_dst = base_mac_from_u64(next_mac),
		.eth_src = port->own.mac,
		.src_id = self.id,
		.dst_id = base_mac_from_u64(id),
		.channel = self.channel};
	wire_build_begin(b, frame, WIRE_FRAME_LEN_MAX, WIRE_TYPE_DATA, &addr);
}

static int finish_send(struct wire_builder *b, const struct node_io *io, uint8_t slot, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len)
{
	wire_build_services(b, src_port, dst_port);
	wire_build_bytes(b, payload, len);
	int n = wire_build_finish(b);
	return n < 0 ? -EMSGSIZE : io->send(io->ctx, slot, b->frame, (uint32_t)n);
}

int node_path_find(const struct node_io *io, const struct topo *t, uint64_t id, struct node_path *out)
{
	struct topo_node node;
	struct node_port port;

	int64_t row = topo_find(t, id);
	if (row < 0 || !topo_node_at(t, (uint32_t)row, &node))
		return -ENETUNREACH;
	int n = topo_path_hops(t, (uint32_t)row, out->hops, BASE_ARRAY_LEN(out->hops));
	int slot = n > 0 ? io->slot_of(io->ctx, out->hops[0].link_id) : -ENETUNREACH;
	if (slot < 0 || !io->port(io->ctx, (uint8_t)slot, &port))
		return -ENETUNREACH;
	out->slot = (uint8_t)slot;
	out->n = (uint32_t)n;
	out->l2mtu = node.l2mtu;
	return 0;
}

int node_path_link(const struct node_io *io, uint8_t slot, uint64_t mac, struct node_path *out)
{
	struct node_port port;

	if (!io->port(io->ctx, slot, &port))
		return -ENETDOWN;
	out->slot = slot;
	out->l2mtu = port.own.l2mtu;
	out->n = 1;
	out->hops[0] = (struct topo_hop){.link_id = port.own.link_id, .mac = mac};
	return 0;
}

static uint64_t way_of(uint8_t slot, uint64_t mac)
{
	return (uint64_t)slot << 48 | mac;
}

uint64_t node_path_way(const struct node_path *path)
{
	return way_of(path->slot, path->hops[0].mac);
}

uint64_t node_data_way(const struct node_data *in)
{
	// the last entry is where it came in: the worker put the sender's MAC there
	return in->n_hops == 0 ? UINT64_MAX : way_of(in->slot, base_mac_u64(&in->hops[in->n_hops - 1].mac));
}

int node_data_send(const struct node_io *io, const struct node_path *path, uint64_t id, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;
	struct node_port port;

	if (!io->port(io->ctx, path->slot, &port))
		return -ENETDOWN;
	if (path->l2mtu != 0 && len > node_payload_max(path->l2mtu, path->n))
		return -EMSGSIZE;
	begin(&b, frame, io, &port, path->hops[0].mac, id);
	for (uint32_t i = 0; i < path->n; i++) {
		struct base_mac mac = base_mac_from_u64(path->hops[i].mac);

		wire_build_hop(&b, path->hops[i].link_id, &mac);
	}
	return finish_send(&b, io, path->slot, src_port, dst_port, payload, len);
}

int node_data_answer(const struct node_io *io, const struct node_data *in, const void *payload, uint32_t len)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;
	struct node_port port;

	if (in->n_hops == 0 || !io->port(io->ctx, in->slot, &port))
		return -ENETDOWN;
	begin(&b, frame, io, &port, base_mac_u64(&in->hops[in->n_hops - 1].mac), in->src_id);
	for (uint32_t i = in->n_hops; i > 0; i--)
		wire_build_hop(&b, base_be32_load(in->hops[i - 1].link_id), &in->hops[i - 1].mac);
	return finish_send(&b, io, in->slot, in->dst_port, in->src_port, payload, len);
}
