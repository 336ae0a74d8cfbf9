// SPDX-License-Identifier: BSD-3-Clause
// What control itself took from no port (refused.h), as causes: who asks more than his share, and who answers
// what he was not asked. Control thread, under app_lock().
#include "trend.h"
#include "why.h"

// The likeliest first. Reasons without a row are told by `status` only: they come of what is late, in the
// best of networks.
static const struct {
	enum node_refused reason;
	enum why_cause cause;
	bool is_told_at_once; // else when it lasts: a restart, or a burst, brings a few
} rows[] = {
	{NODE_REFUSED_PING_WAY, WHY_PING_WAY, true},
	{NODE_REFUSED_PING_TOKEN, WHY_PING_TOKEN, true},
	{NODE_REFUSED_ROSTER_WAY, WHY_ROSTER_WAY, true},
	{NODE_REFUSED_ROSTER_ENDLESS, WHY_ROSTER_ENDLESS, true},
	{NODE_REFUSED_ROSTER_BROKEN, WHY_ROSTER_BROKEN, true},
	{NODE_REFUSED_ROSTER_UNASKED, WHY_ROSTER_UNASKED, false},
	{NODE_REFUSED_ROSTER_TOKEN, WHY_ROSTER_TOKEN, false},
	{NODE_REFUSED_PING_UNASKED, WHY_PING_UNASKED, false},
	{NODE_REFUSED_ANSWER_UNASKED, WHY_ANSWER_UNASKED, false},
	{NODE_REFUSED_ASKER_STRANGER, WHY_ASKER_STRANGER, false},
	{NODE_REFUSED_ASKER_RATE, WHY_ASKER_RATE, false},
	{NODE_REFUSED_ANSWER_RATE, WHY_ANSWER_RATE, false},
	{NODE_REFUSED_BUSY, WHY_CONTROL_BUSY, false},
};

void why_refused_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier)
{
	const struct app_trend *trend = &p->slot->trend;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		enum node_refused reason = rows[i].reason;
		uint64_t at_ms = trend->refused_ms[reason];
		struct why_finding f;

		if (at_ms == 0 ||
			(!rows[i].is_told_at_once && at_ms - trend->refused_first_ms[reason] < WHY_BRIEF_MS))
			continue;
		why_finding_init(&f, rows[i].cause, p->s);
		why_grown_add(
			p, &f, node_refused_name(reason), p->slot->refused[reason], at_ms, findings, earlier);
	}
}
