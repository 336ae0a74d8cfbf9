// SPDX-License-Identifier: BSD-3-Clause
// What romon-gw tells of itself in /metrics: its process, and its clients. Any thread.
#pragma once

#include <jansson.h>

// Add to the object of the exporter (lib/metrics).
void gw_metrics_own_add(json_t *exporter);
