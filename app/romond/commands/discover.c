// SPDX-License-Identifier: BSD-3-Clause
// The feed "discover". While one is open this node asks each second; rows of nodes that answered are sent
// in sweeps over the inventory, no faster than the client reads. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "discover.h"
#include "discovery.h"
#include "handlers.h"
#include "topo.h"

#define SESSIONS_MAX 16
#define SWEEP_MS     500
#define ROWS_A_TICK  2000
#define PENDING_MAX  (1024 * 1024)
#define ONCE_MS      3000 // of "once", when no duration is given: three rounds

struct session {
	struct api_feed *feed; // NULL = free
	struct app *app;
	bool is_once;      // tell each node once, at the end
	bool is_last;      // this sweep is the last
	uint64_t until_ms; // 0 = until the client has enough
	uint64_t begin_us; // wall clock
	uint64_t since_us; // rows heard since then are told in this sweep
	uint64_t sweep_us; // when this sweep began
	uint64_t next_sweep_ms;
	bool is_sweeping;
	uint32_t row; // next of this sweep
};

struct discover {
	struct session sessions[SESSIONS_MAX];
};

int discover_start(struct app *app)
{
	app->discover = calloc(1, sizeof(*app->discover));
	return app->discover == NULL ? -ENOMEM : 0;
}

void discover_stop(struct app *app)
{
	free(app->discover);
	app->discover = NULL;
}

// How many nodes answered since the session began.
static json_t *summary_json(const struct session *s)
{
	const struct topo *t = discovery_topo(s->app);
	struct topo_node n;
	uint32_t n_answered = 0;

	for (uint32_t row = 0; row < topo_rows_end(t); row++) {
		if (topo_node_at(t, row, &n) && n.via_master == 0 && n.last_seen_us >= s->begin_us)
			n_answered++;
	}
	struct schema_discover_end end = {n_answered, topo_nodes_used(t)};
	return schema_encode(schema_discover_end_table(), &end);
}

static json_t *session_closed(void *user, enum api_close why)
{
	struct session *s = user;

	(void)why;
	s->feed = NULL;
	return summary_json(s);
}

int open_discover(
	struct app *app, struct api_feed *feed, const struct schema_discover_args *in, struct api_error *err)
{
	uint64_t duration_ms = in->duration_ms;
	struct session *s = NULL;

	for (uint32_t i = 0; i < caller_places(app, SESSIONS_MAX) && s == NULL; i++) {
		if (app->discover->sessions[i].feed == NULL)
			s = &app->discover->sessions[i];
	}
	if (s == NULL) {
		api_fail(err, API_ERROR_FAILED, "%d discoveries run already: end one of them", SESSIONS_MAX);
		return -EBUSY;
	}
	if (!app->conf->romon.is_enabled) {
		api_fail(err, API_ERROR_FAILED, "RoMON is off on this node: set romon.enabled: true");
		return -ENETDOWN;
	}
	if (in->once && duration_ms == 0)
		duration_ms = ONCE_MS;
	uint64_t now_ms = base_mono_ms();
	*s = (struct session){.feed = feed,
		.app = app,
		.is_once = in->once,
		.until_ms = duration_ms == 0 ? 0 : now_ms + duration_ms,
		.begin_us = base_wall_us(),
		.next_sweep_ms = now_ms + SWEEP_MS / 2};
	s->since_us = s->begin_us;
	api_feed_on_close(feed, session_closed, s);
	return 0;
}

static void sweep_begin(struct session *s, uint64_t now_ms)
{
	s->is_sweeping = true;
	s->row = 0;
	s->sweep_us = base_wall_us();
	s->next_sweep_ms = now_ms + SWEEP_MS;
}

// A part of the sweep: no more than the client takes and one tick allows.
static void sweep_go_on(struct session *s)
{
	const struct topo *t = discovery_topo(s->app);
	struct topo_node n;

	for (int i = 0; i < ROWS_A_TICK; i++, s->row++) {
		if (s->row >= topo_rows_end(t)) {
			s->is_sweeping = false;
			s->since_us = s->sweep_us;
			return;
		}
		if (!topo_node_at(t, s->row, &n) || n.via_master != 0 || n.last_seen_us < s->since_us)
			continue;
		if (api_feed_pending(s->feed) > PENDING_MAX)
			return;
		api_feed_send(s->feed, handlers_node_json(s->app, s->row));
	}
}

static void session_tick(struct session *s, uint64_t now_ms)
{
	bool is_over = s->until_ms != 0 && now_ms >= s->until_ms;

	if (!is_over)
		discovery_want(s->app, s->until_ms != 0 ? s->until_ms : now_ms + SWEEP_MS);
	if (!s->is_sweeping && is_over && s->is_last) {
		struct api_feed *feed = s->feed;

		s->feed = NULL;
		api_feed_end(feed, summary_json(s));
		return;
	}
	if (!s->is_sweeping && (is_over || (!s->is_once && now_ms >= s->next_sweep_ms))) {
		s->is_last = is_over;
		sweep_begin(s, now_ms);
	}
	if (s->is_sweeping)
		sweep_go_on(s);
}

bool discover_tick(struct app *app, uint64_t now_ms)
{
	bool is_any = false;

	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &app->discover->sessions[i];

		if (s->feed != NULL)
			session_tick(s, now_ms);
		is_any |= s->feed != NULL;
	}
	return is_any;
}
