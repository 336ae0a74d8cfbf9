// SPDX-License-Identifier: BSD-3-Clause
// The feed "nodes-follow". Control thread, under app_lock().
//
// A follower gets all rows first, no faster than he reads, and meanwhile already what changes of the rows
// that he has. Who does not read is told nothing more, and begins with all rows again: there is no gap that
// he does not know of. A turn costs what changed since the one before, not what there is.
#include <stdlib.h>

#include "discovery.h"
#include "handlers.h"
#include "nodes_follow.h"
#include "topo.h"

#define CHANGES_A_TICK 512
#define ROWS_A_TICK    1024
#define PENDING_MAX    (256 * 1024) // bytes that wait for a follower: beyond, he falls behind
#define PENDING_RESUME (16 * 1024)  // less than that, and he begins again

struct follower {
	struct nodes_follow *all;
	struct api_feed *feed;
	bool has_begun; // "begin" was sent
	bool is_whole;  // he has all rows
	bool is_behind;
	uint32_t row; // next of all rows
	uint64_t n_told;
	struct follower *next;
};

struct nodes_follow {
	struct app *app;
	const struct topo *topo; // whose changes were told: it is another one when our id is
	uint64_t change;         // number of the last message that told one
	struct follower *followers;
};

int nodes_follow_start(struct app *app)
{
	app->nodes_follow = calloc(1, sizeof(*app->nodes_follow));
	if (app->nodes_follow == NULL)
		return -ENOMEM;
	app->nodes_follow->app = app;
	return 0;
}

void nodes_follow_stop(struct app *app)
{
	free(app->nodes_follow);
	app->nodes_follow = NULL;
}

// ---- messages

static void send(struct follower *f, const struct schema_node_change *m)
{
	json_t *message = schema_encode(schema_node_change_table(), m);

	if (message == NULL)
		return;
	api_feed_send(f->feed, message);
	f->n_told++;
}

static void mark_send(struct follower *f, const char *what)
{
	struct schema_node_change m = {.what = what, .change = f->all->change};

	send(f, &m);
}

// NULL: no memory, or no node there.
static json_t *row_make(struct nodes_follow *all, uint32_t row)
{
	struct schema_node node = {0};
	struct schema_node_change m = {.what = "row", .change = all->change, .node = &node};
	struct schema_mem mem;
	json_t *message = NULL;

	schema_mem_init(&mem);
	if (handlers_node_fill(all->app, row, &node, &mem) && !mem.is_short)
		message = schema_encode(schema_node_change_table(), &m);
	schema_mem_fini(&mem);
	return message;
}

// ---- changes

static void all_restart(struct nodes_follow *all)
{
	for (struct follower *f = all->followers; f != NULL; f = f->next)
		f->is_behind = true;
}

static bool is_told(struct follower *f, uint32_t row)
{
	if (api_feed_pending(f->feed) > PENDING_MAX)
		f->is_behind = true;
	return f->has_begun && !f->is_behind && (f->is_whole || row < f->row);
}

static void row_tell(struct nodes_follow *all, uint32_t row)
{
	json_t *message = row_make(all, row);

	for (struct follower *f = all->followers; f != NULL; f = f->next) {
		if (message == NULL) {
			f->is_behind = true; // a row that cannot be told is a gap
		} else if (is_told(f, row)) {
			api_feed_send(f->feed, json_incref(message));
			f->n_told++;
		}
	}
	json_decref(message);
}

static void gone_tell(struct nodes_follow *all, uint64_t id)
{
	struct schema_node_change m = {.what = "gone", .change = all->change, .gone = id};

	for (struct follower *f = all->followers; f != NULL; f = f->next) {
		if (is_told(f, 0))
			send(f, &m);
	}
}

static void changes_tell(struct nodes_follow *all, struct topo *t)
{
	uint32_t row;
	uint64_t id;

	for (int i = 0; i < CHANGES_A_TICK; i++) {
		enum topo_change change = topo_change_next(t, &row, &id);

		all->change += change != TOPO_CHANGE_NONE;
		switch (change) {
		case TOPO_CHANGE_NONE:
			return;
		case TOPO_CHANGE_ROW:
			row_tell(all, row);
			break;
		case TOPO_CHANGE_GONE:
			gone_tell(all, id);
			break;
		case TOPO_CHANGE_LOST:
			all_restart(all);
			break;
		}
	}
}

// ---- all rows

static void begin(struct follower *f)
{
	f->has_begun = true;
	f->is_behind = f->is_whole = false;
	f->row = 0;
	mark_send(f, "begin");
}

// A part of all rows: no more than the client takes, and one tick allows.
static void rows_send(struct follower *f, const struct topo *t)
{
	for (int i = 0; i < ROWS_A_TICK; i++, f->row++) {
		if (api_feed_pending(f->feed) > PENDING_MAX)
			return;
		if (f->row >= topo_rows_end(t)) {
			f->is_whole = true;
			mark_send(f, "end");
			return;
		}
		json_t *message = row_make(f->all, f->row);
		if (message == NULL)
			continue;
		api_feed_send(f->feed, message);
		f->n_told++;
	}
}

static void follower_serve(struct follower *f, const struct topo *t)
{
	if ((!f->has_begun || f->is_behind) && api_feed_pending(f->feed) <= PENDING_RESUME)
		begin(f);
	if (f->has_begun && !f->is_behind && !f->is_whole)
		rows_send(f, t);
}

bool nodes_follow_tick(struct app *app, uint64_t now_ms)
{
	struct nodes_follow *all = app->nodes_follow;
	struct topo *t = discovery_topo(app);
	bool is_busy = false;

	(void)now_ms;
	if (all->followers == NULL)
		return false;
	if (all->topo != t)
		all_restart(all);
	all->topo = t;
	changes_tell(all, t);
	for (struct follower *f = all->followers; f != NULL; f = f->next) {
		follower_serve(f, t);
		is_busy |= !f->is_whole && !f->is_behind;
	}
	return is_busy;
}

// ---- the feed

static json_t *follower_closed(void *user, enum api_close why)
{
	struct follower *gone = user;
	struct follower **at = &gone->all->followers;
	struct schema_nodes_follow_end end = {.messages = gone->n_told};

	(void)why;
	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	free(gone);
	return schema_encode(schema_nodes_follow_end_table(), &end);
}

int open_nodes_follow(
	struct app *app, struct api_feed *s, const struct schema_nothing_args *in, struct api_error *err)
{
	struct nodes_follow *all = app->nodes_follow;
	struct follower *f = calloc(1, sizeof(*f));

	(void)in;
	(void)err;
	if (f == NULL)
		return -ENOMEM;
	if (all->followers == NULL) // what changed for nobody is in the rows that he gets
		topo_changes_drop(discovery_topo(app));
	*f = (struct follower){.all = all, .feed = s, .next = all->followers};
	all->followers = f;
	api_feed_on_close(s, follower_closed, f);
	return 0;
}
