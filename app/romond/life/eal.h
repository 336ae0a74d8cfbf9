// SPDX-License-Identifier: BSD-3-Clause
// Starting DPDK: its arguments are derived from the configuration. Control thread.
#pragma once

#include "base_err.h"

struct app;
struct conf;

// Initialise EAL for the configuration and the planned workers. 0, or -errno with the cause logged.
BASE_MUST_USE int eal_start(struct app *app, const struct conf *conf);
void eal_stop(const struct app *app);
