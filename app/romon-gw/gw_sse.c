// SPDX-License-Identifier: BSD-3-Clause
// Server-Sent Events. The thread of the connection.
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_random.h"
#include "gw_follower.h"
#include "gw_sse.h"
#include "gw_v1.h"

#define CLIENTS_MAX 1000
#define PIECE       16384
#define WHY_SIZE    512

struct stream {
	const struct gw_shared *shared;
	const struct gw_menu *menu; // NULL = events
	struct gw_watcher *watcher;
	struct gw_follower follower;
	bool is_snapshot; // goes on, by the cursor
	struct gw_cursor cursor;
	struct gw_out out;
};

static atomic_uint n_clients;

// Numbers of changes are of this process: those of another one are none of ours.
static uint64_t process_id(void)
{
	static _Atomic uint64_t id;
	uint64_t none = atomic_load(&id), fresh;

	if (none != 0)
		return none;
	base_random_fill(&fresh, sizeof(fresh));
	fresh |= 1;
	return atomic_compare_exchange_strong(&id, &none, fresh) ? fresh : none;
}

static void stream_free(void *ctx)
{
	struct stream *s = ctx;

	if (s->watcher != NULL && s->menu != NULL)
		gw_watch_leave(s->shared->watch, s->menu, s->watcher);
	else if (s->watcher != NULL)
		gw_watcher_destroy(s->watcher);
	gw_follower_end(&s->follower);
	gw_cursor_close(&s->cursor);
	gw_out_fini(&s->out);
	free(s);
	atomic_fetch_sub(&n_clients, 1);
}

// ---- messages

static void head_write(struct stream *s, const char *event, uint64_t number)
{
	if (number > 0)
		gw_out_printf(&s->out, "id: %016" PRIx64 "-%" PRIu64 "\n", process_id(), number);
	gw_out_printf(&s->out, "event: %s\ndata: ", event);
}

static void row_write(struct stream *s, const char *event, uint64_t number, json_t *row)
{
	head_write(s, event, number);
	if (s->menu == NULL)
		gw_out_json(&s->out, row);
	else
		gw_v1_row(&s->out, s->menu, row);
	gw_out_text(&s->out, "\n\n");
}

static void change_write(struct stream *s, const struct gw_change *c)
{
	switch (c->kind) {
	case GW_CHANGE_ROW:
		row_write(s, s->menu == NULL ? "event" : "row", c->number, c->row);
		break;
	case GW_CHANGE_DEAD:
		row_write(s, "dead", c->number, c->row);
		break;
	case GW_CHANGE_AWAY:
		head_write(s, "waiting", c->number);
		gw_out_text(&s->out, "{\"for\":\"romond\"}\n\n");
		break;
	case GW_CHANGE_BACK:
		head_write(s, "back", c->number);
		gw_out_text(&s->out, "{}\n\n");
		break;
	case GW_CHANGE_INVALID:
		break;
	}
}

// ---- what comes next

static void snapshot_begin(struct stream *s)
{
	gw_cursor_close(&s->cursor);
	gw_cursor_open(&s->cursor, s->shared->tree, s->menu);
	s->is_snapshot = true;
}

static void snapshot_write(struct stream *s)
{
	char buf[WHY_SIZE];
	struct base_text why;
	json_t *row;
	int rc = 1;

	base_text_init(&why, buf, sizeof(buf));
	while (s->out.len < PIECE && (rc = gw_cursor_next(&s->cursor, &row, &why)) > 0)
		row_write(s, "row", 0, row);
	if (rc > 0)
		return;
	s->is_snapshot = false;
	gw_cursor_close(&s->cursor);
	head_write(s, rc == 0 ? "snapshot-end" : "waiting", 0);
	gw_out_text(&s->out, rc == 0 ? "{}\n\n" : "{\"for\":\"romond\"}\n\n");
}

static void changes_write(struct stream *s)
{
	struct gw_change c = {0};
	int rc = 0;

	while (s->out.len < PIECE && (rc = gw_watcher_next(s->watcher, &c)) > 0) {
		bool is_all = c.kind == GW_CHANGE_BACK && s->menu != NULL;

		change_write(s, &c);
		json_decref(c.row);
		if (is_all) // whoever came while romond was away has no rows yet
			snapshot_begin(s);
	}
	if (rc != -EOVERFLOW)
		return;
	head_write(s, "lost", 0);
	gw_out_text(&s->out, "{}\n\n");
	if (s->menu != NULL)
		snapshot_begin(s);
}

// Waits until there is something, at least a sign of life: libmicrohttpd would ask again at once.
static void fill(struct stream *s)
{
	gw_out_restart(&s->out);
	if (s->is_snapshot) {
		snapshot_write(s);
		return;
	}
	changes_write(s);
	if (s->out.len == 0 && !s->is_snapshot)
		gw_follower_wait(&s->follower, gw_watcher_fd(s->watcher), &s->out);
}

static ssize_t piece_give(void *ctx, uint64_t at, char *buf, size_t size)
{
	struct stream *s = ctx;

	(void)at;
	while (gw_out_is_given(&s->out) && !s->out.is_bad && !s->follower.is_gone)
		fill(s);
	if (s->out.is_bad || s->follower.is_gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return (ssize_t)gw_out_give(&s->out, buf, size);
}

// ---- beginning

// Go on behind what the client has. False: it is too long ago, or it has nothing.
static bool resume(struct gw_http *h, struct stream *s)
{
	const char *last = MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, "Last-Event-ID");
	uint64_t process, number;

	return last != NULL && sscanf(last, "%16" SCNx64 "-%" SCNu64, &process, &number) == 2 &&
	       process == process_id() && gw_watcher_resume(s->watcher, number);
}

static enum MHD_Result begin(struct gw_http *h, const struct gw_menu *menu)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return MHD_NO;
	gw_follower_begin(&s->follower, h);
	s->shared = h->shared;
	s->menu = menu;
	s->cursor.page.next = -1;
	bool has_place = atomic_fetch_add(&n_clients, 1) < CLIENTS_MAX;
	if (has_place)
		s->watcher = menu == NULL ? gw_events_join(h->shared->events)
					  : gw_watch_join(h->shared->watch, menu);
	if (s->watcher == NULL) {
		stream_free(s);
		return gw_http_error(h, GW_STATUS_UNAVAILABLE, "too many streams are open: close some");
	}
	gw_out_text(&s->out, "retry: 2000\n\n");
	if (!resume(h, s) && menu != NULL)
		snapshot_begin(s);
	struct MHD_Response *r =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, piece_give, s, stream_free);
	if (r == NULL) {
		stream_free(s);
		return MHD_NO;
	}
	return gw_http_events_send(h, r);
}

enum MHD_Result gw_sse_events(struct gw_http *h)
{
	return begin(h, NULL);
}

enum MHD_Result gw_sse_menu(struct gw_http *h, const struct gw_menu *menu)
{
	return begin(h, menu);
}
