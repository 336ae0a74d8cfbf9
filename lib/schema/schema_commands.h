// SPDX-License-Identifier: BSD-3-Clause
// The commands of the control socket: a row here, rows of its arguments and fields in a header of this
// folder, and a handler handle_ID() (of a feed: open_ID()) in romond make a command.
// docs/control-socket.md, docs/permissions.md and romonctl follow. Constant data.
//
//	C(id, "name", tier, SHAPE(answer), arguments, "help")
#pragma once

#include "schema_config.h"
#include "schema_events.h"
#include "schema_nodes.h"
#include "schema_ports.h"
#include "schema_status.h"
#include "schema_streams.h"
#include "schema_why.h"

#define SCHEMA_COMMANDS(C)        \
	SCHEMA_STATUS_COMMANDS(C) \
	SCHEMA_PORTS_COMMANDS(C)  \
	SCHEMA_NODES_COMMANDS(C)  \
	SCHEMA_REACH_COMMANDS(C)  \
	SCHEMA_WHY_COMMANDS(C)    \
	SCHEMA_EVENTS_COMMANDS(C) \
	SCHEMA_CONFIG_COMMANDS(C)

#define SCHEMA_FEEDS(C) SCHEMA_NODES_FEEDS(C) SCHEMA_REACH_FEEDS(C) SCHEMA_EVENTS_FEEDS(C)
