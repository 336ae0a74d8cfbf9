// SPDX-License-Identifier: BSD-3-Clause
// How long an answer takes, and when to send again (RFC 6298). Microseconds. Pure; one thread.
#pragma once

#include <stdint.h>

#define STREAM_RTO_FIRST_US 1000000 // before anything was measured
#define STREAM_RTO_MIN_US   200000
#define STREAM_RTO_MAX_US   2000000
// Doubling ends here: the seconds after which a peer is lost must hold tries enough for a way that loses a
// third.
#define STREAM_RTO_BACKOFF_US 1000000

// Zeroed: nothing measured yet.
struct stream_rtt {
	uint32_t smooth_us;
	uint32_t vary_us;
	uint32_t n_backoffs; // time-outs in a row
};

void stream_rtt_take(struct stream_rtt *r, uint64_t sample_us);

// How long to wait from now on before sending again.
uint64_t stream_rtt_timeout(const struct stream_rtt *r);
