// SPDX-License-Identifier: BSD-3-Clause
// Names of what is refused. Any thread.
#include "node_refused.h"

static const struct {
	const char *name;
	const char *help;
} reasons[NODE_N_REFUSED] = {
	[NODE_REFUSED_INVALID] = {"invalid", ""},
	[NODE_REFUSED_PING_UNASKED] = {"ping-unasked",
		"answers to pings that no run of ours sent, or that ended"},
	[NODE_REFUSED_PING_NODE] = {"ping-node",
		"answers to pings by another node than the one that was asked"},
	[NODE_REFUSED_PING_WAY] = {"ping-way",
		"answers to pings by another port or neighbor than the ping left by: somebody may forge them"},
	[NODE_REFUSED_PING_TOKEN] = {"ping-token",
		"answers to pings without the token of the ping: somebody may forge them"},
	[NODE_REFUSED_PING_LATE] = {"ping-late", "answers to pings that came after their time, or twice"},
	[NODE_REFUSED_ROSTER_UNASKED] = {"roster-unasked", "rosters of masters that were not asked"},
	[NODE_REFUSED_ROSTER_WAY] = {"roster-way",
		"rosters by another port or neighbor than the request left by: somebody may forge them"},
	[NODE_REFUSED_ROSTER_TOKEN] = {"roster-token",
		"rosters without the token of the request: late, or somebody may forge them"},
	[NODE_REFUSED_ROSTER_BROKEN] = {"roster-broken", "rosters that could not be read"},
	[NODE_REFUSED_ROSTER_ENDLESS] = {"roster-endless",
		"rosters that did not come to an end: the master is left alone for a while"},
	[NODE_REFUSED_ASKER_STRANGER] = {"asker-stranger",
		"requests for our roster by nodes that are no master that we hear, or not in discovery.masters"},
	[NODE_REFUSED_ASKER_RATE] = {"asker-rate",
		"requests for our roster beyond the share of the port or of the asker"},
	[NODE_REFUSED_ANSWER_RATE] = {"answer-rate", "Discovers not answered: beyond the share of the port"},
	[NODE_REFUSED_ANSWER_UNASKED] = {"answer-unasked",
		"answers to Discovers when this node had sent none for 10 s"},
	[NODE_REFUSED_BUSY] = {"control-busy", "frames for control beyond the share of the port"},
};

const char *node_refused_name(enum node_refused why)
{
	return reasons[why].name;
}

const char *node_refused_help(enum node_refused why)
{
	return reasons[why].help;
}
