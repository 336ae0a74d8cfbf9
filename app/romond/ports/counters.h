// SPDX-License-Identifier: BSD-3-Clause
// Sums of what the workers count. Any thread under app_lock(); reads workers' counters relaxed.
#pragma once

#include <stdint.h>

struct app;
struct app_totals;

// A slot's sums since the workers began.
void counters_port_raw(const struct app *app, uint32_t slot, struct app_totals *out);

// A slot's sums since its port took it.
void counters_port(const struct app *app, uint32_t slot, struct app_totals *out);

// All slots together, since the workers began; also of ports that are gone.
void counters_all(const struct app *app, struct app_totals *out);

// Frames received that are RoMON's.
uint64_t counters_romon_frames(const struct app_totals *t);

uint64_t counters_drops_sum(const struct app_totals *t);
