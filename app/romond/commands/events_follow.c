// SPDX-License-Identifier: BSD-3-Clause
// Feeds of events. Control thread, under app_lock().
#include <stdlib.h>

#include "events.h"
#include "events_follow.h"
#include "handlers.h"

#define OLD_LEN_MAX (API_QUEUE_LEN_MAX / 4) // bytes of older events sent at once

struct events_follower {
	struct app *app;
	struct api_feed *feed;
	uint64_t n_told;
	struct events_follower *next;
};

// Text that is printable already stays as it is: an escape is not escaped again.
static const char *text_or_null(const char *text, struct schema_mem *mem)
{
	char tidy[4 * EVENT_TEXT_SIZE];

	event_text_tidy(tidy, sizeof(tidy), text);
	return tidy[0] == '\0' ? NULL : schema_mem_text(mem, "%s", tidy);
}

void events_follow_fill(const struct store_event *e, struct schema_event *out, struct schema_mem *mem)
{
	out->seq = e->seq;
	out->time = e->time_us;
	out->type = text_or_null(e->kind, mem);
	out->severity = text_or_null(e->severity, mem);
	out->port = text_or_null(e->port, mem);
	out->mac_address = e->mac;
	out->id = e->id;
	out->identity = text_or_null(e->identity, mem);
	out->text = text_or_null(e->text, mem);
}

static json_t *row_make(const struct app_event *e)
{
	struct schema_event row = {0};
	struct store_event view;
	struct schema_mem mem;

	schema_mem_init(&mem);
	events_view(e, &view);
	events_follow_fill(&view, &row, &mem);
	json_t *data = schema_encode(schema_event_table(), &row);
	schema_mem_fini(&mem);
	return data;
}

void events_follow_send(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (app->followers == NULL)
		return;
	json_t *row = row_make(e);
	for (struct events_follower *f = app->followers; f != NULL && row != NULL; f = f->next) {
		api_feed_send(f->feed, json_incref(row));
		f->n_told++;
	}
	json_decref(row);
}

static json_t *follower_closed(void *user, enum api_close why)
{
	struct events_follower *gone = user;
	struct events_follower **at = &gone->app->followers;

	(void)why;
	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	struct schema_events_end end = {.events = gone->n_told};
	free(gone);
	return schema_encode(schema_events_end_table(), &end);
}

// Send what was added after `since` and is still in memory.
static int old_send(
	struct app *app, struct api_feed *s, uint64_t since, uint64_t *n_told, struct api_error *err)
{
	uint64_t oldest = events_oldest(app);

	for (uint64_t i = since > oldest ? since : oldest; i < events_count(app); i++) {
		api_feed_send(s, row_make(events_at(app, i)));
		++*n_told;
		if (api_feed_pending(s) <= OLD_LEN_MAX)
			continue;
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"since: too many events since then; take them by `events` first");
		return -EINVAL;
	}
	return 0;
}

int open_events_follow(struct app *app, struct api_feed *s, const struct schema_events_follow_args *in,
	struct api_error *err)
{
	struct events_follower *f = calloc(1, sizeof(*f));
	int rc = f == NULL ? -ENOMEM : 0;
	uint64_t n_told = 0;

	if (rc == 0 && in->since != SCHEMA_NONE)
		rc = old_send(app, s, in->since, &n_told, err);
	if (rc != 0) {
		free(f);
		return rc;
	}
	*f = (struct events_follower){.app = app, .feed = s, .n_told = n_told, .next = app->followers};
	app->followers = f;
	api_feed_on_close(s, follower_closed, f);
	return 0;
}
