// SPDX-License-Identifier: BSD-3-Clause
// Discovery as an origin (node_discovery.h). Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "node_discovery.h"

struct app;
struct rte_mbuf;

BASE_MUST_USE int discovery_start(struct app *app);
void discovery_stop(struct app *app);

// What is known of the overlay. Never NULL between start and stop; another one after our RoMON id changed.
struct topo *discovery_topo(const struct app *app);

// Take up a DiscoverResp for us that came in on slot. m stays the caller's.
void discovery_take(struct app *app, uint8_t slot, const struct rte_mbuf *m);

// Somebody wants to know: rounds each second until then (base_mono_ms).
void discovery_want(struct app *app, uint64_t until_ms);

// Returns whether a round was sent: its answers come at once, and all together.
bool discovery_tick(struct app *app, uint64_t now_ms);

// What was sent to a node by its present path was answered, or was not within waited_ms: the topology judges
// paths by it.
void discovery_path_tell(struct app *app, uint64_t id, bool is_answered, uint32_t waited_ms);

// Another configuration is in force: nodes that its filters deny are forgotten, and not taken up again.
void discovery_configure(struct app *app);

struct node_discovery_counts discovery_counts(const struct app *app);
