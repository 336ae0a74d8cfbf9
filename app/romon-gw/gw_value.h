// SPDX-License-Identifier: BSD-3-Clause
// Values as RouterOS writes them, read. Any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// "1w2d3h4m5s6ms", "00:00:05" or "5", which are seconds, as milliseconds. False: it is none, or too long.
bool gw_value_duration(const char *text, uint32_t *ms);

// Up to max; decimal. False: it is none.
bool gw_value_number(const char *text, uint32_t max, uint32_t *number);
