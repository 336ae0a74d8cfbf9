// SPDX-License-Identifier: BSD-3-Clause
// What happened. Control thread.
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base_clock.h"
#include "base_random.h"
#include "base_text.h"
#include "event_damp.h"
#include "events.h"
#include "xchg_channel.h"

LOG_TYPE("event");

#define TAKE_MAX    64
#define DRAIN_SHARE 20 // of control's time, a twentieth
// Anyone on the wire can make neighbors and nodes come and go as fast as frames come. Of each of the two
// kinds of thing so many events of a port are listed, the rest is counted in one line: neither the disk nor
// the list is theirs to fill. The tables that events tell of stay right.
#define LISTED_PER_S 20
#define LISTED_BURST 256
#define SUBJECTS_MAX 1024 // that may flap at once, for each damp table
#define HELD_MS      1000 // events that were held or only counted are told this often

#define LISTENERS_MAX 4

// The damp tables: a flood of neighbors does not push out what is held of nodes or of our own things.
enum { DAMP_OWN, DAMP_NEIGHBOR, DAMP_NODE, N_DAMPS };

struct listener {
	events_fn *fn;
	void *ctx;
};

struct events {
	uint64_t n;                   // ever listed
	uint64_t n_of[EVENT_N_KINDS]; // the same, by kind
	struct event_damp *damps[N_DAMPS];
	struct base_bucket buckets[N_DAMPS][SNAP_PORTS_MAX + 1]; // by app_event.cause
	uint64_t n_unlisted[N_DAMPS];                            // since the last line that told how many
	uint64_t held_ms;                                        // when held ones were looked at last
	bool is_store_well;
	uint64_t n_store_damaged;
	struct listener listeners[LISTENERS_MAX];
	uint32_t n_listeners;
	struct app_event list[EVENTS_MAX]; // a ring
};

static int damp_of(enum event_family family)
{
	switch (family) {
	case EVENT_FAMILY_NEIGHBOR:
		return DAMP_NEIGHBOR;
	case EVENT_FAMILY_NODE:
		return DAMP_NODE;
	case EVENT_FAMILY_INVALID:
	case EVENT_FAMILY_WIRE:
	case EVENT_FAMILY_PORT:
	case EVENT_FAMILY_CONFIG:
	case EVENT_FAMILY_STORE:
	case EVENT_FAMILY_SELF:
	case EVENT_N_FAMILIES:
		break;
	}
	return DAMP_OWN;
}

int events_start(struct app *app)
{
	struct events *s = calloc(1, sizeof(*s));
	uint64_t seed;

	if (s == NULL)
		return base_errno_set(ENOMEM);
	app->events = s;
	base_random_fill(&seed, sizeof(seed));
	for (int i = 0; i < N_DAMPS; i++)
		s->damps[i] = event_damp_create(SUBJECTS_MAX, seed + (uint64_t)i);
	if (s->damps[DAMP_OWN] == NULL || s->damps[DAMP_NEIGHBOR] == NULL || s->damps[DAMP_NODE] == NULL) {
		events_stop(app);
		return base_errno_set(ENOMEM);
	}
	s->is_store_well = true;
	return 0;
}

void events_stop(struct app *app)
{
	for (int i = 0; i < N_DAMPS; i++)
		event_damp_destroy(app->events->damps[i]);
	free(app->events);
	app->events = NULL;
}

void events_listen(struct app *app, events_fn *fn, void *ctx)
{
	struct events *s = app->events;

	assert(s->n_listeners < LISTENERS_MAX);
	s->listeners[s->n_listeners++] = (struct listener){.fn = fn, .ctx = ctx};
}

uint64_t events_count(const struct app *app)
{
	return app->events->n;
}

uint64_t events_count_of(const struct app *app, enum event_kind kind)
{
	return app->events->n_of[kind];
}

uint64_t events_oldest(const struct app *app)
{
	return app->events->n > EVENTS_MAX ? app->events->n - EVENTS_MAX : 0;
}

const struct app_event *events_at(const struct app *app, uint64_t i)
{
	return &app->events->list[i % EVENTS_MAX];
}

void events_view(const struct app_event *e, struct store_event *out)
{
	*out = (struct store_event){.seq = e->seq,
		.time_us = e->wall_us,
		.kind = event_kind_name(e->kind),
		.severity = base_log_level_name(event_kind_severity(e->kind)),
		.port = e->port,
		.mac = e->mac,
		.id = e->id,
		.identity = e->identity,
		.text = e->text};
}

// Give an event its number and tell everybody.
static void event_list(struct app *app, const struct app_event *from)
{
	struct events *s = app->events;
	struct app_event *e = &s->list[s->n % EVENTS_MAX];
	struct store_event view;

	*e = *from;
	e->seq = ++s->n;
	s->n_of[e->kind]++;
	e->wall_us = base_wall_us();
	base_log_write(event_kind_severity(e->kind), base_log_type, "%s", e->text);
	for (uint32_t i = 0; i < s->n_listeners; i++)
		s->listeners[i].fn(s->listeners[i].ctx, e);
	events_view(e, &view);
	if (app->store != NULL)
		store_history_add(app->store, &view);
}

// List an event, if those on the wire have not caused too many of its kind.
static void event_list_bounded(struct app *app, const struct app_event *e)
{
	int damp = damp_of(event_kind_family(e->kind));
	struct base_bucket_rate rate = base_bucket_rate_make(1000, LISTED_PER_S, LISTED_BURST);

	if (damp == DAMP_OWN ||
		base_bucket_take(&app->events->buckets[damp][e->cause], &rate, base_mono_ms(), 1) == 1)
		event_list(app, e);
	else
		app->events->n_unlisted[damp]++;
}

static void event_take(struct app *app, const struct app_event *e)
{
	enum event_family family = event_kind_family(e->kind);
	struct event_damp *damp = app->events->damps[damp_of(family)];
	// what an operator does is told each time
	bool is_damped = family != EVENT_FAMILY_CONFIG && family != EVENT_FAMILY_SELF && damp != NULL;

	if (!is_damped || event_damp_take(damp, e, base_mono_ms()))
		event_list_bounded(app, e);
}

static void text_set(struct app_event *e, const char *fmt, va_list ap) BASE_PRINTF(2, 0);

static void text_set(struct app_event *e, const char *fmt, va_list ap)
{
	char buf[2 * EVENT_TEXT_SIZE];
	struct base_text text;

	base_text_init(&text, buf, sizeof(buf));
	base_text_addv(&text, fmt, ap);
	event_text_tidy(e->text, sizeof(e->text), buf);
}

// app_event.cause of a port's name, 0 = of none.
static uint8_t cause_of(const struct app *app, const char *port)
{
	for (uint8_t s = 0; s < SNAP_PORTS_MAX && port[0] != '\0'; s++) {
		if (app->slots[s].is_used && strcmp(app->slots[s].name, port) == 0)
			return (uint8_t)(s + 1);
	}
	return 0;
}

void events_add(struct app *app, enum event_kind kind, const char *port, uint64_t mac, const char *fmt, ...)
{
	struct app_event e = {.kind = kind, .mac = mac, .cause = cause_of(app, port)};
	va_list ap;

	base_text_copy(e.port, sizeof(e.port), port);
	va_start(ap, fmt);
	text_set(&e, fmt, ap);
	va_end(ap);
	event_take(app, &e);
}

void events_node(struct app *app, enum event_kind kind, uint8_t slot, uint64_t id, const char *identity,
	const char *fmt, ...)
{
	struct app_event e = {
		.kind = kind, .id = id, .cause = slot < SNAP_PORTS_MAX ? (uint8_t)(slot + 1) : 0};
	va_list ap;

	base_text_escape(e.identity, sizeof(e.identity), identity, strlen(identity));
	va_start(ap, fmt);
	text_set(&e, fmt, ap);
	va_end(ap);
	event_take(app, &e);
}

// ---- what the workers posted

static const char *slot_name(const struct app *app, uint8_t slot)
{
	return slot < SNAP_PORTS_MAX && app->slots[slot].is_used ? app->slots[slot].name : "(gone)";
}

static void neighbor_event(
	struct app *app, enum event_kind kind, const struct xchg_event *from, const char *what)
{
	struct app_event e = {.kind = kind,
		.mac = from->mac,
		.id = from->id,
		.cause = from->port < SNAP_PORTS_MAX ? (uint8_t)(from->port + 1) : 0};
	struct base_mac mac = base_mac_from_u64(from->mac);
	char mac_text[BASE_MAC_TEXT_LEN];

	base_text_copy(e.port, sizeof(e.port), slot_name(app, from->port));
	snprintf(e.text, sizeof(e.text), "neighbor %s on %s: %s", base_mac_format(&mac, mac_text), e.port,
		what);
	event_take(app, &e);
}

static void worker_event(struct app *app, const struct xchg_event *e)
{
	const char *port = slot_name(app, e->port);
	struct base_mac mac = base_mac_from_u64(e->mac);
	struct base_mac id = base_mac_from_u64(e->id);
	char mac_text[BASE_MAC_TEXT_LEN];
	char what[40];

	base_mac_format(&id, mac_text);
	snprintf(what, sizeof(what), "id is %s", mac_text);
	base_mac_format(&mac, mac_text);
	switch ((enum xchg_event_type)e->type) {
	case XCHG_EVENT_INVALID:
		break;
	case XCHG_EVENT_NEIGHBOR_NEW:
		neighbor_event(app, EVENT_NEIGHBOR_UP, e, "new");
		break;
	case XCHG_EVENT_NEIGHBOR_ID:
		neighbor_event(app, EVENT_NEIGHBOR_CHANGED, e, what);
		break;
	case XCHG_EVENT_NEIGHBOR_AGED:
		neighbor_event(app, EVENT_NEIGHBOR_DOWN, e, "silent, forgotten");
		break;
	case XCHG_EVENT_NEIGHBOR_EVICTED:
		neighbor_event(app, EVENT_NEIGHBOR_EVICTED, e, "made room for a newer one");
		break;
	case XCHG_EVENT_NEIGHBOR_DENIED:
		neighbor_event(app, EVENT_NEIGHBOR_DOWN, e, "a filter refuses its id, forgotten");
		break;
	case XCHG_EVENT_RELAY_LOOP:
		events_add(app, EVENT_LOOP, port, e->mac,
			"loop: what %s sent was relayed, and came back by %s within loop-guard", mac_text,
			port);
		break;
	case XCHG_EVENT_STORM:
		events_add(app, EVENT_STORM, port, e->mac,
			"storm: %s brings more frames than its storm-limit", port);
		break;
	}
}

// A batch of each worker's. Returns how many that were.
static uint32_t workers_take(struct app *app)
{
	struct xchg_event batch[TAKE_MAX];
	uint32_t n_taken = 0;

	for (uint32_t w = 0; w < app->n_workers; w++) {
		uint32_t n = xchg_events_take(app->channels[w], batch, TAKE_MAX);

		for (uint32_t i = 0; i < n; i++)
			worker_event(app, &batch[i]);
		n_taken += n;
	}
	return n_taken;
}

// Whoever makes neighbors up, or changes his id with each frame, posts more than can be listed: they may have
// a share of control's time. What waits longer than its ring is long is counted there.
static void workers_drain(struct app *app)
{
	uint64_t end_ns = base_mono_ns() + app->tick_ms * 1000000ull / DRAIN_SHARE;

	while (workers_take(app) > 0 && base_mono_ns() < end_ns)
		;
}

// ---- what was held or only counted

static void held_tell(struct app *app, struct event_damp *damp)
{
	struct event_damp_told told;

	while (event_damp_next(damp, base_mono_ms(), &told)) {
		struct app_event e = told.last;
		struct base_text text;

		base_text_init(&text, e.text, sizeof(e.text));
		if (told.n_held > 1)
			base_text_add(&text, "%.120s (and %u more changes in the last %u s)", told.last.text,
				told.n_held - 1, (told.over_ms + 999) / 1000);
		else
			base_text_add(&text, "%s", told.last.text);
		event_list_bounded(app, &e);
	}
}

static void unlisted_tell(struct app *app, int damp, const char *what)
{
	app->events->n_unlisted[damp] += event_damp_lost(app->events->damps[damp]);
	if (app->events->n_unlisted[damp] == 0)
		return;
	events_add(app, EVENT_EVENTS_HELD, "", 0, "%" PRIu64 " more events of %s were not listed",
		app->events->n_unlisted[damp], what);
	app->events->n_unlisted[damp] = 0;
}

// ---- the store

static void store_look(struct app *app)
{
	struct events *s = app->events;
	struct store_stats st;

	if (app->store == NULL)
		return;
	store_stats_get(app->store, &st);
	if (st.n_damaged != s->n_store_damaged) {
		s->n_store_damaged = st.n_damaged;
		events_add(app, EVENT_STORE_FAILED, "", 0,
			"the state in %s was damaged: it is set aside, and begun anew", app->conf->state.dir);
		s->is_store_well = false;
	}
	if (st.is_well == s->is_store_well)
		return;
	s->is_store_well = st.is_well;
	if (st.is_well)
		events_add(app, EVENT_STORE_WELL, "", 0, "the state in %s is written", app->conf->state.dir);
	else
		events_add(app, EVENT_STORE_FAILED, "", 0, "the state in %s cannot be written: %s",
			app->conf->state.dir, st.error);
}

void events_drain(struct app *app)
{
	uint64_t now_ms = base_mono_ms();

	workers_drain(app);
	if (now_ms - app->events->held_ms < HELD_MS)
		return;
	app->events->held_ms = now_ms;
	unlisted_tell(app, DAMP_NEIGHBOR, "neighbors");
	unlisted_tell(app, DAMP_NODE, "nodes");
	for (int i = 0; i < N_DAMPS; i++)
		held_tell(app, app->events->damps[i]);
	store_look(app);
}
