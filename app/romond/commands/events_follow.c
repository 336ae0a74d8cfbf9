// SPDX-License-Identifier: BSD-3-Clause
// Streams of events. Control thread, under app_lock().
#include <stdlib.h>

#include "api_args.h"
#include "api_stream.h"
#include "events.h"
#include "events_follow.h"
#include "handlers.h"

#define OLD_LEN_MAX (API_QUEUE_LEN_MAX / 4) // bytes of older events sent at once

struct events_follower {
	struct app *app;
	struct api_stream *stream;
	struct events_follower *next;
};

// Text that is printable already stays as it is: an escape is not escaped again.
static json_t *text_or_null(const char *text)
{
	char tidy[4 * EVENT_TEXT_SIZE];

	event_text_tidy(tidy, sizeof(tidy), text);
	return tidy[0] == '\0' ? json_null() : json_string(tidy);
}

json_t *events_follow_row(const struct store_event *e)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seq", (json_int_t)e->seq, "time",
		handlers_time(e->time_us), "type", text_or_null(e->kind), "severity",
		text_or_null(e->severity), "port", text_or_null(e->port), "mac-address", handlers_mac(e->mac),
		"id", handlers_mac(e->id), "identity", text_or_null(e->identity), "text",
		text_or_null(e->text));
}

void events_follow_send(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (app->followers == NULL)
		return;
	struct store_event view;
	events_view(e, &view);
	json_t *row = events_follow_row(&view);
	for (struct events_follower *f = app->followers; f != NULL && row != NULL; f = f->next)
		api_stream_send(f->stream, json_incref(row));
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
	free(gone);
	return NULL;
}

// Send what was added after `since`, page by page as the command `events` gives it.
static int old_send(struct app *app, struct api_stream *s, json_t *args, struct api_error *err)
{
	size_t n = 1;

	while (n > 0) {
		json_t *row;
		size_t i;

		json_t *page = handle_events(app, args, err);
		if (page == NULL)
			return -EINVAL;
		json_t *rows = json_object_get(page, "rows");
		json_array_foreach (rows, i, row)
			api_stream_send(s, json_incref(row));
		n = json_array_size(rows);
		json_object_set(args, "since", json_object_get(page, "next"));
		json_decref(page);
		if (api_stream_pending(s) <= OLD_LEN_MAX)
			continue;
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"since: too many events since then; take them by `events` first");
		return -EINVAL;
	}
	return 0;
}

int events_follow_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"since"};
	struct app *app = ctx;
	uint64_t since;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "since", 0, INT64_MAX, 0, &since, err) != 0)
		return -EINVAL;
	struct events_follower *f = calloc(1, sizeof(*f));
	json_t *copy = json_copy(args);
	int rc = f == NULL || copy == NULL ? -ENOMEM : 0;
	if (rc == 0 && json_is_integer(json_object_get(args, "since")))
		rc = old_send(app, s, copy, err);
	json_decref(copy);
	if (rc != 0) {
		free(f);
		return rc;
	}
	*f = (struct events_follower){.app = app, .stream = s, .next = app->followers};
	app->followers = f;
	api_stream_on_close(s, follower_closed, f);
	return 0;
}
