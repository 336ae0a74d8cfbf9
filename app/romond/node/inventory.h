// SPDX-License-Identifier: BSD-3-Clause
// The inventory between the topology, which knows it, and the store, which keeps it over restarts. Control
// thread, under app_lock(). Without a store (app->store NULL) nothing happens.
#pragma once

#include <stdint.h>

struct app;
struct topo;

// Put back what the store has.
void inventory_restore(struct app *app, struct topo *t);

// Give the store what changed, a bounded number of rows a call.
void inventory_save(struct app *app, struct topo *t);

// At the end: all that changed, now.
void inventory_save_last(struct app *app, struct topo *t);

// A node is no longer part of the inventory.
void inventory_forget(struct app *app, uint64_t id);
