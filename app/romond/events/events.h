// SPDX-License-Identifier: BSD-3-Clause
// What happened: a bounded list for `romonctl events`, the log, the history of the store, and those who
// listen (who follow; the program of events.exec). What flaps is damped (event_damp.h); of events that anyone
// on the wire can cause so many are listed a second, the rest is counted. Control thread.
#pragma once

#include "base_err.h"
#include "event_kind.h"
#include "store.h"

struct app;

#define EVENTS_MAX 1024 // kept for `romonctl events`; older ones are forgotten

// Who hears of events, see events_listen().
typedef void events_fn(void *ctx, const struct app_event *e);

// Before the ports, and after everything that may add an event.
BASE_MUST_USE int events_start(struct app *app);
void events_stop(struct app *app);

// fn is told of each event that is listed, until events_stop(), in the control thread. It must not add an
// event.
void events_listen(struct app *app, events_fn *fn, void *ctx);

// text is a sentence without a full stop; what came from the wire is escaped in it. port may be "", mac 0.
// The event is logged as it stands, at the severity of its kind.
void events_add(struct app *app, enum event_kind kind, const char *port, uint64_t mac, const char *fmt, ...)
	BASE_PRINTF(5, 6);

// The same of a node. slot: of the port that caused it, SNAP_PORTS_MAX = none. identity: bytes as they came
// from the wire, not escaped, ended by a NUL; "" = not told.
void events_node(struct app *app, enum event_kind kind, uint8_t slot, uint64_t id, const char *identity,
	const char *fmt, ...) BASE_PRINTF(6, 7);

// Those in memory are number events_oldest() to events_count() - 1 since the start.
uint64_t events_count(const struct app *app);
uint64_t events_oldest(const struct app *app);
const struct app_event *events_at(const struct app *app, uint64_t i);

// How many of a kind were listed since the start.
uint64_t events_count_of(const struct app *app, enum event_kind kind);

// Take what the workers posted, look at the store, tell what was held.
void events_drain(struct app *app);

// e as the store and the answers have it; valid as long as e.
void events_view(const struct app_event *e, struct store_event *out);
