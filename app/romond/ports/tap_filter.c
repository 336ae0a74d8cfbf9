// SPDX-License-Identifier: BSD-3-Clause
// The filter that workers get: wide enough for all sessions of the tap. Control thread, under app_lock().
#include <string.h>

#include "app.h"
#include "port.h"
#include "tap_filter.h"

#define FILTER_LEN 128 // of a copy that filters are asked of again

// The slots of a session: they may change with a reload.
static uint64_t slots_of(const struct app *app, const struct tap_session *s)
{
	uint64_t slots = 0;

	for (uint32_t i = 0; i < SNAP_PORTS_MAX; i++) {
		const struct app_slot *slot = &app->slots[i];

		if (slot->is_used && (s->port[0] == '\0' || strcmp(slot->name, s->port) == 0))
			slots |= 1ull << i;
	}
	return slots;
}

static void session_update(const struct app *app, struct tap_session *s)
{
	uint64_t slots = slots_of(app, s);

	s->filter.in = s->wants_in ? slots : 0;
	s->filter.out = s->wants_out ? slots : 0;
	s->filter.torch = s->wants_flows ? slots : 0;
}

// Widen the workers' filter by a session's. is_first: of those that copy.
static void filter_widen(struct snap_tap *out, const struct snap_tap *f, bool is_first)
{
	out->in |= f->in;
	out->out |= f->out;
	out->torch |= f->torch;
	if ((f->in | f->out) == 0)
		return;
	out->id = is_first || out->id == f->id ? f->id : 0;
	out->types = (is_first || out->types != 0) && f->types != 0 ? out->types | f->types : 0;
	out->snaplen = f->snaplen > out->snaplen ? f->snaplen : out->snaplen;
}

void tap_snap(const struct app *app, struct snap_tap *out)
{
	*out = (struct snap_tap){.snaplen = FILTER_LEN};
	if (app->tap == NULL || app->tap->sessions == NULL)
		return;
	for (struct tap_session *s = app->tap->sessions; s != NULL; s = s->next) {
		if (s->is_closing)
			continue;
		session_update(app, s);
		filter_widen(out, &s->filter, (out->in | out->out) == 0);
	}
	out->pool = port_pool_tap_get(); // there since the first session opened
}
