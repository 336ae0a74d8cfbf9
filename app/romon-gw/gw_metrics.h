// SPDX-License-Identifier: BSD-3-Clause
// /metrics: what romond knows, as text for Prometheus. The thread of the connection.
#pragma once

#include "gw_http.h"

// May who asks read it without a login (the key metrics.access)?
bool gw_metrics_is_open(const struct gw_http *h);

// While romond is away the text says romon_up 0, and the answer is no error.
enum MHD_Result gw_metrics_answer(struct gw_http *h);
