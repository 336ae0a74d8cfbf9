// SPDX-License-Identifier: BSD-3-Clause
// Rates from two looks at romond's counters. Main thread; no I/O.
#pragma once

#include <jansson.h>
#include <stdint.h>

// What was asked at one time: the answers of status, ports and workers, owned.
struct top_sample {
	json_t *status;
	json_t *ports;
	json_t *workers;
	uint64_t at_us; // by romonctl's clock, for a romond that tells no time of its own
};

void top_sample_clear(struct top_sample *s);

// An object of "interval-ms", "status" (as romond gave it), and the arrays "ports", "types" and "workers"
// with rates a second. A rate is null when it cannot be known: a row that is new, a counter that went back,
// no time between the two. A new reference.
json_t *top_rates_make(const struct top_sample *before, const struct top_sample *after);
