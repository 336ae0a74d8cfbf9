// SPDX-License-Identifier: BSD-3-Clause
// How many requests are answered: a share for every port that they come in by, and within it one for every
// asker. Pure; now_ms is monotonic. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_bucket.h"
#include "base_err.h"

#define STREAM_SHARE_PORTS   64
#define STREAM_SHARE_PORT_S  300 // requests answered a second, by one port
#define STREAM_SHARE_ASKER_S 150 // of one asker: more than stream_asks.h asks for
#define STREAM_SHARE_ASKERS  8   // remembered for each port; a new one takes the place of the stillest

struct stream_share_asker {
	uint64_t id; // 0 = free
	uint64_t last_ms;
	struct base_bucket bucket;
};

struct stream_share {
	struct base_bucket ports[STREAM_SHARE_PORTS];
	struct stream_share_asker askers[STREAM_SHARE_PORTS][STREAM_SHARE_ASKERS];
};

// May this request be answered?
BASE_MUST_USE bool stream_share_take(struct stream_share *s, uint8_t slot, uint64_t asker, uint64_t now_ms);
