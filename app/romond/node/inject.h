// SPDX-License-Identifier: BSD-3-Clause
// Frames that control sends. Control thread, under app_lock().
#pragma once

#include <stdint.h>

#include "base_err.h"

struct app;
struct snap_port;

// The node port in this slot, as workers see it now; NULL when there is none or RoMON is off.
const struct snap_port *inject_port(const struct app *app, uint8_t slot);

// The slot of our node port with this link id, or -ENOENT.
int inject_slot_of(const struct app *app, uint32_t link_id);

// Send a frame of len bytes, built untagged with the port's MAC as its source, out of a node port: the port's
// tag and its data-dst are seen to here. The worker that owns the port sends it. 0; -ENETDOWN: no such port,
// or it cannot send now; -EMSGSIZE: longer than the port's l2mtu; -ENOBUFS: no buffer, or the worker does not
// keep up.
BASE_MUST_USE int inject_send(struct app *app, uint8_t slot, const uint8_t *frame, uint32_t len);
