// SPDX-License-Identifier: BSD-3-Clause
// Events of romond. The thread that follows, and those of listeners where said so.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api_client.h"
#include "base_text.h"
#include "gw_events.h"
#include "gw_thread.h"

#define TIMEOUT_MS 5000
#define RETRY_US   500000
#define TIME_LEN   40

struct gw_events {
	const char *socket;
	struct gw_ring ring;
	pthread_mutex_t lock;
	bool has_thread; // under lock
	// the thread's own
	bool is_away;
	char last_time[TIME_LEN]; // of the last event; "" = none yet
	json_int_t last_seq;
};

struct gw_events *gw_events_create(const char *socket)
{
	struct gw_events *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->socket = socket;
	gw_ring_init(&e->ring);
	pthread_mutex_init(&e->lock, NULL);
	return e;
}

// A romond that was started anew counts from 1 again: what was told before is known by its time.
static bool is_told(const struct gw_events *e, const char *time, json_int_t seq)
{
	int order = strcmp(time, e->last_time);

	return order < 0 || (order == 0 && seq <= e->last_seq);
}

// Takes event.
static void event_take(struct gw_events *e, json_t *event)
{
	const char *time = json_string_value(json_object_get(event, "time"));
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));

	if (time == NULL || is_told(e, time, seq)) {
		json_decref(event);
		return;
	}
	(void)base_text_copy(e->last_time, sizeof(e->last_time), time);
	e->last_seq = seq;
	gw_ring_tell(&e->ring, GW_CHANGE_ROW, event);
}

static void away_set(struct gw_events *e, bool is_away)
{
	if (e->is_away == is_away)
		return;
	e->is_away = is_away;
	gw_ring_tell(&e->ring, is_away ? GW_CHANGE_AWAY : GW_CHANGE_BACK, NULL);
}

// Until the connection ends.
static void follow(struct gw_events *e)
{
	struct api_client *client = api_client_connect(e->socket, TIMEOUT_MS);
	// the first time only what happens from now on; else what was missed
	json_t *args = e->last_time[0] == '\0' && !e->is_away ? NULL : json_pack("{s:i}", "since", 0);
	bool is_last = client == NULL || api_client_open(client, "events-follow", args, TIMEOUT_MS) != 0;

	json_decref(args);
	if (!is_last)
		away_set(e, false);
	while (!is_last) {
		struct api_error err = {0};
		json_t *data;

		int rc = api_client_next(client, TIMEOUT_MS, &data, &is_last, &err);
		if (rc == 0 && !is_last)
			event_take(e, data);
		else
			json_decref(data);
		json_decref(err.extra);
	}
	api_client_close(client);
	away_set(e, true);
}

static void *events_main(void *arg)
{
	while (true) {
		follow(arg);
		usleep(RETRY_US);
	}
	return NULL;
}

struct gw_watcher *gw_events_join(struct gw_events *e)
{
	struct gw_watcher *w = gw_watcher_create(&e->ring);

	pthread_mutex_lock(&e->lock);
	e->has_thread = e->has_thread || gw_thread_start(events_main, e);
	bool has_thread = e->has_thread;
	pthread_mutex_unlock(&e->lock);
	if (has_thread || w == NULL)
		return w;
	gw_watcher_destroy(w);
	return NULL;
}
