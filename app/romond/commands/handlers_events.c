// SPDX-License-Identifier: BSD-3-Clause
// events: the list in memory, and the history. Under app_lock().
#include <string.h>

#include "api_args.h"
#include "events.h"
#include "events_follow.h"
#include "handlers.h"

static json_t *answer(uint64_t next, uint64_t n_lost, json_t *rows)
{
	return json_pack(
		"{s:I, s:I, s:o}", "next", (json_int_t)next, "lost", (json_int_t)n_lost, "rows", rows);
}

static json_t *kept(const struct app *app, uint64_t since, uint64_t count)
{
	uint64_t oldest = app->n_events > APP_EVENTS_MAX ? app->n_events - APP_EVENTS_MAX : 0;
	uint64_t from = since > oldest ? since : oldest;
	uint64_t n_lost = from - since < app->n_events ? from - since : 0;
	uint64_t next = since > app->n_events ? since : from;
	json_t *rows = json_array();

	for (uint64_t i = from; i < app->n_events && i - from < count; i++, next++) {
		struct store_event view;

		events_view(&app->events[i % APP_EVENTS_MAX], &view);
		json_array_append_new(rows, events_follow_row(&view));
	}
	return answer(next, n_lost, rows);
}

struct page {
	json_t *rows;
	uint64_t next;
};

static void row_take(const struct store_event *e, void *ctx)
{
	struct page *page = ctx;

	json_array_append_new(page->rows, events_follow_row(e));
	page->next = e->seq;
}

static json_t *history(struct app *app, uint64_t since, uint64_t count, struct api_error *err)
{
	struct store_history_ask ask = {.since = since, .limit = (uint32_t)count};
	struct page page = {.rows = json_array(), .next = since};

	if (app->store == NULL) {
		json_decref(page.rows);
		return api_fail(err, API_ERROR_FAILED,
			"there is no history: state.dir is none, or another romond's (the log says which)");
	}
	int64_t n = store_history_read(app->store, &ask, row_take, &page);
	if (n >= 0)
		return answer(page.next, 0, page.rows);
	json_decref(page.rows);
	return api_fail(err, API_ERROR_FAILED, "the history in %s cannot be read: %s", app->conf->state.dir,
		strerror((int)-n));
}

json_t *handle_events(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"since", "count", "history"};
	struct app *app = ctx;
	uint64_t since;
	uint64_t count;
	bool wants_history;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "since", 0, INT64_MAX, 0, &since, err) != 0 ||
		api_args_u64(args, "count", 1, APP_EVENTS_MAX, APP_EVENTS_MAX, &count, err) != 0 ||
		api_args_bool(args, "history", false, &wants_history, err) != 0)
		return NULL;
	return wants_history ? history(app, since, count, err) : kept(app, since, count);
}
