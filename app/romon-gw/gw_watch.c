// SPDX-License-Identifier: BSD-3-Clause
// What changes in a menu. The thread of each menu, and those of its listeners where said so.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base_clock.h"
#include "base_hash.h"
#include "gw_watch.h"

#define EVERY_MS   250
#define SHARE      20 // reading takes one part in so many of the time
#define JOIN_S     6  // a little longer than a question to romond may take
#define WHY_SIZE   512
#define STACK_SIZE (256 * 1024)

struct menu_watch {
	struct gw_tree *tree;
	const struct gw_menu *menu;
	pthread_mutex_t lock; // of all below
	pthread_cond_t turn;  // somebody joined, or the menu was read
	bool has_thread;
	bool is_read;  // once since somebody joined
	bool is_away;  // romond
	json_t *known; // key -> [hash, row]; NULL = nobody listened. The thread of the menu alone
	uint32_t n_listeners;
	struct gw_ring ring; // has a lock of its own
};

struct gw_watch {
	uint32_t n;
	struct menu_watch menus[];
};

struct gw_watch *gw_watch_create(struct gw_tree *tree)
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

static void turn(struct menu_watch *m)
{
	json_t *now = menu_read(m);

	pthread_mutex_lock(&m->lock);
	if ((now == NULL) != m->is_away) {
		m->is_away = now == NULL;
		gw_ring_tell(&m->ring, m->is_away ? GW_CHANGE_AWAY : GW_CHANGE_BACK, NULL);
	}
	if (now != NULL && m->known != NULL)
		compare(m, now);
	json_t *before = NULL;
	if (now != NULL) {
		before = m->known;
		m->known = now;
	}
	m->is_read = true;
	pthread_cond_broadcast(&m->turn);
	pthread_mutex_unlock(&m->lock);
	json_decref(before);
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
			pthread_cond_wait(&m->turn, &m->lock);
		}
		pthread_mutex_unlock(&m->lock);
		uint64_t begin_ms = base_mono_ms();
		turn(m);
		uint64_t pause_ms = (base_mono_ms() - begin_ms) * SHARE;
		if (pause_ms < EVERY_MS)
			pause_ms = EVERY_MS;
		struct timespec t = {(time_t)(pause_ms / 1000), (long)(pause_ms % 1000) * 1000000};
		nanosleep(&t, NULL);
	}
	return NULL;
}

// ---- listeners

// Under lock.
static bool thread_start(struct menu_watch *m)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (m->has_thread)
		return true;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	m->has_thread = pthread_create(&thread, &attr, menu_main, m) == 0;
	pthread_attr_destroy(&attr);
	return m->has_thread;
}

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
	bool is_joined = thread_start(m);
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
