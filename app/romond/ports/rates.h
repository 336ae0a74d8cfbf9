// SPDX-License-Identifier: BSD-3-Clause
// How busy the workers were in the last second. Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct app;

// A worker in the last second, and the counters that the next second is measured from.
struct worker_rate {
	bool is_stuck; // it made no turn at all, and does not wait for frames
	uint32_t busy_percent;
	uint64_t cycles_per_frame; // TSC ticks
	uint64_t frames_per_burst_x10;
	uint64_t rx_pps;
	uint64_t busy_tsc;
	uint64_t idle_tsc;
	uint64_t rx_frames;
	uint64_t bursts;
};

// Take a sample; called once a second.
void rates_sample(struct app *app);

// What the last sample said of a worker. Valid until workers_stop().
const struct worker_rate *rates_of(const struct app *app, uint32_t worker);
