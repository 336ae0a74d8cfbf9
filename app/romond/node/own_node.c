// SPDX-License-Identifier: BSD-3-Clause
// This node as lib/node sees it. Control thread.
#include <string.h>

#include <rte_cycles.h>

#include "about.h"
#include "app.h"
#include "base_be.h"
#include "base_random.h"
#include "inject.h"
#include "own_node.h"
#include "refused.h"

uint64_t own_node_ns(uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)tsc * 1000000000u / rte_get_tsc_hz());
}

static bool port_get(void *ctx, uint8_t slot, struct node_port *out)
{
	const struct snap_port *port = inject_port(ctx, slot);

	if (port == NULL)
		return false;
	*out = (struct node_port){.own = {.link_id = base_be32_load(port->end.link_id),
					  .l2mtu = base_be16_load(port->end.l2mtu),
					  .cost = base_be16_load(port->end.cost),
					  .mac = port->end.mac},
		.is_active = port->state == SNAP_STATE_ACTIVE};
	return true;
}

static int slot_find(void *ctx, uint32_t link_id)
{
	return inject_slot_of(ctx, link_id);
}

static void self_get(void *ctx, struct topo_self *out)
{
	const struct app *app = ctx;
	const struct conf *c = app->conf;
	const char *master = c->romon.role == CONF_ROLE_MASTER ? c->romon.master_id : NULL;

	*out = (struct topo_self){.id = base_mac_from_u64(app->own_id),
		.channel = c->romon.channel,
		.answer_swaps = c->romon.answer_style == CONF_ANSWER_SWAP,
		.identity = c->romon.identity,
		.identity_len = (uint8_t)strlen(c->romon.identity),
		.board = about_board(),
		.board_len = (uint8_t)strlen(about_board()),
		.master = master,
		.master_len = master == NULL ? 0 : (uint8_t)strlen(master),
		.version = about_version()};
}

static int frame_send(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	return inject_send(ctx, slot, frame, len);
}

static void bytes_draw(void *ctx, void *out, size_t len)
{
	(void)ctx;
	base_random_fill(out, len);
}

static void refusal_count(void *ctx, uint8_t slot, enum node_refused why)
{
	refused_count(ctx, slot, why);
}

struct node_io own_node_io(struct app *app)
{
	return (struct node_io){.ctx = app,
		.port = port_get,
		.slot_of = slot_find,
		.self = self_get,
		.send = frame_send,
		.random = bytes_draw,
		.refuse = refusal_count};
}
