// SPDX-License-Identifier: BSD-3-Clause
// What control itself took from no port (refused.h), as causes: who asks more than his share, and who answers
// what he was not asked. Control thread, under app_lock().
#include "refused.h"
#include "trend.h"
#include "why.h"

#define CAPTURE   "capture -w FILE --port"
#define TORCH     "torch"
#define NEIGHBORS "neighbors"

// Of each reason what it comes of; the command that shows who it is, for a port; what else to do. Reasons
// without a row are told by `status` only: they come of what is late, in the best of networks.
static const struct cause {
	enum node_refused reason;
	bool is_told_at_once; // else when it lasts: a restart, or a burst, brings a few
	const char *cause;
	const char *shown_by; // NULL = nothing shows more
	const char *mend;
} causes[] = {
	{NODE_REFUSED_PING_WAY, true,
		"answers to our pings come in here that were sent to another port or neighbor: somebody may "
		"make them up, and none is believed",
		CAPTURE, "; secrets on this port keep strangers out"},
	{NODE_REFUSED_PING_TOKEN, true,
		"answers to our pings come in here without what the ping asked to have back: somebody may "
		"make them up, and none is believed",
		CAPTURE, "; secrets on this port keep strangers out"},
	{NODE_REFUSED_ROSTER_WAY, true,
		"lists of nodes come in here that were asked for by another port or neighbor: somebody may "
		"make them up, and none is believed",
		CAPTURE, "; secrets on this port keep strangers out"},
	{NODE_REFUSED_ROSTER_ENDLESS, true,
		"a master's list of nodes does not come to an end: it is left alone for a while", NULL,
		"the log names it; the key discovery.masters says which masters are asked"},
	{NODE_REFUSED_ROSTER_BROKEN, true,
		"lists of nodes, or requests for ours, come in here that cannot be read: from another "
		"version, or somebody makes them up",
		CAPTURE, ", and update it"},
	{NODE_REFUSED_ROSTER_UNASKED, false,
		"lists of nodes come in here that nobody asked for: somebody may make them up, and none is "
		"believed",
		CAPTURE, "; secrets on this port keep strangers out"},
	{NODE_REFUSED_ROSTER_TOKEN, false,
		"lists of nodes come in here without what the request asked to have back: they are late, or "
		"somebody makes them up",
		CAPTURE, "; secrets on this port keep strangers out"},
	{NODE_REFUSED_PING_UNASKED, false,
		"answers to pings come in here that this node did not send: somebody may make them up, or "
		"another node has our id",
		CAPTURE, ""},
	{NODE_REFUSED_ANSWER_UNASKED, false,
		"answers to Discovers come in here, and this node has sent none: somebody may make them up, "
		"or another node has our id",
		CAPTURE, ""},
	{NODE_REFUSED_ASKER_STRANGER, false,
		"a node asks for our list of nodes that is no master which we hear, or is not in "
		"discovery.masters: it gets none",
		NULL, "if it should have it: `romon.role: master` here, and its label in discovery.masters"},
	{NODE_REFUSED_ASKER_RATE, false,
		"more requests for our list of nodes come in here than a port may send", TORCH, ""},
	{NODE_REFUSED_ANSWER_RATE, false,
		"more Discovers come in here than this node answers on one port: those beyond are not "
		"answered",
		NEIGHBORS, "; look for a loop or a scanner on this segment"},
	{NODE_REFUSED_BUSY, false,
		"more frames for this node itself come in here than control has time for: those beyond are "
		"lost, and other ports are served first",
		TORCH, "; lower limits.punt, and see the load of this machine: top"},
};

void why_refused_findings(const struct why_port *p, json_t *findings, json_t *earlier)
{
	const struct app_trend *trend = &p->slot->trend;

	for (size_t i = 0; i < BASE_ARRAY_LEN(causes); i++) {
		const struct cause *c = &causes[i];
		uint64_t at_ms = trend->refused_ms[c->reason];
		struct why_text t;

		if (at_ms == 0 ||
			(!c->is_told_at_once && at_ms - trend->refused_first_ms[c->reason] < WHY_BRIEF_MS))
			continue;
		why_text_init(&t);
		base_text_add(&t.cause, "%s", c->cause);
		if (c->shown_by != NULL)
			base_text_add(&t.mend, "see who it is: `romonctl %s %s`", c->shown_by, p->slot->name);
		base_text_add(&t.mend, "%s", c->mend);
		why_grown_add(p, &t, "warning", node_refused_name(c->reason), p->slot->refused[c->reason],
			at_ms, findings, earlier);
	}
}
