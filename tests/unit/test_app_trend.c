// SPDX-License-Identifier: BSD-3-Clause
// What is expected on a port, and what was not answered.
#include "app_bed.h"
#include "base_clock.h"
#include "rates.h"
#include "suite.h"
#include "trend.h"

static void pauses_that_are_alike_are_a_rhythm(void)
{
	static const struct {
		uint64_t beats[APP_BEATS_MAX];
		uint32_t n;
		uint64_t rhythm_ms;
	} rows[] = {
		{{0}, 0, 0},
		{{30000, 30000, 30000, 0}, 3, 0}, // too few
		{{30000, 31000, 29000, 30500}, 4, 31000},
		{{30000, 31000, 29000, 30500}, 4000, 31000},
		{{10000, 20000, 10000, 20000}, 4, 0}, // two that ask, by turns
		{{6000, 7000, 5000, 6000}, 4, 7000},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct app_trend t = {.n_beats = rows[i].n};

		memcpy(t.beats_ms, rows[i].beats, sizeof(t.beats_ms));
		CU_ASSERT_EQUAL(trend_rhythm_ms(&t), rows[i].rhythm_ms);
	}
}

static void what_had_no_time_to_be_answered_is_not_counted(void)
{
	struct app_trend t = {.n_asked = 0};

	CU_ASSERT_EQUAL(trend_unanswered(&t, 100000), 0);
	for (uint64_t at_ms = 1000; at_ms <= 20000; at_ms += 1000) // a round a second
		t.asked_ms[t.n_asked++ % APP_ASKED_MAX] = at_ms;
	CU_ASSERT_EQUAL(trend_unanswered(&t, 20000), 17);
	CU_ASSERT_EQUAL(trend_unanswered(&t, 22999), 19);
	CU_ASSERT_EQUAL(trend_unanswered(&t, 23000), 20);
	struct app_trend one = {.n_asked = 1, .asked_ms = {5000}};
	CU_ASSERT_EQUAL(trend_unanswered(&one, 7999), 0);
	CU_ASSERT_EQUAL(trend_unanswered(&one, 8000), 1);
}

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0 } }\n"

static void rounds_that_nobody_answers_are_kept(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	struct app_trend *t = &bed->app.slots[0].trend;
	uint64_t first_ms = base_mono_ms();

	trend_asked(&bed->app, 0);
	CU_ASSERT_EQUAL(t->n_asked, 1);
	CU_ASSERT_EQUAL(t->asked_first_ms, first_ms);
	CU_ASSERT_EQUAL(t->asked_ms[0], first_ms);
	t->rx_ms = first_ms; // not behind it
	app_bed_advance_ms(bed, 1000);
	trend_asked(&bed->app, 0);
	CU_ASSERT_EQUAL(t->n_asked_heard, 0);
	t->rx_ms = base_mono_ms() + 1;
	app_bed_advance_ms(bed, 1000);
	trend_asked(&bed->app, 0);
	CU_ASSERT_EQUAL(t->n_asked_heard, 1);
	CU_ASSERT_EQUAL(t->asked_first_ms, first_ms);
	CU_ASSERT_EQUAL(t->asked_ms[2], first_ms + 2000);
	for (uint32_t i = 3; i <= APP_ASKED_MAX; i++)
		trend_asked(&bed->app, 0);
	CU_ASSERT_EQUAL(t->asked_ms[0], first_ms + 2000); // the oldest gives way
	CU_ASSERT_EQUAL(t->n_asked, APP_ASKED_MAX + 1);
	app_bed_advance_ms(bed, 500);
	trend_answered(&bed->app, 0);
	CU_ASSERT_EQUAL(t->n_asked, 0);
	CU_ASSERT_EQUAL(t->n_asked_heard, 0);
	CU_ASSERT_EQUAL(t->answered_ms, first_ms + 2500);
	trend_own_twin(&bed->app, 0, "who");
	CU_ASSERT_EQUAL(t->own_twin_ms, first_ms + 2500);
	CU_ASSERT_STRING_EQUAL(t->own_twin, "who");
	CU_ASSERT(app_bed_close(bed));
}

static void frame_put(struct app_bed *bed, bool is_ours)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	if (!is_ours)
		frame_hdr(&f)->channel = 7;
	app_bed_send(bed, 0, &f);
	trend_look(&bed->app);
}

static void pauses_of_five_seconds_and_more_are_beats(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	struct app_trend *t = &bed->app.slots[0].trend;

	app_bed_advance_ms(bed, 1000);
	frame_put(bed, true);
	CU_ASSERT_EQUAL(t->rx_ms, base_mono_ms());
	CU_ASSERT_EQUAL(t->n_beats, 0); // there is none before it
	app_bed_advance_ms(bed, 4999);
	frame_put(bed, true);
	CU_ASSERT_EQUAL(t->n_beats, 0);
	CU_ASSERT_EQUAL(t->rx_ms, base_mono_ms());
	for (uint32_t i = 0; i <= APP_BEATS_MAX; i++) {
		app_bed_advance_ms(bed, 5000 + i);
		frame_put(bed, true);
		CU_ASSERT_EQUAL(t->n_beats, i + 1);
		CU_ASSERT_EQUAL(t->beats_ms[i % APP_BEATS_MAX], 5000 + i);
	}
	CU_ASSERT(app_bed_close(bed));
}

static void a_drop_lasts_while_no_window_is_without_it(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	struct app_trend *t = &bed->app.slots[0].trend;
	uint64_t window_ms = trend_window_ms(&bed->app);

	app_bed_advance_ms(bed, 1000);
	frame_put(bed, false);
	uint64_t first_ms = base_mono_ms();
	CU_ASSERT_EQUAL(t->drops_ms[DP_DROP_CHANNEL], first_ms);
	CU_ASSERT_EQUAL(t->drops_first_ms[DP_DROP_CHANNEL], first_ms);
	app_bed_advance_ms(bed, window_ms);
	frame_put(bed, false);
	CU_ASSERT_EQUAL(t->drops_ms[DP_DROP_CHANNEL], first_ms + window_ms);
	CU_ASSERT_EQUAL(t->drops_first_ms[DP_DROP_CHANNEL], first_ms);
	app_bed_advance_ms(bed, window_ms + 1);
	frame_put(bed, false);
	CU_ASSERT_EQUAL(t->drops_first_ms[DP_DROP_CHANNEL], base_mono_ms());
	CU_ASSERT_EQUAL(t->drops_ms[DP_DROP_TX_FULL], 0);
	CU_ASSERT_EQUAL(t->last.drops[DP_DROP_CHANNEL], 3);
	CU_ASSERT(app_bed_close(bed));
}

// What grew while another configuration came into force counts as of the look before.
static void another_configuration_begins_anew(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	struct app_trend *t = &bed->app.slots[0].trend;
	struct frame f;

	app_bed_advance_ms(bed, 1000);
	trend_look(&bed->app);
	uint64_t looked_ms = base_mono_ms();
	CU_ASSERT_EQUAL(t->looked_ms, looked_ms);
	t->n_asked = 3;
	t->n_asked_heard = 2;
	t->n_beats = 4;
	app_bed_advance_ms(bed, 300);
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	app_bed_put(bed, 0, &f);
	bed->app.generation++;
	dp_turn(bed->app.workers[0]);
	snap_reader_offline(bed->app.snaps, 0);
	trend_look(&bed->app);
	CU_ASSERT_EQUAL(t->rx_ms, looked_ms);
	CU_ASSERT_EQUAL(t->changed_ms, looked_ms);
	CU_ASSERT_EQUAL(t->n_asked, 0);
	CU_ASSERT_EQUAL(t->n_asked_heard, 0);
	CU_ASSERT_EQUAL(t->n_beats, 0);
	CU_ASSERT_EQUAL(t->looked_ms, looked_ms + 300);
	CU_ASSERT_EQUAL(t->generation, bed->app.generation);
	CU_ASSERT(!trend_is_now(&bed->app, t, t->rx_ms));
	CU_ASSERT(app_bed_close(bed));
}

static void rates_are_what_grew_since_the_last_look(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	struct dp_worker_counters *c =
		(struct dp_worker_counters *)(uintptr_t)dp_worker_counters(bed->app.workers[0]);
	const struct worker_rate *r = rates_of(&bed->app, 0);

	rates_sample(&bed->app);
	c->busy_tsc += 300;
	c->idle_tsc += 700;
	c->rx_frames += 7;
	c->bursts += 2;
	rates_sample(&bed->app);
	CU_ASSERT(!r->is_stuck);
	CU_ASSERT_EQUAL(r->busy_percent, 30);
	CU_ASSERT_EQUAL(r->cycles_per_frame, 42);
	CU_ASSERT_EQUAL(r->frames_per_burst_x10, 35);
	CU_ASSERT_EQUAL(r->rx_pps, 7);
	c->idle_tsc += 1;
	rates_sample(&bed->app);
	CU_ASSERT(!r->is_stuck);
	CU_ASSERT_EQUAL(r->busy_percent, 0);
	c->busy_tsc += 5;
	rates_sample(&bed->app);
	CU_ASSERT_EQUAL(r->busy_percent, 100);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(pauses_that_are_alike_are_a_rhythm),
	SUITE_CASE(what_had_no_time_to_be_answered_is_not_counted),
	SUITE_CASE(rounds_that_nobody_answers_are_kept),
	SUITE_CASE(pauses_of_five_seconds_and_more_are_beats),
	SUITE_CASE(a_drop_lasts_while_no_window_is_without_it),
	SUITE_CASE(another_configuration_begins_anew),
	SUITE_CASE(rates_are_what_grew_since_the_last_look),
};
SUITE_MAIN("app", cases)
