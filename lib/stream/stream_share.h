// SPDX-License-Identifier: BSD-3-Clause
// How many requests are answered: a share for every port that they come in by, and within it one for every
// asker. Pure; now_ms is monotonic. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_bucket.h"
#include "base_err.h"

#define STREAM_SHARE_PORTS  64
#define STREAM_SHARE_ASKERS 8 // remembered for each port; a new one takes the place of the stillest

// Requests answered a second; as many more at once after a pause.
struct stream_share_rate {
	uint32_t port_s;  // by one port
	uint32_t asker_s; // of one asker
};

// Of rosters: an asker more than stream_asks.h asks for.
#define STREAM_SHARE_ROSTERS                  \
	{                                     \
		.port_s = 300, .asker_s = 150 \
	}

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
BASE_MUST_USE bool stream_share_take(struct stream_share *s, const struct stream_share_rate *rate,
	uint8_t slot, uint64_t asker, uint64_t now_ms);
