// SPDX-License-Identifier: BSD-3-Clause
// Text, addresses and times as JSON: new references. Any thread.
#pragma once

#include <jansson.h>
#include <stdint.h>

// Hostile or foreign text as an escaped JSON string; 48-bit addresses as text, null for 0.
json_t *handlers_text(const char *text);
json_t *handlers_mac(uint64_t mac);
json_t *handlers_time(uint64_t wall_us); // ISO 8601, UTC

// The clock of "at-us", which tells the time between two answers: monotonic, in microseconds.
json_t *handlers_at_us(void);
