// SPDX-License-Identifier: BSD-3-Clause
// Worker lcores: their number, their start and their end. Control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;
struct conf;

// How many workers and on which CPUs, from the keys workers.* and the CPUs that this process may use.
// Before EAL. 0, or -errno with a sentence in error.
BASE_MUST_USE int workers_plan(struct app *app, const struct conf *conf, char *error, size_t error_size);

// Bytes of DPDK memory that the workers need together. Before EAL.
uint64_t workers_bytes(const struct app *app, const struct conf *conf);

// Create the workers with an empty snapshot, and launch them.
BASE_MUST_USE int workers_start(struct app *app);

// Ask them to send what they hold and return, wait for that, and free them with their rings.
void workers_stop(struct app *app);
