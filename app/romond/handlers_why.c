// SPDX-License-Identifier: BSD-3-Clause
// why: from a port's state and counters to the likely cause, and what mends it. Under app_lock().
#include <string.h>

#include "api_args.h"
#include "base_clock.h"
#include "counters.h"
#include "handlers.h"
#include "ports.h"
#include "wire_describe.h"
#include "wire_name.h"

// What a drop reason usually means. Reasons that are normal in a healthy network are not listed.
static const struct {
	enum dp_reason reason;
	const char *level;
	const char *cause;
	const char *mend;
} causes[] = {
	{DP_DROP_CHANNEL, "error", "a neighbor uses another overlay channel",
		"set romon.channel to the same value everywhere; RouterOS is channel default"},
	{DP_DROP_AUTH_UNKNOWN, "error", "a neighbor signs its frames, and this build cannot verify them",
		"carry its frames through a relay group, which needs no secret, or remove its secrets"},
	{DP_DROP_AUTH_MISSING, "error",
		"a neighbor sends unsigned frames, and this port's secrets forbid that",
		"put \"\" into the port's secrets, or give the neighbor the secret"},
	{DP_DROP_EGRESS_SIGN, "error", "frames would leave by a port that signs, and this build cannot sign",
		"put \"\" first in that port's secrets, or use a relay group"},
	{DP_DROP_VLAN_UNKNOWN, "warning", "frames carry a VLAN that no port of this device serves",
		"add a port with that vlan, or remove the tag at the switch"},
	{DP_DROP_VLAN_DEPTH, "warning", "frames carry two VLAN tags", "remove the outer tag at the switch"},
	{DP_DROP_SRC_OWN, "warning", "two ports of this box are on one segment and hear each other",
		"keep one of them, or leave it: nothing is lost but bandwidth"},
	{DP_DROP_DST_OTHER, "warning", "frames for another node arrive here: a hub, or a promiscuous segment",
		"nothing, unless the sender's hop list should name this port"},
	{DP_DROP_HOP_LIMIT, "error", "paths are longer than romon.hop-limit", "raise romon.hop-limit"},
	{DP_DROP_HOP_NOT_US, "warning", "a neighbor sends to a MAC that this port no longer has",
		"discover again from the sender: its path is stale"},
	{DP_DROP_LINK_UNKNOWN, "warning", "a neighbor uses a link id that none of our ports has any more",
		"discover again from the sender: its path is stale"},
	{DP_DROP_EGRESS_DOWN, "error", "frames should leave by a port that has no link",
		"see `romonctl ports` for the port that is down"},
	{DP_DROP_EGRESS_MTU, "error", "frames are longer than the l2mtu of the port to leave by",
		"raise that interface's MTU, or lower the sender's"},
	{DP_DROP_NO_EGRESS, "warning", "Discovers arrive, but there is no other port to pass them on",
		"add a second port, or enable the one that is down"},
	{DP_DROP_RATE_DISCOVER, "warning", "more Discovers arrive than limits.discover-in allows",
		"look for a loop or a scanner on this segment; else raise limits.discover-in"},
	{DP_DROP_RATE_ORIGIN, "warning",
		"one origin sends more Discovers than limits.answers-per-origin allows",
		"look for that origin with `romonctl neighbors`; else raise the limit"},
	{DP_DROP_FILTERED, "warning", "a filter of this port refuses frames", "see the key filters"},
	{DP_DROP_RELAY_LOOP, "error", "the segments of this relay group are joined elsewhere too: a loop",
		"remove one of the two ways, or leave it as a spare: frames still cross once"},
	{DP_DROP_STORM_LIMIT, "error", "a storm: more frames than the group's storm-limit",
		"look for a loop behind this port; else raise storm-limit"},
	{DP_DROP_RELAY_ALONE, "error", "no other port of the relay group is up", "see `romonctl ports`"},
	{DP_DROP_NO_MBUF, "error", "the buffers are used up", "raise memory.mbufs"},
	{DP_DROP_TX_FULL, "warning", "the device does not send as fast as frames come in",
		"lower the load, or use a faster driver (see `romonctl ports -o wide`)"},
};

static void finding_add(json_t *list, const char *level, const char *cause, const char *mend)
{
	json_array_append_new(list,
		json_pack("{s:s, s:o, s:s}", "level", level, "cause", handlers_text(cause), "mend", mend));
}

static uint64_t bad_frames(const struct app_totals *t)
{
	uint64_t n = 0;

	for (enum dp_reason r = DP_DROP_NONE + 1; r <= DP_DROP_ROUTE_COUNT; r++) {
		if (r != DP_DROP_NOT_ROMON && r != DP_DROP_VLAN_DEPTH)
			n += t->drops[r];
	}
	return n;
}

static void state_findings(const struct app *app, const struct app_slot *slot, json_t *list)
{
	const char *state = ports_state(app, slot);
	const struct app_dev *d = ports_dev(app, slot);

	if (!app->conf->romon.is_enabled)
		finding_add(list, "error", "RoMON is off on this node", "set romon.enabled: true");
	if (strcmp(state, "disabled") == 0)
		finding_add(list, "error", "the port is disabled", "remove disabled: true from the port");
	else if (strcmp(state, "forbidden") == 0)
		finding_add(list, "error", "RoMON is forbidden on this port",
			"remove forbid: true from the port");
	else if (strcmp(state, "absent") == 0)
		finding_add(
			list, "error", d->error, "romond opens the device by itself as soon as it is there");
	else if (strcmp(state, "down") == 0)
		finding_add(list, "error", "no link: cable, peer, or the interface is administratively down",
			"ip link set DEVICE up; check the cable and the other end");
}

static json_t *findings_of(const struct app *app, const struct app_slot *slot, const struct app_totals *t)
{
	json_t *list = json_array();

	state_findings(app, slot, list);
	for (size_t i = 0; i < BASE_ARRAY_LEN(causes); i++) {
		if (t->drops[causes[i].reason] > 0)
			finding_add(list, causes[i].level, causes[i].cause, causes[i].mend);
	}
	if (bad_frames(t) > 0)
		finding_add(list, "error", "malformed RoMON frames arrive",
			"see last-bad: it shows the last one, decoded");
	uint64_t n_romon = t->rx_frames - t->drops[DP_DROP_NOT_ROMON];
	if (n_romon == 0 && json_array_size(list) == 0)
		finding_add(list, "error",
			"no RoMON frame was ever heard here: the peer has RoMON off or forbids it on its "
			"port, a "
			"switch drops 01:80:c2:00:88:bf, or the VLAN is another",
			"on RouterOS: /tool/romon/set enabled=yes, /tool/romon/port/print; here: tcpdump "
			"-eni DEVICE "
			"ether proto 0x88bf");
	if (json_array_size(list) == 0)
		finding_add(list, "ok", "frames arrive and none is dropped for a cause that needs care",
			"nothing");
	return list;
}

// Lines of text as a JSON array.
static json_t *lines_json(char *text)
{
	json_t *list = json_array();
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(list, json_string(line));
	return list;
}

static json_t *last_bad_json(const struct app_bad_frame *bad)
{
	char hex[2 * APP_BAD_LEN_MAX + 1];
	char lines[4096];
	struct base_text hex_text;
	struct base_text text;

	if (bad->reason == DP_DROP_NONE)
		return json_null();
	base_text_init(&hex_text, hex, sizeof(hex));
	for (uint32_t i = 0; i < bad->n_kept; i++)
		base_text_add(&hex_text, "%02x", bad->bytes[i]);
	base_text_init(&text, lines, sizeof(lines));
	wire_describe(&text, bad->bytes, bad->n_kept);
	return json_pack("{s:s, s:I, s:i, s:s, s:o}", "reason", dp_reason_name(bad->reason), "age-ms",
		(json_int_t)(base_mono_ms() - bad->at_ms), "length", (int)bad->len, "hex", hex, "decoded",
		lines_json(lines));
}

json_t *handlers_types_of(const struct app_totals *t)
{
	json_t *list = json_array();

	for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->rx_types[type] > 0)
			json_array_append_new(list, json_pack("{s:s, s:I}", "type", wire_type_name(type),
							    "count", (json_int_t)t->rx_types[type]));
	}
	return list;
}

json_t *handle_why(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"port"};
	struct app *app = ctx;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0)
		return NULL;
	int only = handlers_slot(app, args, err);
	if (only < 0)
		return NULL;
	json_t *list = json_array();
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];
		struct app_totals t;

		if (!handlers_slot_is_asked(app, s, only))
			continue;
		counters_port(app, s, &t);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "port", slot->name, "state",
				      ports_state(app, slot), "rx-frames", (json_int_t)t.rx_frames, "types",
				      handlers_types_of(&t), "drops",
				      handlers_drops_of(slot->name, &t, false), "last-bad",
				      last_bad_json(&slot->bad), "findings", findings_of(app, slot, &t)));
	}
	return list;
}
