// SPDX-License-Identifier: BSD-3-Clause
// Ways of segments. Control thread.
#include <string.h>

#include "about.h"
#include "base_be.h"
#include "base_random.h"
#include "discovery.h"
#include "inject.h"
#include "own_node.h"
#include "reach_way.h"
#include "snap.h"

#define SEGMENT_BEHIND_PORTS (STREAM_SEGMENT_HEADER_LEN - (uint32_t)sizeof(struct wire_services))

// A packed way: the port's slot, the number of hops, the hops as they stand in a frame that goes back.
enum { AT_SLOT, AT_N, AT_HOPS };

_Static_assert(AT_HOPS + WIRE_HOPS_MAX * WIRE_HOP_LEN <= STREAM_WAY_MAX, "longest way");

uint32_t reach_way_pack(const struct node_data *in, uint8_t *out)
{
	if (in->n_hops == 0 || in->n_hops > WIRE_HOPS_MAX)
		return 0;
	out[AT_SLOT] = in->slot;
	out[AT_N] = (uint8_t)in->n_hops;
	for (uint32_t i = 0; i < in->n_hops; i++)
		memcpy(out + AT_HOPS + i * WIRE_HOP_LEN, &in->hops[in->n_hops - 1 - i], WIRE_HOP_LEN);
	return AT_HOPS + in->n_hops * WIRE_HOP_LEN;
}

static void path_unpack(const uint8_t *way, struct node_path *out)
{
	const struct wire_hop *hops = (const struct wire_hop *)(way + AT_HOPS);

	*out = (struct node_path){.slot = way[AT_SLOT], .n = way[AT_N]};
	for (uint32_t i = 0; i < out->n; i++)
		out->hops[i] = (struct topo_hop){
			.link_id = base_be32_load(hops[i].link_id), .mac = base_mac_u64(&hops[i].mac)};
}

static int peer_path(struct app *app, uint64_t peer, struct node_path *out)
{
	struct node_io io = own_node_io(app);

	return node_path_find(&io, discovery_topo(app), peer, out);
}

static int way_find(
	struct app *app, uint64_t peer, const uint8_t *way, uint32_t way_len, struct node_path *out)
{
	if (way_len == 0)
		return peer_path(app, peer, out);
	path_unpack(way, out);
	return 0;
}

static int segment_send(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	const struct wire_services *ports = (const struct wire_services *)payload;
	struct app *app = ctx;
	struct node_path path;

	int err = way_find(app, peer, way, way_len, &path);
	if (err != 0)
		return err;
	struct node_io io = own_node_io(app);

	return node_data_send(&io, &path, peer, base_be16_load(ports->src_port),
		base_be16_load(ports->dst_port), payload + sizeof(*ports), len - (uint32_t)sizeof(*ports));
}

// A peer that is not known to be of our make.
static bool is_foreign(const struct app *app, uint64_t peer)
{
	const struct topo *t = discovery_topo(app);
	struct topo_node node;
	int64_t row = topo_find(t, peer);

	return row < 0 || !topo_node_at(t, (uint32_t)row, &node) || strcmp(node.board, about_board()) != 0;
}

static struct stream_route segment_route(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len)
{
	struct app *app = ctx;
	struct node_path path;
	struct node_path known;

	if (way_find(app, peer, way, way_len, &path) != 0)
		return (struct stream_route){0};
	const struct snap_port *port = inject_port(app, path.slot);
	if (port == NULL)
		return (struct stream_route){0};
	// of a way back only our own link is known for sure, and what the topology says of the peer's
	if (path.l2mtu == 0)
		path.l2mtu = base_be16_load(port->end.l2mtu);
	if (way_len > 0 && peer_path(app, peer, &known) == 0 && known.l2mtu != 0 && known.l2mtu < path.l2mtu)
		path.l2mtu = known.l2mtu;
	uint32_t room = node_payload_max(path.l2mtu, path.n);

	return (struct stream_route){.segment = room > SEGMENT_BEHIND_PORTS ? room - SEGMENT_BEHIND_PORTS : 0,
		.is_foreign = is_foreign(app, peer)};
}

static uint32_t random_draw(void *ctx)
{
	uint32_t value;

	(void)ctx;
	base_random_fill(&value, sizeof(value));
	return value;
}

struct stream_io reach_way_io(struct app *app)
{
	return (struct stream_io){
		.ctx = app, .send = segment_send, .route = segment_route, .random = random_draw};
}
