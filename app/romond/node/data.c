// SPDX-License-Identifier: BSD-3-Clause
// Data frames of this node's own services. Control thread.
#include <rte_mbuf.h>

#include "base_be.h"
#include "data.h"
#include "discovery.h"
#include "inject.h"
#include "wire_build.h"
#include "wire_parse.h"
#include "xchg_channel.h"

bool data_parse(const struct rte_mbuf *m, struct data_in *out)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct wire_frame f;
	struct wire_l2 l2;

	if (wire_l2_parse(bytes, m->data_len, &l2) != WIRE_OK)
		return false;
	const uint8_t *romon = bytes + l2.romon_off;
	if (wire_frame_parse(romon, m->data_len - l2.romon_off, &f) != WIRE_OK || f.type != WIRE_TYPE_DATA)
		return false;
	const struct wire_services *s = (const struct wire_services *)(romon + f.body_off);
	*out = (struct data_in){.slot = (uint8_t)m->port,
		.src_id = base_mac_u64(&((const struct wire_hdr *)romon)->src_id),
		.src_port = base_be16_load(s->src_port),
		.dst_port = base_be16_load(s->dst_port),
		.n_hops = f.n_hops,
		.hops = wire_hop_at(romon, &f, 0),
		.payload = (const uint8_t *)(s + 1),
		.len = f.len - f.body_off - (uint32_t)sizeof(*s),
		.at_tsc = xchg_stamp_read(m)};
	return true;
}

static void begin(struct wire_builder *b, uint8_t *frame, const struct app *app, const struct snap_port *port,
	uint64_t next_mac, uint64_t id)
{
	struct wire_addr addr = {.eth_dst = base_mac_from_u64(next_mac),
		.eth_src = base_mac_from_u64(port->mac),
		.src_id = base_mac_from_u64(app->own_id),
		.dst_id = base_mac_from_u64(id),
		.channel = app->conf->romon.channel};

	wire_build_begin(b, frame, WIRE_FRAME_LEN_MAX, WIRE_TYPE_DATA, &addr);
}

static int finish_send(struct app *app, struct wire_builder *b, uint8_t slot, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len)
{
	wire_build_services(b, src_port, dst_port);
	wire_build_bytes(b, payload, len);
	int n = wire_build_finish(b);
	return n < 0 ? -EMSGSIZE : inject_send(app, slot, b->frame, (uint32_t)n);
}

int data_path_find(const struct app *app, uint64_t id, struct data_path *out)
{
	const struct topo *t = discovery_topo(app);
	struct topo_node node;

	int64_t row = topo_find(t, id);
	if (row < 0 || !topo_node_at(t, (uint32_t)row, &node))
		return -ENETUNREACH;
	int n = topo_path_hops(t, (uint32_t)row, out->hops, BASE_ARRAY_LEN(out->hops));
	int slot = n > 0 ? inject_slot_of(app, out->hops[0].link_id) : -ENETUNREACH;
	if (slot < 0 || inject_port(app, (uint8_t)slot) == NULL)
		return -ENETUNREACH;
	out->slot = (uint8_t)slot;
	out->n = (uint32_t)n;
	out->l2mtu = node.l2mtu;
	return 0;
}

int data_path_link(const struct app *app, uint8_t slot, uint64_t mac, struct data_path *out)
{
	const struct snap_port *port = inject_port(app, slot);

	if (port == NULL)
		return -ENETDOWN;
	out->slot = slot;
	out->l2mtu = port->l2mtu;
	out->n = 1;
	out->hops[0] = (struct topo_hop){.link_id = base_be32_load(&port->link_id_be), .mac = mac};
	return 0;
}

int data_send(struct app *app, const struct data_path *path, uint64_t id, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len)
{
	const struct snap_port *port = inject_port(app, path->slot);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;

	if (port == NULL)
		return -ENETDOWN;
	if (path->l2mtu != 0 && len > data_payload_max(path->l2mtu, path->n))
		return -EMSGSIZE;
	begin(&b, frame, app, port, path->hops[0].mac, id);
	for (uint32_t i = 0; i < path->n; i++) {
		struct base_mac mac = base_mac_from_u64(path->hops[i].mac);

		wire_build_hop(&b, path->hops[i].link_id, &mac);
	}
	return finish_send(app, &b, path->slot, src_port, dst_port, payload, len);
}

static uint64_t way_of(uint8_t slot, uint64_t mac)
{
	return (uint64_t)slot << 48 | mac;
}

uint64_t data_path_way(const struct data_path *path)
{
	return way_of(path->slot, path->hops[0].mac);
}

uint64_t data_in_way(const struct data_in *in)
{
	// the last entry is where it came in: the worker put the sender's MAC there
	return in->n_hops == 0 ? UINT64_MAX : way_of(in->slot, base_mac_u64(&in->hops[in->n_hops - 1].mac));
}

int data_answer(struct app *app, const struct data_in *in, const void *payload, uint32_t len)
{
	const struct snap_port *port = inject_port(app, in->slot);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;

	if (port == NULL || in->n_hops == 0)
		return -ENETDOWN;
	begin(&b, frame, app, port, base_mac_u64(&in->hops[in->n_hops - 1].mac), in->src_id);
	for (uint32_t i = in->n_hops; i > 0; i--)
		wire_build_hop(&b, base_be32_load(in->hops[i - 1].link_id), &in->hops[i - 1].mac);
	return finish_send(app, &b, in->slot, in->dst_port, in->src_port, payload, len);
}
