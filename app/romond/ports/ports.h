// SPDX-License-Identifier: BSD-3-Clause
// Ports and devices at run time: slots, opening, closing, links, and the snapshots that follow from them.
// Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "slots.h"

struct app;

// Give every port of conf a slot and every device that they name a place, open what is new, publish a
// snapshot of conf, and close what nobody uses any more. Devices that cannot be opened are absent and are
// tried again. conf becomes app->conf; the old one is freed. 0; -ENOSPC with everything as it was; -ENOMEM
// with devices withdrawn or conf in place while the workers keep the last snapshot (see app->conf).
BASE_MUST_USE int ports_apply(struct app *app, struct conf *conf);

// Look after links: publish a snapshot when one went up or down, close devices that vanished, open those
// that came back.
void ports_poll(struct app *app);

// The same when the last look was 200 ms ago. False: no service hurries for it.
bool ports_tick(struct app *app, uint64_t now_ms);

// Withdraw all ports from the workers and close the devices.
void ports_close(struct app *app);

// mbufs that the configuration needs: the key memory.mbufs, or a computed number.
uint32_t ports_mbufs(const struct conf *conf);
