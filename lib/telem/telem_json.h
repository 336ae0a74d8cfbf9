// SPDX-License-Identifier: BSD-3-Clause
// A JSON tree as DPDK telemetry data. Any thread.
//
// DPDK 22.11 can send less than JSON, and drops without a word what it cannot:
//	keys		only [A-Za-z0-9_/], so '-' and anything else becomes '_'; at most 256 in a dictionary
//	texts		at most 127 characters: longer ones end in "..."; bytes that are not printable ASCII
// are 			escaped here, because DPDK reads out of bounds on them
//	numbers		u64, or a signed 32-bit int; other negative ones become texts; a real X becomes an
// integer in 			hundredths, and its key ends in _x100 	true, false	1, 0 	null
// "" 	arrays		of scalars as they are; of objects only as a dictionary "0", "1", …: an array that
// holds 			dictionaries is sent empty 	answer		at most 16 KiB: see
// telem_json_size()
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include <rte_telemetry.h>

#include "base_err.h"

#define TELEM_JSON_SIZE_MAX  (15 * 1024) // of an answer's data; the rest is for DPDK's own brackets
#define TELEM_JSON_ARRAY_MAX (6 * 1024)  // of one array of scalars; more is left out, and counted in KEY_left

// Make d a dictionary of object's members. -E2BIG when it has more than 256, -ENOMEM.
BASE_MUST_USE int telem_json_fill(struct rte_tel_data *d, json_t *object);

// Most bytes that value can take in an answer.
size_t telem_json_size(json_t *value);

// Whether value can be sent with nothing left out of it. Texts that are cut do not count.
bool telem_json_is_whole(json_t *value);
