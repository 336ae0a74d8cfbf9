// SPDX-License-Identifier: BSD-3-Clause
// One run of pings to one node: when the next is due, which answer belongs to which ping, what was lost, and
// the statistics (docs/protocol.md section 6). Pure: frames and dice are somebody else's. Times are
// nanoseconds of one monotonic clock. One thread.
//
// Who did not see a ping cannot answer it: each carries a token of its own behind the sequence number, as
// much of it as fits, and the answer must bring it back, by the way that the ping took. Where the token does
// not fit whole, sequence numbers begin at a random one.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define STREAM_PING_SIZE_MIN     4  // the sequence number
#define STREAM_PING_SIZE_DEFAULT 32 // as RouterOS sends
#define STREAM_PING_SIZE_MAX     1400
#define STREAM_PING_WAITING_MAX  1024 // pings under way at once, a power of two
#define STREAM_PING_TOKEN_LEN    8

struct stream_ping_cfg {
	uint32_t count;       // 0 = until ended
	uint32_t interval_ms; // 1 at least
	uint32_t timeout_ms;  // after which an answer is lost; a later one is ignored
	uint32_t size;        // of the payload behind the service ports
	uint32_t first_wire;  // random: the first sequence number on the wire where the token does not fit
};

// A ping that may be answered.
struct stream_ping_waiting {
	uint64_t sent_ns; // 0 = not waiting
	uint64_t way;     // by which it left, in the caller's terms
	uint8_t token[STREAM_PING_TOKEN_LEN];
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
	uint32_t oldest; // first sequence number that may be waiting
	struct stream_ping_waiting waiting[STREAM_PING_WAITING_MAX]; // by sequence number
};

// What a frame is that says it is an answer.
enum stream_ping_verdict {
	STREAM_PING_INVALID,
	STREAM_PING_ANSWER,
	STREAM_PING_UNASKED, // no ping of this size and number was sent
	STREAM_PING_LATE,    // not waited for any more, or a second copy
	STREAM_PING_WAY,     // came by another way than the ping took
	STREAM_PING_TOKEN,   // does not bring the token back
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

// Write the payload of the next ping to out (cfg.size bytes) and note that it leaves at now_ns by way. token:
// STREAM_PING_TOKEN_LEN bytes that nobody can guess, new for each ping. Returns its sequence number.
uint32_t stream_ping_send(
	struct stream_ping *p, uint8_t *out, const uint8_t *token, uint64_t way, uint64_t now_ns);

// The ping just sent did not leave: it counts as lost, and no answer to it is waited for.
void stream_ping_unsent(struct stream_ping *p, uint32_t seq);

// Take up an answer's payload (behind the service ports), which arrived at at_ns by way. *out is filled for
// STREAM_PING_ANSWER only.
BASE_MUST_USE enum stream_ping_verdict stream_ping_take(struct stream_ping *p, const uint8_t *payload,
	uint32_t len, uint64_t way, uint64_t at_ns, struct stream_ping_result *out);

// The next ping whose time is over; false when there is none (yet).
BASE_MUST_USE bool stream_ping_expire(struct stream_ping *p, uint64_t now_ns, struct stream_ping_result *out);

// Everything was sent, and every answer came or is lost.
bool stream_ping_is_done(const struct stream_ping *p);

// 0 when nothing was received.
uint64_t stream_ping_avg_ns(const struct stream_ping *p);
uint64_t stream_ping_stddev_ns(const struct stream_ping *p);
