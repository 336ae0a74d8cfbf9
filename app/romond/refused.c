// SPDX-License-Identifier: BSD-3-Clause
// Counting what is refused. Control thread.
#include "refused.h"

static const struct {
	const char *name;
	const char *help;
} reasons[REFUSED_N] = {
	[REFUSED_INVALID] = {"invalid", ""},
	[REFUSED_PING_UNASKED] = {"ping-unasked", "answers to pings that no run of ours sent, or that ended"},
	[REFUSED_PING_NODE] = {"ping-node", "answers to pings by another node than the one that was asked"},
	[REFUSED_PING_WAY] = {"ping-way", "answers to pings by another port or neighbor than the ping left "
					  "by: somebody may forge them"},
	[REFUSED_PING_TOKEN] = {"ping-token",
		"answers to pings without the token of the ping: somebody may forge them"},
	[REFUSED_PING_LATE] = {"ping-late", "answers to pings that came after their time, or twice"},
	[REFUSED_ROSTER_UNASKED] = {"roster-unasked", "rosters of masters that were not asked"},
	[REFUSED_ROSTER_WAY] = {"roster-way",
		"rosters by another port or neighbor than the request left by: somebody may forge them"},
	[REFUSED_ROSTER_TOKEN] = {"roster-token",
		"rosters without the token of the request: late, or somebody may forge them"},
	[REFUSED_ROSTER_BROKEN] = {"roster-broken", "rosters that could not be read"},
	[REFUSED_ROSTER_ENDLESS] = {"roster-endless",
		"rosters that did not come to an end: the master is left alone for a while"},
	[REFUSED_ASKER_STRANGER] = {"asker-stranger", "requests for our roster by nodes that are no master "
						      "that we hear, or not in discovery.masters"},
	[REFUSED_ASKER_RATE] = {"asker-rate",
		"requests for our roster beyond the share of the port or of the asker"},
	[REFUSED_ANSWER_RATE] = {"answer-rate", "Discovers not answered: beyond the share of the port"},
	[REFUSED_ANSWER_UNASKED] = {"answer-unasked",
		"answers to Discovers when this node had sent none for 10 s"},
	[REFUSED_BUSY] = {"control-busy", "frames for control beyond the share of the port"},
};

void refused_count(struct app *app, uint8_t slot, enum refused why)
{
	if (slot < SNAP_PORTS_MAX)
		app->slots[slot].refused[why]++;
}

const char *refused_name(enum refused why)
{
	return reasons[why].name;
}

const char *refused_help(enum refused why)
{
	return reasons[why].help;
}

json_t *refused_json(const struct app *app)
{
	json_t *list = json_array();

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];

		for (uint32_t r = REFUSED_INVALID + 1; slot->is_used && r < REFUSED_N; r++) {
			if (slot->refused[r] > 0)
				json_array_append_new(
					list, json_pack("{s:s, s:s, s:I, s:s}", "reason", reasons[r].name,
						      "port", slot->name, "count",
						      (json_int_t)slot->refused[r], "help", reasons[r].help));
		}
	}
	return list;
}
