// SPDX-License-Identifier: BSD-3-Clause
// The commands of the control socket: a row here, rows of its arguments and fields in a header of this
// folder, and a handler handle_ID() (of a stream: open_ID()) in romond make a command.
// docs/control-socket.md, docs/permissions.md and romonctl follow. Constant data.
//
//	C(id, "name", tier, SHAPE(answer), arguments, "help")
#pragma once

#include "schema_config.h"
#include "schema_events.h"
#include "schema_nodes.h"
#include "schema_ports.h"
#include "schema_status.h"
#include "schema_why.h"

// clang-format off
#define SCHEMA_COMMANDS(C) \
	C(status, "status", READ, OBJECT(status), nothing, "what runs, since when, totals, warnings") \
	C(ports, "ports", READ, LIST(port), nothing, "ports with state and counters") \
	C(neighbors, "neighbors", READ, OBJECT(neighbors), neighbors, "who was heard on which port") \
	C(nodes, "nodes", READ, OBJECT(nodes), nodes, "the inventory: every node that ever answered") \
	C(node, "node", READ, OBJECT(node_way), node, "one node and the way to it") \
	C(node_forget, "node-forget", OPERATE, OBJECT(node), node, "remove a node from the inventory; one that lives comes back with its next answer") \
	C(links, "links", READ, OBJECT(links), links, "links between nodes, as answers described them") \
	C(drops, "drops", READ, LIST(drop), drops, "frames dropped, by port and reason") \
	C(why, "why", READ, LIST(why), why, "what is wrong with a port or a node, and what to do") \
	C(workers, "workers", READ, LIST(worker), nothing, "workers and how busy they are") \
	C(events, "events", READ, OBJECT(events), events, "what happened lately; with `history` what is kept over restarts") \
	C(secrets, "secrets", READ, LIST(secret), nothing, "how many secrets ports have; never which") \
	C(config_show, "config-show", READ, OBJECT(config_show), nothing, "the running configuration") \
	C(config_diff, "config-diff", OPERATE, OBJECT(config_plan), config_diff, "what a file would change") \
	C(config_apply, "config-apply", OPERATE, OBJECT(config_applied), config_apply, "put a file in force, for good or on trial") \
	C(config_confirm, "config-confirm", OPERATE, OBJECT(config_trial), nothing, "keep the configuration that is on trial") \
	C(config_rollback, "config-rollback", OPERATE, OBJECT(config_trial), nothing, "end a trial: the configuration before comes back") \
	C(config_save, "config-save", ROOT, OBJECT(config_saved), config_save, "write what is in force to an open file; then look whether it is the configuration file") \
	C(reload, "reload", OPERATE, OBJECT(config_applied), nothing, "read the configuration file again") \
	C(log_level, "log-level", OPERATE, OBJECT(log_level), log_level, "ask for or set the log level")

#define SCHEMA_STREAMS(C) \
	C(discover, "discover", OPERATE, STREAM(node, discover_end), discover, "ask who is there; a row for each answer") \
	C(ping, "ping", OPERATE, STREAM(ping, ping_end), ping, "ping a node; a row for each answer") \
	C(events_follow, "events-follow", READ, STREAM(event, event), events_follow, "what happens, as it happens") \
	C(capture, "capture", ROOT, STREAM(capture, capture), capture, "frames as they pass, as a pcapng file") \
	C(torch, "torch", OPERATE, STREAM(torch, torch_end), torch, "who sends how much through a port, as it passes")
// clang-format on
