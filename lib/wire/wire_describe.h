// SPDX-License-Identifier: BSD-3-Clause
// A frame in words, for people who look for a fault. Any thread; never on the hot path.
#pragma once

#include <stdint.h>

#include "base_text.h"

// Describe a frame of which the first len bytes are at hand: one fact a line, as far as the bytes carry.
// Works on malformed frames too: that is what it is for. Text from the wire is escaped.
void wire_describe(struct base_text *out, const uint8_t *frame, uint32_t len);
