// SPDX-License-Identifier: BSD-3-Clause
// romond --demo: virtual ports with simulated routers behind them. Needs no NIC, hugepages or root.
// Control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"
#include "conf.h"

struct demo;

// The demo's configuration, and its state. NULL with errno. The socket and DPDK's files go where the
// user may write.
BASE_MUST_USE struct demo *demo_create(void);
void demo_destroy(struct demo *demo);

// The configuration as YAML.
const char *demo_config(const struct demo *demo);

// Make the virtual devices that the configuration names. After EAL.
BASE_MUST_USE int demo_start(struct demo *demo, uint32_t n_mbufs);
void demo_stop(struct demo *demo);

// Let the simulated routers speak and listen.
void demo_tick(struct demo *demo, uint64_t now_ms);
