// SPDX-License-Identifier: BSD-3-Clause
// What became of the newest stream from here to a node. Control thread, under app_lock().
#include "base_clock.h"
#include "reach.h"
#include "why.h"

#define LATELY_US (600 * 1000000ull) // what was longer ago may be mended

// WHY_CAUSE_INVALID: it ended as streams should, or by us.
static enum why_cause cause_of(enum stream_end end)
{
	switch (end) {
	case STREAM_END_NO_PATH:
		return WHY_STREAM_NO_PATH;
	case STREAM_END_NO_ANSWER:
		return WHY_STREAM_NO_ANSWER;
	case STREAM_END_REFUSED:
		return WHY_STREAM_REFUSED;
	case STREAM_END_LOST:
	case STREAM_END_RESET:
		return WHY_STREAM_LOST;
	case STREAM_END_NONE:
	case STREAM_END_CLOSED:
	case STREAM_END_ABORTED:
	case STREAM_N_ENDS:
		break;
	}
	return WHY_CAUSE_INVALID;
}

static void add(struct why_node *w, enum why_cause cause, const struct pipe_past *past, uint64_t age_us)
{
	struct why_finding f;

	why_finding_init(&f, cause, WHY_NO_PORT);
	why_fact_add(&f, WHY_FACT_ID, w->id);
	why_fact_add(&f, WHY_FACT_SERVICE, past->service);
	why_fact_add(&f, WHY_FACT_AGE, age_us / 1000);
	if (past->cut > 0)
		why_fact_add(&f, WHY_FACT_MOST, past->cut);
	why_list_add(&w->findings, &f);
}

void why_stream_find(struct why_node *w)
{
	struct pipe_past past;

	if (!reach_past(w->app, w->id, &past))
		return;
	uint64_t age_us = base_mono_ns() / 1000 - past.at_us;
	if (age_us > LATELY_US)
		return;
	if (past.cut > 0)
		add(w, WHY_STREAM_BLACK_HOLE, &past, age_us);
	enum why_cause cause = cause_of(past.end);
	if (cause != WHY_CAUSE_INVALID)
		add(w, cause, &past, age_us);
}
