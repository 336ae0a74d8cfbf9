// SPDX-License-Identifier: BSD-3-Clause
// events: the list in memory, and the history; event-counts. Under app_lock().
#include <string.h>

#include "events.h"
#include "events_follow.h"
#include "handlers.h"

_Static_assert(SCHEMA_EVENTS_MAX == EVENTS_MAX, "a page holds what is in memory");

// What is in memory, after since.
static void memory_list(const struct app *app, const struct schema_events_args *in, struct schema_events *out,
	struct schema_mem *mem)
{
	uint64_t oldest = events_oldest(app);
	uint64_t from = in->since > oldest ? in->since : oldest;

	out->lost = from - in->since < events_count(app) ? from - in->since : 0;
	out->next = in->since > events_count(app) ? in->since : from;
	for (uint64_t i = from; i < events_count(app) && i - from < in->count; i++, out->next++) {
		struct store_event view;

		events_view(events_at(app, i), &view);
		events_follow_fill(&view, schema_add(mem, &out->rows), mem);
	}
}

struct page {
	struct schema_events *out;
	struct schema_mem *mem;
};

static void row_take(const struct store_event *e, void *ctx)
{
	struct page *page = ctx;

	events_follow_fill(e, schema_add(page->mem, &page->out->rows), page->mem);
	page->out->next = e->seq;
}

static void history_list(struct app *app, const struct schema_events_args *in, struct schema_events *out,
	struct schema_call *call)
{
	struct store_history_ask ask = {.since = in->since, .limit = (uint32_t)in->count};
	struct page page = {out, &call->mem};

	if (app->store == NULL) {
		api_fail(call->err, API_ERROR_FAILED,
			"there is no history: state.dir is none, or another romond's (the log says which)");
		return;
	}
	out->next = in->since;
	int64_t n = store_history_read(app->store, &ask, row_take, &page);
	if (n < 0)
		api_fail(call->err, API_ERROR_FAILED, "the history in %s cannot be read: %s",
			app->conf->state.dir, strerror((int)-n));
}

void handle_events(struct app *app, const struct schema_events_args *in, struct schema_events *out,
	struct schema_call *call)
{
	if (in->history)
		history_list(app, in, out, call);
	else
		memory_list(app, in, out, &call->mem);
}

void handle_event_counts(struct app *app, const struct schema_nothing_args *in,
	struct schema_event_count_list *out, struct schema_call *call)
{
	(void)in;
	for (enum event_kind k = EVENT_INVALID + 1; k < EVENT_N_KINDS; k++)
		*schema_add(&call->mem, out) = (struct schema_event_count){event_kind_name(k),
			base_log_level_name(event_kind_severity(k)), events_count_of(app, k)};
}
