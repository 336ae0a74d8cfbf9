// SPDX-License-Identifier: BSD-3-Clause
// What this node says of itself. Control thread.
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base_be.h"
#include "node_self.h"

// "0.1.0" as a Version TLV says it.
struct wire_version node_version(void)
{
	char *rest = NULL;
	unsigned long major = strtoul(ROMOND_VERSION, &rest, 10);
	unsigned long minor = *rest == '.' ? strtoul(rest + 1, &rest, 10) : 0;
	unsigned long revision = *rest == '.' ? strtoul(rest + 1, &rest, 10) : 0;

	return (struct wire_version){(uint8_t)major, (uint8_t)minor, 'f', (uint8_t)revision};
}

// What a router has its board's name for: that this is romond, and on what.
const char *node_board(void)
{
	static char board[16 + sizeof(((struct utsname *)0)->machine)];
	struct utsname u;

	if (board[0] == '\0')
		snprintf(board, sizeof(board), "romond %s", uname(&u) == 0 ? u.machine : "");
	return board;
}

struct topo_self node_self(const struct app *app)
{
	const struct conf *c = app->conf;
	const char *master = c->romon.role == CONF_ROLE_MASTER ? c->romon.master_id : NULL;

	return (struct topo_self){.id = base_mac_from_u64(app->own_id),
		.channel = c->romon.channel,
		.answer_swaps = c->romon.answer_style == CONF_ANSWER_SWAP,
		.identity = c->romon.identity,
		.identity_len = (uint8_t)strlen(c->romon.identity),
		.board = node_board(),
		.board_len = (uint8_t)strlen(node_board()),
		.master = master,
		.master_len = master == NULL ? 0 : (uint8_t)strlen(master),
		.version = node_version()};
}

struct topo_port node_port(const struct snap_port *port)
{
	return (struct topo_port){.link_id = base_be32_load(port->slot.link_id),
		.l2mtu = base_be16_load(port->slot.l2mtu),
		.cost = base_be16_load(port->slot.cost),
		.mac = port->slot.mac};
}
