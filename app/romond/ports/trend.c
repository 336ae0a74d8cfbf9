// SPDX-License-Identifier: BSD-3-Clause
// What of a port's counters grew lately. Control thread, under app_lock().
#include <rte_mbuf.h>

#include "base_be.h"
#include "base_clock.h"
#include "base_text.h"
#include "counters.h"
#include "node_frame.h"
#include "ports.h"
#include "trend.h"
#include "xchg_channel.h"

#define WINDOW_MS_MAX 60000 // two discoveries of a master at the default interval
#define ANSWER_MS     3000  // an answer comes within this time, or not at all
#define BEAT_MS_MIN   5000  // shorter pauses are within one bout of asking
#define BEAT_SLACK_MS 2000  // we look each second, and masters add some random time

uint64_t trend_window_ms(const struct app *app)
{
	uint64_t age_ms = (uint64_t)app->conf->romon.neighbor_age_s * 1000;

	return age_ms < WINDOW_MS_MAX ? age_ms : WINDOW_MS_MAX;
}

bool trend_is_now(const struct app *app, const struct app_trend *t, uint64_t at_ms)
{
	return at_ms > t->changed_ms && base_mono_ms() - at_ms <= trend_window_ms(app);
}

// Addresses of the port that had to go or had no room, in all tables.
static uint64_t evicted_sum(const struct app *app, uint8_t slot)
{
	uint64_t n = 0;

	for (uint32_t w = 0; w < app->n_workers; w++) {
		const struct nbr_table *tables[] = {dp_worker_neighbors(app->workers[w]),
			dp_worker_origins(app->workers[w]), dp_worker_sources(app->workers[w])};

		for (size_t i = 0; i < BASE_ARRAY_LEN(tables); i++) {
			struct nbr_port_counters c = nbr_table_port_counters(tables[i], slot);

			n += c.evicted + c.full;
		}
	}
	return n;
}

void trend_asked(struct app *app, uint8_t slot)
{
	struct app_trend *t = &app->slots[slot].trend;
	uint64_t now_ms = base_mono_ms();
	uint64_t before_ms = t->asked_ms[(t->n_asked + APP_ASKED_MAX - 1) % APP_ASKED_MAX];

	if (t->n_asked == 0)
		t->asked_first_ms = now_ms;
	else
		t->n_asked_heard += t->rx_ms > before_ms;
	t->asked_ms[t->n_asked++ % APP_ASKED_MAX] = now_ms;
}

void trend_answered(struct app *app, uint8_t slot)
{
	struct app_trend *t = &app->slots[slot].trend;

	t->n_asked = 0;
	t->n_asked_heard = 0;
	t->answered_ms = base_mono_ms();
}

void trend_own_twin(struct app *app, uint8_t slot, const char *text)
{
	struct app_trend *t = &app->slots[slot].trend;

	t->own_twin_ms = base_mono_ms();
	base_text_copy(t->own_twin, sizeof(t->own_twin), text);
}

uint64_t trend_unanswered(const struct app_trend *t, uint64_t now_ms)
{
	uint64_t n = t->n_asked;

	for (uint64_t i = 0; i < t->n_asked && i < APP_ASKED_MAX; i++)
		n -= now_ms - t->asked_ms[i] < ANSWER_MS;
	return n;
}

uint64_t trend_rhythm_ms(const struct app_trend *t)
{
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	for (int i = 0; i < APP_BEATS_MAX; i++) {
		least = t->beats_ms[i] < least ? t->beats_ms[i] : least;
		most = t->beats_ms[i] > most ? t->beats_ms[i] : most;
	}
	bool is_steady = t->n_beats >= APP_BEATS_MAX && most <= least + least / 4 + BEAT_SLACK_MS;
	return is_steady ? most : 0;
}

static void beat_note(struct app_trend *t, uint64_t at_ms)
{
	if (t->rx_ms != 0 && at_ms - t->rx_ms >= BEAT_MS_MIN)
		t->beats_ms[t->n_beats++ % APP_BEATS_MAX] = at_ms - t->rx_ms;
	t->rx_ms = at_ms;
}

// A count has grown: when, and since when without a pause of a whole window.
static void grown_note(const struct app *app, const struct app_trend *t, uint64_t *first_ms,
	uint64_t *last_ms, uint64_t at_ms)
{
	if (!trend_is_now(app, t, *last_ms))
		*first_ms = at_ms;
	*last_ms = at_ms;
}

#define RATE_MS_MIN 500 // looks that are closer tell no rate

static void rates_note(struct app_trend *t, const struct app_totals *now, uint64_t ms)
{
	if (t->looked_ms == 0 || ms < RATE_MS_MIN)
		return;
	t->rx_pps = (now->rx_frames - t->last.rx_frames) * 1000 / ms;
	t->tx_pps = (now->tx_frames - t->last.tx_frames) * 1000 / ms;
}

static void slot_look(struct app *app, uint8_t s, uint64_t now_ms)
{
	struct app_trend *t = &app->slots[s].trend;
	bool is_first = t->looked_ms == 0;
	uint64_t n_evicted = evicted_sum(app, s);
	struct app_totals now;
	// What grew while another configuration came into force may have grown before it.
	bool is_changed = !is_first && t->generation != app->generation;
	uint64_t at_ms = is_changed ? t->looked_ms : now_ms;

	counters_port(app, s, &now);
	for (int i = 0; i < WIRE_N_TYPES; i++) {
		if (now.rx_types[i] != t->last.rx_types[i])
			t->types_ms[i] = at_ms;
	}
	for (int i = 0; i < DP_N_REASONS; i++) {
		if (now.drops[i] != t->last.drops[i])
			grown_note(app, t, &t->drops_first_ms[i], &t->drops_ms[i], at_ms);
	}
	for (int i = 0; i < NODE_N_REFUSED; i++) {
		if (app->slots[s].refused[i] != t->refused_last[i])
			grown_note(app, t, &t->refused_first_ms[i], &t->refused_ms[i], at_ms);
		t->refused_last[i] = app->slots[s].refused[i];
	}
	if (counters_romon_frames(&now) != counters_romon_frames(&t->last))
		beat_note(t, at_ms);
	if (now.tx_frames != t->last.tx_frames)
		t->tx_ms = at_ms;
	if (!is_first && n_evicted != t->n_evicted)
		t->evicted_ms = at_ms;
	if (is_changed) { // others may hear us, and we them, from now on
		t->changed_ms = at_ms;
		t->n_asked = 0;
		t->n_asked_heard = 0;
		t->n_beats = 0;
	}
	rates_note(t, &now, now_ms - t->looked_ms);
	t->n_evicted = n_evicted;
	t->last = now;
	t->generation = app->generation;
	t->looked_ms = now_ms;
}

void trend_look(struct app *app)
{
	uint64_t now_ms = base_mono_ms();

	for (uint8_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used)
			slot_look(app, s, now_ms);
	}
}

const struct app_foreign *trend_foreign_last(const struct app_trend *t)
{
	const struct app_foreign *last = &t->foreign[0];

	for (int i = 1; i < APP_FOREIGN_MAX; i++) {
		if (t->foreign[i].at_ms > last->at_ms)
			last = &t->foreign[i];
	}
	return last->at_ms == 0 ? NULL : last;
}

static void foreign_note(struct app_trend *t, const struct app_foreign *f)
{
	struct app_foreign *at = &t->foreign[0];

	for (int i = 0; i < APP_FOREIGN_MAX; i++) {
		if (t->foreign[i].mac == f->mac && t->foreign[i].id == f->id) {
			at = &t->foreign[i];
			break;
		}
		if (t->foreign[i].at_ms < at->at_ms)
			at = &t->foreign[i];
	}
	*at = *f;
}

static struct app_refused refused_of(const uint8_t *romon, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	struct app_refused r = {.at_ms = base_mono_ms(),
		.src_id = base_mac_u64(&h->src_id),
		.dst_id = base_mac_u64(&h->dst_id)};

	if (f->type == WIRE_TYPE_DATA) {
		const struct wire_services *s = (const struct wire_services *)(romon + f->body_off);

		r.services[0] = base_be16_load(s->src_port);
		r.services[1] = base_be16_load(s->dst_port);
	}
	return r;
}

// The Route TLV of a Discover names the node that sent the frame; of other types the header must do.
static uint64_t sender_id(const uint8_t *romon, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	if (f->type == WIRE_TYPE_DISCOVER || f->type == WIRE_TYPE_HELLO)
		return base_mac_u64(romon + f->route_off[0]);
	return base_mac_u64(&h->src_id);
}

void trend_sample(struct app *app, const struct rte_mbuf *m)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct app_trend *t = &app->slots[m->port].trend;
	enum dp_reason reason = (enum dp_reason)xchg_mark_reason(m);
	struct wire_frame f;
	const uint8_t *romon = node_frame_parse(bytes, m->data_len, &f);

	if (romon == NULL)
		return;
	if (reason == DP_DROP_CHANNEL) {
		struct app_foreign foreign = {.at_ms = base_mono_ms(),
			.mac = base_mac_u64(bytes + BASE_MAC_LEN),
			.id = sender_id(romon, &f),
			.channel = f.channel};

		foreign_note(t, &foreign);
	} else if (reason == DP_DROP_FILTERED) {
		t->filtered = refused_of(romon, &f);
	} else if (reason == DP_DROP_RATE_ORIGIN) {
		t->excess = refused_of(romon, &f);
	}
}
