// SPDX-License-Identifier: BSD-3-Clause
// The receiving half of a stream: bytes in order for a reader, those that came early kept until the gap is
// filled. Nothing is taken that does not fit; the sender sends it again. Pure; one thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "stream_buf.h"

#define STREAM_RECV_RANGES_MAX 32 // pieces that may be kept behind gaps
// No segment tells how much room there is. So what a reader leaves unread beyond this is not acknowledged
// until it is read: it stays in the sender's window, and a romond's window and this fit into STREAM_BUF_MAX.
// A slow reader slows the sender down, and nothing is dropped.
#define STREAM_RECV_SLACK (64 * 1024)

struct stream_recv_range {
	uint32_t from; // sequence numbers: first byte, and the one behind the last
	uint32_t to;
};

struct stream_recv {
	struct stream_buf buf; // its len: bytes that may be read
	uint32_t next;         // sequence number that is waited for
	uint32_t fin;          // behind the peer's last byte, when has_fin
	bool has_fin;
	bool was_full; // something was refused for want of room, and the sender was not told of room since
	uint8_t n_ranges;
	struct stream_recv_range
		ranges[STREAM_RECV_RANGES_MAX]; // sorted, apart from each other, all behind next
};

enum stream_recv_verdict {
	STREAM_RECV_INVALID,
	STREAM_RECV_NEW,   // there is more to read
	STREAM_RECV_EARLY, // kept, behind a gap
	STREAM_RECV_OLD,   // had already, or nothing
	STREAM_RECV_FULL,  // did not fit, or only in part
	STREAM_RECV_LIE,   // behind the end that the peer itself told
};

void stream_recv_init(struct stream_recv *r, uint32_t first);

// A piece of the stream that begins at seq.
enum stream_recv_verdict stream_recv_take(
	struct stream_recv *r, uint32_t seq, const uint8_t *data, uint32_t len, struct stream_budget *budget);

// The peer says that its last byte is the one before seq. False: it lies, or said otherwise before.
BASE_MUST_USE bool stream_recv_fin(struct stream_recv *r, uint32_t seq);

// Everything that the peer had to say is here.
static inline bool stream_recv_is_ended(const struct stream_recv *r)
{
	return r->has_fin && r->next == r->fin;
}

// What may be acknowledged.
static inline uint32_t stream_recv_ack(const struct stream_recv *r)
{
	return r->buf.len > STREAM_RECV_SLACK ? r->next - (r->buf.len - STREAM_RECV_SLACK) : r->next;
}

// The reader took n bytes, n <= buf.len.
void stream_recv_read(struct stream_recv *r, uint32_t n, struct stream_budget *budget);
