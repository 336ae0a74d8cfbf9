// SPDX-License-Identifier: BSD-3-Clause
// What happened. Control thread.
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base_clock.h"
#include "base_text.h"
#include "events.h"
#include "events_follow.h"
#include "xchg_channel.h"

LOG_TYPE("event");

#define TAKE_MAX 64
// Anyone on the wire can make neighbors come and go as fast as a worker posts. Of that so many are listed and
// logged, the rest is counted in one line: neither the disk nor the list of events is theirs to fill. The
// tables that events tell of stay right.
#define LISTED_PER_S 20
#define LISTED_BURST 256

void events_add(struct app *app, const char *type, const char *port, uint64_t mac, const char *fmt, ...)
{
	struct app_event *e = &app->events[app->n_events % APP_EVENTS_MAX];
	struct base_text text;
	va_list ap;

	e->seq = ++app->n_events;
	e->wall_us = base_wall_us();
	e->mac = mac;
	base_text_copy(e->type, sizeof(e->type), type);
	base_text_copy(e->port, sizeof(e->port), port);
	base_text_init(&text, e->text, sizeof(e->text));
	va_start(ap, fmt);
	base_text_addv(&text, fmt, ap);
	va_end(ap);
	LOG(INFO, "%s", e->text);
	events_follow_send(app, e);
}

static const char *slot_name(const struct app *app, uint8_t slot)
{
	return slot < SNAP_PORTS_MAX && app->slots[slot].is_used ? app->slots[slot].name : "(gone)";
}

static void worker_event(struct app *app, const struct xchg_event *e)
{
	const char *port = slot_name(app, e->port);
	struct base_mac mac = base_mac_from_u64(e->mac);
	struct base_mac id = base_mac_from_u64(e->id);
	char mac_text[BASE_MAC_TEXT_LEN];
	char id_text[BASE_MAC_TEXT_LEN];

	base_mac_format(&mac, mac_text);
	base_mac_format(&id, id_text);
	switch ((enum xchg_event_type)e->type) {
	case XCHG_EVENT_INVALID:
		break;
	case XCHG_EVENT_NEIGHBOR_NEW:
		events_add(app, "neighbor", port, e->mac, "neighbor %s on %s: new", mac_text, port);
		break;
	case XCHG_EVENT_NEIGHBOR_ID:
		events_add(app, "neighbor", port, e->mac, "neighbor %s on %s: id is %s", mac_text, port,
			id_text);
		break;
	case XCHG_EVENT_NEIGHBOR_AGED:
		events_add(app, "neighbor", port, e->mac, "neighbor %s on %s: silent, forgotten", mac_text,
			port);
		break;
	case XCHG_EVENT_NEIGHBOR_EVICTED:
		events_add(app, "neighbor", port, e->mac, "neighbor %s on %s: made room for a newer one",
			mac_text, port);
		break;
	case XCHG_EVENT_RELAY_LOOP:
		events_add(app, "relay", port, e->mac, "loop: %s was heard on %s and on %s within loop-guard",
			mac_text, slot_name(app, e->other_port), port);
		break;
	case XCHG_EVENT_STORM:
		events_add(app, "relay", port, e->mac, "storm: %s brings more frames than its storm-limit",
			port);
		break;
	}
}

// May one more event be listed now?
static bool listing_allowed(struct app *app)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000, LISTED_PER_S, LISTED_BURST);

	return base_bucket_take(&app->events_bucket, &rate, base_mono_ms(), 1) == 1;
}

void events_drain(struct app *app)
{
	struct xchg_event batch[TAKE_MAX];

	if (app->n_events_unlisted > 0 && listing_allowed(app)) {
		events_add(app, "neighbor", "", 0, "%" PRIu64 " more events of neighbors were not listed",
			app->n_events_unlisted);
		app->n_events_unlisted = 0;
	}
	for (uint32_t w = 0; w < app->n_workers; w++) {
		uint32_t n;

		while ((n = xchg_events_take(app->channels[w], batch, TAKE_MAX)) > 0) {
			for (uint32_t i = 0; i < n; i++) {
				if (listing_allowed(app))
					worker_event(app, &batch[i]);
				else
					app->n_events_unlisted++;
			}
		}
	}
}
