// SPDX-License-Identifier: BSD-3-Clause
// DPDK telemetry: the same handlers as the control socket's, under the same lock.
#pragma once

#include "base_err.h"

struct app;

BASE_MUST_USE int telemetry_start(struct app *app);
void telemetry_stop(struct app *app);
