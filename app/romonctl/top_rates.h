// SPDX-License-Identifier: BSD-3-Clause
// Rates from two looks at romond's counters. Main thread.
#pragma once

#include <stdint.h>

#include "api_client.h"

// What was asked at one time: the answers of status, ports and workers, owned.
struct top_sample {
	json_t *status;
	json_t *ports;
	json_t *workers;
	uint64_t at_us; // by romonctl's clock, for a romond that tells no time of its own
};

// Ask for everything once; a request blocks for at most CMD_TIMEOUT_MS. 0, or -errno as api_client_call()
// gives it; -EPROTO also for answers of a form that we do not know. *s is to be cleared in any case.
BASE_MUST_USE int top_sample_take(struct api_client *client, struct top_sample *s, struct api_error *err);

void top_sample_clear(struct top_sample *s);

// An object of "interval-ms", "status" (as romond gave it), and the arrays "ports", "types" and "workers"
// with rates a second. A rate is null when it cannot be known: a row that is new, a counter that went back,
// no time between the two. A new reference.
json_t *top_rates_make(const struct top_sample *before, const struct top_sample *after);
