// SPDX-License-Identifier: BSD-3-Clause
// Sums of what the workers count.
#include <string.h>

#include "app.h"
#include "counters.h"

static void add(struct app_totals *t, const struct dp_port_counters *c)
{
	t->rx_frames += dp_counter_read(&c->rx_frames);
	t->rx_bytes += dp_counter_read(&c->rx_bytes);
	t->tx_frames += dp_counter_read(&c->tx_frames);
	t->tx_bytes += dp_counter_read(&c->tx_bytes);
	t->tx_originals += dp_counter_read(&c->tx_originals);
	t->tx_lost += dp_counter_read(&c->tx_lost);
	t->delivered += dp_counter_read(&c->delivered);
	for (int i = 0; i < WIRE_N_TYPES; i++)
		t->rx_types[i] += dp_counter_read(&c->rx_types[i]);
	for (int i = 0; i < DP_N_REASONS; i++)
		t->drops[i] += dp_counter_read(&c->drops[i]);
}

void counters_port_raw(const struct app *app, uint32_t slot, struct app_totals *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t w = 0; w < app->n_workers; w++) {
		if (app->workers[w] != NULL)
			add(out, dp_worker_port_counters(app->workers[w], slot));
	}
}

void counters_port(const struct app *app, uint32_t slot, struct app_totals *out)
{
	const struct app_totals *base = &app->slots[slot].baseline;
	uint64_t *values = (uint64_t *)out;
	const uint64_t *base_values = (const uint64_t *)base;

	_Static_assert(sizeof(*out) % sizeof(uint64_t) == 0, "all members are 64-bit counters");
	counters_port_raw(app, slot, out);
	for (size_t i = 0; i < sizeof(*out) / sizeof(uint64_t); i++)
		values[i] -= base_values[i];
}

void counters_all(const struct app *app, struct app_totals *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t w = 0; w < app->n_workers; w++) {
		for (uint32_t s = 0; s < SNAP_PORTS_MAX && app->workers[w] != NULL; s++)
			add(out, dp_worker_port_counters(app->workers[w], s));
	}
}

uint64_t counters_romon_frames(const struct app_totals *t)
{
	return t->rx_frames - t->drops[DP_DROP_NOT_ROMON] - t->drops[DP_DROP_RUNT];
}

uint64_t counters_drops_sum(const struct app_totals *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < DP_N_REASONS; i++)
		sum += t->drops[i];
	return sum;
}
