// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers hand up. Control thread, under app_lock().
#pragma once

#include "xchg_channel.h"

struct app;

// Is there something to take?
bool punts_wait(const struct app *app);

// Take what workers handed up. Returns whether there was so much that more is to be expected at once.
bool punts_drain(struct app *app);

// The order in which n frames (at most XCHG_PUNTS_LEN) are taken: a frame of each slot, then the next of
// each, and so on; those of one slot as they came. slots[i] is where frame i came in, order[k] the frame that
// is k-th.
void punts_order(const uint8_t *slots, uint32_t n, uint16_t *order);
