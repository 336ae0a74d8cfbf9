// SPDX-License-Identifier: BSD-3-Clause
// Segments in Data frames. Pure; one thread.
#include "node_stream.h"

#include <string.h>

#include "base_be.h"
#include "stream_table.h"

#define PORTS_LEN ((uint32_t)sizeof(struct wire_services)) // in front of a frame's payload

// A packed way: the port's slot, the number of hops, the hops as they stand in a frame that goes back.
enum { AT_SLOT, AT_N, AT_HOPS };

_Static_assert(AT_HOPS + WIRE_HOPS_MAX * WIRE_HOP_LEN <= STREAM_WAY_MAX, "longest way");

uint32_t node_stream_way(const struct node_data *in, uint8_t *out)
{
	if (in->n_hops == 0 || in->n_hops > WIRE_HOPS_MAX)
		return 0;
	out[AT_SLOT] = in->slot;
	out[AT_N] = (uint8_t)in->n_hops;
	for (uint32_t i = 0; i < in->n_hops; i++)
		memcpy(out + AT_HOPS + i * WIRE_HOP_LEN, &in->hops[in->n_hops - 1 - i], WIRE_HOP_LEN);
	return AT_HOPS + in->n_hops * WIRE_HOP_LEN;
}

void node_stream_path(const uint8_t *way, struct node_path *out)
{
	const struct wire_hop *hops = (const struct wire_hop *)(way + AT_HOPS);

	out->slot = way[AT_SLOT];
	out->l2mtu = 0;
	out->n = way[AT_N];
	for (uint32_t i = 0; i < out->n; i++)
		out->hops[i] = (struct topo_hop){
			.link_id = base_be32_load(hops[i].link_id), .mac = base_mac_u64(&hops[i].mac)};
}

const uint8_t *node_stream_segment(const struct node_data *in, uint32_t *len)
{
	*len = PORTS_LEN + in->len;
	return in->payload - PORTS_LEN;
}

int node_stream_send(const struct node_io *io, const struct node_path *path, uint64_t peer,
	const uint8_t *segment, uint32_t len)
{
	const struct wire_services *ports = (const struct wire_services *)segment;

	return node_data_send(io, path, peer, base_be16_load(ports->src_port),
		base_be16_load(ports->dst_port), segment + PORTS_LEN, len - PORTS_LEN);
}

uint32_t node_stream_room(const struct node_path *path)
{
	uint32_t header = STREAM_SEGMENT_HEADER_LEN - PORTS_LEN;
	uint32_t room = node_payload_max(path->l2mtu, path->n);

	return room > header ? room - header : 0;
}
