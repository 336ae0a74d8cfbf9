// SPDX-License-Identifier: BSD-3-Clause
// How busy the workers were in the last second. Control thread.
#include "rates.h"
#include "app.h"
#include "ports_state.h"

void rates_sample(struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++) {
		const struct dp_worker_counters *c = dp_worker_counters(app->workers[w]);
		struct worker_rate *r = &app->ports->rates[w];
		uint64_t busy = dp_counter_read(&c->busy_tsc);
		uint64_t idle = dp_counter_read(&c->idle_tsc);
		uint64_t frames = dp_counter_read(&c->rx_frames);
		uint64_t bursts = dp_counter_read(&c->bursts);

		uint64_t d_busy = busy - r->busy_tsc;
		uint64_t d_all = d_busy + idle - r->idle_tsc;
		uint64_t d_frames = frames - r->rx_frames;
		uint64_t d_bursts = bursts - r->bursts;
		r->is_stuck = d_all == 0 && !dp_worker_is_waiting(app->workers[w]);
		r->busy_percent = d_all == 0 ? 0 : (uint32_t)(100 * d_busy / d_all);
		r->cycles_per_frame = d_frames == 0 ? 0 : d_busy / d_frames;
		r->frames_per_burst_x10 = d_bursts == 0 ? 0 : 10 * d_frames / d_bursts;
		r->rx_pps = d_frames;
		r->busy_tsc = busy;
		r->idle_tsc = idle;
		r->rx_frames = frames;
		r->bursts = bursts;
	}
}

const struct worker_rate *rates_of(const struct app *app, uint32_t worker)
{
	return &app->ports->rates[worker];
}
