// SPDX-License-Identifier: BSD-3-Clause
// One run of pings to one node: when the next is due, which answer belongs to which ping, what was lost, and
// the statistics (docs/protocol.md section 6). Pure: frames are somebody else's. Times are nanoseconds of one
// monotonic clock. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define STREAM_PING_SIZE_MIN     4  // the sequence number
#define STREAM_PING_SIZE_DEFAULT 32 // as RouterOS sends
#define STREAM_PING_SIZE_MAX     1400
#define STREAM_PING_WAITING_MAX  1024 // pings under way at once, a power of two

struct stream_ping_cfg {
	uint32_t count;       // 0 = until ended
	uint32_t interval_ms; // 1 at least
	uint32_t timeout_ms;  // after which an answer is lost; a later one is ignored
	uint32_t size;        // of the payload behind the service ports
};

struct stream_ping {
	struct stream_ping_cfg cfg;
	uint32_t sent; // also the next sequence number
	uint32_t received;
	uint32_t lost;
	uint64_t next_ns; // when the next ping is due
	uint64_t min_ns;
	uint64_t max_ns;
	double mean_ns; // Welford
	double square_ns;
	uint32_t oldest;                           // first sequence number that may be waiting
	uint64_t sent_ns[STREAM_PING_WAITING_MAX]; // by sequence number; 0 = not waiting
};

// An answer, or one that did not come.
struct stream_ping_result {
	uint32_t seq;
	bool is_timeout;
	uint64_t rtt_ns;
};

void stream_ping_init(struct stream_ping *p, const struct stream_ping_cfg *cfg, uint64_t now_ns);

// May and must another ping be sent now?
bool stream_ping_is_due(const struct stream_ping *p, uint64_t now_ns);

// Write the payload of the next ping to out (cfg.size bytes) and note that it leaves at now_ns. Returns its
// sequence number.
uint32_t stream_ping_send(struct stream_ping *p, uint8_t *out, uint64_t now_ns);

// Take up an answer's payload (behind the service ports), which arrived at at_ns. False when it is none of
// ours: too short, another size, not waited for any more, or a second copy.
BASE_MUST_USE bool stream_ping_take(struct stream_ping *p, const uint8_t *payload, uint32_t len,
	uint64_t at_ns, struct stream_ping_result *out);

// The next ping whose time is over; false when there is none (yet).
BASE_MUST_USE bool stream_ping_expire(struct stream_ping *p, uint64_t now_ns, struct stream_ping_result *out);

// Everything was sent, and every answer came or is lost.
bool stream_ping_is_done(const struct stream_ping *p);

// 0 when nothing was received.
uint64_t stream_ping_avg_ns(const struct stream_ping *p);
uint64_t stream_ping_stddev_ns(const struct stream_ping *p);
