// SPDX-License-Identifier: BSD-3-Clause
// What changes in a menu. The thread of each menu, and those of its listeners where said so.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api_client.h"
#include "base_clock.h"
#include "base_hash.h"
#include "gw_thread.h"
#include "gw_watch.h"

#define FEED_MENU "/tool/romon/neighbors"
#define FEED      "nodes-follow"
#define FEED_MS   1000 // looks that often whether anybody listens still
#define RETRY_MS  500
#define EVERY_MS  250
#define SHARE     20 // reading takes one part in so many of the time
#define JOIN_S    6  // a little longer than a question to romond may take
#define WHY_SIZE  512

struct menu_watch {
	struct gw_tree *tree;
	const char *socket;
	const struct gw_menu *menu;
	pthread_mutex_t lock; // of all below
	pthread_cond_t turn;  // somebody joined, or the menu was read
	bool has_thread;
	bool has_no_feed; // romond is of before it had one. The thread of the menu alone
	bool is_read;     // once since somebody joined
	bool is_away;     // romond
	json_t *known;    // key -> [hash, row]; NULL = nobody listened. The thread of the menu alone
	uint32_t n_listeners;
	struct gw_ring ring; // has a lock of its own
};

struct gw_watch {
	uint32_t n;
	struct menu_watch menus[];
};

struct gw_watch *gw_watch_create(struct gw_tree *tree, const char *socket)
{
	uint32_t n = 0;

	while (gw_menus[n].path != NULL)
		n++;
	struct gw_watch *watch = calloc(1, sizeof(*watch) + n * sizeof(watch->menus[0]));
	if (watch == NULL)
		return NULL;
	watch->n = n;
	for (uint32_t i = 0; i < n; i++) {
		struct menu_watch *m = &watch->menus[i];

		m->tree = tree;
		m->socket = socket;
		m->menu = &gw_menus[i];
		pthread_mutex_init(&m->lock, NULL);
		pthread_cond_init(&m->turn, NULL);
		gw_ring_init(&m->ring);
	}
	return watch;
}

// ---- reading and comparing

// Of what is news when it changes.
static json_int_t hash_of(const struct gw_menu *menu, json_t *json, struct gw_row *row)
{
	uint64_t hash = 0;

	gw_menu_row(menu, json, row);
	for (uint32_t i = 0; i < row->n; i++) {
		bool is_news = true;

		for (const struct gw_prop *p = menu->props; p->name != NULL && is_news; p++)
			is_news = !p->is_counter || strcmp(p->name, row->names[i]) != 0;
		if (is_news)
			hash = base_hash_mix(hash ^ base_hash_name(row->values[i])) + i;
	}
	return (json_int_t)hash;
}

// {key: [hash, row]} of the menu as it is, or NULL: romond does not answer.
static json_t *menu_read(struct menu_watch *m)
{
	json_t *now = json_object(), *json;
	char buf[WHY_SIZE];
	struct base_text why;
	struct gw_cursor cursor;
	struct gw_row row;
	int rc;

	base_text_init(&why, buf, sizeof(buf));
	gw_cursor_open(&cursor, m->tree, m->menu);
	while ((rc = gw_cursor_next(&cursor, &json, &why)) > 0) {
		const char *key =
			m->menu->key == NULL ? "" : json_string_value(json_object_get(json, m->menu->key));

		json_object_set_new(
			now, key == NULL ? "" : key, json_pack("[I,O]", hash_of(m->menu, json, &row), json));
	}
	gw_cursor_close(&cursor);
	if (rc == 0)
		return now;
	json_decref(now);
	return NULL;
}

static void compare(struct menu_watch *m, json_t *now)
{
	const char *key;
	json_t *entry;

	json_object_foreach (now, key, entry) {
		json_t *before = json_object_get(m->known, key);

		if (before == NULL || json_integer_value(json_array_get(before, 0)) !=
					      json_integer_value(json_array_get(entry, 0)))
			gw_ring_tell(&m->ring, GW_CHANGE_ROW, json_incref(json_array_get(entry, 1)));
	}
	json_object_foreach (m->known, key, entry) {
		if (json_object_get(now, key) == NULL)
			gw_ring_tell(&m->ring, GW_CHANGE_DEAD, json_incref(json_array_get(entry, 1)));
	}
}

// now: all rows as they are, which is taken; NULL: romond does not answer.
static void rows_set(struct menu_watch *m, json_t *now)
{
	json_t *before = NULL;

	pthread_mutex_lock(&m->lock);
	if ((now == NULL) != m->is_away) {
		m->is_away = now == NULL;
		gw_ring_tell(&m->ring, m->is_away ? GW_CHANGE_AWAY : GW_CHANGE_BACK, NULL);
	}
	if (now != NULL && m->known != NULL)
		compare(m, now);
	if (now != NULL) {
		before = m->known;
		m->known = now;
	}
	m->is_read = true;
	pthread_cond_broadcast(&m->turn);
	pthread_mutex_unlock(&m->lock);
	json_decref(before);
}

// ---- a feed of romond

static bool has_listeners(struct menu_watch *m)
{
	pthread_mutex_lock(&m->lock);
	bool has = m->n_listeners > 0;
	pthread_mutex_unlock(&m->lock);
	return has;
}

// A row that is another than was known, and told so. now: all rows are being told from the start; else NULL.
static void row_take(struct menu_watch *m, json_t *now, json_t *row)
{
	const char *key = json_string_value(json_object_get(row, m->menu->key));
	json_t *before = key == NULL ? NULL : json_object_get(m->known, key);
	struct gw_row cells;

	if (key == NULL)
		return;
	json_int_t hash = hash_of(m->menu, row, &cells);
	bool is_same = before != NULL && json_integer_value(json_array_get(before, 0)) == hash;
	json_object_set_new(now == NULL ? m->known : now, key, json_pack("[I,O]", hash, row));
	if (now == NULL && !is_same)
		gw_ring_tell(&m->ring, GW_CHANGE_ROW, json_incref(row));
}

static void gone_take(struct menu_watch *m, json_t *now, const char *key)
{
	json_t *before = json_object_get(m->known, key);

	if (now != NULL) {
		json_object_del(now, key);
	} else if (before != NULL) {
		gw_ring_tell(&m->ring, GW_CHANGE_DEAD, json_incref(json_array_get(before, 1)));
		json_object_del(m->known, key);
	}
}

// One message of the feed. *now: the rows since `begin`, NULL behind `end`.
static void message_take(struct menu_watch *m, json_t **now, json_t *data)
{
	const char *what = json_string_value(json_object_get(data, "what"));
	const char *gone = json_string_value(json_object_get(data, "gone"));

	if (what == NULL)
		return;
	if (strcmp(what, "begin") == 0) {
		json_decref(*now);
		*now = json_object();
	} else if (strcmp(what, "end") == 0 && *now != NULL) {
		rows_set(m, *now);
		*now = NULL;
	} else if (strcmp(what, "row") == 0 && (*now != NULL || m->known != NULL)) {
		row_take(m, *now, data); // the node's members stand beside `what`
	} else if (strcmp(what, "gone") == 0 && gone != NULL) {
		gone_take(m, *now, gone);
	}
}

// Until nobody listens, or the feed ends.
static void follow(struct menu_watch *m)
{
	struct api_client *client = api_client_connect(m->socket, JOIN_S * 1000);
	bool is_last = client == NULL || api_client_open(client, FEED, NULL, JOIN_S * 1000) != 0;
	json_t *now = NULL;

	while (!is_last && has_listeners(m)) {
		struct api_error err = {0};
		json_t *data;

		int rc = api_client_next(client, FEED_MS, &data, &is_last, &err);
		if (rc == 0 && !is_last)
			message_take(m, &now, data);
		m->has_no_feed = rc == -EREMOTEIO && err.code == API_ERROR_UNKNOWN_COMMAND;
		json_decref(data);
		json_decref(err.extra);
	}
	json_decref(now);
	api_client_close(client);
	if (is_last && !m->has_no_feed)
		rows_set(m, NULL);
}

static void pause_ms(uint64_t ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

static void turn(struct menu_watch *m)
{
	uint64_t begin_ms = base_mono_ms();

	if (strcmp(m->menu->path, FEED_MENU) == 0 && !m->has_no_feed) {
		follow(m);
		pause_ms(m->has_no_feed ? 0 : RETRY_MS);
		return;
	}
	rows_set(m, menu_read(m));
	uint64_t took_ms = base_mono_ms() - begin_ms;
	pause_ms(took_ms * SHARE < EVERY_MS ? EVERY_MS : took_ms * SHARE);
}

static void *menu_main(void *arg)
{
	struct menu_watch *m = arg;

	while (true) {
		pthread_mutex_lock(&m->lock);
		while (m->n_listeners == 0) {
			json_decref(m->known);
			m->known = NULL;
			m->is_read = false;
			m->has_no_feed = false; // romond may be a newer one by then
			pthread_cond_wait(&m->turn, &m->lock);
		}
		pthread_mutex_unlock(&m->lock);
		turn(m);
	}
	return NULL;
}

// ---- listeners

struct gw_watcher *gw_watch_join(struct gw_watch *watch, const struct gw_menu *menu)
{
	struct menu_watch *m = &watch->menus[menu - gw_menus];
	struct gw_watcher *w = gw_watcher_create(&m->ring);
	struct timespec until;

	if (w == NULL)
		return NULL;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += JOIN_S;
	pthread_mutex_lock(&m->lock);
	m->has_thread = m->has_thread || gw_thread_start(menu_main, m);
	bool is_joined = m->has_thread;
	if (is_joined) {
		m->n_listeners++;
		pthread_cond_broadcast(&m->turn);
		while (!m->is_read && pthread_cond_timedwait(&m->turn, &m->lock, &until) == 0)
			;
	}
	pthread_mutex_unlock(&m->lock);
	if (is_joined)
		return w;
	gw_watcher_destroy(w);
	return NULL;
}

void gw_watch_leave(struct gw_watch *watch, const struct gw_menu *menu, struct gw_watcher *w)
{
	struct menu_watch *m = &watch->menus[menu - gw_menus];

	gw_watcher_destroy(w);
	pthread_mutex_lock(&m->lock);
	m->n_listeners--;
	pthread_mutex_unlock(&m->lock);
}
