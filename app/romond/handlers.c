// SPDX-License-Identifier: BSD-3-Clause
// The table of commands, and what handlers share. Under app_lock().
#include <string.h>
#include <time.h>

#include "api_args.h"
#include "base_clock.h"
#include "base_text.h"
#include "capture.h"
#include "discover.h"
#include "events_follow.h"
#include "handlers.h"
#include "pings.h"
#include "ports.h"
#include "torch.h"

// Files of the caller's own choice: exec hooks and all else follow from them.
static const char *const file_args[] = {"path", "secrets-file", NULL};

// docs/permissions.md is made from these rows (scripts/check-docs --write).
const struct api_command handlers_table[] = {
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

const size_t handlers_table_len = BASE_ARRAY_LEN(handlers_table);

json_t *handlers_text(const char *text)
{
	char escaped[4 * 256 + 1];

	base_text_escape(escaped, sizeof(escaped), text, strnlen(text, 256));
	return json_string(escaped);
}

json_t *handlers_mac(uint64_t mac)
{
	struct base_mac m = base_mac_from_u64(mac);
	char text[BASE_MAC_TEXT_LEN];

	return mac == 0 ? json_null() : json_string(base_mac_format(&m, text));
}

json_t *handlers_time(uint64_t wall_us)
{
	time_t s = (time_t)(wall_us / 1000000u);
	struct tm tm;
	char text[40];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

const char *handlers_who(const struct app *app, char buf[API_PEER_TEXT_SIZE])
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	if (call != NULL)
		return api_peer_describe(call->peer.uid, call->peer.pid, buf);
	base_text_copy(buf, API_PEER_TEXT_SIZE, "romond itself");
	return buf;
}

uint32_t handlers_places(const struct app *app, uint32_t max)
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	return call != NULL && call->peer.tier != API_TIER_ROOT ? max - HANDLERS_PLACES_ROOT : max;
}

json_t *handlers_at_us(void)
{
	return json_integer((json_int_t)(base_mono_ns() / 1000));
}

int handlers_slot(const struct app *app, json_t *args, struct api_error *err)
{
	const char *name;

	if (api_args_text(args, "port", NULL, &name, err) != 0)
		return -EINVAL;
	if (name == NULL)
		return SNAP_PORTS_MAX;
	int slot = ports_find(app, name);
	if (slot < 0)
		api_fail(err, API_ERROR_NOT_FOUND, "no port %s; `romonctl ports` lists them", name);
	return slot;
}

bool handlers_slot_is_asked(const struct app *app, uint32_t s, int only)
{
	return app->slots[s].is_used && (only == SNAP_PORTS_MAX || s == (uint32_t)only);
}
