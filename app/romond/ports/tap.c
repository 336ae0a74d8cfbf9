// SPDX-License-Identifier: BSD-3-Clause
// Sessions of capture and torch, and the rings that feed them. Control thread, under app_lock().
//
// Workers know one set of filters, wide enough for all sessions; each session then asks its own. A session
// that ends is first taken out of the snapshot; what lies in the rings then is all that has passed.
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "api_feed.h"
#include "base_clock.h"
#include "base_log.h"
#include "caller.h"
#include "publish.h"
#include "slots.h"
#include "tap.h"
#include "wire_parse.h"
#include "xchg_channel.h"

LOG_TYPE("tap");

#define SESSIONS_MAX    8
#define ROUND_FRAMES    1024 // of all workers, sorted by time
#define ROUNDS_MAX      16   // a tick: control has other work too
#define FLOWS_TAKE      256
#define TAP_NS          1000000000u // a second
#define CLOCK_TRIES     4
#define CLOCK_JITTER_NS 2000

int tap_start(struct app *app)
{
	app->tap = calloc(1, sizeof(*app->tap));
	return app->tap == NULL ? -ENOMEM : 0;
}

// The control socket is closed by now, and has ended all sessions.
void tap_stop(struct app *app)
{
	free(app->tap);
	app->tap = NULL;
}

static uint64_t lost_on(const struct app *app, uint32_t slot)
{
	uint64_t n = 0;

	for (uint32_t w = 0; w < app->n_workers; w++)
		n += dp_counter_read(&app->channels[w]->tap_lost[slot]);
	return n;
}

static uint64_t flows_lost(const struct app *app)
{
	uint64_t n = 0;

	for (uint32_t w = 0; w < app->n_workers; w++)
		n += dp_counter_read(&app->channels[w]->flows_lost);
	return n;
}

uint64_t tap_session_lost(const struct tap_session *s, uint32_t slot)
{
	return lost_on(s->app, slot) - s->lost_base[slot];
}

uint64_t tap_session_flows_lost(const struct tap_session *s)
{
	return flows_lost(s->app) - s->flows_lost_base;
}

// --- what comes up -----------------------------------------------------------------------------------------

// The clocks at one moment: frames carry the TSC, files the wall clock.
struct clocks {
	uint64_t tsc;
	uint64_t wall_ns;
	uint64_t tsc_hz;
};

// Both clocks at once: whoever is put to sleep between the two reads tries again.
static struct clocks clocks_read(void)
{
	struct clocks best = {.tsc_hz = rte_get_tsc_hz()};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < CLOCK_TRIES; i++) {
		uint64_t before = rte_rdtsc();
		uint64_t wall_ns = base_wall_ns();
		uint64_t gap = rte_rdtsc() - before;

		if (gap >= least)
			continue;
		least = gap;
		best.tsc = before + gap / 2;
		best.wall_ns = wall_ns;
	}
	return best;
}

static uint64_t time_of(const struct clocks *c, uint64_t tsc)
{
	uint64_t ago = c->tsc > tsc ? c->tsc - tsc : 0;

	return c->wall_ns - ago / c->tsc_hz * TAP_NS - ago % c->tsc_hz * TAP_NS / c->tsc_hz;
}

// The clocks are read anew for each round of frames, which moves times by some hundred ns: none goes
// backwards by that. A frame that is older than what another worker told before keeps its time.
static uint64_t in_order(struct tap *tap, uint64_t time_ns)
{
	if (time_ns < tap->told_ns && tap->told_ns - time_ns < CLOCK_JITTER_NS)
		return tap->told_ns;
	tap->told_ns = time_ns;
	return time_ns;
}

static void frame_give(struct app *app, const struct rte_mbuf *m, const struct clocks *clocks)
{
	struct tap_frame f = {
		.about = xchg_tap_of(m), .bytes = rte_pktmbuf_mtod(m, const uint8_t *), .len = m->data_len};
	uint64_t slot = 1ull << f.about->slot;
	uint32_t off = wire_romon_find(f.bytes, f.len);

	f.time_ns = in_order(app->tap, time_of(clocks, f.about->tsc));
	for (struct tap_session *s = app->tap->sessions; s != NULL; s = s->next) {
		uint64_t slots = f.about->dir == XCHG_DIR_IN ? s->filter.in : s->filter.out;

		if ((slots & slot) == 0 || f.about->tsc < s->start_tsc || off == 0)
			continue;
		if (snap_tap_wants(&s->filter, f.bytes + off, f.len - off))
			s->ops->frame(s, &f);
	}
}

static int older_first(const void *a, const void *b)
{
	const struct rte_mbuf *const *x = a;
	const struct rte_mbuf *const *y = b;
	uint64_t tx = xchg_tap_of(*x)->tsc;
	uint64_t ty = xchg_tap_of(*y)->tsc;

	return (tx > ty) - (tx < ty);
}

// Frames of all workers in the order of time. Returns how many there were.
static uint32_t frames_round(struct app *app)
{
	struct rte_mbuf *m[ROUND_FRAMES];
	uint32_t quota = ROUND_FRAMES / app->n_workers;
	uint32_t n = 0;

	for (uint32_t w = 0; w < app->n_workers; w++)
		n += rte_ring_sc_dequeue_burst(app->channels[w]->tap, (void **)(m + n), quota, NULL);
	if (n == 0)
		return 0;
	struct clocks clocks = clocks_read();
	if (app->n_workers > 1)
		qsort(m, n, sizeof(m[0]), older_first);
	for (uint32_t i = 0; i < n; i++)
		frame_give(app, m[i], &clocks);
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

static uint32_t flows_round(struct app *app)
{
	struct xchg_flow flows[FLOWS_TAKE];
	uint32_t n_all = 0;

	for (uint32_t w = 0; w < app->n_workers; w++) {
		uint32_t n = rte_ring_sc_dequeue_burst_elem(
			app->channels[w]->flows, flows, sizeof(flows[0]), FLOWS_TAKE, NULL);

		n_all += n;
		for (uint32_t i = 0; i < n; i++) {
			for (struct tap_session *s = app->tap->sessions; s != NULL; s = s->next) {
				if ((s->filter.torch >> flows[i].slot & 1) != 0)
					s->ops->flow(s, &flows[i]);
			}
		}
	}
	return n_all;
}

static void rings_drain(struct app *app, uint32_t rounds)
{
	for (uint32_t i = 0; i < rounds && frames_round(app) > 0; i++)
		;
	for (uint32_t i = 0; i < rounds * (ROUND_FRAMES / FLOWS_TAKE) && flows_round(app) > 0; i++)
		;
}

// --- sessions ----------------------------------------------------------------------------------------------

static void session_unlink(struct tap_session *s)
{
	struct tap_session **at = &s->app->tap->sessions;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->app->tap->n_sessions--;
}

// Stop the workers' side, take what has passed, and make the last answer. s stays allocated.
static json_t *session_finish(struct tap_session *s)
{
	s->is_closing = true;
	if (ports_publish(s->app) != 0)
		LOG(WARNING, "workers copy frames that nobody wants until the next snapshot");
	rings_drain(s->app, UINT16_MAX);
	session_unlink(s);
	return s->ops->finish(s);
}

static json_t *session_closed(void *user, enum api_close why)
{
	struct tap_session *s = user;
	json_t *last = session_finish(s);

	s->ops->free(s);
	if (why == API_CLOSE_CANCELLED)
		return last;
	json_decref(last);
	return NULL;
}

void tap_session_end(struct tap_session *s)
{
	struct api_feed *feed = s->feed;
	json_t *last = session_finish(s);

	s->ops->free(s);
	api_feed_end(feed, last);
}

int tap_session_open(struct tap_session *s, struct api_error *err)
{
	struct tap *tap = s->app->tap;

	if (tap->n_sessions >= caller_places(s->app, SESSIONS_MAX)) {
		api_fail(err, API_ERROR_FAILED, "%d captures and torches run already: end one of them",
			SESSIONS_MAX);
		return -EBUSY;
	}
	if (port_pool_tap_get() == NULL) {
		api_fail(err, API_ERROR_FAILED, "no memory for copies of frames");
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < SNAP_PORTS_MAX; i++)
		s->lost_base[i] = lost_on(s->app, i);
	s->flows_lost_base = flows_lost(s->app);
	s->start_tsc = rte_rdtsc();
	s->next = tap->sessions;
	tap->sessions = s;
	tap->n_sessions++;
	if (ports_publish(s->app) != 0) {
		session_unlink(s);
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return -ENOMEM;
	}
	api_feed_on_close(s->feed, session_closed, s);
	return 0;
}

static bool port_is_gone(const struct tap_session *s)
{
	return s->port[0] != '\0' && slots_find(s->app, s->port) < 0;
}

bool tap_tick(struct app *app, uint64_t now_ms)
{
	struct tap_session *next;

	if (app->tap->sessions == NULL)
		return false;
	rings_drain(app, ROUNDS_MAX);
	for (struct tap_session *s = app->tap->sessions; s != NULL; s = next) {
		next = s->next;
		if (now_ms >= s->end_ms || port_is_gone(s))
			tap_session_end(s);
		else
			s->ops->tick(s, now_ms);
	}
	return app->tap->sessions != NULL;
}
