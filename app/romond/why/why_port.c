// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a port: its state, what it drops, what it does not hear. Control thread, under
// app_lock().
#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "topo.h"
#include "trend.h"
#include "why.h"

#define ANSWER_MS     3000  // a neighbor that hears us answers within this time
#define ARRIVE_MS     10000 // frames arrive, if the last one is no older, and nothing else is expected
#define SILENT_MS_MIN 5000  // a shorter silence is told by nobody
// Discovers without an answer that are enough to call a port silent; to say that nobody hears us; rounds in
// which others were heard meanwhile. A single lost frame says nothing.
#define SILENT_ENOUGH 2
#define ASKED_ENOUGH  3
#define HEARD_ENOUGH  2

void why_port_init(struct why_port *out, const struct app *app, uint32_t s, const struct app_totals *totals)
{
	const struct app_slot *slot = &app->slots[s];
	const struct conf_port *c = slots_conf(app, slot);

	*out = (struct why_port){.app = app,
		.s = s,
		.slot = slot,
		.conf = c,
		.dev = slots_dev(app, slot),
		.state = slots_state(app, slot),
		.totals = totals,
		.now_ms = base_mono_ms(),
		.is_relay = c->mode == CONF_MODE_RELAY};
}

static void state_findings(const struct why_port *p, struct why_list *list)
{
	struct why_finding f;

	if (!p->app->conf->romon.is_enabled) {
		why_finding_init(&f, WHY_ROMON_OFF, p->s);
		why_list_add(list, &f);
	}
	why_finding_init(&f, WHY_CAUSE_INVALID, p->s);
	switch (p->state) {
	case PORT_STATE_DISABLED:
		f.cause = WHY_PORT_DISABLED;
		break;
	case PORT_STATE_FORBIDDEN:
		f.cause = WHY_PORT_FORBIDDEN;
		break;
	case PORT_STATE_ABSENT: // nothing to open, or it is there and cannot be opened: not mended by waiting
		f.cause = p->dev->err != 0 && p->dev->err != ENODEV ? WHY_DEVICE_CLOSED : WHY_DEVICE_ABSENT;
		if (p->dev->error[0] != '\0')
			why_fact_add_text(&f, WHY_FACT_ERROR, p->dev->error);
		break;
	case PORT_STATE_DOWN:
		f.cause = p->dev->dev->is_admin_down ? WHY_LINK_SET_DOWN : WHY_NO_LINK;
		break;
	case PORT_STATE_UP:
	case PORT_STATE_INVALID:
		return;
	}
	why_list_add(list, &f);
}

// An open device of which something keeps frames away: another XDP program, for example.
static void warning_find(const struct why_port *p, struct why_list *list)
{
	const char *warning = p->dev == NULL || p->dev->dev == NULL ? "" : p->dev->dev->warning;
	struct why_finding f;

	if (warning[0] == '\0' || trend_is_now(p->app, &p->slot->trend, p->slot->trend.rx_ms))
		return; // nothing is, or RoMON frames come all the same
	why_finding_init(&f, WHY_DEVICE_WARNING, p->s);
	why_fact_add_text(&f, WHY_FACT_ERROR, warning);
	why_list_add(list, &f);
}

// Nothing was ever heard: wrong only where somebody was asked, again and again.
static void never_heard_add(const struct why_port *p, struct why_list *list)
{
	uint64_t n_other = p->totals->drops[DP_DROP_NOT_ROMON];
	bool is_asked = trend_unanswered(&p->slot->trend, p->now_ms) >= ASKED_ENOUGH;
	struct why_finding f;

	why_finding_init(&f, is_asked ? WHY_UNHEARD : WHY_UNHEARD_UNASKED, p->s);
	if (!is_asked && !p->is_relay)
		why_fact_add(&f, WHY_FACT_PERHAPS_NONE, 1);
	if (n_other > 0)
		why_fact_add(&f, WHY_FACT_OTHERS, n_other);
	if (p->totals->tx_frames == 0)
		why_fact_add(&f, WHY_FACT_SENT_NONE, 1);
	why_list_add(list, &f);
}

// --- neighbors that are heard, while our Discovers are not answered

// Did this node answer since then, by whatever port? Some answer only the first of several Discovers of ours.
static bool has_answered(const struct app *app, uint64_t id, uint64_t since_ms, uint64_t now_ms)
{
	const struct topo *t = discovery_topo(app);
	uint64_t now_us = base_wall_us();
	int64_t row = topo_find(t, id);
	struct topo_node n;

	return row >= 0 && topo_node_at(t, (uint32_t)row, &n) && n.via_master == 0 &&
	       (n.last_seen_us > now_us || (now_us - n.last_seen_us) / 1000 <= now_ms - since_ms);
}

// Nodes heard by this port since our first Discover without an answer: how many, with the last of them in
// *last; 0 when one of them did answer.
static uint32_t deaf_count(const struct why_port *p, struct nbr_row *last)
{
	const struct app *app = p->app;
	uint64_t since_ms = p->slot->trend.asked_first_ms;
	uint32_t least_ms = UINT32_MAX;
	uint32_t n = 0;

	for (uint32_t k = 0; k < app->n_workers; k++) {
		const struct nbr_table *t = dp_worker_neighbors(app->workers[k]);
		uint32_t now_ms = dp_worker_now_ms(app->workers[k]);

		for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
			struct nbr_row row;

			if (!nbr_table_row(t, i, &row) || row.port != p->s || row.id == 0 ||
				!slots_row_is_current(app, &row, false))
				continue;
			uint32_t age_ms = (int32_t)(now_ms - row.last_ms) < 0 ? 0 : now_ms - row.last_ms;
			if (age_ms > p->now_ms - since_ms)
				continue;
			if (has_answered(app, row.id, since_ms, p->now_ms))
				return 0;
			n++;
			if (age_ms < least_ms) {
				least_ms = age_ms;
				*last = row;
			}
		}
	}
	return n;
}

static void deaf_find(const struct why_port *p, struct why_list *list)
{
	const struct app_trend *trend = &p->slot->trend;
	uint64_t n_asked = trend_unanswered(trend, p->now_ms);
	struct nbr_row last = {.id = 0};
	struct why_finding f;

	if (n_asked < ASKED_ENOUGH || trend->n_asked_heard < HEARD_ENOUGH)
		return;
	uint32_t n = deaf_count(p, &last);
	if (n == 0)
		return;
	why_finding_init(&f, WHY_UNANSWERED, p->s);
	why_fact_add(&f, WHY_FACT_MAC, nbr_key_mac(last.key));
	why_fact_add(&f, WHY_FACT_ID, last.id);
	why_fact_add(&f, WHY_FACT_ASKED, n_asked);
	if (n > 1)
		why_fact_add(&f, WHY_FACT_WITH_OTHERS, 1);
	why_list_add(list, &f);
}

// --- silence

// How long a pause between frames should be here at most; 0 = nobody knows.
static uint64_t pause_ms(const struct why_port *p)
{
	const struct conf *c = p->app->conf;
	bool is_asking = !p->is_relay && c->romon.role == CONF_ROLE_MASTER && p->slot->trend.answered_ms != 0;

	return is_asking ? c->discovery.interval_ms : trend_rhythm_ms(&p->slot->trend);
}

// Did the port fall silent: was it asked in vain, or did frames come as by a clock, and come no more?
static bool is_silent(const struct why_port *p)
{
	const struct app_trend *trend = &p->slot->trend;
	uint64_t age_ms = p->now_ms - trend->rx_ms;
	uint64_t rhythm_ms = trend_rhythm_ms(trend);

	if (trend->n_asked > 0 && trend->rx_ms <= trend->asked_first_ms + ANSWER_MS &&
		trend_unanswered(trend, p->now_ms) >= SILENT_ENOUGH && age_ms >= SILENT_MS_MIN)
		return true;
	return rhythm_ms != 0 && age_ms > 2 * rhythm_ms + SILENT_MS_MIN;
}

static void silence_find(const struct why_port *p, struct why_list *list)
{
	const struct app_trend *trend = &p->slot->trend;
	struct why_finding f;

	if (!is_silent(p))
		return;
	why_finding_init(&f, WHY_SILENT, p->s);
	why_fact_add(&f, WHY_FACT_AGE, p->now_ms - trend->rx_ms);
	if (trend->n_asked > 0)
		why_fact_add(&f, WHY_FACT_ASKED, trend->n_asked);
	else
		why_fact_add(&f, WHY_FACT_RHYTHM, trend_rhythm_ms(trend));
	if (p->dev != NULL && p->dev->dev != NULL)
		why_fact_add_text(&f, WHY_FACT_DRIVER, p->dev->dev->driver);
	why_list_add(list, &f);
}

static void ok_add(const struct why_port *p, struct why_list *list)
{
	uint64_t age_ms = p->now_ms - p->slot->trend.rx_ms;
	uint64_t due_ms = pause_ms(p);
	uint64_t now_ms = due_ms > ARRIVE_MS ? due_ms + ANSWER_MS : ARRIVE_MS;
	struct why_finding f;

	if (now_ms > trend_window_ms(p->app))
		now_ms = trend_window_ms(p->app);
	why_finding_init(&f, age_ms <= now_ms ? WHY_FRAMES_ARRIVE : WHY_QUIET, p->s);
	why_fact_add(&f, WHY_FACT_AGE, age_ms);
	if (due_ms != 0)
		why_fact_add(&f, WHY_FACT_RHYTHM, due_ms);
	why_list_add(list, &f);
}

static void hearing_findings(const struct why_port *p, struct why_list *list)
{
	if (counters_romon_frames(p->totals) == 0) {
		never_heard_add(p, list);
		return;
	}
	if (!p->is_relay)
		deaf_find(p, list);
	if (list->n == 0)
		silence_find(p, list);
	if (list->n == 0)
		ok_add(p, list);
}

#define TWIN_MS 600000 // topo tells of it again and again, but not more often

static void own_twin_find(const struct why_port *p, struct why_list *list)
{
	const struct app_trend *trend = &p->slot->trend;
	struct why_finding f;

	if (trend->own_twin_ms == 0 || trend->own_twin_ms <= trend->changed_ms ||
		p->now_ms - trend->own_twin_ms > TWIN_MS)
		return;
	why_finding_init(&f, WHY_OWN_ID_TWICE, p->s);
	why_fact_add(&f, WHY_FACT_ID, p->app->own_id);
	why_fact_add_text(&f, WHY_FACT_WHO, trend->own_twin);
	why_fact_add(&f, WHY_FACT_AGE, p->now_ms - trend->own_twin_ms);
	why_list_add(list, &f);
}

void why_port_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier)
{
	state_findings(p, findings);
	own_twin_find(p, findings);
	warning_find(p, findings);
	why_cause_findings(p, findings, earlier);
	why_refused_findings(p, findings, earlier);
	if (findings->n == 0)
		hearing_findings(p, findings);
}
