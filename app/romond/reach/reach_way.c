// SPDX-License-Identifier: BSD-3-Clause
// Ways of segments. Control thread.
#include <string.h>

#include "about.h"
#include "base_be.h"
#include "base_clock.h"
#include "base_random.h"
#include "discovery.h"
#include "inject.h"
#include "node_pings.h"
#include "node_stream.h"
#include "own_node.h"
#include "reach_way.h"
#include "snap.h"

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
	node_stream_path(way, out);
	return 0;
}

static int segment_send(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	struct app *app = ctx;
	struct node_path path;

	int err = way_find(app, peer, way, way_len, &path);
	if (err != 0)
		return err;
	struct node_io io = own_node_io(app);

	return node_stream_send(&io, &path, peer, payload, len);
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
	return (struct stream_route){.segment = node_stream_room(&path), .is_foreign = is_foreign(app, peer)};
}

// A stream that stalls is a reason to look which ways there are: a new Discover tells, not the next one due.
static void stalled(void *ctx, uint64_t peer, bool is_by_path, uint32_t waited_ms)
{
	struct app *app = ctx;

	if (is_by_path)
		discovery_path_tell(app, peer, false, waited_ms);
	discovery_want(app, base_mono_ms() + NODE_PINGS_ASK_MS);
}

static void carried(void *ctx, uint64_t peer)
{
	discovery_path_tell(ctx, peer, true, 0);
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
	return (struct stream_io){.ctx = app,
		.send = segment_send,
		.route = segment_route,
		.random = random_draw,
		.stalled = stalled,
		.carried = carried};
}
