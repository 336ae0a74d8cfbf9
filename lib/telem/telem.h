// SPDX-License-Identifier: BSD-3-Clause
// The /romon commands of DPDK's telemetry socket (docs/telemetry.md), read-only. What they show comes from
// the same handlers as the control socket's answers, through one query function.
#pragma once

#include <jansson.h>

#include "base_err.h"

// Ask a handler: cmd and args as in docs/control-socket.md, args borrowed or NULL. Returns a new reference
// to the answer's data, NULL when the handler refused. Runs in threads of DPDK's, several at a time: it does
// its own locking.
typedef json_t *(*telem_query_fn)(void *ctx, const char *cmd, json_t *args);

struct telem_cfg {
	telem_query_fn query;
	void *ctx;
};

// Register the commands, after rte_eal_init(). Control thread. -errno.
BASE_MUST_USE int telem_init(const struct telem_cfg *cfg);

// From the return on, query is not called any more, and the commands answer {"error":…}: DPDK cannot forget a
// command. Waits for queries that run: the caller must hold no lock that query takes. Control thread.
void telem_fini(void);
