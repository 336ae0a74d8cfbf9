// SPDX-License-Identifier: BSD-3-Clause
// Data frames of this node's own services. Control thread.
#include <rte_mbuf.h>

#include "base_be.h"
#include "data.h"
#include "discovery.h"
#include "inject.h"
#include "topo.h"
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

int data_send(
	struct app *app, uint64_t id, uint16_t src_port, uint16_t dst_port, const void *payload, uint32_t len)
{
	const struct topo *t = discovery_topo(app);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct topo_hop hops[TOPO_PATH_MAX];
	struct wire_builder b;

	int64_t row = topo_find(t, id);
	int n = row < 0 ? -ENETUNREACH : topo_path_hops(t, (uint32_t)row, hops, BASE_ARRAY_LEN(hops));
	int slot = n > 0 ? inject_slot_of(app, hops[0].link_id) : -ENETUNREACH;
	const struct snap_port *port = slot < 0 ? NULL : inject_port(app, (uint8_t)slot);
	if (port == NULL)
		return -ENETUNREACH;
	begin(&b, frame, app, port, hops[0].mac, id);
	for (int i = 0; i < n; i++) {
		struct base_mac mac = base_mac_from_u64(hops[i].mac);

		wire_build_hop(&b, hops[i].link_id, &mac);
	}
	return finish_send(app, &b, (uint8_t)slot, src_port, dst_port, payload, len);
}

int data_send_link(struct app *app, uint8_t slot, uint64_t mac, uint64_t id, uint16_t src_port,
	uint16_t dst_port, const void *payload, uint32_t len)
{
	const struct snap_port *port = inject_port(app, slot);
	struct base_mac next = base_mac_from_u64(mac);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;

	if (port == NULL)
		return -ENETDOWN;
	begin(&b, frame, app, port, mac, id);
	wire_build_hop(&b, base_be32_load(&port->link_id_be), &next);
	return finish_send(app, &b, slot, src_port, dst_port, payload, len);
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
