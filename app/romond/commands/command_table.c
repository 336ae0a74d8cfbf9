// SPDX-License-Identifier: BSD-3-Clause
// The table of commands: the roof of this room, which knows every handler.
#include "command_table.h"
#include "capture.h"
#include "discover.h"
#include "events_follow.h"
#include "handlers.h"
#include "pings.h"
#include "torch.h"

// Files of the caller's own choice: exec hooks and all else follow from them.
static const char *const file_args[] = {"path", "secrets-file", NULL};

// docs/permissions.md is made from these rows (scripts/check-docs --write).
const struct api_command command_table[] = {
	{"status", API_TIER_READ, handle_status, "what runs, since when, and the totals"},
	{"ports", API_TIER_READ, handle_ports, "ports with state and counters"},
	{"neighbors", API_TIER_READ, handle_neighbors, "who was heard on which port"},
	{"nodes", API_TIER_READ, handle_nodes, "the inventory: every node that ever answered"},
	{"node", API_TIER_READ, handle_node, "one node and the way to it"},
	{"node-forget", API_TIER_OPERATE, handle_node_forget, "remove a node from the inventory"},
	{"links", API_TIER_READ, handle_links, "links between nodes, as answers described them"},
	{"discover", API_TIER_OPERATE, NULL, "ask who is there; a row for each answer", discover_open},
	{"ping", API_TIER_OPERATE, NULL, "ping a node; a row for each answer", pings_open},
	{"drops", API_TIER_READ, handle_drops, "frames dropped, by port and reason"},
	{"why", API_TIER_READ, handle_why, "what is wrong with a port or a node, and what to do"},
	{"workers", API_TIER_READ, handle_workers, "worker lcores and how busy they are"},
	{"events", API_TIER_READ, handle_events, "what happened lately"},
	{"events-follow", API_TIER_READ, NULL, "what happens, as it happens", events_follow_open},
	{"capture", API_TIER_ROOT, NULL, "frames as they pass, as a pcapng file", capture_open},
	{"torch", API_TIER_OPERATE, NULL, "who sends how much through a port, as it passes", torch_open},
	{"secrets", API_TIER_READ, handle_secrets, "how many secrets ports have; never which"},
	{"config-show", API_TIER_READ, handle_config_show, "the running configuration"},
	{"config-diff", API_TIER_OPERATE, handle_config_diff, "what a file would change", NULL, file_args},
	{"config-apply", API_TIER_OPERATE, handle_config_apply, "put a file in force", NULL, file_args},
	{"config-confirm", API_TIER_OPERATE, handle_config_confirm,
		"keep the configuration that is on trial"},
	{"config-rollback", API_TIER_OPERATE, handle_config_rollback,
		"end a trial: the configuration before comes back"},
	{"config-save", API_TIER_ROOT, handle_config_save, "keep what is in force in the configuration file"},
	{"reload", API_TIER_OPERATE, handle_reload, "read the configuration file again"},
	{"log-level", API_TIER_OPERATE, handle_log_level, "ask for or set the log level"},
};

const size_t command_table_len = BASE_ARRAY_LEN(command_table);
